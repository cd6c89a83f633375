// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Steer as the thing under test of mpps.c: the shipped object, as the daemon would set it up.
 *
 *   mpps_steer OBJECT PINS INTERFACE l2|gue
 *
 * One service, whose pool has the nodes of mpps.h, but for this one: every packet is another
 * node's. The attachment ends with the interface; the caller removes the pins.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cleanup.h"
#include "datapath/datapath.h"
#include "steer/gue.h"
#include "table/table.h"

#include "mpps.h"

#define POOL 0
#define MTU_BYTES 1500
#define WELL (STEER_STATE_SERVING | STEER_STATE_LIVE | STEER_STATE_HEALTHY)

static int fail(const char *what, int error)
{
	fprintf(stderr, "mpps_steer: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return 1;
}

static struct steer_addr address(__u32 ipv4)
{
	return (struct steer_addr){ .word = { 0, 0, htonl(0xffff), htonl(ipv4) } };
}

static void fill_mac(__u8 mac[6], __u8 number)
{
	const __u8 value[6] = { 0x02, 0, 0, 0, 0, number };

	memcpy(mac, value, sizeof(value));
}

static int set_self(struct datapath *datapath)
{
	struct steer_settings settings = {
		.schema = STEER_SCHEMA,
		.generation = 1,
		.self = MPPS_SELF,
		.epoch = 1,
		.gue_port = htons(STEER_GUE_PORT),
		.addr4 = address(MPPS_NETWORK + MPPS_SELF),
	};

	fill_mac(settings.interface[0].mac, MPPS_SELF);
	if (getrandom(&settings.flow_key, sizeof(settings.flow_key), 0) < 0 ||
	    getrandom(&settings.auth_key, sizeof(settings.auth_key), 0) < 0)
		return -errno;
	return datapath_set_settings(datapath, &settings);
}

static int set_node(struct datapath *datapath, __u16 id, __u32 ifindex, enum steer_forward forward)
{
	struct steer_mac_key key = {};
	struct steer_mac mac = { .node = id, .first = 0x02 };
	struct steer_node node = {
		.forward = forward,
		.mtu_bytes = MTU_BYTES,
		.ifindex = ifindex,
		.addr = address(MPPS_NETWORK + id),
		.source = address(MPPS_NETWORK + MPPS_SELF),
	};
	int r;

	fill_mac(node.dst_mac, id);
	fill_mac(node.src_mac, MPPS_SELF);
	key.mac[5] = id;
	datapath_set_state(datapath, POOL, id, WELL);
	r = datapath_set_node(datapath, id, &node);
	return r ?: datapath_set_mac(datapath, &key, &mac);
}

static int set_table(struct datapath *datapath)
{
	_cleanup_(cleanup_free) struct steer_row *rows = calloc(STEER_TABLE_ROWS, sizeof(*rows));
	struct table_member members[MPPS_LAST - MPPS_FIRST + 1];
	size_t n = sizeof(members) / sizeof(members[0]), i;
	int r;

	if (!rows)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		members[i] = (struct table_member){ .node = MPPS_FIRST + i, .weight = 100 };
	r = table_build(members, n, 1, rows, STEER_TABLE_ROWS);
	return r ?: datapath_set_table(datapath, POOL, rows, NULL);
}

static int set_service(struct datapath *datapath, struct datapath_error *ret_error)
{
	const struct datapath_vip vip = {
		.addr = address(MPPS_VIP),
		.prefix_bits = 128,
		.value = { .id = 1, .protocols = STEER_VIP_UDP },
	};
	const struct datapath_service service = {
		.key = { .vip = 1, .port = htons(MPPS_PORT), .protocol = IPPROTO_UDP },
		.value = { .id = 0, .pool = POOL, .hash_kind = STEER_HASH_TUPLE },
	};

	return datapath_set_services(datapath, &vip, 1, &service, 1, ret_error);
}

static int configure(struct datapath *datapath, __u32 ifindex, enum steer_forward forward,
		     struct datapath_error *ret_error)
{
	int r = set_self(datapath);

	for (__u16 id = MPPS_SELF; id <= MPPS_LAST && r == 0; id++)
		r = set_node(datapath, id, ifindex, forward);
	if (r == 0)
		r = set_table(datapath);
	return r ?: set_service(datapath, ret_error);
}

int main(int argc, char **argv)
{
	struct datapath_options options = {};
	struct datapath_error error = {};
	struct datapath *datapath;
	int r;

	if (argc != 5 || (strcmp(argv[4], "l2") != 0 && strcmp(argv[4], "gue") != 0))
		return fail("arguments: see the head of mpps_steer.c", EINVAL);
	options.object = argv[1];
	options.pin_root = argv[2];
	r = datapath_open(&options, argv[3], DATAPATH_MODE_NATIVE, &datapath, &error);
	if (r < 0)
		return fail(error.text, r);
	r = configure(datapath, if_nametoindex(argv[3]),
		      strcmp(argv[4], "l2") == 0 ? STEER_FORWARD_L2 : STEER_FORWARD_GUE, &error);
	datapath_close(datapath);
	return r < 0 ? fail(error.text[0] ? error.text : "the maps cannot be filled", r) : 0;
}
