// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <linux/if_link.h>

static struct datapath_error load_error;

static int load(const char *interface, enum datapath_mode mode)
{
	const struct datapath_options options = fixture_options();

	memset(&load_error, 0, sizeof(load_error));
	return datapath_load(&options, interface, mode, &load_error);
}

static struct bpf_xdp_query_opts query(const char *interface)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, runs);

	assert_int_equal(bpf_xdp_query(if_nametoindex(interface), 0, &runs), 0);
	return runs;
}

/* A program of somebody else. Return: its id. */
static uint32_t attach_foreign(const char *interface, uint32_t flags)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "visitor", "GPL", pass, 2, NULL);

	assert_true(fd >= 0);
	assert_int_equal(bpf_xdp_attach(if_nametoindex(interface), fd, flags, NULL), 0);
	close(fd);
	return query(interface).prog_id;
}

static void test_attach_native_is_native(void **state)
{
	(void)state;
	fixture_need();
	assert_int_equal(load("st0", DATAPATH_MODE_NATIVE), 0);
	assert_int_equal(query("st0").attach_mode, XDP_ATTACHED_DRV);
}

static void test_attach_offers_generic_and_never_chooses_it(void **state)
{
	(void)state;
	fixture_need();
	assert_int_equal(load("st2", DATAPATH_MODE_NATIVE), -EOPNOTSUPP);
	assert_contains(load_error.text, "st2");
	assert_contains(load_error.text, "driver bridge");
	assert_contains(load_error.text, "--mode generic");
	assert_int_equal(query("st2").prog_id, 0);
	assert_int_equal(load("lo", DATAPATH_MODE_NATIVE), -EOPNOTSUPP);
	assert_contains(load_error.text, "lo has no native XDP");
	assert_int_equal(query("lo").prog_id, 0);
	assert_int_equal(fixture_run("test ! -e %s/v%d", fixture_root, STEER_SCHEMA), 0);
}

static void test_attach_generic_when_asked_for(void **state)
{
	(void)state;
	fixture_need();
	assert_int_equal(load("st2", DATAPATH_MODE_GENERIC), 0);
	assert_int_equal(query("st2").attach_mode, XDP_ATTACHED_SKB);
}

static void test_attach_leaves_the_program_of_others(void **state)
{
	uint32_t visitor;

	(void)state;
	fixture_need();
	visitor = attach_foreign("st0", XDP_FLAGS_DRV_MODE);
	assert_true(load("st0", DATAPATH_MODE_NATIVE) < 0);
	assert_contains(load_error.text, "st0 runs another XDP program");
	assert_contains(load_error.text, "ip link set dev st0 xdp off");
	assert_int_equal(query("st0").prog_id, visitor);
	visitor = attach_foreign("st1", XDP_FLAGS_SKB_MODE);
	assert_true(load("st1", DATAPATH_MODE_NATIVE) < 0);
	assert_contains(load_error.text, "ip link set dev st1 xdpgeneric off");
	assert_int_equal(query("st1").prog_id, visitor);
}

/* Which it is here depends on the kernel; what the wish does about it does not. */
static void test_attach_alone_where_there_is_no_dispatcher(void **state)
{
	struct datapath_options options = fixture_options();
	struct xdp_attachment attachment;
	bool possible;

	(void)state;
	fixture_need();
	assert_int_equal(load("st0", DATAPATH_MODE_NATIVE), 0);
	assert_int_equal(xdp_attach_find(if_nametoindex("st0"), &attachment, NULL), 0);
	xdp_attach_close(&attachment);
	possible = attachment.dispatcher;
	assert_int_equal(attachment.attached_id != attachment.program_id, possible);
	if (possible) {
		assert_string_equal(load_error.note, "");
	} else {
		assert_contains(load_error.note, "st0: the program is attached alone");
		assert_contains(load_error.note, "libxdp's dispatcher does not work here: ");
		assert_null(strstr(load_error.note, "ulimit"));
	}
	assert_int_equal(datapath_unload(&options, "st0", NULL), 0);

	options.dispatcher = DATAPATH_DISPATCHER_ON;
	memset(&load_error, 0, sizeof(load_error));
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, &load_error),
			 possible ? 0 : -EOPNOTSUPP);
	if (possible)
		assert_int_equal(datapath_unload(&options, "st0", NULL), 0);
	else
		assert_contains(load_error.text, "--dispatcher auto or off attaches it so");
	assert_int_equal(query("st0").prog_id, 0);
	assert_int_equal(fixture_run("test ! -e %s/v%d", fixture_root, STEER_SCHEMA), 0);
}

