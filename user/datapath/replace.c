// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"

/**
 * DOC: another program in the place of the one that runs: upgrade and downgrade.
 *
 * The maps stay, and all that is in them: only the instructions are others afterwards. Whatever
 * could be wrong with the new one is found before it is attached; until then the old one runs.
 */

static void close_object(struct bpf_object **object)
{
	bpf_object__close(*object);
}

static void close_maps(int (*fds)[SCHEMA_MAPS])
{
	schema_close(*fds);
}

/* For a daemon that may open no program by its id, and may be looking for it already. */
static void pin_anew(const struct datapath_options *options, unsigned int ifindex)
{
	struct xdp_attachment attachment;
	struct pins pins;

	if (pins_init(&pins, options, NULL) || xdp_attach_find(ifindex, &attachment, NULL))
		return;
	xdp_attach_pin(&attachment, &pins);
	xdp_attach_close(&attachment);
}

static int replace(const struct datapath_options *options, const struct xdp_attachment *running,
		   struct datapath_error *ret_error)
{
	_cleanup_(close_object) struct bpf_object *object = NULL;
	_cleanup_(close_maps) int fds[SCHEMA_MAPS];
	uint32_t ids[SCHEMA_MAPS];
	int r;

	memset(fds, -1, sizeof(fds));
	r = xdp_attach_maps(running, fds, ids, ret_error);
	if (!r)
		r = open_object(options->object, fds, &object, ret_error);
	if (!r)
		r = xdp_attach_replace(object, running, ret_error);
	if (!r)
		pin_anew(options, running->ifindex);
	return r;
}

int datapath_replace(const struct datapath_options *options, const char *interface,
		     struct datapath_error *ret_error)
{
	struct xdp_attachment running;
	unsigned int ifindex;
	int r;

	error_collect();
	r = interface_index(interface, &ifindex, ret_error);
	if (!r)
		r = xdp_attach_find(ifindex, &running, ret_error);
	if (r)
		return r;
	r = replace(options, &running, ret_error);
	xdp_attach_close(&running);
	return r;
}
