// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"

/**
 * DOC: opening a datapath: adopt what runs, or load it.
 *
 * What is attached wins over what is pinned, because it carries the traffic: pins that differ are
 * replaced, unless a program on another interface uses them.
 */

static int map_states(struct datapath *datapath, struct datapath_error *ret_error)
{
	void *memory = mmap(NULL, sizeof(struct steer_pool_states) * STEER_MAX_POOLS,
			    PROT_READ | PROT_WRITE, MAP_SHARED, datapath->map[SCHEMA_STATES], 0);

	if (memory == MAP_FAILED)
		return error_kernel(ret_error, -errno, "cannot map the memory of steer_states");
	datapath->states = memory;
	return 0;
}

static int *allocate_kept(size_t n)
{
	int *kept = malloc(n * sizeof(*kept));

	if (kept)
		memset(kept, -1, n * sizeof(*kept));
	return kept;
}

static void free_kept(int *kept, size_t n)
{
	while (kept && n--)
		cleanup_close(&kept[n]);
	free(kept);
}

static int allocate(struct datapath **ret_datapath, struct datapath_error *ret_error)
{
	struct datapath *datapath = calloc(1, sizeof(*datapath));

	if (!datapath)
		return error_say(ret_error, -ENOMEM, "out of memory");
	memset(datapath->map, -1, sizeof(datapath->map));
	datapath->pins.lock_fd = -1;
	datapath->btf = -1;
	datapath->n_cpus = libbpf_num_possible_cpus();
	if (datapath->n_cpus > 0)
		datapath->per_cpu = calloc(datapath->n_cpus, sizeof(struct steer_verdict_counters));
	datapath->kept_tables = allocate_kept(STEER_MAX_POOLS);
	datapath->kept_flows = allocate_kept(STEER_MAX_SERVICES);
	if (!datapath->per_cpu || !datapath->kept_tables || !datapath->kept_flows) {
		datapath_close(datapath);
		return error_say(ret_error, -ENOMEM, "out of memory, or no list of CPUs in /sys");
	}
	*ret_datapath = datapath;
	return 0;
}

/* Lets bpftool show rows, flows and services by name; without the right to ask for it, it shows
 * bytes. */
static void describe_inner_maps(struct datapath *datapath)
{
	static const struct {
		enum schema_map outer;
		uint32_t key_kind;
		const char *key, *value;
	} inner[] = {
		{ SCHEMA_TABLES, BTF_KIND_TYPEDEF, "__u32", "steer_row" },
		{ SCHEMA_FLOWS, BTF_KIND_STRUCT, "steer_flow", "steer_flow_entry" },
		{ SCHEMA_INDEX, BTF_KIND_TYPEDEF, "__u32", "steer_index_set" },
	};
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	struct btf *btf;

	if (bpf_obj_get_info_by_fd(datapath->map[SCHEMA_SETTINGS], &info, &length) || !info.btf_id)
		return;
	btf = btf__load_from_kernel_by_id(info.btf_id);
	if (!btf)
		return;
	datapath->btf = bpf_btf_get_fd_by_id(info.btf_id);
	for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++) {
		int key = btf__find_by_name_kind(btf, inner[i].key, inner[i].key_kind);
		int value = btf__find_by_name_kind(btf, inner[i].value, BTF_KIND_STRUCT);

		if (key <= 0 || value <= 0)
			continue;
		datapath->inner_type[inner[i].outer].key = key;
		datapath->inner_type[inner[i].outer].value = value;
	}
	btf__free(btf);
}

/* Pins that differ from the maps that run must not be another interface's. */
static int refuse_foreign_pins(const struct datapath *datapath, const struct port *port,
			       const uint32_t pinned_ids[SCHEMA_MAPS],
			       struct datapath_error *ret_error)
{
	char user[IF_NAMESIZE];

	if (!interface_using(pinned_ids, port->attachment.ifindex, user))
		return 0;
	return error_say(
		ret_error, -EEXIST,
		"%s and %s run programs with maps of their own, and those of %s are pinned "
		"in %s: choose another directory for the pins of %s, or run \"steer unload "
		"%s\" and start again",
		port->interface, user, user, datapath->pins.directory, port->interface, user);
}

static int adopt(struct datapath *datapath, const struct port *port,
		 struct datapath_error *ret_error)
{
	int pinned_fds[SCHEMA_MAPS];
	uint32_t pinned_ids[SCHEMA_MAPS], ids[SCHEMA_MAPS];
	int error;