static void test_attach_alone_when_asked_for(void **state)
{
	struct datapath_options options = fixture_options();
	struct xdp_attachment attachment;
	uint32_t visitor;

	(void)state;
	fixture_need();
	options.dispatcher = DATAPATH_DISPATCHER_OFF;
	memset(&load_error, 0, sizeof(load_error));
	assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, &load_error), 0);
	assert_string_equal(load_error.note, "");
	assert_int_equal(xdp_attach_find(if_nametoindex("st0"), &attachment, NULL), 0);
	assert_false(attachment.dispatcher);
	assert_int_equal(attachment.program_id, query("st0").prog_id);
	xdp_attach_close(&attachment);
	visitor = attach_foreign("st1", XDP_FLAGS_DRV_MODE);
	assert_int_equal(datapath_load(&options, "st1", DATAPATH_MODE_NATIVE, &load_error), -EBUSY);
	assert_contains(load_error.text, "st1 runs another XDP program");
	assert_int_equal(query("st1").prog_id, visitor);
}

/* Our program's own mistake is not taken for the dispatcher's, whatever was asked for. */
static void test_attach_shows_the_verifiers_reason(void **state)
{
	struct datapath_options options = fixture_options();
	const char *b = getenv("B");
	char path[256];

	(void)state;
	fixture_need();
	snprintf(path, sizeof(path), "%s/test/unverifiable.bpf.o", b ? b : "build");
	if (access(path, R_OK)) {
		print_message("skipped: no %s: make tools\n", path);
		skip();
	}
	options.object = path;
	for (options.dispatcher = DATAPATH_DISPATCHER_AUTO;
	     options.dispatcher <= DATAPATH_DISPATCHER_OFF; options.dispatcher++) {
		memset(&load_error, 0, sizeof(load_error));
		assert_int_equal(datapath_load(&options, "st0", DATAPATH_MODE_NATIVE, &load_error),
				 -EACCES);
		assert_contains(load_error.text, "the kernel refuses the program for st0");
		assert_contains(load_error.text, "R1 offset is outside of the packet)");
		assert_null(strstr(load_error.text, "dispatcher"));
		assert_null(strstr(load_error.text, "ulimit"));
		assert_string_equal(load_error.note, "");
	}
	assert_int_equal(query("st0").prog_id, 0);
}

static void test_attach_names_the_mtu(void **state)
{
	(void)state;
	fixture_need();
	assert_int_equal(fixture_run("ip link set st1 mtu 9000 && ip link set st0 mtu 9000"), 0);
	assert_true(load("st0", DATAPATH_MODE_NATIVE) < 0);
	assert_int_equal(fixture_run("ip link set st1 mtu 1500 && ip link set st0 mtu 1500"), 0);
	assert_contains(load_error.text, "st0 has an MTU of 9000 bytes");
	assert_contains(load_error.text, "driver veth");
	assert_contains(load_error.text, "ip link set dev st0 mtu 1500");
	assert_contains(load_error.text, "--mode generic");
	assert_null(strstr(load_error.text, "dispatcher"));
	assert_int_equal(query("st0").prog_id, 0);
}

/* Whoever has taken our program's place must not lose his to an unload that comes late. */
static void test_attach_remove_compares_first(void **state)
{
	struct xdp_attachment attachment;
	uint32_t visitor;

	(void)state;
	fixture_need();
	assert_int_equal(load("st0", DATAPATH_MODE_NATIVE), 0);
	assert_int_equal(xdp_attach_find(if_nametoindex("st0"), &attachment, NULL), 0);
	if (!attachment.dispatcher) {
		visitor = attach_foreign("st0", XDP_FLAGS_DRV_MODE);
		assert_true(xdp_attach_remove(&attachment, NULL) < 0);
		assert_int_equal(query("st0").prog_id, visitor);
	}
	xdp_attach_close(&attachment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_attach_native_is_native),
		fixture_test(test_attach_offers_generic_and_never_chooses_it),
		fixture_test(test_attach_generic_when_asked_for),
		fixture_test(test_attach_leaves_the_program_of_others),
		fixture_test(test_attach_alone_where_there_is_no_dispatcher),
		fixture_test(test_attach_alone_when_asked_for),
		fixture_test(test_attach_shows_the_verifiers_reason),
		fixture_test(test_attach_names_the_mtu),
		fixture_test(test_attach_remove_compares_first),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
