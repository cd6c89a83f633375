/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_ATTACHMENT_H
#define STEER_DATAPATH_ATTACHMENT_H

#include "datapath/datapath.h"
#include "datapath/pins.h"
#include "datapath/schema.h"

#include <bpf/libbpf.h>

/* Our program on an interface. */
struct attachment {
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
 * attachment_find - look for a program of ours on an interface, by whomever it was attached.
 *
 * Ours is one that is named STEER_PROGRAM_NAME and has a map steer_settings.
 *
 * Return: 0; -ENOENT if there is none; …
 */
int attachment_find(unsigned int ifindex, struct attachment *ret_attachment,
		    struct datapath_error *ret_error);
void attachment_close(struct attachment *attachment);

/**
 * attachment_find_pinned - the same for a program that was pinned and that no dispatcher calls.
 *
 * attachment_find() asks the kernel for a program by its id, for which it wants CAP_SYS_ADMIN; this
 * does not.
 */
int attachment_find_pinned(unsigned int ifindex, const struct pins *pins,
			   struct attachment *ret_attachment);
int attachment_pin(const struct attachment *attachment, const struct pins *pins);
void attachment_unpin(unsigned int ifindex, const struct pins *pins);

/**
 * attachment_maps - open the maps a program uses.
 * @ret_fds: all of them
 * @ret_ids: their ids
 *
 * Return: 0; -EPROTO if one is missing or not as schema.h says; …
 */
int attachment_maps(const struct attachment *attachment, int ret_fds[SCHEMA_MAPS],
		    uint32_t ret_ids[SCHEMA_MAPS], struct datapath_error *ret_error);

/**
 * attachment_maps_pinned - the same if they are those that are pinned; no need for CAP_SYS_ADMIN.
 * Return: 0; -ENOENT if others are, or not all.
 */
int attachment_maps_pinned(const struct attachment *attachment, const struct pins *pins,
			   int ret_fds[SCHEMA_MAPS], uint32_t ret_ids[SCHEMA_MAPS]);

/* Whether the program uses one of these maps; entries of 0 are none. */
bool attachment_uses(const struct attachment *attachment, const uint32_t map_ids[SCHEMA_MAPS]);

/**
 * attachment_join - have libxdp load the program of an open object and attach it.
 *
 * That is in a dispatcher, or alone where libxdp knows that the kernel has no room for one. Why it
 * has failed, or not used a dispatcher, error_reason() tells.
 */
int attachment_join(struct bpf_object *object, unsigned int ifindex, enum datapath_mode mode,
		    struct attachment *ret_attachment);

/**
 * attachment_make - load the program of an open object and attach it alone, without a dispatcher.
 * @dispatcher_reason: why it does not join the dispatcher that may be there; "": it was not tried
 */
int attachment_make(struct bpf_object *object, unsigned int ifindex, enum datapath_mode mode,
		    const char *dispatcher_reason, struct attachment *ret_attachment,
		    struct datapath_error *ret_error);

/**
 * attachment_replace - load the program of an open object and put it in the place of ours.
 */
int attachment_replace(struct bpf_object *object, const struct attachment *running,
		       struct datapath_error *ret_error);

/* Detach our program; others stay. */
int attachment_remove(const struct attachment *attachment, struct datapath_error *ret_error);

/* Whether the interface still runs the program. */
bool attachment_is_current(struct attachment *attachment);

/**
 * attachment_find_other - like attachment_find(), where it is not: what was found foreign once is
 * not examined again.
 */
int attachment_find_other(struct attachment *attachment, const struct pins *pins,
			  struct attachment *ret_attachment);

#endif
