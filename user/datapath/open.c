// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/libbpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"

/**
 * DOC: taking over what runs, or making it run; and letting go without stopping it.
 */
#define STATES_BYTES (STEER_MAX_POOLS * sizeof(struct steer_pool_states))

static struct datapath *datapath_new(const char *interface)
{
	struct datapath *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->pins.lock_fd = -1;
	d->attachment.program_fd = -1;
	memset(d->map, -1, sizeof(d->map));
	snprintf(d->interface, sizeof(d->interface), "%s", interface);
	d->n_cpus = libbpf_num_possible_cpus();
	if (d->n_cpus > 0)
		d->per_cpu = calloc(d->n_cpus, sizeof(struct steer_service_stats));
	if (!d->per_cpu) {
		datapath_close(d);
		return NULL;
	}
	return d;
}

void datapath_close(struct datapath *d)
{
	if (!d)
		return;
	if (d->states)
		munmap(d->states, STATES_BYTES);
	schema_close(d->map);
	attachment_close(&d->attachment);
	pins_release(&d->pins);
	free(d->per_cpu);
	free(d);
}

static void datapath_closep(struct datapath **d)
{
	datapath_close(*d);
}

static int datapath_map_states(struct datapath *d, struct datapath_error *ret_error)
{
	void *memory = mmap(NULL, STATES_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			    d->map[SCHEMA_STATES], 0);

	if (memory == MAP_FAILED)
		return error_kernel(ret_error, -errno, "cannot map the memory of steer_states");
	d->states = memory;
	return 0;
}

/* The attached program's maps carry the traffic: they are what is pinned from now on. */
static int datapath_adopt(struct datapath *d, struct datapath_error *ret_error)
{
	uint32_t ids[SCHEMA_MAPS], pinned_ids[SCHEMA_MAPS];
	int pinned_fds[SCHEMA_MAPS];
	int error;

	error = attachment_maps(&d->attachment, d->map, ids, ret_error);
	if (error)
		return error;
	error = pins_open(&d->pins, 0, pinned_fds, pinned_ids, ret_error);
	if (error < 0)
		return error;
	schema_close(pinned_fds);
	for (size_t i = 0; i < SCHEMA_MAPS; i++) {
		if (pinned_ids[i] == ids[i])
			continue;
		error = pins_put(&d->pins, i, d->map[i], ret_error);
		if (error)
			return error;
	}
	d->adopted = true;
	return 0;
}

int datapath_open(const struct datapath_options *options, const char *interface,
		  enum datapath_mode mode, struct datapath **ret_datapath,
		  struct datapath_error *ret_error)
{
	_cleanup_(datapath_closep) struct datapath *d = datapath_new(interface);
	unsigned int ifindex;
	int error;

	if (!d)
		return error_say(ret_error, -ENOMEM, "out of memory");
	error_collect();
	error = interface_index(interface, &ifindex, ret_error);
	if (!error)
		error = pins_init(&d->pins, options, ret_error);
	if (!error)
		error = pins_prepare(&d->pins, ret_error);
	if (error)
		return error;
	error = pins_lock(&d->pins, ret_error);
	if (error)
		return error;
	error = attachment_find(ifindex, &d->attachment, ret_error);
	if (!error)
		error = datapath_adopt(d, ret_error);
	else if (error == -ENOENT)
		error = load_program(&d->pins, options->object, ifindex, mode, &d->attachment,
				     d->map, ret_error);
	if (!error)
		error = datapath_map_states(d, ret_error);
	if (error) {
		pins_undo(&d->pins);
		return error;
	}
	*ret_datapath = TAKE_PTR(d);
	return 0;
}

int datapath_open_pinned(const struct datapath_options *options, struct datapath **ret_datapath,
			 struct datapath_error *ret_error)
{
	_cleanup_(datapath_closep) struct datapath *d = datapath_new("");
	uint32_t ids[SCHEMA_MAPS];
	int found, error;

	if (!d)
		return error_say(ret_error, -ENOMEM, "out of memory");
	error_collect();
	error = pins_init(&d->pins, options, ret_error);
	if (error)
		return error;
	found = pins_open(&d->pins, BPF_F_RDONLY, d->map, ids, ret_error);
	if (found < 0)
		return found;
	if (found < SCHEMA_MAPS)
		return error_say(ret_error, -ENOENT,
				 "%s: no maps are pinned there; load the program with \"steer load\" "
				 "or start steerd, or give --pin-dir",
				 d->pins.directory);
	*ret_datapath = TAKE_PTR(d);
	return 0;
}

int datapath_unload(const struct datapath_options *options, const char *interface,
		    struct datapath_error *ret_error)
{
	struct attachment attachment;
	unsigned int ifindex;
	struct pins pins;
	int error;

	error_collect();
	error = interface_index(interface, &ifindex, ret_error);
	if (!error)
		error = pins_init(&pins, options, ret_error);
	if (!error)
		error = attachment_find(ifindex, &attachment, ret_error);
	if (error)
		return error;
	error = attachment_remove(&attachment, ret_error);
	attachment_close(&attachment);
	if (error)
		return error;
	return pins_exist(&pins) ? pins_remove(&pins, ret_error) : 0;
}

void datapath_get_info(const struct datapath *d, struct datapath_info *ret_info)
{
	struct datapath_info info = {
		.program_id = d->attachment.program_id,
		.mode = d->attachment.mode,
		.dispatcher = d->attachment.dispatcher,
		.adopted = d->adopted,
	};

	snprintf(info.program_tag, sizeof(info.program_tag), "%s", d->attachment.program_tag);
	snprintf(info.interface, sizeof(info.interface), "%s", d->interface);
	*ret_info = info;
}

bool datapath_is_attached(const struct datapath *d)
{
	return attachment_is_current(&d->attachment);
}
