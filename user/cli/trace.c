// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "cli/cli.h"
#include "cli/directory.h"
#include "cli/flow.h"
#include "cli/pcapng.h"
#include "cli/verdicts.h"
#include "config/address.h"

/**
 * DOC: "steer trace": prints single packets with their verdicts until it is interrupted.
 */
#define NS_PER_S 1000000000ULL
#define LATENCY_MS 200 /* a signal ends the trace within this time */

struct tracer {
	struct cli *cli;
	struct directory directory;
	struct steer_trace_filter filter;
	uint64_t realtime_ns; /* to be added to an event's time */
	uint64_t left;	      /* packets to print before the trace ends */
	FILE *file;	      /* pcapng; NULL: text or JSON */
	bool failed;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	stopped = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	/* A closed pipe ends the trace by EPIPE. */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* --- the filter --- */

static int parse_number(const struct tracer *tracer, const char *option, const char *text,
			uint64_t max, uint64_t *ret_number)
{
	unsigned long long number;
	char *end;

	if (!text)
		return 0;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (!*text || *end || errno || !number || number > max || *text == '-') {
		cli_error(tracer->cli, "trace: %s: \"%s\" is no number from 1 up", option, text);
		return -EINVAL;
	}
	*ret_number = number;
	return 0;
}

static int parse_name(struct tracer *tracer, enum directory_kind kind, const char *name,
		      uint8_t match, uint16_t *ret_id)
{
	if (!name)
		return 0;
	if (directory_find(&tracer->directory, kind, name, ret_id) < 0) {
		cli_error(tracer->cli, "trace: %s \"%s\" is not known%s",
			  kind == DIRECTORY_NODE ? "node" : "service", name,
			  tracer->directory.nodes ? "; see \"steer node\" and \"steer service\""
						  : "; without a daemon, give its number");
		return -EINVAL;
	}
	tracer->filter.match |= match;
	return 0;
}

static int parse_filter(struct tracer *tracer)
{
	const struct cli_trace_options *options = &tracer->cli->trace;
	struct steer_trace_filter *filter = &tracer->filter;
	uint64_t sample = 0;

	filter->verdicts = options->verdicts ?: verdicts_parse("drop");
	tracer->left = UINT64_MAX;
	if (parse_number(tracer, "--sample", options->sample, UINT32_MAX, &sample) < 0 ||
	    parse_number(tracer, "--count", options->count, UINT64_MAX, &tracer->left) < 0)
		return -EINVAL;
	filter->sample = sample;
	if (parse_name(tracer, DIRECTORY_SERVICE, options->service, STEER_MATCH_SERVICE,
		       &filter->service) < 0 ||
	    parse_name(tracer, DIRECTORY_NODE, tracer->cli->node, STEER_MATCH_NODE, &filter->node) <
		    0)
		return -EINVAL;
	if (!options->address)
		return 0;
	filter->match |= STEER_MATCH_ADDR;
	if (address_parse_prefix(options->address, &filter->addr, &filter->addr_bits) == 0)
		return 0;
	cli_error(tracer->cli,
		  "trace: --address: \"%s\" is no address or prefix; write it like "
		  "192.0.2.0/24",
		  options->address);
	return -EINVAL;
}

/* --- printing --- */

static const char *name_or_null(const struct tracer *tracer, enum directory_kind kind, uint16_t id,
				uint16_t none, char buffer[DIRECTORY_NAME_MAX])
{
	return id == none ? NULL : directory_name(&tracer->directory, kind, id, buffer);
}

static const char *format_time(uint64_t time_ns, char buffer[40])
{
	time_t seconds = time_ns / NS_PER_S;
	struct tm tm;
	size_t used;

	localtime_r(&seconds, &tm);
	used = strftime(buffer, 40, "%H:%M:%S", &tm);
	snprintf(buffer + used, 40 - used, ".%06u", (unsigned int)(time_ns % NS_PER_S / 1000));
	return buffer;
}

static void show_line(const struct tracer *tracer, const struct steer_event_head *head)
{
	char service[DIRECTORY_NAME_MAX], node[DIRECTORY_NAME_MAX], flow[FLOW_TEXT_MAX];
	FILE *out = tracer->cli->writer.out;
	uint16_t id = head->target ?: head->owner;
	char device[IF_NAMESIZE], time[40];

	if (!if_indextoname(head->ifindex, device))
		snprintf(device, sizeof(device), "%u", head->ifindex);
	fprintf(out, "%s %s %s %s length %u",
		format_time(head->time_ns + tracer->realtime_ns, time), device,
		verdict_words[head->verdict].name, flow_format(&head->flow, flow)[0] ? flow : "-",
		head->frame_bytes);
	if (name_or_null(tracer, DIRECTORY_SERVICE, head->service, STEER_NO_SERVICE, service))
		fprintf(out, ", %s", service);
	if (name_or_null(tracer, DIRECTORY_NODE, id, STEER_NODE_NONE, node))
		fprintf(out, ", %s %s", head->target ? "to" : "owner", node);
	fputc('\n', out);
}

static void show_json(const struct tracer *tracer, const struct steer_event *event)
{
	const struct steer_event_head *head = &event->head;
	char service[DIRECTORY_NAME_MAX], pool[DIRECTORY_NAME_MAX], owner[DIRECTORY_NAME_MAX];
	char target[DIRECTORY_NAME_MAX], flow[FLOW_TEXT_MAX], hash[24], device[IF_NAMESIZE] = "";
	_cleanup_(cleanup_json) json_t *line = NULL;

	if_indextoname(head->ifindex, device);
	snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)head->hash);
	line = json_pack(
		"{s:I, s:s, s:s, s:s, s:I, s:s?, s:s?, s:s?, s:s?, s:i, s:s, s:o}", "time_ns",
		(json_int_t)(head->time_ns + tracer->realtime_ns), "interface", device, "verdict",
		verdict_words[head->verdict].name, "flow", flow_format(&head->flow, flow), "length",
		(json_int_t)head->frame_bytes, "service",
		name_or_null(tracer, DIRECTORY_SERVICE, head->service, STEER_NO_SERVICE, service),
		"pool", name_or_null(tracer, DIRECTORY_POOL, head->pool, STEER_NO_POOL, pool),
		"owner", name_or_null(tracer, DIRECTORY_NODE, head->owner, STEER_NODE_NONE, owner),
		"target",
		name_or_null(tracer, DIRECTORY_NODE, head->target, STEER_NODE_NONE, target), "hop",
		(int)head->hop, "hash", hash, "row",
		head->row == STEER_NO_ROW ? json_null() : json_integer(head->row));
	if (line)
		json_dumpf(line, tracer->cli->writer.out, JSON_COMPACT);
	fputc('\n', tracer->cli->writer.out);
}

