// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: the user side of tap.bpf.c.
 *
 *   tap attach OBJECT PINS ADDRESS[,ADDRESS...] INTERFACE...   attach natively, watch the addresses
 *   tap read PINS                                              what was seen, as JSON
 *   tap reset PINS                                             forget it
 *   tap cut PINS MAC INTERFACE [MAC INTERFACE]...              what this MAC sends does not leave
 *                                                              by this port; when, as JSON
 *   tap mend PINS                                              all of it does again
 *
 * To be run in the bridge's network namespace. The attachment ends with the interface, so there is
 * no command to detach; the caller removes the pins.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <jansson.h>
#include <linux/if_link.h>

#include "clock.h"
#include "tap.h"

static int fail(const char *what, int error)
{
	fprintf(stderr, "tap: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return 1;
}

static int parse_address(const char *text, struct tap_address *ret_address)
{
	struct tap_address address = { .word = { 0, 0, htonl(0xffff), 0 } };

	if (inet_pton(AF_INET, text, &address.word[3]) != 1 &&
	    inet_pton(AF_INET6, text, &address) != 1)
		return -EINVAL;
	*ret_address = address;
	return 0;
}

static int watch(int vips_fd, char *list)
{
	const __u8 one = 1;

	for (char *text = strtok(list, ","); text; text = strtok(NULL, ",")) {
		struct tap_address address;

		if (parse_address(text, &address) ||
		    bpf_map_update_elem(vips_fd, &address, &one, BPF_ANY))
			return -EINVAL;
	}
	return 0;
}

static int attach_out(int ifindex, int program_fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = program_fd);
	int r = bpf_tc_hook_create(&hook);

	return r ?: bpf_tc_attach(&hook, &opts);
}

static int cmd_attach(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *in, *out;
	int r;

	if (argc < 4)
		return fail("attach", EINVAL);
	object = bpf_object__open_file(argv[0], NULL);
	if (!object || bpf_object__load(object))
		return fail(argv[0], errno);
	in = bpf_object__find_program_by_name(object, "tap");
	out = bpf_object__find_program_by_name(object, "tap_out");
	r = bpf_object__pin_maps(object, argv[1]);
	if (r)
		return fail(argv[1], r);
	r = watch(bpf_object__find_map_fd_by_name(object, "tap_vips"), argv[2]);
	if (r)
		return fail(argv[2], r);
	for (int i = 3; i < argc; i++) {
		int ifindex = (int)if_nametoindex(argv[i]);

		r = bpf_xdp_attach(ifindex, bpf_program__fd(in), XDP_FLAGS_DRV_MODE, NULL);
		if (r == 0)
			r = attach_out(ifindex, bpf_program__fd(out));
		if (r)
			return fail(argv[i], r);
	}
	bpf_object__close(object);
	return 0;
}

static int open_map(const char *pins, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", pins, name);
	return bpf_obj_get(path);
}

/* How long ago something was last seen tells of a wire that has become quiet. */
static json_t *seen_to_json(const struct tap_key *key, const struct tap_seen *seen,
			    long long now_ns)
{
	char name[IF_NAMESIZE] = "?";
	char mac[18];

	if_indextoname(key->ifindex, name);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", key->dst_mac[0],
		 key->dst_mac[1], key->dst_mac[2], key->dst_mac[3], key->dst_mac[4],
		 key->dst_mac[5]);
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "from", name, "to", mac,
			 "packets", (json_int_t)seen->packets, "first_ns",
			 (json_int_t)seen->first_ns, "last_ns", (json_int_t)seen->last_ns, "syns",
			 (json_int_t)seen->syns, "last_syn_ns", (json_int_t)seen->last_syn_ns,
			 "now_ns", (json_int_t)now_ns);
}

static int cmd_read(int argc, char **argv)
{
	json_t *list = json_array();
	struct tap_key key;
	struct tap_key *previous = NULL;
	struct tap_seen seen;
	long long now_ns = clock_now_ns();
	int fd = argc == 1 ? open_map(argv[0], "tap_seen") : -1;

	if (fd < 0)
		return fail("read", errno);
	while (!bpf_map_get_next_key(fd, previous, &key)) {
		if (!bpf_map_lookup_elem(fd, &key, &seen))
			json_array_append_new(list, seen_to_json(&key, &seen, now_ns));
		previous = &key;
	}
	json_dumpf(list, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(list);
	return 0;
}

static int cmd_reset(int argc, char **argv)
{
	int fd = argc == 1 ? open_map(argv[0], "tap_seen") : -1;
	struct tap_key key;

	if (fd < 0)
		return fail("reset", errno);
	while (!bpf_map_get_next_key(fd, NULL, &key))
		bpf_map_delete_elem(fd, &key);
	return 0;
}

static int parse_cut(const char *mac, const char *interface, struct tap_cut *ret_cut)
{
	struct tap_cut cut = { .ifindex = if_nametoindex(interface) };

	if (!cut.ifindex)
		return -errno;
	if (sscanf(mac, "%*x:%hhx:%hhx:%hhx:%hhx:%hhx", &cut.src_mac[1], &cut.src_mac[2],
		   &cut.src_mac[3], &cut.src_mac[4], &cut.src_mac[5]) != 5)
		return -EINVAL;
	*ret_cut = cut;
	return 0;
}

static int cmd_cut(int argc, char **argv)
{
	const __u8 one = 1;
	long long before_ns;
	int fd = argc >= 3 && argc % 2 ? open_map(argv[0], "tap_cuts") : -1;
	int r;

	if (fd < 0)
		return fail("cut", errno);
	before_ns = clock_now_ns();
	for (int i = 1; i < argc; i += 2) {
		struct tap_cut cut;

		r = parse_cut(argv[i], argv[i + 1], &cut);
		if (r == 0)
			r = bpf_map_update_elem(fd, &cut, &one, BPF_ANY);
		if (r)
			return fail(argv[i + 1], r);
	}
	printf("{\"before_ns\":%lld,\"after_ns\":%lld}\n", before_ns, clock_now_ns());
	return 0;
}

static int cmd_mend(int argc, char **argv)
{
	int fd = argc == 1 ? open_map(argv[0], "tap_cuts") : -1;
	struct tap_cut cut;

	if (fd < 0)
		return fail("mend", errno);
	while (!bpf_map_get_next_key(fd, NULL, &cut))
		bpf_map_delete_elem(fd, &cut);
	return 0;
}

static const struct {
	const char *name;
	int (*function)(int argc, char **argv);
} commands[] = {
	{ "attach", cmd_attach }, { "read", cmd_read }, { "reset", cmd_reset },
	{ "cut", cmd_cut },	  { "mend", cmd_mend },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].function(argc - 2, argv + 2);
	fprintf(stderr, "usage: tap attach OBJECT PINS ADDRESSES INTERFACE... | read PINS | "
			"reset PINS | cut PINS MAC INTERFACE... | mend PINS\n");
	return 2;
}
