// SPDX-License-Identifier: GPL-2.0
#include "daemon/start.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include "cleanup.h"
#include "cluster/inputs.h"
#include "daemon/admin_file.h"
#include "daemon/commands.h"
#include "daemon/daemon_events.h"
#include "daemon/handles.h"
#include "daemon/journal.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/map_image.h"
#include "daemon/nexthops.h"
#include "daemon/own_interfaces.h"
#include "daemon/privileges.h"
#include "daemon/reload.h"
#include "daemon/warm_restart.h"
#include "liveness/realtime.h"
#include "policy/state.h"

/* Probes on time need both; without, a busy machine may delay them. */
static void warn_of_delays(const struct daemon *daemon)
{
	int refused = liveness_get_refused(daemon->liveness);

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

static int add_modules(struct daemon *daemon, const struct cluster *config)
{
	const struct liveness_events events = {
		.state = loop_on_liveness,
		.report = loop_on_report,
		.batch_done = loop_on_batch_end,
		.context = daemon,
	};
	struct liveness_timing timing = {
		.interval_ns = config->liveness.interval_ms * 1000000ULL,
		.multiplier = config->liveness.multiplier,
		.rise = config->liveness.rise,
	};
	struct steer_settings keys = {};
	int r;

	daemon->unlocked = realtime_lock_memory();
	map_image_keys(config, &keys);
	r = liveness_new(daemon->event, config->nodes[config->self].id, keys.auth_key, &timing,
			 &events, &daemon->liveness);
	if (r < 0) {
		log_error("liveness probes: no socket: %s", strerror(-r));
		return r;
	}
	liveness_set_source(daemon->liveness, &config->nodes[config->self].addr4,
			    &config->nodes[config->self].addr6);
	warn_of_delays(daemon);
	r = neighbours_new(daemon->event, nexthops_changed, own_interfaces_links_changed, daemon,
			   &daemon->neighbours);
	if (r < 0) {
		log_error("neighbours: no rtnetlink socket: %s", strerror(-r));
		return r;
	}
	r = checker_new(daemon->event, loop_on_health, daemon, &daemon->checker);
	if (r < 0) {
		log_error("health checks: cannot start: %s", strerror(-r));
		return r;
	}
	checker_set_nexthop(daemon->checker, nexthops_of_check);
	return 0;
}

/* The first interface brings the maps along, the others use them. */
static int open_interface(struct daemon *daemon, const char *interface)
{
	const struct daemon_options *options = &daemon->options;
	struct datapath_error error = {};
	size_t i = daemon->n_interfaces;
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
	snprintf(daemon->interface[i].name, sizeof(daemon->interface[i].name), "%s", interface);
	daemon->interface[i].attached = true;
	daemon->n_interfaces++;
	return 0;
}

static int open_datapath(struct daemon *daemon, const struct cluster *config)
{
	const struct cluster_node *self = &config->nodes[config->self];
	int r = 0;

	for (size_t i = 0; i < self->n_interfaces && r == 0; i++)
		r = open_interface(daemon, self->interfaces[i]);
	return r;
}

/* What only the start needs the right to, then without it. */
static int drop_privileges(struct daemon *daemon, const struct cluster *config)
{
	char names[PRIVILEGES_TEXT_MAX];
	int r;

	warm_restart_indices(daemon, config);
	warm_restart_tables(daemon, config);
	warm_restart_memory(daemon);
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

/* After open_datapath(): who holds the maps' lock may write into the state directory. */
static int open_journal(struct daemon *daemon, const struct cluster *config)
{
	struct datapath_info info;
	int r;

	r = journal_open(daemon);
	if (r < 0) {
		log_error("journal of events: cannot start: %s", strerror(-r));
		return r;
	}
	daemon_event_started(daemon, config);
	for (size_t i = 0; i < daemon->n_interfaces; i++) {
		datapath_get_info(daemon->datapath, i, &info);
		daemon_event_program(daemon, config, i, NULL,
				     info.adopted ? "adopted" : "attached");
	}
	return 0;
}

static int add_control(struct daemon *daemon)
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

static int load_admin(struct daemon *daemon, const struct cluster *config)
{
	enum steer_admin admin;
	int r = admin_file_load(daemon->options.state_dir, NULL, &admin);

	if (r == 0)
		cluster_set_admin(daemon->state, config->nodes[config->self].id, admin);
	if (r < 0)
		log_error("%s/admin: unreadable: %s; write \"active\" or \"draining\" into it",
			  daemon->options.state_dir, strerror(-r));
	else if (admin != STEER_ADMIN_ACTIVE)
		log_warning("this node is %s; \"steer node activate\" ends that",
			    policy_admin_name(admin));
	return r;
}

/* Why, the log says. */
static void give_up(struct daemon *daemon, const struct cluster *config)
{
	if (journal_events(daemon))
		daemon_event_ended(daemon, config, "it cannot start");
}

static int apply(struct daemon *daemon, struct cluster *config)
{
	char error[CONTROL_MESSAGE_MAX] = "";
	int r;

	own_interfaces_links_changed(daemon);
	r = reload_apply(daemon, config, error);
	daemon_event_config(daemon, config, 0, r < 0 ? error : NULL);
	if (r < 0) {
		give_up(daemon, config);
		if (daemon->state->config != config)
			cluster_free(config);
	}
	return r;
}

static void freep(struct daemon **daemon)
{
	daemon_free(*daemon);
}

/* A check has a connection of its own, and so has each client. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Until the loop takes it: a reload that is asked for early must not end the daemon. */
static void hold_reloads(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

enum daemon_exit run_daemon(const struct daemon_options *options)
{
	_cleanup_(freep) struct daemon *daemon = daemon_new(options);
	struct cluster *config = NULL;
	char error[CONTROL_MESSAGE_MAX] = "";

	if (!daemon)
		return DAEMON_EXIT_FAILED;
	hold_reloads();
	raise_file_limit();
	if (loop_load_config(options, &config, error) < 0)
		return DAEMON_EXIT_CONFIG;
	/* The control socket last: who finds it answering finds the node steering. */
	if (load_admin(daemon, config) < 0 || open_datapath(daemon, config) < 0 ||
	    drop_privileges(daemon, config) < 0 || open_journal(daemon, config) < 0 ||
	    add_modules(daemon, config) < 0 || loop_init(daemon) < 0) {
		give_up(daemon, config);
		cluster_free(config);
		return DAEMON_EXIT_FAILED;
	}
	if (apply(daemon, config) < 0)
		return DAEMON_EXIT_FAILED;
	if (add_control(daemon) < 0) {
		give_up(daemon, daemon->state->config);
		return DAEMON_EXIT_FAILED;
	}
	sd_notifyf(0, "READY=1\nSTATUS=generation %u", daemon->state->generation);
	return sd_event_loop(daemon->event) < 0 ? DAEMON_EXIT_FAILED : DAEMON_EXIT_OK;
}
