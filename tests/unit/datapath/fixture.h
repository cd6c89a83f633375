/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_TEST_DATAPATH_FIXTURE_H
#define STEER_TEST_DATAPATH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "datapath/datapath.h"
#include "datapath/error.h"
#include "datapath/handle.h"

/*
 * A network namespace for this process alone with a veth pair (st0, st1) and a bridge (st2), and a
 * directory for pins that goes away again. Without root, bpffs or the object the tests are skipped.
 */
static char fixture_root[64];
static char fixture_object[256];
static const char *fixture_lacking;

static inline int fixture_run(const char *format, ...)
{
	char command[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return system(command);
}

static inline int fixture_group(void **state)
{
	const char *b = getenv("B");

	(void)state;
	snprintf(fixture_object, sizeof(fixture_object), "%s/steer.bpf.o", b ? b : "build");
	snprintf(fixture_root, sizeof(fixture_root), "/sys/fs/bpf/steer-test-%d", getpid());
	if (geteuid())
		fixture_lacking = "needs root";
	else if (access(fixture_object, R_OK))
		fixture_lacking = "the program is not built";
	else if (unshare(CLONE_NEWNET))
		fixture_lacking = "no network namespaces";
	else if (mkdir(fixture_root, 0700))
		fixture_lacking = "no bpffs at /sys/fs/bpf";
	else if (fixture_run("ip link add st0 type veth peer name st1 && ip link set st0 up && "
			     "ip link set st1 up && ip link add st2 type bridge"))
		fixture_lacking = "no veth or bridge devices";
	return 0;
}

static inline int fixture_ungroup(void **state)
{
	(void)state;
	return rmdir(fixture_root) && errno != ENOENT ? -1 : 0;
}

static inline int fixture_clean(void **state)
{
	(void)state;
	if (fixture_lacking)
		return 0;
	for (const char *c = "st0 st1 st2 lo"; c; c = strchr(c, ' ') ? strchr(c, ' ') + 1 : NULL)
		fixture_run(
			"for mode in xdpdrv xdpgeneric; do ip link set dev %.*s $mode off; done "
			"2>/dev/null",
			(int)strcspn(c, " "), c);
	return fixture_run("rm -rf %s && mkdir %s", fixture_root, fixture_root);
}

static inline void fixture_need(void)
{
	if (!fixture_lacking)
		return;
	print_message("skipped: %s\n", fixture_lacking);
	skip();
}

static inline struct datapath_options fixture_options(void)
{
	return (struct datapath_options){ .object = fixture_object, .pin_root = fixture_root };
}

/* Opens, or fails the test with the sentence. */
static inline struct datapath *fixture_open(const char *interface)
{
	const struct datapath_options options = fixture_options();
	struct datapath_error error = {};
	struct datapath *datapath = NULL;

	if (datapath_open(&options, interface, DATAPATH_MODE_NATIVE, &datapath, &error))
		fail_msg("%s", error.text);
	return datapath;
}

/* STEER_TABLE_ROWS rows that differ, and from those of another @first. */
static inline void fixture_fill(struct steer_row *rows, uint16_t first)
{
	for (size_t i = 0; i < STEER_TABLE_ROWS; i++)
		rows[i] = (struct steer_row){ .rank = { first + i % 100 }, .fallback = { i % 7 } };
}

#define assert_contains(text, part)                                         \
	do {                                                                \
		if (!strstr(text, part))                                    \
			fail_msg("\"%s\" does not say \"%s\"", text, part); \
	} while (0)

#define fixture_test(name) cmocka_unit_test_teardown(name, fixture_clean)

#endif
