// SPDX-License-Identifier: GPL-2.0
#include "health/check.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "health/exec_process.h"

/**
 * DOC: checks by a command, whose exit status is the result.
 *
 * Freeing an attempt kills its running command, but does not wait until it has ended, as a process
 * may be stuck in the kernel for any time. The attempt stays in the client's list until then, and
 * the next attempt of the same check starts only after that, so processes never pile up.
 */
#define OUTPUT_KEPT_BYTES 4096
#define OUTPUT_LIMIT_BYTES (64 << 10)
#define LINE_MAX_BYTES 256
#define PATH_TEXT "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* How long freeing the client waits for killed processes to end. */
#define LINGER_MS 1000

struct check_exec_client {
	sd_event *event;
	struct check_exec *attempts; /* also freed ones whose process has not ended */
};

struct check_exec {
	struct check_exec_client *client;
	struct check_exec *next;
	struct check_target target;
	struct exec_process process;
	int output; /* -1: not started, or at its end */
	sd_event_source *on_end, *on_output;
	char kept[OUTPUT_KEPT_BYTES + 1];
	size_t output_bytes;
	bool waiting; /* until the process of an earlier attempt has ended */
	bool freed;
	check_done_fn done; /* NULL: the result is reported */
	void *context;
	char failure[LINE_MAX_BYTES + 64];
};

static bool has_process(const struct check_exec *check)
{
	return check->process.pid != 0;
}

static void stop_reading(struct check_exec *check)
{
	check->on_output = sd_event_source_disable_unref(check->on_output);
	cleanup_close(&check->output);
	check->output = -1;
}

static void stop_watching(struct check_exec *check)
{
	check->on_end = sd_event_source_disable_unref(check->on_end);
	cleanup_close(&check->process.pidfd);
	check->process.pidfd = -1;
}

static void destroy(struct check_exec *check)
{
	struct check_exec **at = &check->client->attempts;

	while (*at && *at != check)
		at = &(*at)->next;
	if (*at)
		*at = check->next;
	stop_reading(check);
	stop_watching(check);
	free(check);
}

/* The last call of an event handler, as the callback may free the attempt. */
static void report(struct check_exec *check, const char *failure)
{
	check_done_fn done = check->done;

	check->done = NULL;
	if (done)
		done(check->context, failure);
}

/* The first line of the output that is not blank, without leading blanks. */
static const char *first_line(struct check_exec *check)
{
	size_t length, kept = check->output_bytes < OUTPUT_KEPT_BYTES ? check->output_bytes
								      : OUTPUT_KEPT_BYTES;
	char *line = check->kept;

	check->kept[kept] = '\0';
	line += strspn(line, " \t\r\n");
	length = strcspn(line, "\r\n");
	if (length > LINE_MAX_BYTES)
		length = LINE_MAX_BYTES;
	line[length] = '\0';
	return line;
}

static void judge(struct check_exec *check, int code, int status)
{
	char *failure = check->failure;
	const char *line = first_line(check);
	int n;

	if (check->output_bytes > OUTPUT_LIMIT_BYTES)
		n = snprintf(failure, sizeof(check->failure),
			     "output too long: more than %d KiB, killed", OUTPUT_LIMIT_BYTES >> 10);
	else if (code != CLD_EXITED)
		n = snprintf(failure, sizeof(check->failure), "killed by signal %d (%s)", status,
			     sigdescr_np(status) ? sigdescr_np(status) : "unknown");
	else if (status)
		n = snprintf(failure, sizeof(check->failure), "exit status %d", status);
	else
		n = 0;
	if (n && *line && check->output_bytes <= OUTPUT_LIMIT_BYTES)
		snprintf(failure + n, sizeof(check->failure) - n, ": %s", line);
	report(check, n ? failure : NULL);
}

/* Return: false if there is no more to read, for now or at all. */
static bool read_some(struct check_exec *check)
{
	char data[OUTPUT_KEPT_BYTES];
	ssize_t n = check->output < 0 ? 0 : read(check->output, data, sizeof(data));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		stop_reading(check);
		return false;
	}
	if (check->output_bytes < OUTPUT_KEPT_BYTES) {
		size_t left = OUTPUT_KEPT_BYTES - check->output_bytes;

		memcpy(check->kept + check->output_bytes, data,
		       (size_t)n < left ? (size_t)n : left);
	}
	check->output_bytes += n;
	return true;
}

