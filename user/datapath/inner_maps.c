// SPDX-License-Identifier: GPL-2.0
#include "datapath/inner_maps.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "steer/service_index.h"

struct spec {
	const char *name;
	enum bpf_map_type type;
	uint32_t key_bytes, value_bytes;
};

static struct spec spec_of(enum schema_map outer)
{
	switch (outer) {
	case SCHEMA_TABLES:
		return (struct spec){ "steer_table", BPF_MAP_TYPE_ARRAY, sizeof(__u32),
				      sizeof(struct steer_row) };
	case SCHEMA_FORMER:
		return (struct spec){ "steer_former", BPF_MAP_TYPE_ARRAY, sizeof(__u32),
				      sizeof(struct steer_former) };
	case SCHEMA_INDEX:
		return (struct spec){ "steer_index", BPF_MAP_TYPE_ARRAY, sizeof(__u32),
				      sizeof(struct steer_index_set) };
	default:
		return (struct spec){ "steer_flow", BPF_MAP_TYPE_LRU_HASH,
				      sizeof(struct steer_flow), sizeof(struct steer_flow_entry) };
	}
}

int inner_maps_create(const struct datapath *datapath, enum schema_map outer, uint32_t entries)
{
	struct spec spec = spec_of(outer);
	LIBBPF_OPTS(bpf_map_create_opts, options);
	int fd;

	if (datapath->btf >= 0 && datapath->inner_type[outer].key) {
		options.btf_fd = datapath->btf;
		options.btf_key_type_id = datapath->inner_type[outer].key;
		options.btf_value_type_id = datapath->inner_type[outer].value;
		fd = bpf_map_create(spec.type, spec.name, spec.key_bytes, spec.value_bytes, entries,
				    &options);
		if (fd >= 0)
			return fd;
	}
	return bpf_map_create(spec.type, spec.name, spec.key_bytes, spec.value_bytes, entries,
			      NULL);
}

static const char *name_of(enum schema_map outer, uint32_t key, char buffer[PINS_NAME_MAX])
{
	snprintf(buffer, PINS_NAME_MAX, "%s_%u", schema_maps[outer].name, key);
	return buffer;
}

/* The kept descriptor of a key; NULL for a key out of range, and for the index. */
static int *kept_fd(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	if (outer == SCHEMA_TABLES && key < STEER_MAX_POOLS)
		return &datapath->kept_tables[key];
	if (outer == SCHEMA_FORMER && key < STEER_MAX_POOLS)
		return &datapath->kept_former[key];
	if (outer == SCHEMA_FLOWS && key < STEER_MAX_SERVICES)
		return &datapath->kept_flows[key];
	return NULL;
}

/* Keep a descriptor of a map; fd -1: of none. Keep at most half of the process's descriptors. */
static void keep(const struct datapath *datapath, enum schema_map outer, uint32_t key, int fd)
{
	int *kept = kept_fd(datapath, outer, key);

	if (!kept)
		return;
	cleanup_close(kept);
	*kept = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (*kept > sysconf(_SC_OPEN_MAX) / 2) {
		cleanup_close(kept);
		*kept = -1;
	}
}

/* The id of an open map; 0: not open. */
static __u32 id_of(int fd)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);

	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &length) ? info.id : 0;
}

static bool has_id(int fd, __u32 id)
{
	return id && id_of(fd) == id;
}

/* Open the pinned or the kept map of a key, if it is the one with this id. */
static int open_known(const struct datapath *datapath, enum schema_map outer, uint32_t key,
		      __u32 id, bool *ret_pinned)
{
	char name[PINS_NAME_MAX];
	_cleanup_(cleanup_close) int fd =
		pins_open_named(&datapath->pins, name_of(outer, key, name), BPF_F_RDONLY);
	const int *kept = kept_fd(datapath, outer, key);

	*ret_pinned = has_id(fd, id);
	if (*ret_pinned)
		return TAKE_FD(fd);
	return kept && has_id(*kept, id) ? fcntl(*kept, F_DUPFD_CLOEXEC, 3) : -ENOENT;
}

