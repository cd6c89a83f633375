// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"
#include "datapath/reason.h"
#include "steer/maps.h"

/**
 * DOC: from the object file to a program that is attached, and back.
 */

int datapath_parse_dispatcher(const char *text, enum datapath_dispatcher *ret_dispatcher)
{
	static const char *const names[] = {
		[DATAPATH_DISPATCHER_AUTO] = "auto",
		[DATAPATH_DISPATCHER_ON] = "on",
		[DATAPATH_DISPATCHER_OFF] = "off",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*ret_dispatcher = i;
		return 0;
	}
	return -EINVAL;
}

static void close_object(struct bpf_object **object)
{
	bpf_object__close(*object);
}

static void close_maps(int (*fds)[SCHEMA_MAPS])
{
	schema_close(*fds);
}

static int refuse_other_version(const char *path, const char *difference,
				struct datapath_error *ret_error)
{
	return error_say(ret_error, -EPROTO,
			 "%s is of another version of Steer (%s): install the object and the "
			 "commands of one version",
			 path, difference);
}

/* The object's map must be what we expect; it becomes the one that is there already, if any. */
static int prepare_map(struct bpf_object *object, enum schema_map i, int fd, const char *path,
		       struct datapath_error *ret_error)
{
	char difference[SCHEMA_DIFFERENCE_MAX] = "";
	struct schema_map_spec found;
	struct bpf_map *map;
	int r;

	map = bpf_object__find_map_by_name(object, schema_maps[i].name);
	if (!map && !bpf_object__find_map_by_name(object, schema_maps[SCHEMA_SETTINGS].name))
		return error_say(ret_error, -EPROTO, "%s is not Steer's program: no map %s", path,
				 schema_maps[i].name);
	if (!map) {
		snprintf(difference, sizeof(difference), "no map %s", schema_maps[i].name);
		return refuse_other_version(path, difference, ret_error);
	}
	found = (struct schema_map_spec){
		.type = bpf_map__type(map),
		.key_bytes = bpf_map__key_size(map),
		.value_bytes = bpf_map__value_size(map),
		.max_entries = bpf_map__max_entries(map),
		.flags = bpf_map__map_flags(map),
	};
	r = schema_check(i, &found, difference);
	if (r)
		return refuse_other_version(path, difference, ret_error);
	if (fd < 0)
		return 0;
	r = bpf_map__reuse_fd(map, fd);
	if (r)
		return error_kernel(ret_error, r, "cannot use the map %s that is there",
				    schema_maps[i].name);
	return 0;
}

int open_object(const char *path, const int fds[SCHEMA_MAPS], struct bpf_object **ret_object,
		struct datapath_error *ret_error)
{
	_cleanup_(close_object) struct bpf_object *object = NULL;
	int r;

	object = bpf_object__open_file(path, NULL);
	if (!object)
		return error_kernel(ret_error, -errno, "cannot open the program %s", path);
	for (size_t i = 0; i < SCHEMA_MAPS; i++) {
		r = prepare_map(object, i, fds[i], path, ret_error);
		if (r)
			return r;
	}
	*ret_object = TAKE_PTR(object);
	return 0;
}

/* Pin what was not pinned; undone on failure. */
static int pin_maps(const struct pins *pins, const int pinned_fds[SCHEMA_MAPS],
		    const int fds[SCHEMA_MAPS], struct datapath_error *ret_error)
{
	int r = 0;
	size_t i;

	for (i = 0; i < SCHEMA_MAPS && !r; i++)
		if (pinned_fds[i] < 0)
			r = pins_put(pins, i, fds[i], ret_error);
	while (r && i-- > 0)
		if (pinned_fds[i] < 0)
			pins_delete(pins, i);
	return r;
}

static int take_maps(struct bpf_object *object, int ret_fds[SCHEMA_MAPS])
{
	for (size_t i = 0; i < SCHEMA_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, schema_maps[i].name);

		ret_fds[i] = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3);
		if (ret_fds[i] < 0)
			return -errno;
	}
	return 0;
}

/*
 * Why libxdp does not use its dispatcher, as a sentence for the note or the error. It finds out
 * once per process that the kernel cannot have one, and says so only then.
 */
static void explain_dispatcher(int r, struct datapath_error *ret_why)
{
	static _Thread_local char found_out[REASON_MAX];
	const char *reason = error_reason();

	if (r) {
		error_kernel(ret_why, r, "libxdp's dispatcher does not work here");
		return;
	}
	if (*reason)
		snprintf(found_out, sizeof(found_out), "%s", reason);
	if (*found_out)
		error_say(ret_why, 0, "libxdp's dispatcher does not work here: %s", found_out);
	else if (secure_getenv("LIBXDP_SKIP_DISPATCHER"))
		error_say(ret_why, 0, "LIBXDP_SKIP_DISPATCHER is in the environment");
	else
		error_say(ret_why, 0, "libxdp has used no dispatcher and does not say why");
}

/* Into the dispatcher, else alone: an object can be loaded once, so each way has one of its own. */
static int attach(const struct datapath_options *options, const int pinned_fds[SCHEMA_MAPS],
		  unsigned int ifindex, enum datapath_mode mode, struct bpf_object **ret_object,
		  struct xdp_attachment *ret_attachment, struct datapath_error *ret_why,
		  struct datapath_error *ret_error)
{
	_cleanup_(close_object) struct bpf_object *object = NULL;
	int r;

