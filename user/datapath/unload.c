// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"

/**
 * DOC: detaching the program, and removing the pins when nobody uses them any more.
 *
 * Users of pins are looked for on all interfaces of this network namespace, so the nodes of a
 * machine with several namespaces need a directory each. Pins a running daemon has locked stay.
 */

static void free_interfaces(struct if_nameindex **interfaces)
{
	if (*interfaces)
		if_freenameindex(*interfaces);
}

bool interface_using(const uint32_t map_ids[SCHEMA_MAPS], unsigned int except_ifindex,
		     char ret_interface[IF_NAMESIZE])
{
	_cleanup_(free_interfaces) struct if_nameindex *interfaces = if_nameindex();
	struct if_nameindex *i;

	for (i = interfaces; i && i->if_index; i++) {
		struct xdp_attachment attachment;
		bool uses;

		if (i->if_index == except_ifindex ||
		    xdp_attach_find(i->if_index, &attachment, NULL))
			continue;
		uses = !map_ids || xdp_attach_uses(&attachment, map_ids);
		xdp_attach_close(&attachment);
		if (uses) {
			snprintf(ret_interface, IF_NAMESIZE, "%s", i->if_name);
			return true;
		}
	}
	return false;
}

/* Whether a program uses what is pinned. Pins we do not understand are anybody's who runs Steer. */
static bool pins_are_used(const struct pins *pins)
{
	char interface[IF_NAMESIZE];
	uint32_t ids[SCHEMA_MAPS];
	int fds[SCHEMA_MAPS];

	if (pins_open(pins, 0, fds, ids, NULL) <= 0)
		return interface_using(NULL, 0, interface);
	schema_close(fds);
	return interface_using(ids, 0, interface);
}

/* Return: 1 if there were pins and they are gone, 0 if there are none or they stay; … */
static int remove_unused_pins(struct pins *pins, struct datapath_error *ret_error)
{
	int r;

	if (!pins_exist(pins) || pins_are_used(pins))
		return 0;
	r = pins_lock(pins, NULL);
	if (r == -EBUSY)
		return 0;
	if (!r)
		r = pins_remove(pins, ret_error);
	pins_release(pins);
	return r ? r : 1;
}

int datapath_unload(const struct datapath_options *options, const char *interface,
		    struct datapath_error *ret_error)
{
	struct xdp_attachment attachment;
	unsigned int ifindex;
	struct pins pins;
	bool attached;
	int r;

	error_collect();
	r = interface_index(interface, &ifindex, ret_error);
	if (!r)
		r = pins_init(&pins, options, ret_error);
	if (r)
		return r;
	r = xdp_attach_find(ifindex, &attachment, ret_error);
	if (r && r != -ENOENT)
		return r;
	attached = !r;
	if (attached) {
		r = xdp_attach_remove(&attachment, ret_error);
		xdp_attach_close(&attachment);
		if (r)
			return r;
		xdp_attach_unpin(ifindex, &pins);
	}
	r = remove_unused_pins(&pins, ret_error);
	if (r < 0)
		return r;
	return attached || r > 0 ? 0 : -ENOENT;
}
