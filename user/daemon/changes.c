// SPDX-License-Identifier: GPL-2.0
#include "daemon/changes.h"

#include <stdio.h>
#include <string.h>

#include "daemon/admin.h"
#include "daemon/agreement.h"
#include "daemon/journal.h"

/* --- this daemon --- */

void changes_started(struct daemon *daemon, const struct cluster *cluster)
{
	const struct events *events = journal_events(daemon);
	const struct event *last = events ? events_last(events, EVENT_DAEMON) : NULL;
	bool died = last && last->new && !strcmp(last->new, "running");
	struct event event = {
		.kind = EVENT_DAEMON,
		.severity = died ? EVENT_SEVERITY_WARNING : EVENT_SEVERITY_INFO,
		.node = cluster->nodes[cluster->self].name,
		.old = died   ? "died"
		       : last ? last->new
			      : NULL,
		.new = "running",
		.cause = died ? "steerd " STEER_VERSION "; the one before ended without a goodbye"
			      : "steerd " STEER_VERSION,
	};

	journal_event(daemon, &event, 0);
}

void changes_ended(struct daemon *daemon, const struct cluster *cluster, const char *cause)
{
	struct event event = {
		.kind = EVENT_DAEMON,
		.node = cluster->nodes[cluster->self].name,
		.old = "running",
		.new = "stopped",
		.cause = cause,
	};

	journal_event(daemon, &event, 0);
}

void changes_program(struct daemon *daemon, const struct cluster *cluster, size_t i,
		     const char *old, const char *new)
{
	bool gone = !strcmp(new, "detached");
	char cause[EVENT_CAUSE_MAX];
	struct datapath_info info;
	struct event event = {
		.kind = EVENT_PROGRAM,
		.severity = gone ? EVENT_SEVERITY_ERROR : EVENT_SEVERITY_INFO,
		.node = cluster->nodes[cluster->self].name,
		.old = old,
		.new = new,
		.cause = cause,
	};

	datapath_get_info(daemon->datapath, i, &info);
	if (gone && info.dispatcher)
		snprintf(cause, sizeof(cause),
			 "interface %s: its dispatcher was taken away or replaced; whether the new "
			 "one "
			 "calls the program only a restart of steerd can tell",
			 daemon->port_name[i]);
	else if (gone)
		snprintf(cause, sizeof(cause),
			 "interface %s: somebody took it away, packets are not steered; restart "
			 "steerd to attach it again",
			 daemon->port_name[i]);
	else
		snprintf(cause, sizeof(cause), "interface %s: id %u, tag %s, %s%s", info.interface,
			 info.program_id, info.program_tag,
			 info.mode == DATAPATH_MODE_NATIVE ? "native" : "generic",
			 info.dispatcher ? ", in a dispatcher" : "");
	journal_event(daemon, &event, 0);
}

void changes_config(struct daemon *daemon, const struct cluster *cluster, uint32_t old,
		    const char *error)
{
	bool refused = error && daemon->generation == old;
	char before[32], after[32], cause[EVENT_CAUSE_MAX];
	struct event event = {
		.kind = EVENT_CONFIG,
		.severity = error ? EVENT_SEVERITY_ERROR : EVENT_SEVERITY_INFO,
		.node = cluster->nodes[cluster->self].name,
		.old = old ? before : NULL,
		.new = refused ? "refused" : after,
		.cause = cause,
	};

	snprintf(before, sizeof(before), "generation %u", old);
	snprintf(after, sizeof(after), "generation %u", daemon->generation);
	if (error)
		snprintf(cause, sizeof(cause), "%s", error);
	else
		snprintf(cause, sizeof(cause), "%s: cluster %s, %zu nodes, %zu pools, %zu services",
			 daemon->options.config_path, cluster->name, cluster->n_nodes,
			 cluster->n_pools, cluster->n_services);
	journal_event(daemon, &event, 0);
}

/* --- other nodes --- */

void changes_admin(struct daemon *daemon, const struct cluster_node *node, enum steer_admin old,
		   enum steer_admin new, const char *cause)
{
	struct event event = {
		.kind = EVENT_ADMIN,
		.node = node->name,
		.old = admin_name(old),
		.new = admin_name(new),
		.cause = cause,
	};

	if (old != new)
		journal_event(daemon, &event, 0);
}

static void changes_tell_tables(struct daemon *daemon, bool differ, const char *node,
				enum event_scope scope, const char *cause, uint64_t lasted_ns)
{
	struct event event = {
		.kind = EVENT_TABLES,
		.scope = scope,
		.severity = differ ? EVENT_SEVERITY_WARNING : EVENT_SEVERITY_INFO,
		.node = node,
		.old = differ ? "same" : "differ",
		.new = differ ? "differ" : "same",
		.cause = cause,
		.detection_us = lasted_ns / 1000,
	};

	journal_event(daemon, &event, 0);
}

void changes_tables(struct daemon *daemon, bool differ, const struct cluster_node *const *nodes,
		    size_t n, size_t n_live)
{
	const char *each = differ ? "other tables than this node's; compare configurations"
				  : "the same tables as this node's";
	char cause[EVENT_CAUSE_MAX];
	size_t i;

	for (i = 0; i < n && (n == 1 || 2 * n <= n_live); i++)
		changes_tell_tables(daemon, differ, nodes[i]->name, EVENT_SCOPE_NODE, each,
				    agreement_differs_ns(daemon, nodes[i]->id));
	if (i == n)
		return;
	snprintf(cause, sizeof(cause),
		 differ ? "%zu of %zu live peers have other tables than this node; compare "
			  "configurations"
			: "%zu of %zu live peers have the tables of this node",
		 n, n_live);
	changes_tell_tables(daemon, differ, daemon_self(daemon)->name, EVENT_SCOPE_SYSTEMIC, cause,
			    agreement_differs_ns(daemon, nodes[0]->id));
}