	r = open_object(options->object, pinned_fds, &object, ret_error);
	if (r)
		return r;
	if (options->dispatcher != DATAPATH_DISPATCHER_OFF) {
		error_collect();
		r = xdp_attach_join(object, ifindex, mode, ret_attachment);
		if (r || !ret_attachment->dispatcher)
			explain_dispatcher(r, ret_why);
		if (!r)
			goto out;
		bpf_object__close(TAKE_PTR(object));
		error_collect();
		r = open_object(options->object, pinned_fds, &object, ret_error);
		if (r)
			return r;
	}
	r = xdp_attach_make(object, ifindex, mode, ret_why->text, ret_attachment, ret_error);
	if (r)
		return r;
out:
	*ret_object = TAKE_PTR(object);
	return 0;
}

/* What has been attached against the wish for a dispatcher is taken away again. */
static int check_dispatcher(enum datapath_dispatcher wanted, struct xdp_attachment *attachment,
			    const char *why, struct datapath_error *ret_error)
{
	char interface[IF_NAMESIZE] = "?";

	if (attachment->dispatcher || wanted == DATAPATH_DISPATCHER_OFF)
		return 0;
	if_indextoname(attachment->ifindex, interface);
	if (wanted == DATAPATH_DISPATCHER_AUTO) {
		error_note(ret_error,
			   "%s: the program is attached alone, so that no other XDP program can "
			   "run beside it: %s; --dispatcher off does so without a trial",
			   interface, why);
		return 0;
	}
	xdp_attach_remove(attachment, NULL);
	xdp_attach_close(attachment);
	return error_say(ret_error, -EOPNOTSUPP,
			 "%s: the program works, but only alone: %s; --dispatcher auto or off "
			 "attaches it so",
			 interface, why);
}

int load_program(const struct pins *pins, const struct datapath_options *options,
		 unsigned int ifindex, enum datapath_mode mode,
		 struct xdp_attachment *ret_attachment, int ret_fds[SCHEMA_MAPS],
		 struct datapath_error *ret_error)
{
	_cleanup_(close_maps) int pinned_fds[SCHEMA_MAPS];
	_cleanup_(close_maps) int fds[SCHEMA_MAPS];
	_cleanup_(close_object) struct bpf_object *object = NULL;
	uint32_t pinned_ids[SCHEMA_MAPS];
	struct datapath_error why = {};
	struct xdp_attachment attachment;
	int r;

	memset(pinned_fds, -1, sizeof(pinned_fds));
	memset(fds, -1, sizeof(fds));
	r = pins_open(pins, 0, pinned_fds, pinned_ids, ret_error);
	if (r < 0)
		return r;
	r = attach(options, pinned_fds, ifindex, mode, &object, &attachment, &why, ret_error);
	if (!r)
		r = check_dispatcher(options->dispatcher, &attachment, why.text, ret_error);
	if (r)
		return r;
	r = take_maps(object, fds);
	if (r)
		error_kernel(ret_error, r, "cannot hold the maps");
	else
		r = pin_maps(pins, pinned_fds, fds, ret_error);
	if (r) {
		xdp_attach_remove(&attachment, NULL);
		xdp_attach_close(&attachment);
		return r;
	}
	*ret_attachment = attachment;
	memcpy(ret_fds, fds, sizeof(fds));
	memset(fds, -1, sizeof(fds));
	return 0;
}

int interface_index(const char *interface, unsigned int *ret_ifindex,
		    struct datapath_error *ret_error)
{
	unsigned int ifindex = if_nametoindex(interface);

	if (!ifindex)
		return error_say(
			ret_error, -ENODEV,
			"there is no network interface \"%s\": \"ip link\" lists those that "
			"exist",
			interface);
	*ret_ifindex = ifindex;
	return 0;
}

int datapath_load(const struct datapath_options *options, const char *interface,
		  enum datapath_mode mode, struct datapath_error *ret_error)
{
	struct xdp_attachment attachment;
	unsigned int ifindex = 0;
	int fds[SCHEMA_MAPS];
	struct pins pins;
	int r;

	error_collect();
	r = interface_index(interface, &ifindex, ret_error);
	if (r)
		return r;
	r = xdp_attach_find(ifindex, &attachment, ret_error);
	if (!r) {
		xdp_attach_close(&attachment);
		return error_say(ret_error, -EEXIST,
				 "%s runs Steer's program already (id %u); \"steer load --replace "
				 "%s\" puts another one in its place",
				 interface, attachment.program_id, interface);
	}
	if (r != -ENOENT)
		return r;
	r = pins_init(&pins, options, ret_error);
	if (!r)
		r = pins_prepare(&pins, ret_error);
	if (r)
		return r;
	r = load_program(&pins, options, ifindex, mode, &attachment, fds, ret_error);
	if (r) {
		pins_undo(&pins);
		return r;
	}
	xdp_attach_pin(&attachment, &pins);
	xdp_attach_close(&attachment);
	schema_close(fds);
	return 0;
}
