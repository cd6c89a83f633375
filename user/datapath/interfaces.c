// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "datapath/error.h"
#include "datapath/handle.h"

/**
 * DOC: the interfaces of a datapath: each runs a program of its own, all with the same maps.
 */

/* The program that an interface runs already must use the datapath's maps, and no others. */
static int check_maps(const struct datapath *datapath, const struct attached_interface *attached,
		      struct datapath_error *ret_error)
{
	uint32_t ids[SCHEMA_MAPS], own_ids[SCHEMA_MAPS];
	char difference[SCHEMA_DIFFERENCE_MAX];
	int fds[SCHEMA_MAPS];
	int r;

	if (!xdp_attach_maps_pinned(&attached->attachment, &datapath->pins, fds, ids)) {
		schema_close(fds);
		return 0;
	}
	r = xdp_attach_maps(&attached->attachment, fds, ids, ret_error);
	if (r)
		return r;
	schema_close(fds);
	for (size_t i = 0; i < SCHEMA_MAPS && !r; i++)
		r = schema_check_fd(i, datapath->map[i], &own_ids[i], difference);
	if (r)
		return error_kernel(ret_error, r, "cannot examine the maps in %s",
				    datapath->pins.directory);
	if (memcmp(ids, own_ids, sizeof(ids)) != 0)
		return error_say(ret_error, -EEXIST,
				 "%s runs the program with maps of its own, not with those of %s: "
				 "run \"steer unload %s\" and start again",
				 attached->name, datapath->interface[0].name, attached->name);
	return 0;
}

/* Adopt or load the program, with the datapath's maps. */
static int run_on(struct datapath *datapath, const struct datapath_options *options,
		  const char *interface, enum datapath_mode mode,
		  struct attached_interface *ret_attached, struct datapath_error *ret_error)
{
	struct attached_interface attached = {};
	unsigned int ifindex = 0;
	int fds[SCHEMA_MAPS];
	int r;

	error_collect();
	r = interface_index(interface, &ifindex, ret_error);
	if (r)
		return r;
	snprintf(attached.name, sizeof(attached.name), "%s", interface);
	r = attached_interface_find(&attached, &datapath->pins, ifindex, ret_error);
	if (!r) {
		r = check_maps(datapath, &attached, ret_error);
		if (r)
			xdp_attach_close(&attached.attachment);
	} else if (r == -ENOENT) {
		r = load_program(&datapath->pins, options, ifindex, mode, &attached.attachment, fds,
				 ret_error);
		if (!r)
			schema_close(fds);
	}
	if (r)
		return r;
	xdp_attach_pin(&attached.attachment, &datapath->pins);
	*ret_attached = attached;
	return 0;
}

int datapath_add_interface(struct datapath *datapath, const struct datapath_options *options,
			   const char *interface, enum datapath_mode mode,
			   struct datapath_error *ret_error)
{
	struct attached_interface attached;
	int r;

	if (datapath->n_interfaces == STEER_MAX_INTERFACES)
		return error_say(ret_error, -ENOSPC, "%s: a node has at most %d interfaces",
				 interface, STEER_MAX_INTERFACES);
	r = run_on(datapath, options, interface, mode, &attached, ret_error);
	if (!r)
		datapath->interface[datapath->n_interfaces++] = attached;
	return r;
}

int datapath_attach_again(struct datapath *datapath, const struct datapath_options *options,
			  size_t i, const char *interface, enum datapath_mode mode,
			  struct datapath_error *ret_error)
{
	struct attached_interface attached;
	int r = run_on(datapath, options, interface, mode, &attached, ret_error);

	if (r)
		return r;
	xdp_attach_close(&datapath->interface[i].attachment);
	datapath->interface[i] = attached;
	return 0;
}

size_t datapath_count_interfaces(const struct datapath *datapath)
{
	return datapath->n_interfaces;
}

void datapath_get_info(const struct datapath *datapath, size_t i, struct datapath_info *ret_info)
{
	const struct attached_interface *attached = &datapath->interface[i];
	struct datapath_info info = {
		.program_id = attached->attachment.program_id,
		.mode = attached->attachment.mode,
		.dispatcher = attached->attachment.dispatcher,
		.ifindex = attached->attachment.ifindex,
		.adopted = attached->adopted,
	};

	memcpy(info.program_tag, attached->attachment.program_tag, sizeof(info.program_tag));
	memcpy(info.interface, attached->name, sizeof(info.interface));
	*ret_info = info;
}

int datapath_follow(struct datapath *datapath, size_t i)
{
	struct attached_interface *attached = &datapath->interface[i];
	struct attached_interface found = { .adopted = true };
	int r;

	r = xdp_attach_find_other(&attached->attachment, &datapath->pins, &found.attachment);
	if (r)
		return r;
	memcpy(found.name, attached->name, sizeof(found.name));
	if (check_maps(datapath, &found, NULL)) {
		attached->attachment.foreign_id = found.attachment.attached_id;
		xdp_attach_close(&found.attachment);
		return -ENOENT;
	}
	xdp_attach_close(&attached->attachment);
	*attached = found;
	return 0;
}

bool datapath_is_attached(struct datapath *datapath, size_t i)
{
	return i < datapath->n_interfaces &&
	       xdp_attach_is_current(&datapath->interface[i].attachment);
}
