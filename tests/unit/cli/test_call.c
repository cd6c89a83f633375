// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fake_daemon.h"

static void test_call_without_a_daemon(void **state)
{
	struct fake_daemon *fake = *state;
	_cleanup_(outcome_clear) struct outcome o = steer(fake->path, "status", NULL);
	char expected[256];

	snprintf(expected, sizeof(expected),
		 "steer: no daemon answers on %s; start steerd or give --socket\n", fake->path);
	assert_int_equal(o.exit, CLI_NO_DAEMON);
	assert_string_equal(o.err, expected);
	assert_string_equal(o.out, "");
}

static void test_call_by_somebody_who_may_not(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	if (geteuid()) {
		print_message("skipped: needs root\n");
		skip();
	}
	fake_daemon_start(fake, (struct fake_answer){});
	assert_int_equal(chmod(fake->directory, 0755), 0);
	assert_int_equal(chown(fake->path, 0, 1), 0);
	assert_int_equal(seteuid(65534), 0);
	o = steer(fake->path, "status", NULL);
	assert_int_equal(seteuid(0), 0);

	assert_int_equal(o.exit, CLI_FAILED);
	assert_non_null(strstr(o.err, "permission denied; run as root or as a member of the group "
				      "daemon\n"));
	outcome_clear(&o);
}

static void test_call_passes_on_what_the_daemon_refuses(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(
		fake,
		(struct fake_answer){ .code = 1, .message = "node n9: not in the configuration" });
	o = steer(fake->path, "node", "show", "n9", NULL);
	assert_int_equal(o.exit, CLI_FAILED);
	assert_string_equal(o.err, "steer: node n9: not in the configuration\n");
	assert_string_equal(o.out, "");
	outcome_clear(&o);
}

/* It may quote what somebody has sent to it, or to a service. */
static void test_call_takes_the_teeth_out_of_what_the_daemon_says(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake,
			  (struct fake_answer){ .code = 1, .message = "a\x1b[2Jb\nc \xc2\x9b→" });
	o = steer(fake->path, "status", NULL);
	assert_string_equal(o.err, "steer: a?[2Jb?c ?→\n");
	outcome_clear(&o);
}

static void test_call_maps_unknown_codes_to_failure(void **state)
{
	static const int codes[] = { -1, 1, 6, 256 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		void *fake;
		struct outcome o;

		fake_daemon_setup(&fake);
		fake_daemon_start(fake, (struct fake_answer){ .code = codes[i] });
		o = steer(((struct fake_daemon *)fake)->path, "node", NULL);
		fake_daemon_teardown(&fake);
		assert_int_equal(o.exit, CLI_FAILED);
		assert_non_null(strstr(o.err, "gave no reason"));
		outcome_clear(&o);
	}
	(void)state;
}

static void test_call_prints_the_answer_of_a_degraded_daemon(void **state)
{
	struct fake_daemon *fake = *state;
	struct outcome o;

	fake_daemon_start(fake, (struct fake_answer){
					.code = 5, .data = "{\"degraded\":[\"node n3: down\"]}" });
	o = steer(fake->path, "-j", "status", NULL);
	assert_int_equal(o.exit, CLI_DEGRADED);
	assert_string_equal(o.out, "{\"schema\":1,\"degraded\":[\"node n3: down\"]}\n");
	assert_string_equal(o.err, "");
	outcome_clear(&o);
}

static void test_call_tells_a_socket_of_something_else(void **state)
{
	struct fake_daemon *fake = *state;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct outcome o;

	strcpy(addr.sun_path, fake->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	fake->pid = fork();
	if (!fake->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = accept(fd, NULL, NULL);
		(void)!write(fd, "220 ready\r\n", 11);
		pause();
	}
	close(fd);

	o = steer(fake->path, "status", NULL);
	assert_int_equal(o.exit, CLI_FAILED);
	assert_non_null(strstr(o.err, "the answer is not valid"));
	outcome_clear(&o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_daemon_setup, fake_daemon_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_call_without_a_daemon),
		TEST(test_call_by_somebody_who_may_not),
		TEST(test_call_passes_on_what_the_daemon_refuses),
		TEST(test_call_takes_the_teeth_out_of_what_the_daemon_says),
		cmocka_unit_test(test_call_maps_unknown_codes_to_failure),
		TEST(test_call_prints_the_answer_of_a_degraded_daemon),
		TEST(test_call_tells_a_socket_of_something_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
