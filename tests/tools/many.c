// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: the user side of many.bpf.c.
 *
 *   many OBJECT INTERFACE TAG-KEY FIRST LAST    answer there for the nodes of these ids
 *
 * TAG-KEY: 32 hex digits, the second half of the cluster's key. The attachment ends with the
 * interface.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "liveness/packet.h"

#include "many.h"

static int fail(const char *what, int error)
{
	fprintf(stderr, "many: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return 1;
}

static int parse_key(const char *text, struct steer_key *ret_key)
{
	struct steer_key key = {};
	unsigned int i, byte;

	if (strlen(text) != 32)
		return -EINVAL;
	for (i = 0; i < 16; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return -EINVAL;
		key.word[i / 8] |= (__u64)byte << 8 * (i % 8);
	}
	*ret_key = key;
	return 0;
}

/* All that they have to say is that their services are well. */
static int fill(struct bpf_object *object, const struct steer_key keys[2], __u32 first, __u32 last)
{
	struct steer_settings settings = { .auth_key = { keys[0], keys[1] } };
	int fd = bpf_object__find_map_fd_by_name(object, "many_reflectors");
	struct steer_reflector reflector;
	struct liveness_report report = {};
	__u32 zero = 0;
	int r;

	memset(report.health, 0xff, sizeof(report.health));
	for (__u32 node = first; node <= last; node++) {
		liveness_packet_reflector(&reflector, keys, node, &report);
		r = bpf_map_update_elem(fd, &node, &reflector, BPF_ANY);
		if (r)
			return r;
	}
	fd = bpf_object__find_map_fd_by_name(object, "steer_settings");
	return bpf_map_update_elem(fd, &zero, &settings, BPF_ANY);
}

int main(int argc, char **argv)
{
	struct bpf_program *program;
	struct bpf_object *object;
	struct steer_key keys[2];
	int r;

	if (argc != 6 || parse_key(argv[3], &keys[0]) < 0)
		return fail("arguments: see the head of many.c", EINVAL);
	keys[1] = keys[0];
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		return fail(argv[1], errno);
	r = fill(object, keys, strtoul(argv[4], NULL, 10), strtoul(argv[5], NULL, 10));
	if (r)
		return fail("nodes", r);
	program = bpf_object__find_program_by_name(object, "many");
	r = bpf_xdp_attach((int)if_nametoindex(argv[2]), bpf_program__fd(program),
			   XDP_FLAGS_DRV_MODE, NULL);
	if (r)
		return fail(argv[2], r);
	bpf_object__close(object);
	return 0;
}
