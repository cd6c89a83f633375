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
#include "datapath/inner_maps.h"

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
	datapath->kept_former = allocate_kept(STEER_MAX_POOLS);
	datapath->kept_flows = allocate_kept(STEER_MAX_SERVICES);
	if (!datapath->per_cpu || !datapath->kept_tables || !datapath->kept_former ||
	    !datapath->kept_flows) {
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
		{ SCHEMA_FORMER, BTF_KIND_TYPEDEF, "__u32", "steer_former" },
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
static int refuse_foreign_pins(const struct datapath *datapath,
			       const struct attached_interface *attached,
			       const uint32_t pinned_ids[SCHEMA_MAPS],
			       struct datapath_error *ret_error)
{
	char user[IF_NAMESIZE];

	if (!interface_using(pinned_ids, attached->attachment.ifindex, user))
		return 0;
	return error_say(
		ret_error, -EEXIST,
		"%s and %s run programs with maps of their own, and those of %s are pinned "
		"in %s: choose another directory for the pins of %s, or run \"steer unload "
		"%s\" and start again",
		attached->name, user, user, datapath->pins.directory, attached->name, user);
}

static int adopt(struct datapath *datapath, const struct attached_interface *attached,
		 struct datapath_error *ret_error)
{
	int pinned_fds[SCHEMA_MAPS];
	uint32_t pinned_ids[SCHEMA_MAPS], ids[SCHEMA_MAPS];
	int r;

	if (!xdp_attach_maps_pinned(&attached->attachment, &datapath->pins, datapath->map, ids))
		return 0;
	r = xdp_attach_maps(&attached->attachment, datapath->map, ids, ret_error);
	if (r)
		return r;
	r = pins_open(&datapath->pins, 0, pinned_fds, pinned_ids, ret_error);
	if (r < 0)
		return r;
	schema_close(pinned_fds);
	if (!memcmp(pinned_ids, ids, sizeof(ids)))
		return 0;
	for (size_t i = 0; i < SCHEMA_MAPS; i++)
		if (pinned_ids[i] == ids[i])
			pinned_ids[i] = 0; /* ours: no matter who else uses it */
	r = refuse_foreign_pins(datapath, attached, pinned_ids, ret_error);
	for (size_t i = 0; i < SCHEMA_MAPS && !r; i++)
		r = pins_put(&datapath->pins, i, datapath->map[i], ret_error);
	return r;
}

int attached_interface_find(struct attached_interface *attached, const struct pins *pins,
			    unsigned int ifindex, struct datapath_error *ret_error)
{
	int r = xdp_attach_find_pinned(ifindex, pins, &attached->attachment);

	if (r)
		r = xdp_attach_find(ifindex, &attached->attachment, ret_error);
	attached->adopted = !r;
	return r;
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
	struct attached_interface attached = {};
	unsigned int ifindex;
	int r;

	error_collect();
	r = interface_index(interface, &ifindex, ret_error);
	if (!r)
		r = allocate(&datapath, ret_error);
	if (r)
		return r;
	snprintf(attached.name, sizeof(attached.name), "%s", interface);
	r = pins_init(&datapath->pins, options, ret_error);
	if (!r)
		r = pins_prepare(&datapath->pins, ret_error);
	if (!r)
		r = pins_lock(&datapath->pins, ret_error);
	if (r)
		goto fail;
	r = attached_interface_find(&attached, &datapath->pins, ifindex, ret_error);
	if (!r) {
		datapath->interface[datapath->n_interfaces++] = attached;
		r = adopt(datapath, &attached, ret_error);
	} else if (r == -ENOENT) {
		r = load_program(&datapath->pins, options, ifindex, mode, &attached.attachment,
				 datapath->map, ret_error);
		if (!r)
			datapath->interface[datapath->n_interfaces++] = attached;
	}
	if (!r)
		r = map_states(datapath, ret_error);
	if (r)
		goto fail;
	xdp_attach_pin(&attached.attachment, &datapath->pins);
	inner_maps_list(datapath, SCHEMA_FORMER, datapath->has_former, STEER_MAX_POOLS);
	describe_inner_maps(datapath);
	*ret_datapath = TAKE_PTR(datapath);
	return 0;

fail:
	pins_undo(&datapath->pins);
	return r;
}

int datapath_open_pinned(const struct datapath_options *options, struct datapath **ret_datapath,
			 struct datapath_error *ret_error)
{
	_cleanup_(close_datapath) struct datapath *datapath = NULL;
	uint32_t ids[SCHEMA_MAPS];
	int r;

	error_collect();
	r = allocate(&datapath, ret_error);
	if (!r)
		r = pins_init(&datapath->pins, options, ret_error);
	if (r)
		return r;
	r = pins_open(&datapath->pins, BPF_F_RDONLY, datapath->map, ids, ret_error);
	if (r < 0)
		return r;
	if (r < SCHEMA_MAPS)
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
	for (size_t i = 0; i < datapath->n_interfaces; i++)
		xdp_attach_close(&datapath->interface[i].attachment);
	pins_release(&datapath->pins);
	free_kept(datapath->kept_tables, STEER_MAX_POOLS);
	free_kept(datapath->kept_former, STEER_MAX_POOLS);
	free_kept(datapath->kept_flows, STEER_MAX_SERVICES);
	free(datapath->per_cpu);
	free(datapath);
}