	if (!attachment_maps_pinned(&port->attachment, &datapath->pins, datapath->map, ids))
		return 0;
	error = attachment_maps(&port->attachment, datapath->map, ids, ret_error);
	if (error)
		return error;
	error = pins_open(&datapath->pins, 0, pinned_fds, pinned_ids, ret_error);
	if (error < 0)
		return error;
	schema_close(pinned_fds);
	if (!memcmp(pinned_ids, ids, sizeof(ids)))
		return 0;
	for (size_t i = 0; i < SCHEMA_MAPS; i++)
		if (pinned_ids[i] == ids[i])
			pinned_ids[i] = 0; /* ours: no matter who else uses it */
	error = refuse_foreign_pins(datapath, port, pinned_ids, ret_error);
	for (size_t i = 0; i < SCHEMA_MAPS && !error; i++)
		error = pins_put(&datapath->pins, i, datapath->map[i], ret_error);
	return error;
}

int port_find(struct port *port, const struct pins *pins, unsigned int ifindex,
	      struct datapath_error *ret_error)
{
	int error = attachment_find_pinned(ifindex, pins, &port->attachment);

	if (error)
		error = attachment_find(ifindex, &port->attachment, ret_error);
	port->adopted = !error;
	return error;
}

static void close_datapath(struct datapath **datapath)
{
	datapath_close(*datapath);
}

int datapath_open(const struct datapath_options *options, const char *interface,
		  enum datapath_mode mode, struct datapath **ret_datapath,
		  struct datapath_error *ret_error)
{
	_cleanup_(close_datapath) struct datapath *datapath = NULL;
	struct port port = {};
	unsigned int ifindex;
	int error;

	error_collect();
	error = interface_index(interface, &ifindex, ret_error);
	if (!error)
		error = allocate(&datapath, ret_error);
	if (error)
		return error;
	snprintf(port.interface, sizeof(port.interface), "%s", interface);
	error = pins_init(&datapath->pins, options, ret_error);
	if (!error)
		error = pins_prepare(&datapath->pins, ret_error);
	if (!error)
		error = pins_lock(&datapath->pins, ret_error);
	if (error)
		goto fail;
	error = port_find(&port, &datapath->pins, ifindex, ret_error);
	if (!error) {
		datapath->port[datapath->n_ports++] = port;
		error = adopt(datapath, &port, ret_error);
	} else if (error == -ENOENT) {
		error = load_program(&datapath->pins, options, ifindex, mode, &port.attachment,
				     datapath->map, ret_error);
		if (!error)
			datapath->port[datapath->n_ports++] = port;
	}
	if (!error)
		error = map_states(datapath, ret_error);
	if (error)
		goto fail;
	attachment_pin(&port.attachment, &datapath->pins);
	describe_inner_maps(datapath);
	*ret_datapath = TAKE_PTR(datapath);
	return 0;

fail:
	pins_undo(&datapath->pins);
	return error;
}

int datapath_open_pinned(const struct datapath_options *options, struct datapath **ret_datapath,
			 struct datapath_error *ret_error)
{
	_cleanup_(close_datapath) struct datapath *datapath = NULL;
	uint32_t ids[SCHEMA_MAPS];
	int error;

	error_collect();
	error = allocate(&datapath, ret_error);
	if (!error)
		error = pins_init(&datapath->pins, options, ret_error);
	if (error)
		return error;
	error = pins_open(&datapath->pins, BPF_F_RDONLY, datapath->map, ids, ret_error);
	if (error < 0)
		return error;
	if (error < SCHEMA_MAPS)
		return error_say(ret_error, -ENOENT,
				 "%s: no maps are pinned there; load the program with \"steer "
				 "load\" or start steerd, or give --pin-dir",
				 datapath->pins.directory);
	*ret_datapath = TAKE_PTR(datapath);
	return 0;
}

void datapath_close(struct datapath *datapath)
{
	if (!datapath)
		return;
	if (datapath->states)
		munmap(datapath->states, sizeof(struct steer_pool_states) * STEER_MAX_POOLS);
	if (datapath->btf >= 0)
		close(datapath->btf);
	schema_close(datapath->map);
	for (size_t i = 0; i < datapath->n_ports; i++)
		attachment_close(&datapath->port[i].attachment);
	pins_release(&datapath->pins);
	free_kept(datapath->kept_tables, STEER_MAX_POOLS);
	free_kept(datapath->kept_flows, STEER_MAX_SERVICES);
	free(datapath->per_cpu);
	free(datapath);
}
