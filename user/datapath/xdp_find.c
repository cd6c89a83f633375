// SPDX-License-Identifier: GPL-2.0
#include "datapath/xdp_attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>

#include <xdp/libxdp.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "steer/maps.h"

/**
 * DOC: our program on an interface: finding it and its maps.
 *
 * An interface runs one program: ours directly, or libxdp's dispatcher, which calls ours among
 * others. Which of them is the loader's choice ("ip link" and bpftool know no dispatcher) and the
 * kernel's (without freplace libxdp falls back to a single program), so both are the same to us.
 */
#define PROGRAM_MAPS_MAX 64

struct program {
	struct bpf_prog_info info;
	__u32 map_ids[PROGRAM_MAPS_MAX];
};

static void close_multiprog(struct xdp_multiprog **multiprog)
{
	if (!libxdp_get_error(*multiprog))
		xdp_multiprog__close(*multiprog);
}

static int program_examine(int fd, struct program *ret_program)
{
	__u32 length = sizeof(ret_program->info);

	memset(ret_program, 0, sizeof(*ret_program));
	ret_program->info.nr_map_ids = PROGRAM_MAPS_MAX;
	ret_program->info.map_ids = (uintptr_t)ret_program->map_ids;
	return bpf_obj_get_info_by_fd(fd, &ret_program->info, &length);
}

static __u32 program_maps(const struct program *program)
{
	__u32 n = program->info.nr_map_ids;

	return n < PROGRAM_MAPS_MAX ? n : PROGRAM_MAPS_MAX;
}

static bool program_uses(const struct program *program, uint32_t map_id)
{
	for (__u32 i = 0; map_id && i < program_maps(program); i++)
		if (program->map_ids[i] == map_id)
			return true;
	return false;
}

/* Which of ours a map is; SCHEMA_MAPS for any other. */
static enum schema_map map_by_name(const char *name)
{
	enum schema_map map;

	for (map = 0; map < SCHEMA_MAPS; map++)
		if (!strcmp(schema_maps[map].name, name))
			break;
	return map;
}

/* The maps of ours a program uses, opened; -1 where there is none. */
static int program_open_maps(const struct program *program, int ret_fds[SCHEMA_MAPS])
{
	int fds[SCHEMA_MAPS];

	memset(fds, -1, sizeof(fds));
	for (__u32 i = 0; i < program_maps(program); i++) {
		_cleanup_(cleanup_close) int fd = bpf_map_get_fd_by_id(program->map_ids[i]);
		struct bpf_map_info info = {};
		__u32 length = sizeof(info);
		enum schema_map map;
		int r = fd;

		if (fd >= 0)
			r = bpf_obj_get_info_by_fd(fd, &info, &length);
		if (r) {
			schema_close(fds);
			return r;
		}
		map = map_by_name(info.name);
		if (map < SCHEMA_MAPS && fds[map] < 0)
			fds[map] = TAKE_FD(fd);
	}
	memcpy(ret_fds, fds, sizeof(fds));
	return 0;
}

static bool program_is_ours(const struct program *program)
{
	int fds[SCHEMA_MAPS];
	bool ours;

	if (strcmp(program->info.name, STEER_PROGRAM_NAME) || program_open_maps(program, fds))
		return false;
	ours = fds[SCHEMA_SETTINGS] >= 0;
	schema_close(fds);
	return ours;
}

static void set_program(struct xdp_attachment *attachment, const struct program *program)
{
	attachment->program_id = program->info.id;
	for (size_t i = 0; i < sizeof(program->info.tag); i++)
		snprintf(attachment->program_tag + 2 * i, 3, "%02x", program->info.tag[i]);
}

/* Takes a program if it is ours. Return: 1 if so, 0 if not. */
static int take_if_ours(struct xdp_attachment *attachment, int fd)
{
	struct program program;

	if (fd < 0 || program_examine(fd, &program) || !program_is_ours(&program))
		return 0;
	attachment->program_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (attachment->program_fd < 0)
		return -errno;
	set_program(attachment, &program);
	return 1;
}

/* What an interface runs, whoever's it is. */
static int query(unsigned int ifindex, struct xdp_attachment *ret_attachment)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, runs);
	int r = bpf_xdp_query(ifindex, 0, &runs);

	if (r)
		return r;
	*ret_attachment = (struct xdp_attachment){
		.ifindex = ifindex,
		.program_fd = -1,
		.attached_id = runs.prog_id,
		.mode = runs.attach_mode == XDP_ATTACHED_SKB ? DATAPATH_MODE_GENERIC
							     : DATAPATH_MODE_NATIVE,
	};
	return 0;
}

