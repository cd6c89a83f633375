// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <arpa/inet.h>

#define POOL 5
#define SERVICE 9
#define VIP_ID 2
#define OWNER 3

static const unsigned char own_mac[6] = { 0x02, 0, 0, 0, 0, 1 };

/* TCP SYN from 203.0.113.2:1000 to 198.51.100.1:80. */
static const unsigned char frame[] = {
	0x02, 0,  0,	0, 0,  1, 0x02, 0, 0,	0, 0,	 9,    0x08, 0,	   0x45, 0, 0,	  40,
	0,    1,  0x40, 0, 64, 6, 0,	0, 203, 0, 113,	 2,    198,  51,   100,	 1, 0x03, 0xe8,
	0,    80, 0,	0, 0,  1, 0,	0, 0,	0, 0x50, 0x02, 0xff, 0xff, 0,	 0, 0,	  0,
};

static struct steer_addr ipv4(unsigned char a, unsigned char b, unsigned char c, unsigned char d)
{
	return (struct steer_addr){ { 0, 0, htonl(0xffff),
				      htonl((uint32_t)a << 24 | b << 16 | c << 8 | d) } };
}

/* This is node 1; everything belongs to node 3. */
static void configure(struct datapath *datapath)
{
	const struct datapath_vip vip = { ipv4(198, 51, 100, 1),
					  128,
					  { .id = VIP_ID, .protocols = STEER_VIP_TCP } };
	const struct datapath_service service = {
		{ .vip = VIP_ID, .port = htons(80), .protocol = IPPROTO_TCP },
		{ .id = SERVICE, .pool = POOL },
	};
	const struct steer_node node = { .forward = STEER_FORWARD_L2,
					 .mtu_bytes = 1500,
					 .ifindex = if_nametoindex("st0"),
					 .dst_mac = { 0x02, 0, 0, 0, 0, 3 } };
	static struct steer_row rows[STEER_TABLE_ROWS];
	struct steer_settings settings = { .schema = STEER_SCHEMA, .self = 1 };

	for (size_t i = 0; i < STEER_TABLE_ROWS; i++)
		rows[i] = (struct steer_row){ .rank = { OWNER } };
	memcpy(settings.interface[0].mac, own_mac, sizeof(own_mac));
	assert_int_equal(datapath_set_node(datapath, OWNER, &node), 0);
	datapath_set_state(datapath, POOL, OWNER,
			   STEER_STATE_SERVING | STEER_STATE_LIVE | STEER_STATE_HEALTHY);
	assert_int_equal(datapath_set_table(datapath, POOL, rows, NULL), 0);
	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
	assert_int_equal(datapath_set_services(datapath, &vip, 1, &service, 1, NULL), 0);
}

static void assert_tracing_is_off(struct datapath *datapath)
{
	struct steer_settings settings;

	assert_int_equal(datapath_get_settings(datapath, &settings), 0);
	assert_false(settings.flags & STEER_TRACING);
}

static void test_explain_tells_the_way_from_the_pins_alone(void **state)
{
	struct steer_counter before[STEER_VERDICT_COUNT], after[STEER_VERDICT_COUNT];
	const struct datapath_options options = fixture_options();
	struct steer_explanation explanation = {};
	struct datapath_error error = {};
	struct datapath *datapath;
	int r;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	configure(datapath);
	datapath_close(datapath);
	assert_int_equal(datapath_open_pinned(&options, &datapath, NULL), 0);
	assert_int_equal(datapath_read_verdicts(datapath, before), 0);
	r = datapath_explain(datapath, frame, sizeof(frame), &explanation, &error);
	if (r)
		fail_msg("%s", error.text);
	assert_int_equal(explanation.verdict, STEER_V_FORWARD_L2);
	assert_int_equal(explanation.service, SERVICE);
	assert_int_equal(explanation.pool, POOL);
	assert_int_equal(explanation.owner, OWNER);
	assert_int_equal(explanation.target, OWNER);
	assert_int_equal(explanation.row, explanation.hash % STEER_TABLE_ROWS);
	assert_int_equal(datapath_read_verdicts(datapath, after), 0);
	assert_int_equal(after[STEER_V_FORWARD_L2].packets, before[STEER_V_FORWARD_L2].packets);
	assert_tracing_is_off(datapath);
	datapath_close(datapath);
}

static void test_explain_leaves_the_output_on_failure(void **state)
{
	struct steer_explanation explanation = { .row = 17 };
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = fixture_open("st0");
	assert_int_equal(datapath_explain(datapath, frame, sizeof(frame), &explanation, &error),
			 -EPROTO);
	assert_contains(error.text, "not configured yet");
	configure(datapath);
	assert_int_equal(datapath_explain(datapath, frame, 5, &explanation, &error), -EINVAL);
	assert_tracing_is_off(datapath);
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	assert_int_equal(datapath_explain(datapath, frame, sizeof(frame), &explanation, &error),
			 -ENOENT);
	assert_contains(error.text, "no interface");
	assert_int_equal(explanation.row, 17);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_explain_tells_the_way_from_the_pins_alone),
		fixture_test(test_explain_leaves_the_output_on_failure),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
