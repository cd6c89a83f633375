/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_XDP_ATTACH_H
#define STEER_DATAPATH_XDP_ATTACH_H

#include "datapath/datapath.h"
#include "datapath/pins.h"
#include "datapath/schema.h"

#include <bpf/libbpf.h>

/* Our program on an interface. */
struct xdp_attachment {
	unsigned int ifindex;
	int program_fd; /* -1: none */
	uint32_t program_id;
	uint32_t attached_id; /* what the interface runs: the program or libxdp's dispatcher */
	uint32_t foreign_id;  /* what it was found to run instead, which is not ours; 0: nothing */
	char program_tag[17];
	enum datapath_mode mode;
	bool dispatcher;
};

/**
 * xdp_attach_find - look for a program of ours on an interface, by whomever it was attached.
 *
 * Ours is one that is named STEER_PROGRAM_NAME and has a map steer_settings.
 *
 * Return: 0; -ENOENT if there is none; …
 */
int xdp_attach_find(unsigned int ifindex, struct xdp_attachment *ret_attachment,
		    struct datapath_error *ret_error);
void xdp_attach_close(struct xdp_attachment *attachment);

/**
 * xdp_attach_find_pinned - the same for a program that was pinned and that no dispatcher calls.
 *
 * xdp_attach_find() asks the kernel for a program by its id, for which it wants CAP_SYS_ADMIN; this
 * does not.
 */
int xdp_attach_find_pinned(unsigned int ifindex, const struct pins *pins,
			   struct xdp_attachment *ret_attachment);
int xdp_attach_pin(const struct xdp_attachment *attachment, const struct pins *pins);
void xdp_attach_unpin(unsigned int ifindex, const struct pins *pins);

/**
 * xdp_attach_maps - open the maps a program uses.
 * @ret_fds: all of them
 * @ret_ids: their ids
 *
 * Return: 0; -EPROTO if one is missing or not as schema.h says; …
 */
int xdp_attach_maps(const struct xdp_attachment *attachment, int ret_fds[SCHEMA_MAPS],
		    uint32_t ret_ids[SCHEMA_MAPS], struct datapath_error *ret_error);

/**
 * xdp_attach_maps_pinned - the same if they are those that are pinned; no need for CAP_SYS_ADMIN.
 * Return: 0; -ENOENT if others are, or not all.
 */
int xdp_attach_maps_pinned(const struct xdp_attachment *attachment, const struct pins *pins,
			   int ret_fds[SCHEMA_MAPS], uint32_t ret_ids[SCHEMA_MAPS]);

/* Whether the program uses one of these maps; entries of 0 are none. */
bool xdp_attach_uses(const struct xdp_attachment *attachment, const uint32_t map_ids[SCHEMA_MAPS]);

/**
 * xdp_attach_join - have libxdp load the program of an open object and attach it.
 *
 * That is in a dispatcher, or alone where libxdp knows that the kernel has no room for one. Why it
 * has failed, or not used a dispatcher, error_reason() tells.
 */
int xdp_attach_join(struct bpf_object *object, unsigned int ifindex, enum datapath_mode mode,
		    struct xdp_attachment *ret_attachment);

/**
 * xdp_attach_make - load the program of an open object and attach it alone, without a dispatcher.
 * @dispatcher_reason: why it does not join the dispatcher that may be there; "": it was not tried
 */
int xdp_attach_make(struct bpf_object *object, unsigned int ifindex, enum datapath_mode mode,
		    const char *dispatcher_reason, struct xdp_attachment *ret_attachment,
		    struct datapath_error *ret_error);

/**
 * xdp_attach_replace - load the program of an open object and put it in the place of ours.
 */
int xdp_attach_replace(struct bpf_object *object, const struct xdp_attachment *running,
		       struct datapath_error *ret_error);

/* Detach our program; others stay. */
int xdp_attach_remove(const struct xdp_attachment *attachment, struct datapath_error *ret_error);

/* Whether the interface still runs the program. */
bool xdp_attach_is_current(struct xdp_attachment *attachment);

/**
 * xdp_attach_find_other - like xdp_attach_find(), where it is not: what was found foreign once is
 * not examined again.
 */
int xdp_attach_find_other(struct xdp_attachment *attachment, const struct pins *pins,
			  struct xdp_attachment *ret_attachment);

#endif
