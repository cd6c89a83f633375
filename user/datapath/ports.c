// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "datapath/error.h"
#include "datapath/handle.h"

/**
 * DOC: the interfaces of a datapath: each runs a program of its own, all with the same maps.
 */

/* The program that an interface runs already must use the datapath's maps, and no others. */
static int check_maps(const struct datapath *datapath, const struct port *port,
		      struct datapath_error *ret_error)
{
	uint32_t ids[SCHEMA_MAPS], own_ids[SCHEMA_MAPS];
	char difference[SCHEMA_DIFFERENCE_MAX];
	int fds[SCHEMA_MAPS];
	int error;

	if (!attachment_maps_pinned(&port->attachment, &datapath->pins, fds, ids)) {
		schema_close(fds);
		return 0;
	}
	error = attachment_maps(&port->attachment, fds, ids, ret_error);
	if (error)
		return error;
	schema_close(fds);
	for (size_t i = 0; i < SCHEMA_MAPS && !error; i++)
		error = schema_check_fd(i, datapath->map[i], &own_ids[i], difference);
	if (error)
		return error_kernel(ret_error, error, "cannot examine the maps in %s",
				    datapath->pins.directory);
	if (memcmp(ids, own_ids, sizeof(ids)) != 0)
		return error_say(ret_error, -EEXIST,
				 "%s runs the program with maps of its own, not with those of %s: "
				 "run \"steer unload %s\" and start again",
				 port->interface, datapath->port[0].interface, port->interface);
	return 0;
}

int datapath_add_interface(struct datapath *datapath, const struct datapath_options *options,
			   const char *interface, enum datapath_mode mode,
			   struct datapath_error *ret_error)
{
	struct port port = {};
	unsigned int ifindex = 0;
	int fds[SCHEMA_MAPS];
	int error;

	error_collect();
	if (datapath->n_ports == STEER_MAX_INTERFACES)
		return error_say(ret_error, -ENOSPC, "%s: a node has at most %d interfaces",
				 interface, STEER_MAX_INTERFACES);
	error = interface_index(interface, &ifindex, ret_error);
	if (error)
		return error;
	snprintf(port.interface, sizeof(port.interface), "%s", interface);
	error = port_find(&port, &datapath->pins, ifindex, ret_error);
	if (!error) {
		error = check_maps(datapath, &port, ret_error);
		if (error)
			attachment_close(&port.attachment);
	} else if (error == -ENOENT) {
		error = load_program(&datapath->pins, options, ifindex, mode, &port.attachment, fds,
				     ret_error);
		if (!error)
			schema_close(fds);
	}
	if (error)
		return error;
	attachment_pin(&port.attachment, &datapath->pins);
	datapath->port[datapath->n_ports++] = port;
	return 0;
}

size_t datapath_count_interfaces(const struct datapath *datapath)
{
	return datapath->n_ports;
}

void datapath_get_info(const struct datapath *datapath, size_t i, struct datapath_info *ret_info)
{
	const struct port *port = &datapath->port[i];
	struct datapath_info info = {
		.program_id = port->attachment.program_id,
		.mode = port->attachment.mode,
		.dispatcher = port->attachment.dispatcher,
		.adopted = port->adopted,
	};

	memcpy(info.program_tag, port->attachment.program_tag, sizeof(info.program_tag));
	memcpy(info.interface, port->interface, sizeof(info.interface));
	*ret_info = info;
}

int datapath_follow(struct datapath *datapath, size_t i)
{
	struct port *port = &datapath->port[i];
	struct port found = { .adopted = true };
	int error;

	error = attachment_find_other(&port->attachment, &datapath->pins, &found.attachment);
	if (error)
		return error;
	memcpy(found.interface, port->interface, sizeof(found.interface));
	if (check_maps(datapath, &found, NULL)) {
		port->attachment.foreign_id = found.attachment.attached_id;
		attachment_close(&found.attachment);
		return -ENOENT;
	}
	attachment_close(&port->attachment);
	*port = found;
	return 0;
}

bool datapath_is_attached(struct datapath *datapath, size_t i)
{
	return i < datapath->n_ports && attachment_is_current(&datapath->port[i].attachment);
}
