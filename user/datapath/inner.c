// SPDX-License-Identifier: GPL-2.0
#include "datapath/inner.h"

#include <errno.h>

#include <bpf/bpf.h>

#include "cleanup.h"

static const char *inner_name(enum schema_map outer, uint32_t key, char buffer[PINS_NAME_MAX])
{
	snprintf(buffer, PINS_NAME_MAX, "%s_%u", schema_maps[outer].name, key);
	return buffer;
}

/* The pinned map, if it is the one with this id. */
static int open_pinned(const struct datapath *datapath, const char *name, __u32 id)
{
	_cleanup_(cleanup_close) int fd = pins_open_named(&datapath->pins, name, BPF_F_RDONLY);
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) || info.id != id)
		return -ENOENT;
	return TAKE_FD(fd);
}

static int inner_find(const struct datapath *datapath, enum schema_map outer, uint32_t key,
		      bool *ret_pinned)
{
	char name[PINS_NAME_MAX];
	__u32 id;
	int fd;

	fd = bpf_map_lookup_elem(datapath->map[outer], &key, &id);
	if (fd)
		return fd;
	fd = open_pinned(datapath, inner_name(outer, key, name), id);
	*ret_pinned = fd >= 0;
	return fd >= 0 ? fd : bpf_map_get_fd_by_id(id);
}

int inner_open(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	bool pinned;

	return inner_find(datapath, outer, key, &pinned);
}

int inner_put(const struct datapath *datapath, enum schema_map outer, uint32_t key, int fd)
{
	char name[PINS_NAME_MAX];
	int error;

	error = bpf_map_update_elem(datapath->map[outer], &key, &fd, BPF_ANY);
	if (!error)
		pins_put_named(&datapath->pins, inner_name(outer, key, name), fd);
	return error;
}

int inner_delete(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	int error = bpf_map_delete_elem(datapath->map[outer], &key);
	char name[PINS_NAME_MAX];

	if (error && error != -ENOENT)
		return error;
	pins_delete_named(&datapath->pins, inner_name(outer, key, name));
	return 0;
}

int inner_pin(const struct datapath *datapath, enum schema_map outer, uint32_t key)
{
	_cleanup_(cleanup_close) int fd = -1;
	char name[PINS_NAME_MAX];
	bool pinned;

	fd = inner_find(datapath, outer, key, &pinned);
	if (fd < 0)
		return fd;
	return pinned ? 0 : pins_put_named(&datapath->pins, inner_name(outer, key, name), fd);
}
