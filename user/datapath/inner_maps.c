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

struct inner_maps_spec {
	const char *name;
	enum bpf_map_type type;
	uint32_t key_bytes, value_bytes;
};

static struct inner_maps_spec inner_maps_spec_of(enum schema_map outer)
{
	switch (outer) {
	case SCHEMA_TABLES:
		return (struct inner_maps_spec){ "steer_table", BPF_MAP_TYPE_ARRAY, sizeof(__u32),
						 sizeof(struct steer_row) };
	case SCHEMA_INDEX:
		return (struct inner_maps_spec){ "steer_index", BPF_MAP_TYPE_ARRAY, sizeof(__u32),
						 sizeof(struct steer_index_set) };
	default:
		return (struct inner_maps_spec){ "steer_flow", BPF_MAP_TYPE_LRU_HASH,
						 sizeof(struct steer_flow),
						 sizeof(struct steer_flow_entry) };
	}
}

int inner_maps_create(const struct datapath *datapath, enum schema_map outer, uint32_t entries)
{
	struct inner_maps_spec spec = inner_maps_spec_of(outer);
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

static const char *inner_maps_name(enum schema_map outer, uint32_t key, char buffer[PINS_NAME_MAX])
{
	snprintf(buffer, PINS_NAME_MAX, "%s_%u", schema_maps[outer].name, key);
	return buffer;
}

/* The place of its descriptor; NULL for a key that others have made up, and of the index. */
static int *inner_maps_kept(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	if (outer == SCHEMA_TABLES && key < STEER_MAX_POOLS)
		return &datapath->kept_tables[key];
	if (outer == SCHEMA_FLOWS && key < STEER_MAX_SERVICES)
		return &datapath->kept_flows[key];
	return NULL;
}

/* A descriptor of our own, or none (-1): not if that would leave too few for other things. */
static void inner_maps_keep(const struct datapath *datapath, enum schema_map outer, uint32_t key,
			    int fd)
{
	int *kept = inner_maps_kept(datapath, outer, key);

	if (!kept)
		return;
	cleanup_close(kept);
	*kept = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (*kept > sysconf(_SC_OPEN_MAX) / 2) {
		cleanup_close(kept);
		*kept = -1;
	}
}

/* Of an open map; 0: of none. */
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

/* The map that we keep, or that is pinned, if it is the one with this id. */
static int open_known(const struct datapath *datapath, enum schema_map outer, uint32_t key,
		      __u32 id, bool *ret_pinned)
{
	char name[PINS_NAME_MAX];
	_cleanup_(cleanup_close) int fd =
		pins_open_named(&datapath->pins, inner_maps_name(outer, key, name), BPF_F_RDONLY);
	const int *kept = inner_maps_kept(datapath, outer, key);

	*ret_pinned = has_id(fd, id);
	if (*ret_pinned)
		return TAKE_FD(fd);
	return kept && has_id(*kept, id) ? fcntl(*kept, F_DUPFD_CLOEXEC, 3) : -ENOENT;
}

static int inner_maps_find(const struct datapath *datapath, enum schema_map outer, uint32_t key,
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

	return inner_maps_find(datapath, outer, key, &pinned);
}

uint32_t inner_maps_id(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	_cleanup_(cleanup_close) int fd = inner_maps_open(datapath, outer, key);

	return id_of(fd);
}

uint32_t inner_maps_id_kept(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	const int *kept = inner_maps_kept(datapath, outer, key);

	return kept ? id_of(*kept) : 0;
}

/* What has been put in. */
static void inner_maps_hold(const struct datapath *datapath, enum schema_map outer, uint32_t key,
			    int fd)
{
	char name[PINS_NAME_MAX];

	inner_maps_keep(datapath, outer, key, fd);
	pins_put_named(&datapath->pins, inner_maps_name(outer, key, name), fd);
}

int inner_maps_put(const struct datapath *datapath, enum schema_map outer, uint32_t key, int fd)
{
	int error = bpf_map_update_elem(datapath->map[outer], &key, &fd, BPF_ANY);

	if (error)
		return error;
	inner_maps_hold(datapath, outer, key, fd);
	return 0;
}

/* After a write the kernel waits for packets that may still use what was there, some 10 ms. */
int inner_maps_put_all(const struct datapath *datapath, enum schema_map outer, const uint32_t *keys,
		       uint32_t n, int fd)
{
	_cleanup_(cleanup_free) int *fds = calloc(n + 1, sizeof(*fds));
	__u32 i, done = n;
	int error = 0;

	if (!fds)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		fds[i] = fd;
	/* Before Linux 5.19 one by one; before 6.8 the kernel waits for each all the same. */
	if (n < 2 || bpf_map_update_batch(datapath->map[outer], keys, fds, &done, NULL))
		for (done = 0; done < n; done++) {
			error = bpf_map_update_elem(datapath->map[outer], &keys[done], &fd,
						    BPF_ANY);
			if (error)
				break;
		}
	for (i = 0; i < done; i++)
		inner_maps_hold(datapath, outer, keys[i], fd);
	return error;
}

int inner_maps_delete(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	int error = bpf_map_delete_elem(datapath->map[outer], &key);
	char name[PINS_NAME_MAX];

	if (error && error != -ENOENT)
		return error;
	inner_maps_keep(datapath, outer, key, -1);
	pins_delete_named(&datapath->pins, inner_maps_name(outer, key, name));
	return 0;
}

int inner_maps_list(const struct datapath *datapath, enum schema_map outer, bool *ret_known,
		    uint32_t n)
{
	DIR *directory = opendir(datapath->pins.directory); /* may be gone, under a daemon */
	char name[PINS_NAME_MAX];
	struct dirent *entry;
	unsigned int key;

	if (!directory && errno != ENOENT)
		return -errno;
	while (directory && (entry = readdir(directory)))
		if (strrchr(entry->d_name, '_') &&
		    sscanf(strrchr(entry->d_name, '_'), "_%u", &key) == 1 && key < n &&
		    !strcmp(entry->d_name, inner_maps_name(outer, key, name)))
			ret_known[key] = true;
	if (directory)
		closedir(directory);
	for (key = 0; key < n; key++) {
		const int *kept = inner_maps_kept(datapath, outer, key);

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

	fd = inner_maps_find(datapath, outer, key, &pinned);
	if (fd < 0)
		return fd;
	inner_maps_keep(datapath, outer, key, fd);
	return pinned ? 0 : pins_put_named(&datapath->pins, inner_maps_name(outer, key, name), fd);
}
