// SPDX-License-Identifier: GPL-2.0
#include "daemon/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "cleanup.h"
#include "config/config.h"
#include "daemon/admin.h"
#include "daemon/adopt.h"
#include "daemon/agentless.h"
#include "daemon/agreement.h"
#include "daemon/apply.h"
#include "daemon/changes.h"
#include "daemon/commands.h"
#include "daemon/isolation.h"
#include "daemon/journal.h"
#include "daemon/layout.h"
#include "daemon/log.h"
#include "daemon/paths.h"
#include "daemon/ports.h"
#include "daemon/privileges.h"
#include "daemon/states.h"
#include "daemon/tables.h"
#include "daemon/view.h"
#include "liveness/realtime.h"

#define RUN_WATCH_INTERVAL_US 1000000
#define RUN_DUE_ACCURACY_US 1000
#define RUN_DOUBTS 3
#define RUN_HOLD_NS 3600000000000ULL

/* Reads the configuration; logs every error. */
static int run_load_config(const struct daemon_options *options, struct cluster **ret_cluster,
			   char ret_first_error[512])
{
	_cleanup_(config_errors_free) struct config_errors errors = {};
	size_t i;
	int r;

	r = config_load(options->config_path, options->node_name, ret_cluster, &errors);
	if (r == 0)
		return 0;
	for (i = 0; i < errors.n; i++)
		log_error("%s", errors.line[i]);
	snprintf(ret_first_error, 512, "%s", errors.n ? errors.line[0] : strerror(-r));
	return r;
}

static void run_reload(struct daemon *daemon)
{
	uint32_t before = daemon->generation;
	struct cluster *cluster = NULL;
	char error[512] = "";
	int r;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)(daemon_now_ns() / 1000));
	r = run_load_config(&daemon->options, &cluster, error);
	if (r == 0) {
		r = apply_cluster(daemon, cluster, error);
		if (r < 0 && daemon->cluster != cluster)
			cluster_free(cluster);
	}
	snprintf(daemon->config_error, sizeof(daemon->config_error), "%s", r < 0 ? error : "");
	changes_config(daemon, daemon->cluster, before, r < 0 ? error : NULL);
	sd_notifyf(0, "READY=1\nSTATUS=generation %u", daemon->generation);
}

static int run_on_hangup(sd_event_source *source, const struct signalfd_siginfo *info,
			 void *context)
{
	(void)source;
	(void)info;
	run_reload(context);
	return 0;
}

static int run_on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct daemon *daemon = context;
	char cause[128];

	(void)source;
	snprintf(cause, sizeof(cause),
		 "signal %u; the program stays attached and steers on as it is", info->ssi_signo);
	changes_ended(daemon, daemon->cluster, cause);
	sd_notify(0, "STOPPING=1");
	return sd_event_exit(daemon->event, DAEMON_EXIT_OK);
}

/* Who left the tables an hour ago has had the time to finish its flows. */
static void run_forget(struct daemon *daemon)
{
	int r;

	if (!daemon->changed_ns || daemon_now_ns() - daemon->changed_ns < RUN_HOLD_NS)
		return;
	daemon->changed_ns = 0;
	r = tables_forget(daemon);
	if (r < 0)
		log_error("tables: rows still name nodes that left them: %s", strerror(-r));
}

static void run_read_load(struct daemon *daemon)
{
	_cleanup_(cleanup_fclose) FILE *stat = fopen("/proc/stat", "re");

	if (stat && load_read(&daemon->load, stat))
		states_announce(daemon);
}

/*
 * "steer load --replace" has put another one there, or "steer load" has brought it back. Without
 * the right to ask for programs by id it is known by its pin, which comes a moment later.
 */
static void run_watch_program(struct daemon *daemon, size_t i)
{
	bool before = daemon->attached[i];
	bool same = datapath_is_attached(daemon->datapath, i);
	int error = same ? 0 : datapath_follow(daemon->datapath, i);

	daemon->doubts[i] = error == -EPERM ? daemon->doubts[i] + 1 : 0;
	if (before && daemon->doubts[i] && daemon->doubts[i] <= RUN_DOUBTS)
		return;
	daemon->attached[i] = !error;
	if (error ? !before : same && before)
		return;
	changes_program(daemon, daemon->cluster, i, before ? "attached" : "detached",
			error	 ? "detached"
			: before ? "replaced"
				 : "attached");
}

/* What no event tells: somebody has detached the program; a tracer has died; an isolation is over
 * by time. */
