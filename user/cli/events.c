// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "control/client.h"
#include "events/event.h"

/**
 * DOC: "steer events": prints the journal of state changes; with -f also new ones (long polling).
 *
 * A follower repeats one request: "the events after sequence number N". The daemon holds the answer
 * back until there is one, or WAIT_MS have passed. The follower keeps N itself, so a restart of the
 * daemon loses no event; the follower waits until a daemon answers again.
 */
#define LINES 20
#define LIMIT 1000	/* events of one answer */
#define WAIT_MS 10000	/* after that the daemon answers without events */
#define TIMEOUT_MS 5000 /* on top of WAIT_MS: no answer at all */
#define PAUSE_MS 500	/* between requests if the daemon is away, or does not hold them back */

struct follower {
	struct cli *cli;
	json_int_t since; /* sequence number of the last event printed */
	bool away;	  /* the daemon is away, and the user has been told */
};

static int parse_lines(const struct cli *cli, json_int_t *ret_lines)
{
	unsigned long lines = LINES;
	char *end;

	if (cli->lines) {
		errno = 0;
		lines = strtoul(cli->lines, &end, 10);
		if (!*cli->lines || *end || errno || *cli->lines == '-' || lines > LIMIT) {
			cli_error(cli, "events: --lines: \"%s\" is no number from 0 to %d",
				  cli->lines, LIMIT);
			return -EINVAL;
		}
	}
	*ret_lines = lines;
	return 0;
}

/* The request's arguments from the options; NULL: a name is not UTF-8. */
static json_t *filter(const struct cli *cli)
{
	return json_pack("{s:s*, s:s*, s:s*}", "node", cli->node, "pool", cli->pool, "scope",
			 cli->scope);
}

/* --- printing --- */

static void show_text(FILE *out, const struct event *event)
{
	_cleanup_(cleanup_json) json_t *safe = NULL;
	time_t seconds = event->time_us / 1000000;
	char text[EVENT_TEXT_MAX], stamp[40];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "%s.%03u %-7s %-8s ", stamp, (unsigned int)(event->time_us % 1000000 / 1000),
		event_severity_word(event->severity), event_scope_word(event->scope));
	safe = json_string(event_text(event, text));
	format_text(out, safe);
	fputc('\n', out);
}

static void show_event(const struct cli *cli, const json_t *json)
{
	_cleanup_(cleanup_free) struct event *event = NULL;
	FILE *out = cli->writer.out;

	if (cli->writer.show == writer_json) {
		json_dumpf(json, out, JSON_COMPACT | JSON_REAL_PRECISION(12));
		fputc('\n', out);
		return;
	}
	event = event_from_json(json);
	if (event)
		show_text(out, event);
	else
		fputs("an event of a kind that this version does not know; see -j\n", out);
}

static void show_events(const struct cli *cli, const json_t *data)
{
	const json_t *list = json_object_get(data, "events");

	for (size_t i = 0; i < json_array_size(list); i++)
		show_event(cli, json_array_get(list, i));
}

/* --- following --- */

static json_int_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void sleep_ms(json_int_t ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (ms > 0)
		nanosleep(&pause, NULL);
}

/* No daemon answers now; one may again later. */
static bool is_away(int error)
{
	return error == -ENOENT || error == -ECONNREFUSED || error == -ECONNRESET ||
	       error == -ETIMEDOUT;
}

/* Return: 0; 1 if the daemon is away; a negative errno, reported. */
static int ask(struct follower *follower, json_t **ret_data)
{
	_cleanup_(cleanup_json) json_t *arguments = filter(follower->cli);
	const struct cli *cli = follower->cli;
	char message[CONTROL_MESSAGE_MAX];
	int code, r;

	json_object_update_new(arguments, json_pack("{s:I, s:i, s:i}", "since", follower->since,
						    "limit", LIMIT, "wait_ms", WAIT_MS));
	r = control_call(cli->socket, "events", arguments, WAIT_MS + TIMEOUT_MS, &code, message,
			 ret_data);
	if (is_away(r)) {
		if (!follower->away)
			cli_error(cli, "events: the daemon is away; waiting for it");
		follower->away = true;
		return 1;
	}
	follower->away = false;
	if (r < 0) {
		cli_no_answer(cli, r);
		return r;
	}
	if (code || !*ret_data) {
		cli_error(cli, "%s",
			  message[0] ? message
				     : "the daemon refused the command and gave no reason");
		return -EPROTO;
	}
	return 0;
}

static json_int_t number(const json_t *data, const char *key)
{
	return json_integer_value(json_object_get(data, key));
}

/* Prints the answer's events and moves @since behind them. */
static void take(struct follower *follower, const json_t *data)
{
	json_int_t next = number(data, "next"), oldest = number(data, "oldest");

	/* A daemon that could not read the journal of its predecessor restarts the numbering. */
	if (next < follower->since) {
		follower->since = number(data, "started") - 1;
		return;
	}
	if (oldest > follower->since + 1)
		cli_error(follower->cli,
			  "events: %lld events are missing: they came faster than they were read",
			  (long long)(oldest - follower->since - 1));
	show_events(follower->cli, data);
	follower->since = next;
}

static enum cli_exit follow(struct cli *cli, const json_t *shown)
{
	struct follower follower = { .cli = cli, .since = number(shown, "next") };

	while (!fflush(cli->writer.out) && !ferror(cli->writer.out)) {
		_cleanup_(cleanup_json) json_t *data = NULL;
		json_int_t since = follower.since, asked_ms = now_ms();
		int r = ask(&follower, &data);

		if (r < 0)
			return CLI_FAILED;
		if (data)
			take(&follower, data);
		if (follower.since == since)
			sleep_ms(asked_ms + PAUSE_MS - now_ms());
	}
	return CLI_FAILED;
}

static enum cli_exit events(struct cli *cli, char **parameters)
{
	_cleanup_(cleanup_json) json_t *arguments = filter(cli), *data = NULL;
	enum cli_exit exit;
	json_int_t lines;

	(void)parameters;
	if (parse_lines(cli, &lines))
		return CLI_USAGE;
	if (!arguments) {
		cli_error(cli, "events: a name is not UTF-8");
		return CLI_USAGE;
	}
	json_object_set_new(arguments, "limit", json_integer(lines));
	exit = cli_call(cli, "events", arguments, &data);
	if (!data)
		return exit;
	if (!cli->follow && cli->writer.show == writer_json)
		writer_show(&cli->writer, data, NULL);
	else
		show_events(cli, data);
	if (!cli->follow && cli->writer.show != writer_json &&
	    !json_array_size(json_object_get(data, "events")))
		fputs("no events\n", cli->writer.out);
	return cli->follow ? follow(cli, data) : exit;
}

const struct cli_command events_commands[] = {
	{ "events", NULL, "[-f] [-n N]", 0, 0, "fnePC", events, "state changes and their causes" },
	{},
};
