/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_HANDLE_H
#define STEER_DATAPATH_HANDLE_H

#include <net/if.h>

#include "datapath/attachment.h"
#include "datapath/datapath.h"
#include "datapath/pins.h"
#include "datapath/schema.h"

/* An interface that runs the program. */
struct port {
	char interface[IF_NAMESIZE];
	struct attachment attachment;
	bool adopted; /* found attached, not loaded by us */
};

/* What is behind a datapath. */
struct datapath {
	struct pins pins;
	struct port port[STEER_MAX_INTERFACES];
	size_t n_ports;			  /* 0: only maps are open */
	int map[SCHEMA_MAPS];		  /* file descriptors */
	struct steer_pool_states *states; /* the map's memory; NULL if open for reading only */
	int btf;			  /* describes inner maps for bpftool; -1: unknown */
	struct {
		uint32_t key, value; /* types of an outer map's inner ones; 0: unknown */
	} inner_type[SCHEMA_MAPS];
	int *kept_tables,
		*kept_flows;   /* descriptors by pool and by service; -1: none: inner_maps.h */
	uint64_t index_digest; /* of the services that steer_index was made for; 0: unknown */
	int n_cpus;
	void *per_cpu; /* room for one value of every CPU */
};

/* The index of a network interface; -ENODEV. */
int interface_index(const char *interface, unsigned int *ret_ifindex,
		    struct datapath_error *ret_error);

/* The program of ours that an interface runs, by its pin if there is one; -ENOENT; … */
int port_find(struct port *port, const struct pins *pins, unsigned int ifindex,
	      struct datapath_error *ret_error);

/**
 * interface_using - look for an interface that runs a program of ours with one of these maps.
 * @map_ids: entries of 0 are none; NULL: with any maps
 */
bool interface_using(const uint32_t map_ids[SCHEMA_MAPS], unsigned int except_ifindex,
		     char ret_interface[IF_NAMESIZE]);

struct bpf_object;

/**
 * open_object - open an object file, not loaded yet, and check that its maps are ours.
 * @fds: maps that it is to use in place of its own; -1: none
 *
 * Return: 0; -EPROTO if it is of another version; …
 */
int open_object(const char *path, const int fds[SCHEMA_MAPS], struct bpf_object **ret_object,
		struct datapath_error *ret_error);

/**
 * load_program - load the object with the pinned maps, pin those that were not, attach.
 * @ret_fds: the maps
 *
 * On failure nothing is attached or pinned that was not before; directories are the caller's.
 */
int load_program(const struct pins *pins, const char *object, unsigned int ifindex,
		 enum datapath_mode mode, struct attachment *ret_attachment,
		 int ret_fds[SCHEMA_MAPS], struct datapath_error *ret_error);

#endif