static int run_on_watch(sd_event_source *source, uint64_t now_us, void *context)
{
	struct daemon *daemon = context;
	size_t i;

	for (i = 0; i < daemon->n_ports; i++)
		run_watch_program(daemon, i);
	ports_refresh(daemon);
	datapath_trace_reap(daemon->datapath);
	run_forget(daemon);
	run_read_load(daemon);
	view_settle(daemon);
	agreement_follow(daemon);
	if (daemon->isolated) {
		isolation_judge(daemon, daemon_now_ns());
		states_publish(daemon);
	}
	sd_event_source_set_time(source, now_us + RUN_WATCH_INTERVAL_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

/* Somebody has been held down for long enough, or gets a larger share. */
static int run_on_due(sd_event_source *source, uint64_t now_us, void *context)
{
	(void)source;
	(void)now_us;
	states_publish(context);
	return 0;
}

static int run_add_signals(struct daemon *daemon)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT };
	sigset_t mask;
	uint64_t now_us;
	size_t i;
	int r;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* if whoever started us ignored it, no status would be left */
	sigemptyset(&mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&mask, signals[i]);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		return -errno;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		r = sd_event_add_signal(daemon->event, NULL, signals[i],
					signals[i] == SIGHUP ? run_on_hangup : run_on_end, daemon);
		if (r < 0)
			return r;
	}
	r = sd_event_now(daemon->event, CLOCK_MONOTONIC, &now_us);
	if (r < 0)
		return r;
	r = sd_event_add_time(daemon->event, NULL, CLOCK_MONOTONIC, now_us + RUN_WATCH_INTERVAL_US,
			      0, run_on_watch, daemon);
	if (r < 0)
		return r;
	r = sd_event_add_time(daemon->event, &daemon->due, CLOCK_MONOTONIC, UINT64_MAX,
			      RUN_DUE_ACCURACY_US, run_on_due, daemon);
	return r < 0 ? r : sd_event_source_set_enabled(daemon->due, SD_EVENT_OFF);
}

/* Probes on time need both; without, a busy machine may delay them. */
static void run_warn_of_delays(const struct daemon *daemon)
{
	int refused = initiator_get_refused(daemon->initiator);

	if (refused < 0)
		log_warning(
			"liveness probes: no real-time priority: %s; other work may delay them; "
			"grant CAP_SYS_NICE",
			strerror(-refused));
	if (daemon->unlocked < 0)
		log_warning("memory: not locked: %s; swapping may delay liveness probes; grant "
			    "CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK",
			    strerror(-daemon->unlocked));
}

static int run_add_modules(struct daemon *daemon, const struct cluster *cluster)
{
	const struct initiator_events events = {
		.state = states_liveness,
		.report = states_report,
		.told = states_told,
		.context = daemon,
	};
	struct liveness_timing timing = {
		.interval_ns = cluster->liveness.interval_ms * 1000000ULL,
		.multiplier = cluster->liveness.multiplier,
		.rise = cluster->liveness.rise,
	};
	struct steer_settings keys = {};
	int r;

	daemon->unlocked = realtime_lock_memory();
	layout_keys(cluster, &keys);
	r = initiator_new(daemon->event, cluster->nodes[cluster->self].id, keys.tag_key, &timing,
			  &events, &daemon->initiator);
	if (r < 0) {
		log_error("liveness probes: no socket: %s", strerror(-r));
		return r;
	}
	run_warn_of_delays(daemon);
	r = neighbours_new(daemon->event, paths_changed, daemon, &daemon->neighbours);
	if (r < 0) {
		log_error("neighbours: no rtnetlink socket: %s", strerror(-r));
		return r;
	}
	r = checker_new(daemon->event, states_health, daemon, &daemon->checker);
	if (r < 0) {
		log_error("health checks: cannot start: %s", strerror(-r));
		return r;
	}
	checker_set_way(daemon->checker, agentless_way);
	return 0;
}

/* The first interface brings the maps along, the others use them. */
static int run_open_port(struct daemon *daemon, const char *interface)
{
	const struct daemon_options *options = &daemon->options;
	struct datapath_error error = {};
	size_t i = daemon->n_ports;
	int r;

	if (!daemon->datapath)
		r = datapath_open(&options->datapath, interface, options->mode, &daemon->datapath,
				  &error);
	else
		r = datapath_add_interface(daemon->datapath, &options->datapath, interface,
					   options->mode, &error);
	if (r < 0) {
		log_error("%s", error.text);
		return r;
	}
	if (*error.note)
		log_warning("%s", error.note);
	snprintf(daemon->port_name[i], sizeof(daemon->port_name[i]), "%s", interface);
	daemon->attached[i] = true;
	daemon->n_ports++;
	return 0;
}

