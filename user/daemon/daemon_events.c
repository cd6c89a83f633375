// SPDX-License-Identifier: GPL-2.0
#include "daemon/daemon_events.h"

#include <stdio.h>
#include <string.h>

#include "daemon/journal.h"
#include "daemon/own_interfaces.h"

void daemon_event_started(struct daemon *daemon, const struct cluster *config)
{
	const struct events *events = journal_events(daemon);
	const struct event *last = events ? events_last(events, EVENT_DAEMON) : NULL;
	bool died = last && last->new && !strcmp(last->new, "running");
	struct event event = {
		.kind = EVENT_DAEMON,
		.severity = died ? EVENT_SEVERITY_WARNING : EVENT_SEVERITY_INFO,
		.node = config->nodes[config->self].name,
		.old = died   ? "died"
		       : last ? last->new
			      : NULL,
		.new = "running",
		.cause = died ? "steerd " STEER_VERSION
				"; the daemon before it was killed or crashed"
			      : "steerd " STEER_VERSION,
	};

	journal_event(daemon, &event);
}

void daemon_event_ended(struct daemon *daemon, const struct cluster *config, const char *cause)
{
	struct event event = {
		.kind = EVENT_DAEMON,
		.node = config->nodes[config->self].name,
		.old = "running",
		.new = "stopped",
		.cause = cause,
	};

	journal_event(daemon, &event);
}

void daemon_event_program(struct daemon *daemon, const struct cluster *config, size_t i,
			  const char *old, const char *new)
{
	bool gone = !strcmp(new, "detached");
	char cause[EVENT_CAUSE_MAX];
	struct datapath_info info;
	struct event event = {
		.kind = EVENT_PROGRAM,
		.severity = gone ? EVENT_SEVERITY_ERROR : EVENT_SEVERITY_INFO,
		.node = config->nodes[config->self].name,
		.old = old,
		.new = new,
		.cause = cause,
	};

	datapath_get_info(daemon->datapath, i, &info);
	if (gone && own_interfaces_is_gone(daemon, i))
		snprintf(
			cause, sizeof(cause),
			"interface %s: it was deleted; the program is attached again when it comes "
			"back",
			daemon->interface[i].name);
	else if (gone && info.dispatcher)
		snprintf(cause, sizeof(cause),
			 "interface %s: its dispatcher was removed or replaced; only a restart of "
			 "steerd can find out whether the new one calls the program",
			 daemon->interface[i].name);
	else if (gone)
		snprintf(cause, sizeof(cause),
			 "interface %s: another program or person removed it; packets are not "
			 "steered; restart steerd to attach it again",
			 daemon->interface[i].name);
	else
		snprintf(cause, sizeof(cause), "interface %s: id %u, tag %s, %s%s", info.interface,
			 info.program_id, info.program_tag,
			 info.mode == DATAPATH_MODE_NATIVE ? "native" : "generic",
			 info.dispatcher ? ", in a dispatcher" : "");
	journal_event(daemon, &event);
}

void daemon_event_config(struct daemon *daemon, const struct cluster *config, uint32_t old,
			 const char *error)
{
	bool refused = error && daemon->state->generation == old;
	char before[32], after[32], cause[EVENT_CAUSE_MAX];
	struct event event = {
		.kind = EVENT_CONFIG,
		.severity = error ? EVENT_SEVERITY_ERROR : EVENT_SEVERITY_INFO,
		.node = config->nodes[config->self].name,
		.old = old ? before : NULL,
		.new = refused ? "refused" : after,
		.cause = cause,
	};

	snprintf(before, sizeof(before), "generation %u", old);
	snprintf(after, sizeof(after), "generation %u", daemon->state->generation);
	if (error)
		snprintf(cause, sizeof(cause), "%s", error);
	else
		snprintf(cause, sizeof(cause), "%s: cluster %s, %zu nodes, %zu pools, %zu services",
			 daemon->options.config_path, config->name, config->n_nodes,
			 config->n_pools, config->n_services);
	journal_event(daemon, &event);
}