/* The program behind a link into a dispatcher, if it is ours. Return: 1 if so, 0 if not. */
static int take_linked(struct xdp_attachment *attachment, int link_fd)
{
	_cleanup_(cleanup_close) int fd = -1;
	struct bpf_link_info info = {};
	__u32 length = sizeof(info);
	struct program program;

	if (bpf_obj_get_info_by_fd(link_fd, &info, &length) || info.type != BPF_LINK_TYPE_TRACING ||
	    info.tracing.target_obj_id != attachment->attached_id)
		return 0;
	fd = bpf_prog_get_fd_by_id(info.prog_id);
	if (fd < 0 || program_examine(fd, &program) || !program_is_ours(&program))
		return 0;
	attachment->program_fd = TAKE_FD(fd);
	set_program(attachment, &program);
	return 1;
}

/*
 * In a dispatcher that another user has made: libxdp may not read the directory where it is pinned,
 * and takes the dispatcher itself for all there is.
 * Return: 1 if it is there, 0 if not.
 */
static int find_linked(struct xdp_attachment *attachment)
{
	int found = 0;
	__u32 id = 0;

	attachment->dispatcher = true;
	while (!found && !bpf_link_get_next_id(id, &id)) {
		_cleanup_(cleanup_close) int fd = bpf_link_get_fd_by_id(id);

		found = fd >= 0 && take_linked(attachment, fd);
	}
	return found;
}

/*
 * What the interface runs is not ours itself: libxdp knows whether it is a dispatcher. It is not
 * asked before, as 1.3.1 leaves a descriptor of the program open each time.
 */
static int take_from_dispatcher(struct xdp_attachment *attachment)
{
	_cleanup_(close_multiprog) struct xdp_multiprog *multiprog = NULL;
	struct xdp_program *program = NULL;
	int found;

	multiprog = xdp_multiprog__get_from_ifindex(attachment->ifindex);
	found = libxdp_get_error(multiprog);
	if (found || xdp_multiprog__is_legacy(multiprog))
		return found;
	attachment->dispatcher = true;
	while (!found && (program = xdp_multiprog__next_prog(program, multiprog)))
		found = take_if_ours(attachment, xdp_program__fd(program));
	return found;
}

static int take_attached(struct xdp_attachment *attachment)
{
	_cleanup_(cleanup_close) int fd = bpf_prog_get_fd_by_id(attachment->attached_id);
	int found;

	if (fd < 0)
		return fd;
	found = take_if_ours(attachment, fd);
	if (!found)
		found = take_from_dispatcher(attachment);
	return !found || found == -EACCES ? find_linked(attachment) : found;
}

int xdp_attach_find(unsigned int ifindex, struct xdp_attachment *ret_attachment,
		    struct datapath_error *ret_error)
{
	struct xdp_attachment attachment;
	char interface[IF_NAMESIZE] = "?";
	int found;

	if_indextoname(ifindex, interface);
	found = query(ifindex, &attachment);
	if (found < 0)
		return error_kernel(ret_error, found, "cannot ask what %s runs", interface);
	if (!attachment.attached_id)
		return error_say(ret_error, -ENOENT, "%s runs no XDP program", interface);
	found = take_attached(&attachment);
	if (found < 0)
		return error_kernel(ret_error, found, "cannot examine the XDP program on %s",
				    interface);
	if (!found)
		return error_say(ret_error, -ENOENT, "%s runs another XDP program (id %u)",
				 interface, attachment.attached_id);
	*ret_attachment = attachment;
	return 0;
}

/* A network interface's name may have dots, a pin's may not. */
static const char *pin_name(unsigned int ifindex, char buffer[PINS_NAME_MAX])
{
	char interface[IF_NAMESIZE] = "none";

	if_indextoname(ifindex, interface);
	snprintf(buffer, PINS_NAME_MAX, "program_%s", interface);
	for (char *dot = buffer; (dot = strchr(dot, '.'));)
		*dot = '_';
	return buffer;
}

int xdp_attach_pin(const struct xdp_attachment *attachment, const struct pins *pins)
{
	char name[PINS_NAME_MAX];

	return pins_put_named(pins, pin_name(attachment->ifindex, name), attachment->program_fd);
}

void xdp_attach_unpin(unsigned int ifindex, const struct pins *pins)
{
	char name[PINS_NAME_MAX];

	pins_delete_named(pins, pin_name(ifindex, name));
}

int xdp_attach_find_pinned(unsigned int ifindex, const struct pins *pins,
			   struct xdp_attachment *ret_attachment)
{
	_cleanup_(cleanup_close) int fd = -1;
	struct xdp_attachment attachment;
	struct program program;
	char name[PINS_NAME_MAX];
	int r;

	r = query(ifindex, &attachment);
	if (r)
		return r;
	fd = pins_open_named(pins, pin_name(ifindex, name), 0);
	if (fd < 0)
		return fd;
	r = program_examine(fd, &program);
	if (r)
		return r;
	if (program.info.id != attachment.attached_id)
		return -ENOENT;
	attachment.program_fd = TAKE_FD(fd);
	set_program(&attachment, &program);
	*ret_attachment = attachment;
	return 0;
}

void xdp_attach_close(struct xdp_attachment *attachment)
{
	if (attachment->program_fd >= 0)
		close(attachment->program_fd);
	attachment->program_fd = -1;
}