static void on_event(void *context, const struct steer_event *event)
{
	const struct steer_event_head *head = &event->head;
	struct tracer *tracer = context;
	FILE *out = tracer->file ?: tracer->cli->writer.out;

	if (!tracer->left || head->verdict >= STEER_VERDICT_COUNT)
		return;
	tracer->left--;
	if (tracer->file)
		pcapng_packet(tracer->file, head->time_ns + tracer->realtime_ns, event->packet,
			      head->packet_bytes, head->frame_bytes,
			      verdict_words[head->verdict].name);
	else if (tracer->cli->writer.show == writer_json)
		show_json(tracer, event);
	else
		show_line(tracer, head);
	if (fflush(out) || ferror(out)) {
		tracer->failed = errno != EPIPE;
		stopped = 1;
	}
}

/* --- the trace --- */

static void wait_for_signal(void)
{
	const struct timespec pause = { .tv_nsec = LATENCY_MS * 1000000L };

	while (!stopped)
		nanosleep(&pause, NULL);
}

static enum cli_exit follow(struct tracer *tracer, struct datapath *datapath)
{
	const bool perf = tracer->cli->trace.perf;
	struct datapath_error error = {};
	struct datapath_trace *trace;
	uint64_t lost_before = 0, lost = 0;
	int r = 0;

	catch_signals();
	datapath_trace_lost(datapath, &lost_before);
	if (datapath_trace_start(datapath, perf ? STEER_TRACER_PERF : STEER_TRACER_RING,
				 &tracer->filter, &trace, &error) < 0) {
		cli_error(tracer->cli, "%s", error.text);
		return CLI_FAILED;
	}
	if (perf)
		wait_for_signal(); /* bpftool reads the events */
	while (!stopped && tracer->left && (r >= 0 || r == -EINTR))
		r = datapath_trace_read(trace, LATENCY_MS, on_event, tracer);
	datapath_trace_stop(trace);
	datapath_trace_lost(datapath, &lost);
	if (lost > lost_before)
		cli_error(tracer->cli,
			  "trace: %llu packets are missing: they came faster than they were "
			  "read; narrow the filter or use --sample",
			  (unsigned long long)(lost - lost_before));
	if (r < 0 && r != -EINTR) {
		cli_error(tracer->cli, "trace: the events cannot be read: %s", strerror(-r));
		return CLI_FAILED;
	}
	if (tracer->failed) {
		cli_error(tracer->cli, "trace: %s: cannot be written; is the disk full?",
			  tracer->cli->trace.file ?: "standard output");
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int open_file(struct tracer *tracer)
{
	const char *path = tracer->cli->trace.file;

	if (!path)
		return 0;
	tracer->file = strcmp(path, "-") ? fopen(path, "we") : tracer->cli->writer.out;
	if (tracer->file && pcapng_begin(tracer->file, "steer " STEER_VERSION) == 0)
		return 0;
	cli_error(tracer->cli, "trace: %s: %s; give another file", path, strerror(errno));
	return -EIO;
}

static enum cli_exit trace(struct cli *cli, char **parameters)
{
	const struct datapath_options options = { .pin_root = cli->pin_dir };
	struct tracer tracer = { .cli = cli };
	struct datapath_error error = {};
	enum cli_exit exit = CLI_USAGE;
	struct datapath *datapath;

	(void)parameters;
	if (datapath_open_pinned(&options, &datapath, &error) < 0) {
		cli_error(cli, "%s", error.text);
		return CLI_FAILED;
	}
	tracer.realtime_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	directory_load(cli, &tracer.directory);
	if (parse_filter(&tracer) == 0)
		exit = open_file(&tracer) == 0 ? follow(&tracer, datapath) : CLI_FAILED;
	directory_clear(&tracer.directory);
	if (tracer.file && tracer.file != cli->writer.out)
		fclose(tracer.file);
	datapath_close(datapath);
	return exit;
}

const struct cli_command trace_commands[] = {
	{ "trace", NULL, "", 0, 0, "rveANcwB", trace,
	  "single packets and verdicts, until interrupted" },
	{},
};