static int run_open_datapath(struct daemon *daemon, const struct cluster *cluster)
{
	const struct cluster_node *self = &cluster->nodes[cluster->self];
	size_t i;
	int r = 0;

	for (i = 0; i < layout_n_interfaces(self) && r == 0; i++)
		r = run_open_port(daemon, layout_interface(self, i));
	return r;
}

/* What only the start needs the right to, then without it. */
static int run_drop_privileges(struct daemon *daemon, const struct cluster *cluster)
{
	char names[PRIVILEGES_TEXT_MAX];
	int r;

	adopt_slots(daemon, cluster);
	adopt_tables(daemon, cluster);
	r = privileges_drop();
	if (r < 0)
		log_error("capabilities that are not needed any more cannot be given up: %s",
			  strerror(-r));
	else if (privileges_lacking(names))
		log_warning("capabilities: %s: missing; reloads, neighbours or checks of agentless "
			    "nodes will fail; grant them",
			    names);
	return r;
}

/* After run_open_datapath(): who holds the maps' lock may write into the state directory. */
static int run_open_journal(struct daemon *daemon, const struct cluster *cluster)
{
	struct datapath_info info;
	size_t i;
	int r;

	r = journal_open(daemon);
	if (r < 0) {
		log_error("journal of events: cannot start: %s", strerror(-r));
		return r;
	}
	changes_started(daemon, cluster);
	for (i = 0; i < daemon->n_ports; i++) {
		datapath_get_info(daemon->datapath, i, &info);
		changes_program(daemon, cluster, i, NULL, info.adopted ? "adopted" : "attached");
	}
	return 0;
}

static int run_add_control(struct daemon *daemon)
{
	const char *path = daemon->options.socket_path;
	int r;

	r = control_server_new(daemon->event, path, commands_handle, daemon, &daemon->control);
	if (r == -EADDRINUSE)
		log_error("%s: another steerd answers there; end it or give --socket", path);
	else if (r < 0)
		log_error("%s: no control socket: %s; create its directory or give --socket", path,
			  strerror(-r));
	return r;
}

static int run_load_admin(struct daemon *daemon)
{
	int r = admin_load(daemon->options.state_dir, NULL, &daemon->admin);

	if (r < 0)
		log_error("%s/admin: unreadable: %s; write \"active\" or \"draining\" into it",
			  daemon->options.state_dir, strerror(-r));
	else if (daemon->admin != STEER_ADMIN_ACTIVE)
		log_warning("this node is %s; \"steer node activate\" ends that",
			    admin_name(daemon->admin));
	return r;
}

/* Why, the log says. */
static void run_give_up(struct daemon *daemon, const struct cluster *cluster)
{
	if (journal_events(daemon))
		changes_ended(daemon, cluster, "it cannot start");
}

static int run_apply(struct daemon *daemon, struct cluster *cluster)
{
	char error[512] = "";
	int r;

	ports_refresh(daemon);
	r = apply_cluster(daemon, cluster, error);
	changes_config(daemon, cluster, 0, r < 0 ? error : NULL);
	if (r < 0) {
		run_give_up(daemon, cluster);
		if (daemon->cluster != cluster)
			cluster_free(cluster);
	}
	return r;
}

static void run_freep(struct daemon **daemon)
{
	daemon_free(*daemon);
}

enum daemon_exit run_daemon(const struct daemon_options *options)
{
	_cleanup_(run_freep) struct daemon *daemon = daemon_new(options);
	struct cluster *cluster = NULL;
	char error[512] = "";

	if (!daemon)
		return DAEMON_EXIT_FAILED;
	if (run_load_config(options, &cluster, error) < 0)
		return DAEMON_EXIT_CONFIG;
	/* The control socket last: who finds it answering finds the node steering. */
	if (run_load_admin(daemon) < 0 || run_open_datapath(daemon, cluster) < 0 ||
	    run_drop_privileges(daemon, cluster) < 0 || run_open_journal(daemon, cluster) < 0 ||
	    run_add_modules(daemon, cluster) < 0 || run_add_signals(daemon) < 0) {
		run_give_up(daemon, cluster);
		cluster_free(cluster);
		return DAEMON_EXIT_FAILED;
	}
	if (run_apply(daemon, cluster) < 0)
		return DAEMON_EXIT_FAILED;
	if (run_add_control(daemon) < 0) {
		run_give_up(daemon, daemon->cluster);
		return DAEMON_EXIT_FAILED;
	}
	sd_notifyf(0, "READY=1\nSTATUS=generation %u", daemon->generation);
	return sd_event_loop(daemon->event) < 0 ? DAEMON_EXIT_FAILED : DAEMON_EXIT_OK;
}
