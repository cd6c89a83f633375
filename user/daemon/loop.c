// SPDX-License-Identifier: GPL-2.0
#include "daemon/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "cleanup.h"
#include "cluster/inputs.h"
#include "config/config.h"
#include "daemon/clock.h"
#include "daemon/daemon_events.h"
#include "daemon/log.h"
#include "daemon/own_addresses.h"
#include "daemon/own_interfaces.h"
#include "daemon/publish.h"
#include "daemon/reload.h"
#include "daemon/store_tables.h"

#define WATCH_INTERVAL_US 1000000
#define DOUBTS_MAX 3

/* --- inputs --- */

void loop_on_liveness(void *context, uint16_t node, enum liveness_state liveness,
		      uint64_t silent_ns)
{
	struct liveness_peer_status status = {};
	struct daemon *daemon = context;

	liveness_get_status(daemon->liveness, node, &status);
	cluster_on_liveness(daemon->state, node, liveness, silent_ns, status.changed_ns);
}

void loop_on_report(void *context, uint16_t node, const struct liveness_report *report)
{
	struct daemon *daemon = context;

	cluster_on_report(daemon->state, node, report);
}

void loop_on_batch_end(void *context)
{
	publish_now(context);
}

void loop_on_health(void *context, uint16_t pool, uint16_t node, enum health_verdict verdict,
		    const char *detail)
{
	struct daemon *daemon = context;
	struct cluster_state *state = daemon->state;

	if (!state->config || pool >= state->config->n_pools)
		return;
	cluster_on_health(state, state->in_order[pool], node, verdict, detail, clock_now_ns());
	publish_later(daemon);
}

/* --- signals --- */

int loop_load_config(const struct daemon_options *options, struct cluster **ret_config,
		     char ret_first_error[CONTROL_MESSAGE_MAX])
{
	_cleanup_(config_errors_free) struct config_errors errors = {};
	int r;

	r = config_load(options->config_path, options->node_name, ret_config, &errors);
	if (r == 0) {
		r = own_addresses_check(*ret_config, ret_first_error);
		if (r == 0)
			return 0;
		log_error("%s", ret_first_error);
		cluster_free(TAKE_PTR(*ret_config));
		return r;
	}
	for (size_t i = 0; i < errors.n; i++)
		log_error("%s", errors.line[i]);
	snprintf(ret_first_error, CONTROL_MESSAGE_MAX, "%s",
		 errors.n ? errors.line[0] : strerror(-r));
	return r;
}

static void reload(struct daemon *daemon)
{
	uint32_t before = daemon->state->generation;
	struct cluster *config = NULL;
	char error[CONTROL_MESSAGE_MAX] = "";
	int r;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)(clock_now_ns() / 1000));
	r = loop_load_config(&daemon->options, &config, error);
	if (r == 0) {
		r = reload_apply(daemon, config, error);
		if (r < 0 && daemon->state->config != config)
			cluster_free(config);
	}
	snprintf(daemon->config_error, sizeof(daemon->config_error), "%s", r < 0 ? error : "");
	daemon_event_config(daemon, daemon->state->config, before, r < 0 ? error : NULL);
	sd_notifyf(0, "READY=1\nSTATUS=generation %u", daemon->state->generation);
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)source;
	(void)info;
	reload(context);
	return 0;
}

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct daemon *daemon = context;
	char cause[128];

	(void)source;
	snprintf(cause, sizeof(cause),
		 "signal %u; the program stays attached and steers on as it is", info->ssi_signo);
	daemon_event_ended(daemon, daemon->state->config, cause);
	sd_notify(0, "STOPPING=1");
	return sd_event_exit(daemon->event, DAEMON_EXIT_OK);
}

/* --- once a second --- */

static void forget_former_nodes(struct daemon *daemon)
{
	int r;

	if (!daemon->state->tables_changed_ns ||
	    clock_now_ns() - daemon->state->tables_changed_ns < STATE_HOLD_NS)
		return;
	r = store_tables_forget(daemon);
	/* On failure again, but not at once. */
	daemon->state->tables_changed_ns = r < 0 ? clock_now_ns() : 0;
	if (r < 0)
		log_error("tables: rows still name nodes that left them: %s", strerror(-r));
	publish_later(daemon);
}

static void read_load(struct daemon *daemon)
{
	_cleanup_(cleanup_fclose) FILE *stat = fopen("/proc/stat", "re");

	if (!stat || !cpu_load_read(&daemon->load, stat))
		return;
	daemon->state->load_percent = daemon->load.percent;
	publish_announcement(daemon);
}

/*
 * "steer load --replace" has put another program there, or "steer load" has brought it back.
 * Without the right to ask for programs by id it is known by its pin, which comes a moment later.
 */
static void watch_program(struct daemon *daemon, size_t i)
{
	struct own_interface *interface = &daemon->interface[i];
	bool before = interface->attached;
	bool same = datapath_is_attached(daemon->datapath, i);
	int r = same ? 0 : datapath_follow(daemon->datapath, i);

	if (r < 0 && own_interfaces_attach_again(daemon, i) == 0)
		r = 0;
	interface->doubts = r == -EPERM ? interface->doubts + 1 : 0;
	if (before && interface->doubts && interface->doubts <= DOUBTS_MAX)
		return;
	/* No memory, no descriptors: nothing was found out. */
	if (r < 0 && r != -EPERM && r != -ENOENT && r != -ENODEV)
		return;
	interface->attached = !r;
	if (r ? !before : same && before)
		return;
	daemon_event_program(daemon, daemon->state->config, i, before ? "attached" : "detached",
			     r	      ? "detached"
			     : before ? "replaced"
				      : "attached");
}

/* What comes without an event: the program was detached; a tracer has died. */
static int on_watch(sd_event_source *source, uint64_t now_us, void *context)
{
	struct daemon *daemon = context;

	for (size_t i = 0; i < daemon->n_interfaces; i++)
		watch_program(daemon, i);
	own_interfaces_refresh(daemon);
	datapath_trace_reap(daemon->datapath);
	forget_former_nodes(daemon);
	read_load(daemon);
	sd_event_source_set_time(source, now_us + WATCH_INTERVAL_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int add_signals(struct daemon *daemon)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT };
	const size_t n = sizeof(signals) / sizeof(signals[0]);
	sigset_t mask;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* if our parent ignored it, no exit status would be left */
	sigemptyset(&mask);
	for (size_t i = 0; i < n; i++)
		sigaddset(&mask, signals[i]);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		return -errno;
	for (size_t i = 0; i < n; i++) {
		int r = sd_event_add_signal(daemon->event, NULL, signals[i],
					    signals[i] == SIGHUP ? on_hangup : on_end, daemon);

		if (r < 0)
			return r;
	}
	return 0;
}

int loop_init(struct daemon *daemon)
{
	uint64_t now_us;
	int r;

	r = add_signals(daemon);
	if (r == 0)
		r = publish_init(daemon);
	if (r == 0)
		r = sd_event_now(daemon->event, CLOCK_MONOTONIC, &now_us);
	if (r >= 0)
		r = sd_event_add_time(daemon->event, NULL, CLOCK_MONOTONIC,
				      now_us + WATCH_INTERVAL_US, 0, on_watch, daemon);
	return r < 0 ? r : 0;
}
