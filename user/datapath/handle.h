/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_HANDLE_H
#define STEER_DATAPATH_HANDLE_H

#include <net/if.h>

#include "datapath/xdp_attach.h"
#include "datapath/datapath.h"
#include "datapath/pins.h"
#include "datapath/schema.h"

/* An interface that runs the program. */
struct attached_interface {
	char name[IF_NAMESIZE];
	struct xdp_attachment attachment;
	bool adopted; /* found attached, not loaded by us */
};

/* A datapath: see datapath.h. */
struct datapath {
	struct pins pins;
	struct attached_interface interface[STEER_MAX_INTERFACES];
	size_t n_interfaces;		  /* 0: only maps are open */
	int map[SCHEMA_MAPS];		  /* file descriptors */
	struct steer_pool_states *states; /* the map's memory; NULL if open for reading only */
	int btf;			  /* describes inner maps for bpftool; -1: unknown */
	struct {
		uint32_t key, value; /* types of an outer map's inner ones; 0: unknown */
	} inner_type[SCHEMA_MAPS];
	/* Kept descriptors by pool and by service, see inner_maps.h; -1: none. */
	int *kept_tables, *kept_former, *kept_flows;
	bool has_former[STEER_MAX_POOLS]; /* in steer_formers: a lookup there may take 10 ms */
	uint64_t index_digest;		  /* of the services that steer_index has; 0: unknown */
	int n_cpus;
	void *per_cpu; /* buffer for one value of every CPU */
};

/* The index of a network interface. Return: 0, -ENODEV. */
int interface_index(const char *interface, unsigned int *ret_ifindex,
		    struct datapath_error *ret_error);

/* Find Steer's program on an interface, by its pin if there is one. Return: 0; -ENOENT; … */
int attached_interface_find(struct attached_interface *attached, const struct pins *pins,
			    unsigned int ifindex, struct datapath_error *ret_error);

/**
 * interface_using - find an interface that runs Steer's program with one of these maps.
 * @map_ids: ids, 0 for none; NULL: with any maps
 * @except_ifindex: interface to leave out
 * @ret_interface: its name
 *
 * Return: true if there is one.
 */
bool interface_using(const uint32_t map_ids[SCHEMA_MAPS], unsigned int except_ifindex,
		     char ret_interface[IF_NAMESIZE]);

struct bpf_object;

/**
 * open_object - open an object file without loading it, and check its maps against the schema.
 * @fds: maps for it to use instead of its own; -1: none
 *
 * Return: 0; -EPROTO if it is of another version; …
 */
int open_object(const char *path, const int fds[SCHEMA_MAPS], struct bpf_object **ret_object,
		struct datapath_error *ret_error);

/**
 * load_program - load the object with the pinned maps, pin those that were not, attach.
 * @ret_fds: the maps
 *
 * If it is attached without a dispatcher though one was asked for, the note says why.
 * On failure nothing is attached or pinned that was not before; directories are the caller's.
 */
int load_program(const struct pins *pins, const struct datapath_options *options,
		 unsigned int ifindex, enum datapath_mode mode,
		 struct xdp_attachment *ret_attachment, int ret_fds[SCHEMA_MAPS],
		 struct datapath_error *ret_error);

#endif
