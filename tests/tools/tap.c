// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: the user side of tap.bpf.c, and a link switch with a clock.
 *
 *   tap attach OBJECT PINS ADDRESS[,ADDRESS...] INTERFACE...   attach natively, watch the addresses
 *   tap read PINS                                              what was seen, as JSON
 *   tap reset PINS                                             forget it
 *   tap down INTERFACE                                         take a link down; when, as JSON
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
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <jansson.h>
#include <linux/if_link.h>

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

static int cmd_attach(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	int r;

	if (argc < 4)
		return fail("attach", EINVAL);
	object = bpf_object__open_file(argv[0], NULL);
	if (!object || bpf_object__load(object))
		return fail(argv[0], errno);
	program = bpf_object__find_program_by_name(object, "tap");
	r = bpf_object__pin_maps(object, argv[1]);
	if (r)
		return fail(argv[1], r);
	r = watch(bpf_object__find_map_fd_by_name(object, "tap_vips"), argv[2]);
	if (r)
		return fail(argv[2], r);
	for (int i = 3; i < argc; i++) {
		r = bpf_xdp_attach((int)if_nametoindex(argv[i]), bpf_program__fd(program),
				   XDP_FLAGS_DRV_MODE, NULL);
		if (r)
			return fail(argv[i], r);
	}
	bpf_object__close(object);
	return 0;
}

static int open_seen(const char *pins)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tap_seen", pins);
	return bpf_obj_get(path);
}

static json_t *seen_to_json(const struct tap_key *key, const struct tap_seen *seen)
{
	char name[IF_NAMESIZE] = "?";
	char mac[18];

	if_indextoname(key->ifindex, name);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", key->dst_mac[0],
		 key->dst_mac[1], key->dst_mac[2], key->dst_mac[3], key->dst_mac[4],
		 key->dst_mac[5]);
	return json_pack("{s:s, s:s, s:I, s:I, s:I}", "from", name, "to", mac, "packets",
			 (json_int_t)seen->packets, "first_ns", (json_int_t)seen->first_ns,
			 "last_ns", (json_int_t)seen->last_ns);
}

static int cmd_read(int argc, char **argv)
{
	json_t *list = json_array();
	struct tap_key key;
	struct tap_key *previous = NULL;
	struct tap_seen seen;
	int fd = argc == 1 ? open_seen(argv[0]) : -1;

	if (fd < 0)
		return fail("read", errno);
	while (!bpf_map_get_next_key(fd, previous, &key)) {
		if (!bpf_map_lookup_elem(fd, &key, &seen))
			json_array_append_new(list, seen_to_json(&key, &seen));
		previous = &key;
	}
	json_dumpf(list, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(list);
	return 0;
}

static int cmd_reset(int argc, char **argv)
{
	int fd = argc == 1 ? open_seen(argv[0]) : -1;
	struct tap_key key;

	if (fd < 0)
		return fail("reset", errno);
	while (!bpf_map_get_next_key(fd, NULL, &key))
		bpf_map_delete_elem(fd, &key);
	return 0;
}

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int cmd_down(int argc, char **argv)
{
	struct ifreq request = {};
	long long before_ns;
	int fd;

	if (argc != 1)
		return fail("down", EINVAL);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	strncpy(request.ifr_name, argv[0], IF_NAMESIZE - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
		return fail(argv[0], errno);
	request.ifr_flags &= ~IFF_UP;
	before_ns = now_ns();
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		return fail(argv[0], errno);
	printf("{\"before_ns\":%lld,\"after_ns\":%lld}\n", before_ns, now_ns());
	close(fd);
	return 0;
}

static const struct {
	const char *name;
	int (*function)(int argc, char **argv);
} commands[] = {
	{ "attach", cmd_attach },
	{ "read", cmd_read },
	{ "reset", cmd_reset },
	{ "down", cmd_down },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].function(argc - 2, argv + 2);
	fprintf(stderr, "usage: tap attach OBJECT PINS ADDRESSES INTERFACE... | read PINS | "
			"reset PINS | down INTERFACE\n");
	return 2;
}