/* What a daemon has written into them; maps that none has configured yet have no schema. */
static int check_schema(int settings_fd, char ret_difference[SCHEMA_DIFFERENCE_MAX])
{
	struct steer_settings settings;
	__u32 zero = 0;
	int r;

	r = bpf_map_lookup_elem(settings_fd, &zero, &settings);
	if (r)
		snprintf(ret_difference, SCHEMA_DIFFERENCE_MAX, "its settings cannot be read: %s",
			 strerror(-r));
	if (r || !settings.schema || settings.schema == STEER_SCHEMA)
		return r;
	snprintf(ret_difference, SCHEMA_DIFFERENCE_MAX, "maps of schema %u, not %d",
		 (unsigned int)settings.schema, STEER_SCHEMA);
	return -EPROTO;
}

int xdp_attach_maps(const struct xdp_attachment *attachment, int ret_fds[SCHEMA_MAPS],
		    uint32_t ret_ids[SCHEMA_MAPS], struct datapath_error *ret_error)
{
	char difference[SCHEMA_DIFFERENCE_MAX] = "";
	uint32_t ids[SCHEMA_MAPS] = {};
	char interface[IF_NAMESIZE] = "?";
	struct program program;
	int fds[SCHEMA_MAPS];
	int r;

	if_indextoname(attachment->ifindex, interface);
	r = program_examine(attachment->program_fd, &program);
	if (!r)
		r = program_open_maps(&program, fds);
	if (r)
		return error_kernel(ret_error, r, "cannot open the maps of program %u on %s",
				    attachment->program_id, interface);
	for (size_t i = 0; i < SCHEMA_MAPS && !r; i++) {
		if (fds[i] >= 0) {
			r = schema_check_fd(i, fds[i], &ids[i], difference);
		} else {
			snprintf(difference, sizeof(difference), "no map %s", schema_maps[i].name);
			r = -EPROTO;
		}
	}
	if (!r)
		r = check_schema(fds[SCHEMA_SETTINGS], difference);
	if (r) {
		schema_close(fds);
		return error_say(ret_error, r,
				 "the program on %s (id %u, tag %s) is of another version of Steer "
				 "(%s): run \"steer unload %s\", then start again",
				 interface, attachment->program_id, attachment->program_tag,
				 difference, interface);
	}
	memcpy(ret_fds, fds, sizeof(fds));
	memcpy(ret_ids, ids, sizeof(ids));
	return 0;
}

int xdp_attach_maps_pinned(const struct xdp_attachment *attachment, const struct pins *pins,
			   int ret_fds[SCHEMA_MAPS], uint32_t ret_ids[SCHEMA_MAPS])
{
	uint32_t ids[SCHEMA_MAPS];
	struct program program;
	int fds[SCHEMA_MAPS];
	size_t used = 0;

	if (pins_open(pins, 0, fds, ids, NULL) < 0)
		return -ENOENT;
	if (!program_examine(attachment->program_fd, &program))
		for (size_t i = 0; i < SCHEMA_MAPS; i++)
			used += program_uses(&program, ids[i]);
	if (used < SCHEMA_MAPS) {
		schema_close(fds);
		return -ENOENT;
	}
	memcpy(ret_fds, fds, sizeof(fds));
	memcpy(ret_ids, ids, sizeof(ids));
	return 0;
}

bool xdp_attach_uses(const struct xdp_attachment *attachment, const uint32_t map_ids[SCHEMA_MAPS])
{
	struct program program;

	if (program_examine(attachment->program_fd, &program))
		return false;
	for (size_t i = 0; i < SCHEMA_MAPS; i++)
		if (program_uses(&program, map_ids[i]))
			return true;
	return false;
}

bool xdp_attach_is_current(struct xdp_attachment *attachment)
{
	struct xdp_attachment now;
	__u32 attached_id = 0;
	bool current;

	if (bpf_xdp_query_id(attachment->ifindex, 0, &attached_id) || !attached_id)
		return false;
	if (attached_id == attachment->attached_id)
		return true;
	/* The dispatcher may be another one, as a fallback program has joined ours. */
	if (!attachment->dispatcher || attached_id == attachment->foreign_id ||
	    xdp_attach_find(attachment->ifindex, &now, NULL))
		return false;
	current = now.program_id == attachment->program_id;
	if (current)
		attachment->attached_id = now.attached_id;
	xdp_attach_close(&now);
	return current;
}

int xdp_attach_find_other(struct xdp_attachment *attachment, const struct pins *pins,
			  struct xdp_attachment *ret_attachment)
{
	__u32 attached_id = 0;
	int r;

	r = bpf_xdp_query_id(attachment->ifindex, 0, &attached_id);
	if (r)
		return r;
	if (!attached_id || attached_id == attachment->foreign_id)
		return -ENOENT;
	r = xdp_attach_find_pinned(attachment->ifindex, pins, ret_attachment);
	if (r)
		r = xdp_attach_find(attachment->ifindex, ret_attachment, NULL);
	if (r == -ENOENT)
		attachment->foreign_id = attached_id;
	return r;
}