static int on_output(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct check_exec *check = context;

	(void)source;
	(void)fd;
	(void)revents;
	read_some(check);
	if (check->output_bytes <= OUTPUT_LIMIT_BYTES)
		return 0;
	exec_process_kill(&check->process);
	stop_reading(check);
	judge(check, 0, 0);
	return 0;
}

static int on_end(sd_event_source *source, int fd, uint32_t revents, void *context);

static int run(struct check_exec *check)
{
	const struct check_target *target = &check->target;
	char pool[sizeof("STEER_POOL=") + CLUSTER_NAME_MAX];
	char node[sizeof("STEER_NODE=") + CLUSTER_NAME_MAX];
	char *const environment[] = { pool, node, PATH_TEXT, NULL };
	sd_event *event = check->client->event;
	int r;

	snprintf(pool, sizeof(pool), "STEER_POOL=%s", target->pool);
	snprintf(node, sizeof(node), "STEER_NODE=%s", target->node_name);
	r = exec_process_start(target->check.command, target->check.command_bytes, environment,
			       &check->process, &check->output);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &check->on_end, check->process.pidfd, EPOLLIN, on_end, check);
	if (r >= 0)
		r = sd_event_add_io(event, &check->on_output, check->output, EPOLLIN, on_output,
				    check);
	if (r < 0) {
		stop_watching(check);
		exec_process_abort(&check->process);
		return r;
	}
	return 0;
}

/* The process of a freed attempt has ended: start the attempt that waits for it. */
static void run_waiting(struct check_exec *gone)
{
	struct check_exec_client *client = gone->client;
	struct check_exec *check;
	int r;

	for (check = client->attempts; check; check = check->next)
		if (check->waiting && targets_same(&check->target, &gone->target))
			break;
	destroy(gone);
	if (!check)
		return;
	check->waiting = false;
	r = run(check);
	if (r < 0)
		report(check, strerror(-r));
}

static int on_end(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct check_exec *check = context;
	int code, status;

	(void)source;
	(void)fd;
	(void)revents;
	if (exec_process_end(&check->process, &code, &status) < 0)
		return 0;
	stop_watching(check);
	if (check->freed) {
		run_waiting(check);
		return 0;
	}
	/* Read the rest of the output. Other processes that have the pipe open are ignored. */
	while (check->output_bytes <= OUTPUT_LIMIT_BYTES && read_some(check))
		;
	stop_reading(check);
	judge(check, code, status);
	return 0;
}

static bool has_predecessor(const struct check_exec *check)
{
	const struct check_exec *other;

	for (other = check->client->attempts; other; other = other->next)
		if (other->freed && targets_same(&other->target, &check->target))
			return true;
	return false;
}

int check_exec_start(struct check_exec_client *client, const struct check_target *target,
		     check_done_fn done, void *context, struct check_exec **ret_check)
{
	struct check_exec *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return -ENOMEM;
	check->client = client;
	check->target = *target;
	check->done = done;
	check->context = context;
	check->output = -1;
	check->process.pidfd = -1;
	check->waiting = has_predecessor(check);
	check->next = client->attempts;
	client->attempts = check;
	r = check->waiting ? 0 : run(check);
	if (r < 0) {
		destroy(check);
		return r;
	}
	*ret_check = check;
	return 0;
}

void check_exec_free(struct check_exec *check)
{
	if (!check)
		return;
	if (!has_process(check)) {
		destroy(check);
		return;
	}
	exec_process_kill(&check->process);
	stop_reading(check);
	check->freed = true;
}

int check_exec_client_new(sd_event *event, struct check_exec_client **ret_client)
{
	struct check_exec_client *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	client->event = sd_event_ref(event);
	*ret_client = client;
	return 0;
}

void check_exec_client_free(struct check_exec_client *client)
{
	int left_ms = LINGER_MS, code, status;

	if (!client)
		return;
	while (client->attempts) {
		struct check_exec *check = client->attempts;
		struct pollfd end = { .fd = check->process.pidfd, .events = POLLIN };

		for (; left_ms > 0 && poll(&end, 1, 1) == 0; left_ms--)
			;
		exec_process_end(&check->process, &code, &status);
		destroy(check);
	}
	sd_event_unref(client->event);
	free(client);
}
