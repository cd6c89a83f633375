// SPDX-License-Identifier: GPL-2.0
#include "control/peer.h"

#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY 5000

/* In a process of its own: what a socket made with these groups says of who made it. Return: 0 if
 * all groups are found, and no other one is.
 */
static int with_groups(const gid_t *groups, size_t n)
{
	struct control_peer peer;
	int fds[2];

	if (setgroups(n, groups) || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) ||
	    control_peer_get(fds[0], &peer))
		return 1;
	if (peer.pid != getpid() || peer.uid != geteuid() || peer.gid != getegid())
		return 2;
	if (!control_peer_is_in(&peer, getegid()))
		return 3;
	for (size_t i = 0; i < n; i++)
		if (!control_peer_is_in(&peer, groups[i]))
			return 4;
	return control_peer_is_in(&peer, 70000 + 2 * MANY) ? 5 : 0;
}

static int status_with_groups(const gid_t *groups, size_t n)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(with_groups(groups, n));
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void test_peer_groups(void **state)
{
	gid_t groups[MANY];

	(void)state;
	if (geteuid()) {
		print_message("skipped: needs root\n");
		skip();
	}
	for (size_t i = 0; i < MANY; i++)
		groups[i] = 70000 + i;
	assert_int_equal(status_with_groups(groups, 0), 0);
	assert_int_equal(status_with_groups(groups, 1), 0);
	assert_int_equal(status_with_groups(groups, MANY), 0);
}

static void test_peer_of_no_socket(void **state)
{
	const struct control_peer peer = { .gid = 7, .fd = -1 };
	struct control_peer none;

	(void)state;
	assert_true(control_peer_get(-1, &none) < 0);
	assert_true(control_peer_is_in(&peer, 7));
	assert_false(control_peer_is_in(&peer, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peer_groups),
		cmocka_unit_test(test_peer_of_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
