// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "datapath/reason.h"

/* A message that begins with "i " is information, any other a warning. */
static const char *pick(const char *const messages[])
{
	static struct reason reason;

	reason = (struct reason){};
	for (size_t i = 0; messages[i]; i++) {
		bool warning = strncmp(messages[i], "i ", 2) != 0;

		reason_take(&reason, messages[i] + (warning ? 0 : 2), warning);
	}
	return reason.text;
}

#define assert_picks(reason, ...) \
	assert_string_equal(pick((const char *const[]){ __VA_ARGS__, NULL }), reason)

/* As libbpf 1.1 and libxdp 1.3 print it on Linux 6.12. */
static void test_reason_is_the_verifiers_last_line(void **state)
{
	(void)state;
	assert_picks("Extension program changes packet data, while original does not",
		     "libbpf: prog 'steer': BPF program load failed: Invalid argument\n",
		     "libbpf: prog 'steer': -- BEGIN PROG LOAD LOG --\n"
		     "Extension program changes packet data, while original does not\n"
		     "processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 "
		     "peak_states 0 mark_read 0\n"
		     "-- END PROG LOAD LOG --\n",
		     "libbpf: prog 'steer': failed to load: -22\n",
		     "libbpf: failed to load object 'steer.bpf.o'\n");
	assert_picks("R1 invalid mem access 'scalar'",
		     "libbpf: prog 'steer': -- BEGIN PROG LOAD LOG --\n0: R1=ctx()\n"
		     "R1 invalid mem access 'scalar'\nverification time 12 usec\n"
		     "stack depth 0+8\nprocessed 4 insns\n\n-- END PROG LOAD LOG --\n");
}

static void test_reason_of_a_log_without_an_end(void **state)
{
	(void)state;
	assert_picks("BPF program is too large. Processed 1000001 insn",
		     "libbpf: prog 'steer': -- BEGIN PROG LOAD LOG --\n1: r0 = 0\n"
		     "BPF program is too large. Processed 1000001 insn");
	assert_picks("", "libbpf: prog 'steer': -- BEGIN PROG LOAD LOG --\n\n"
			 "-- END PROG LOAD LOG --\n");
}

/* What libxdp tries with programs of its own matters only if nothing is said of ours. */
static void test_reason_is_our_programs_before_the_dispatchers(void **state)
{
	const char *const dispatcher = "libbpf: prog 'xdp_dispatcher': -- BEGIN PROG LOAD LOG --\n"
				       "invalid access to packet\nprocessed 3 insns\n"
				       "-- END PROG LOAD LOG --\n";
	const char *const ours = "libbpf: prog 'steer': -- BEGIN PROG LOAD LOG --\n"
				 "unbounded min value\n-- END PROG LOAD LOG --\n";

	(void)state;
	assert_picks("invalid access to packet", dispatcher);
	assert_picks("unbounded min value", dispatcher, ours);
	assert_picks("unbounded min value", ours, dispatcher);
}

/* As it is printed under lockdown; the limit that libbpf advises to raise does not apply. */
static void test_reason_is_no_chatter(void **state)
{
	const char *const pass = "libbpf: prog 'xdp_pass': BPF program load failed: Operation not "
				 "permitted\n";
	const char *const advice = "libbpf: permission error while running as root; try raising "
				   "'ulimit -l'? current value: 8.0 MiB\n";

	(void)state;
	assert_picks("", pass, advice, "libbpf: prog 'xdp_pass': failed to load: -1\n",
		     "i libxdp: Falling back to loading single prog without dispatcher\n");
	assert_picks("Compatibility check for dispatcher program failed: Operation not permitted",
		     pass, advice,
		     "i libxdp: Compatibility check for dispatcher program failed: Operation not "
		     "permitted\n");
	assert_picks("", "i libxdp: anything else\n");
}

static void test_reason_is_the_drivers_word(void **state)
{
	(void)state;
	assert_picks("veth: Peer MTU is too large to set XDP",
		     "libbpf: Kernel error message: veth: Peer MTU is too large to set XDP\n",
		     "libxdp: Error attaching XDP program to ifindex 3: Numerical result out of "
		     "range\n");
}

/* What is not known is kept, the first of it, in one line. */
static void test_reason_is_the_first_warning_otherwise(void **state)
{
	char longer[2 * REASON_MAX];
	struct reason reason = {};

	(void)state;
	assert_picks("libbpf: elf: a is  no b", "libbpf: elf: a is\n\tno b\n", "libbpf: later\n");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	reason_take(&reason, longer, true);
	assert_int_equal(strlen(reason.text), REASON_MAX - 1);
}

static void test_reason_blames_the_mtu(void **state)
{
	(void)state;
	assert_true(reason_blames_mtu(-ERANGE, "veth: Peer MTU is too large to set XDP", 9000));
	assert_true(reason_blames_mtu(-EOPNOTSUPP,
				      "MTU is too large for linear frames and XDP prog does not "
				      "support frags",
				      9000));
	assert_true(reason_blames_mtu(-ERANGE, "", 1500));
	assert_true(reason_blames_mtu(-EINVAL, "", 9000));
	assert_false(reason_blames_mtu(-EINVAL, "", 1500));
	assert_false(reason_blames_mtu(-ENOMEM, "", 9000));
	assert_false(reason_blames_mtu(
		-EOPNOTSUPP, "Underlying driver does not support XDP in native mode", 65536));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reason_is_the_verifiers_last_line),
		cmocka_unit_test(test_reason_of_a_log_without_an_end),
		cmocka_unit_test(test_reason_is_our_programs_before_the_dispatchers),
		cmocka_unit_test(test_reason_is_no_chatter),
		cmocka_unit_test(test_reason_is_the_drivers_word),
		cmocka_unit_test(test_reason_is_the_first_warning_otherwise),
		cmocka_unit_test(test_reason_blames_the_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
