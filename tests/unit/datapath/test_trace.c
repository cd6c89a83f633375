// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>

static const struct steer_trace_filter all = { .verdicts = ~0ULL };

static struct steer_tracing wanted_now(const struct datapath *datapath)
{
	struct steer_tracing wanted;
	__u32 zero = 0;

	assert_int_equal(bpf_map_lookup_elem(datapath->map[SCHEMA_TRACING], &zero, &wanted), 0);
	return wanted;
}

static bool is_flagged(struct datapath *datapath)
{
	struct steer_settings settings;

	assert_int_equal(datapath_get_settings(datapath, &settings), 0);
	return settings.flags & STEER_TRACING;
}

/* A datapath with settings that make the program look at packets. */
static struct datapath *open_configured(void)
{
	const struct steer_settings settings = { .schema = STEER_SCHEMA, .self = 1 };
	struct datapath *datapath = fixture_open("st0");

	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
	return datapath;
}

static void test_trace_is_on_while_somebody_looks(void **state)
{
	struct datapath_trace *ring = NULL, *perf = NULL;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = open_configured();
	assert_false(is_flagged(datapath));
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_RING, &all, &ring, NULL), 0);
	assert_true(is_flagged(datapath));
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_PERF, &all, &perf, NULL), 0);
	assert_int_equal(datapath_trace_fd(perf), -1);
	datapath_trace_stop(ring);
	assert_true(is_flagged(datapath));
	assert_int_equal(wanted_now(datapath).filter[STEER_TRACER_RING].verdicts, 0);
	assert_int_equal(wanted_now(datapath).filter[STEER_TRACER_PERF].verdicts, ~0ULL);
	datapath_trace_stop(perf);
	assert_false(is_flagged(datapath));
	datapath_close(datapath);
}

static void test_trace_has_one_user_at_a_time(void **state)
{
	struct datapath_trace *trace = NULL, *second = NULL;
	struct datapath_error error = {};
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = open_configured();
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_RING, &all, &trace, NULL), 0);
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_RING, &all, &second, &error),
			 -EBUSY);
	assert_null(second);
	assert_contains(error.text, "traces the program");
	assert_true(is_flagged(datapath));
	datapath_trace_stop(trace);
	datapath_close(datapath);
}

/* The daemon knows nothing of tracers, and writes settings as it likes. */
static void test_trace_outlives_new_settings(void **state)
{
	const struct steer_settings settings = { .schema = STEER_SCHEMA, .self = 2 };
	struct datapath_trace *trace = NULL;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = open_configured();
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_RING, &all, &trace, NULL), 0);
	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
	assert_true(is_flagged(datapath));
	datapath_trace_stop(trace);
	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
	assert_false(is_flagged(datapath));
	datapath_close(datapath);
}

/* Starts a trace from the pins alone, says so, and waits for its end. */
static _Noreturn void trace_until_killed(int ready_fd)
{
	const struct datapath_options options = fixture_options();
	struct datapath_trace *trace;
	struct datapath *datapath;

	if (datapath_open_pinned(&options, &datapath, NULL) ||
	    datapath_trace_start(datapath, STEER_TRACER_RING, &all, &trace, NULL) ||
	    write(ready_fd, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void test_trace_of_the_dead_is_ended(void **state)
{
	struct datapath_trace *trace = NULL;
	struct datapath *datapath;
	int ready[2], status;
	pid_t child;
	char byte;

	(void)state;
	fixture_need();
	datapath = open_configured();
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child)
		trace_until_killed(ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(datapath_trace_reap(datapath), 0);
	assert_true(is_flagged(datapath));
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_RING, &all, &trace, NULL),
			 -EBUSY);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(is_flagged(datapath));
	assert_int_equal(datapath_trace_reap(datapath), 0);
	assert_false(is_flagged(datapath));
	datapath_close(datapath);
}

static int send_frame(const struct datapath *datapath)
{
	unsigned char frame[64] = { [12] = 0x12, [13] = 0x34 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame));

	return bpf_prog_test_run_opts(datapath->interface[0].attachment.program_fd, &run);
}

struct seen {
	int n;
	struct steer_event last;
};

static void on_event(void *context, const struct steer_event *event)
{
	struct seen *seen = context;

	seen->n++;
	seen->last = *event;
}

static void test_trace_tells_of_packets(void **state)
{
	const struct steer_trace_filter others = { .verdicts = 1ULL << STEER_V_DROP_NO_OWNER };
	struct datapath_trace *trace = NULL;
	struct datapath *datapath;
	struct seen seen = {};

	(void)state;
	fixture_need();
	datapath = open_configured();
	if (datapath->interface[0].attachment.dispatcher) {
		datapath_close(datapath);
		print_message("skipped: a program in a dispatcher cannot be run alone\n");
		skip();
	}
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_RING, &all, &trace, NULL), 0);
	assert_int_equal(send_frame(datapath), 0);
	assert_int_equal(datapath_trace_read(trace, 1000, on_event, &seen), 1);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last.head.verdict, STEER_V_PASS_NOT_IP);
	assert_int_equal(seen.last.head.service, STEER_NO_SERVICE);
	assert_int_equal(seen.last.head.frame_bytes, 64);
	assert_int_equal(seen.last.packet[12], 0x12);
	/* What one tracer has left unread is nothing to the next. */
	assert_int_equal(send_frame(datapath), 0);
	datapath_trace_stop(trace);
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_RING, &others, &trace, NULL),
			 0);
	assert_int_equal(send_frame(datapath), 0);
	assert_int_equal(datapath_trace_read(trace, 0, on_event, &seen), 0);
	datapath_trace_stop(trace);
	datapath_close(datapath);
}

static void test_trace_of_nothing_is_refused(void **state)
{
	const struct steer_trace_filter none = {};
	struct datapath_trace *trace = NULL;
	struct datapath *datapath;

	(void)state;
	fixture_need();
	datapath = open_configured();
	assert_int_equal(datapath_trace_start(datapath, STEER_TRACER_RING, &none, &trace, NULL),
			 -EINVAL);
	assert_false(is_flagged(datapath));
	datapath_trace_stop(NULL);
	datapath_close(datapath);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_trace_is_on_while_somebody_looks),
		fixture_test(test_trace_has_one_user_at_a_time),
		fixture_test(test_trace_outlives_new_settings),
		fixture_test(test_trace_of_the_dead_is_ended),
		fixture_test(test_trace_tells_of_packets),
		fixture_test(test_trace_of_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, fixture_group, fixture_ungroup);
}