static int find(const struct datapath *datapath, enum schema_map outer, uint32_t key,
		bool *ret_pinned)
{
	__u32 id;
	int fd;

	fd = bpf_map_lookup_elem(datapath->map[outer], &key, &id);
	if (fd)
		return fd;
	fd = open_known(datapath, outer, key, id, ret_pinned);
	return fd >= 0 ? fd : bpf_map_get_fd_by_id(id);
}

int inner_maps_open(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	bool pinned;

	return find(datapath, outer, key, &pinned);
}

uint32_t inner_maps_id(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	_cleanup_(cleanup_close) int fd = inner_maps_open(datapath, outer, key);

	return id_of(fd);
}

uint32_t inner_maps_id_kept(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	const int *kept = kept_fd(datapath, outer, key);

	return kept ? id_of(*kept) : 0;
}

static void keep_and_pin(const struct datapath *datapath, enum schema_map outer, uint32_t key,
			 int fd)
{
	char name[PINS_NAME_MAX];

	keep(datapath, outer, key, fd);
	pins_put_named(&datapath->pins, name_of(outer, key, name), fd);
}

int inner_maps_put(const struct datapath *datapath, enum schema_map outer, uint32_t key, int fd)
{
	int r = bpf_map_update_elem(datapath->map[outer], &key, &fd, BPF_ANY);

	if (r < 0)
		return r;
	keep_and_pin(datapath, outer, key, fd);
	return 0;
}

/* After a write the kernel waits for packets that may still use the old map, some 10 ms. */
int inner_maps_put_all(const struct datapath *datapath, enum schema_map outer, const uint32_t *keys,
		       uint32_t n, int fd)
{
	_cleanup_(cleanup_free) int *fds = calloc(n + 1, sizeof(*fds));
	__u32 done = n;
	int r = 0;

	if (!fds)
		return -ENOMEM;
	for (__u32 i = 0; i < n; i++)
		fds[i] = fd;
	/* Before Linux 5.19 one by one. Before 6.8 the kernel waits for each also in a batch. */
	if (n < 2 || bpf_map_update_batch(datapath->map[outer], keys, fds, &done, NULL))
		for (done = 0; done < n; done++) {
			r = bpf_map_update_elem(datapath->map[outer], &keys[done], &fd, BPF_ANY);
			if (r < 0)
				break;
		}
	for (__u32 i = 0; i < done; i++)
		keep_and_pin(datapath, outer, keys[i], fd);
	return r;
}

int inner_maps_delete(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	int r = bpf_map_delete_elem(datapath->map[outer], &key);
	char name[PINS_NAME_MAX];

	if (r && r != -ENOENT)
		return r;
	keep(datapath, outer, key, -1);
	pins_delete_named(&datapath->pins, name_of(outer, key, name));
	return 0;
}

int inner_maps_list(const struct datapath *datapath, enum schema_map outer, bool *ret_known,
		    uint32_t n)
{
	DIR *directory = opendir(datapath->pins.directory); /* an operator may have removed it */
	char name[PINS_NAME_MAX];
	struct dirent *entry;
	unsigned int key;

	if (!directory && errno != ENOENT)
		return -errno;
	while (directory && (entry = readdir(directory)))
		if (strrchr(entry->d_name, '_') &&
		    sscanf(strrchr(entry->d_name, '_'), "_%u", &key) == 1 && key < n &&
		    !strcmp(entry->d_name, name_of(outer, key, name)))
			ret_known[key] = true;
	if (directory)
		closedir(directory);
	for (key = 0; key < n; key++) {
		const int *kept = kept_fd(datapath, outer, key);

		if (kept && *kept >= 0)
			ret_known[key] = true;
	}
	return 0;
}

int inner_maps_pin(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	_cleanup_(cleanup_close) int fd = -1;
	char name[PINS_NAME_MAX];
	bool pinned;

	fd = find(datapath, outer, key, &pinned);
	if (fd < 0)
		return fd;
	keep(datapath, outer, key, fd);
	return pinned ? 0 : pins_put_named(&datapath->pins, name_of(outer, key, name), fd);
}
