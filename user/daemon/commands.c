// SPDX-License-Identifier: GPL-2.0
#include "daemon/commands.h"

#include <stdio.h>
#include <string.h>

#include "cluster/drain_ack.h"
#include "cluster/inputs.h"
#include "config/suggest.h"
#include "daemon/admin_file.h"
#include "daemon/handover.h"
#include "daemon/journal.h"
#include "daemon/json_nodes.h"
#include "daemon/publish.h"
#include "daemon/status_json.h"
#include "policy/state.h"

enum commands_code {
	COMMANDS_OK = 0,
	COMMANDS_FAILED = 1,
	COMMANDS_DEGRADED = 5,
	COMMANDS_LATER = CONTROL_LATER,
};

#define COMMANDS_EVENTS_MAX 1000

struct commands_call {
	struct daemon *daemon;
	const struct control_peer *peer;
	const json_t *arguments;
	json_t **ret_data;
	char *ret_message; /* CONTROL_MESSAGE_MAX bytes */
};

static const char *string_argument(const struct commands_call *call, const char *name)
{
	return json_string_value(json_object_get(call->arguments, name));
}

static bool wants_to_wait(const struct commands_call *call)
{
	return json_integer_value(json_object_get(call->arguments, "wait_ms")) > 0;
}

static int show_status(const struct commands_call *call)
{
	bool degraded;

	*call->ret_data = status_json_status(call->daemon, &degraded);
	return degraded ? COMMANDS_DEGRADED : COMMANDS_OK;
}

static const char *node_name(const void *context, size_t i)
{
	const struct cluster *cluster = context;

	return i < cluster->n_nodes ? cluster->nodes[i].name : NULL;
}

static const char *pool_name(const void *context, size_t i)
{
	const struct cluster *cluster = context;

	return i < cluster->n_pools ? cluster->pools[i].name : NULL;
}

static const char *service_name(const void *context, size_t i)
{
	const struct cluster *cluster = context;

	return i < cluster->n_services ? cluster->services[i].name : NULL;
}

/* 0 if the argument is absent or null, or names an object of this kind; else the answer says what
 * is near.
 */
static int check_name(const struct commands_call *call, const char *kind, suggest_word_fn name_of)
{
	const struct cluster *cluster = call->daemon->state->config;
	const json_t *argument = json_object_get(call->arguments, kind);
	const char *asked = json_string_value(argument), *name;
	char suggestion[SUGGEST_TEXT_MAX];
	size_t i;

	if (!argument || json_is_null(argument))
		return 0;
	if (!asked) {
		snprintf(call->ret_message, CONTROL_MESSAGE_MAX,
			 "argument %s: give a name as a string", kind);
		return COMMANDS_FAILED;
	}
	for (i = 0; (name = name_of(cluster, i)); i++)
		if (!strcmp(name, asked))
			return 0;
	suggest_text(asked, name_of, cluster, suggestion);
	snprintf(call->ret_message, CONTROL_MESSAGE_MAX,
		 "%s %.64s: not in the configuration; %.400s", kind, asked, suggestion);
	return COMMANDS_FAILED;
}

static int node_show(const struct commands_call *call)
{
	if (check_name(call, "node", node_name))
		return COMMANDS_FAILED;
	*call->ret_data = status_json_nodes(call->daemon, string_argument(call, "node"));
	return COMMANDS_OK;
}

static int pool_show(const struct commands_call *call)
{
	if (check_name(call, "pool", pool_name))
		return COMMANDS_FAILED;
	*call->ret_data = status_json_pools(call->daemon, string_argument(call, "pool"));
	return COMMANDS_OK;
}

static int service_show(const struct commands_call *call)
{
	if (check_name(call, "service", service_name))
		return COMMANDS_FAILED;
	*call->ret_data = status_json_services(call->daemon, string_argument(call, "service"));
	return COMMANDS_OK;
}

/* Of whom a command speaks: this node, or an agentless one, which has nobody else to be told. */
static const struct cluster_node *admin_node(const struct commands_call *call)
{
	const struct cluster_node *self = state_self(call->daemon->state);
	const char *asked = string_argument(call, "node");
	const struct cluster_node *node = self;

	if (check_name(call, "node", node_name))
		return NULL;
	if (asked)
		node = cluster_node_by_name(call->daemon->state->config, asked);
	if (node == self || node->agentless)
		return node;
	snprintf(call->ret_message, CONTROL_MESSAGE_MAX,
		 "node %s: this is %s, and a node is drained or activated on itself; run the "
		 "command on %s",
		 asked, self->name, asked);
	return NULL;
}

/* What an operator wants, recorded. Nothing is done if it is so already. */
static int record_admin(const struct commands_call *call, const struct cluster_node *node,
			enum steer_admin admin)
{
	const char *dir = call->daemon->options.state_dir;
	const char *name = node == state_self(call->daemon->state) ? NULL : node->name;
	enum steer_admin recorded;
	int r;

	if (admin_file_load(dir, name, &recorded) == 0 && recorded == admin)
		return 0;
	r = admin_file_save(dir, name, admin);
	if (r < 0)
		snprintf(call->ret_message, CONTROL_MESSAGE_MAX,
			 "%s/admin%s%s: cannot be written: %s; nothing was changed, as it would "
			 "not survive a restart",
			 dir, name ? "-" : "", name ?: "", strerror(-r));
	return r;
}

/* Return: whether the call is to be asked again, as peers do not act on it yet. */
static int wait_for_peers(const struct commands_call *call, bool self, json_t **ret_missing)
{
	const struct cluster_node *missing[STEER_MAX_NODES];
	size_t n = 0;

	if (wants_to_wait(call) && self)
		n = drain_ack_missing(call->daemon->state, missing);
	*ret_missing = json_node_names(missing, n);
	if (!json_array_size(*ret_missing) || !call->peer->may_wait)
		return 0;
	json_decref(*ret_missing);
	return 1;
}

/* Another order came while this one waited for peers: it counts, and is not undone. */
static int superseded(const struct commands_call *call, const char *name, const char *now)
{
	snprintf(call->ret_message, CONTROL_MESSAGE_MAX,
		 "%s: superseded by another order while this one waited: it is %s now", name, now);
	return COMMANDS_FAILED;
}

static int set_admin(const struct commands_call *call, enum steer_admin admin)
{
	const struct cluster_node *node = admin_node(call);
	struct daemon *daemon = call->daemon;
	json_t *missing;
	char cause[64];
	bool self;

	if (!node)
		return COMMANDS_FAILED;
	if (call->peer->again && state_admin(daemon->state, node->id) != admin)
		return superseded(call, node->name,
				  policy_admin_name(state_admin(daemon->state, node->id)));
	if (record_admin(call, node, admin) < 0)
		return COMMANDS_FAILED;
	self = node == state_self(daemon->state);
	if (state_admin(daemon->state, node->id) != admin) {
		snprintf(cause, sizeof(cause), "asked by uid %u, pid %d", call->peer->uid,
			 call->peer->pid);
		cluster_on_admin(daemon->state, node->id, admin, cause);
		publish_now(daemon);
	}
	if (wait_for_peers(call, self, &missing))
		return COMMANDS_LATER;
	snprintf(call->ret_message, CONTROL_MESSAGE_MAX, "node %s: %s%s", node->name,
		 policy_admin_name(admin),
		 self ? "" : " here; tell the other nodes that steer to it, too");
	*call->ret_data = json_pack("{s:s, s:s, s:o}", "node", node->name, "admin",
				    policy_admin_name(admin), "waiting_for", missing);
	return COMMANDS_OK;
}

static int node_drain(const struct commands_call *call)
{
	return set_admin(call, STEER_ADMIN_DRAINING);
}

static int node_activate(const struct commands_call *call)
{
	return set_admin(call, STEER_ADMIN_ACTIVE);
}

/* 0 if both are given, and known. */
static int handover_arguments(const struct commands_call *call, struct pool **ret_pool,
			      const struct cluster_node **ret_node)
{
	const struct cluster *cluster = call->daemon->state->config;
	const char *pool = string_argument(call, "pool"), *node = string_argument(call, "node");

	if (check_name(call, "pool", pool_name) || check_name(call, "node", node_name))
		return COMMANDS_FAILED;
	if (!pool || !node) {
		snprintf(call->ret_message, CONTROL_MESSAGE_MAX,
			 "argument %s: missing; give a name as a string", pool ? "node" : "pool");
		return COMMANDS_FAILED;
	}
	*ret_pool = state_pool(call->daemon->state, pool);
	*ret_node = cluster_node_by_name(cluster, node);
	return 0;
}

static int pool_handover(const struct commands_call *call)
{
	bool move = !json_is_true(json_object_get(call->arguments, "check"));
	const struct cluster_node *node;
	struct pool *pool;
	char cause[64];

	if (handover_arguments(call, &pool, &node))
		return COMMANDS_FAILED;
	if (call->peer->again && pool->active.node != node->id)
		return superseded(call, pool->config->name,
				  status_json_active(call->daemon, pool)
					  ?: "without an active member");
	snprintf(cause, sizeof(cause), "asked by uid %u, pid %d", call->peer->uid, call->peer->pid);
	if (handover(call->daemon, pool, node, move, cause, call->ret_data, call->ret_message) < 0)
		return COMMANDS_FAILED;
	if (wants_to_wait(call) && call->peer->may_wait &&
	    json_array_size(json_object_get(*call->ret_data, "waiting_for"))) {
		json_decref(*call->ret_data);
		*call->ret_data = NULL;
		return COMMANDS_LATER;
	}
	return COMMANDS_OK;
}

/* 0 if the argument is absent, null or a number from 0 on. */
static int number_argument(const struct commands_call *call, const char *name, uint64_t *ret_number)
{
	const json_t *argument = json_object_get(call->arguments, name);

	if (!argument || json_is_null(argument))
		return 0;
	if (!json_is_integer(argument) || json_integer_value(argument) < 0) {
		snprintf(call->ret_message, CONTROL_MESSAGE_MAX,
			 "argument %s: give a number from 0 on", name);
		return COMMANDS_FAILED;
	}
	*ret_number = json_integer_value(argument);
	return 0;
}

static const char *scope_name(const void *context, size_t i)
{
	(void)context;
	return i < EVENT_SCOPE_COUNT ? event_scope_word(i) : NULL;
}

static int scope_argument(const struct commands_call *call, enum event_scope *ret_scope)
{
	const json_t *argument = json_object_get(call->arguments, "scope");
	const char *word = json_string_value(argument);
	char suggestion[SUGGEST_TEXT_MAX];

	if (!argument || json_is_null(argument) || event_scope_parse(word, ret_scope) == 0)
		return 0;
	snprintf(call->ret_message, CONTROL_MESSAGE_MAX, "scope %.64s: there is none; %.400s",
		 word ?: "", suggest_text(word ?: "", scope_name, NULL, suggestion));
	return COMMANDS_FAILED;
}

static int events_query(const struct commands_call *call, struct events_query *ret_query)
{
	const json_t *since = json_object_get(call->arguments, "since");
	struct events_query query = {
		.has_since = since && !json_is_null(since),
		.node = string_argument(call, "node"),
		.pool = string_argument(call, "pool"),
		.scope = EVENT_SCOPE_COUNT,
	};
	uint64_t limit = COMMANDS_EVENTS_MAX;

	if (number_argument(call, "since", &query.since) ||
	    number_argument(call, "limit", &limit) || scope_argument(call, &query.scope))
		return COMMANDS_FAILED;
	query.limit = limit < COMMANDS_EVENTS_MAX ? limit : COMMANDS_EVENTS_MAX;
	*ret_query = query;
	return 0;
}

static int list_events(const struct commands_call *call)
{
	const struct events *events = journal_events(call->daemon);
	struct events_query query;

	if (events_query(call, &query))
		return COMMANDS_FAILED;
	if (!events_count(events, &query)) {
		/* Who had events may be configured no more; who has none should be known. */
		if (!query.has_since &&
		    (check_name(call, "node", node_name) || check_name(call, "pool", pool_name)))
			return COMMANDS_FAILED;
		/* A number we have not given yet is of a daemon before, whose are lost. */
		if (query.has_since && query.since <= events_newest(events) && call->peer->may_wait)
			return COMMANDS_LATER;
	}
	*call->ret_data = events_list(events, &query);
	return COMMANDS_OK;
}

static const struct {
	const char *name;
	int (*run)(const struct commands_call *call);
	bool operates; /* for operators alone */
} commands_table[] = {
	{ "status", show_status, false },	  { "node.show", node_show, false },
	{ "node.drain", node_drain, true },	  { "node.activate", node_activate, true },
	{ "pool.show", pool_show, false },	  { "service.show", service_show, false },
	{ "pool.handover", pool_handover, true }, { "events", list_events, false },
};

/* Who has got to the socket may look. */
static bool allowed(const struct commands_call *call, size_t i)
{
	const struct daemon_options *options = &call->daemon->options;

	if (!commands_table[i].operates || !options->operators || !call->peer->uid ||
	    control_peer_is_in(call->peer, options->operators_gid))
		return true;
	snprintf(call->ret_message, CONTROL_MESSAGE_MAX,
		 "%s: permission denied; it is for root and the members of the group %s",
		 commands_table[i].name, options->operators);
	return false;
}

int commands_handle(void *context, const struct control_peer *peer, const char *command,
		    const json_t *arguments, json_t **ret_data,
		    char ret_message[CONTROL_MESSAGE_MAX])
{
	struct commands_call call = { context, peer, arguments, ret_data, ret_message };
	size_t i;

	for (i = 0; i < sizeof(commands_table) / sizeof(commands_table[0]); i++)
		if (!strcmp(commands_table[i].name, command))
			return allowed(&call, i) ? commands_table[i].run(&call) : COMMANDS_FAILED;
	snprintf(ret_message, CONTROL_MESSAGE_MAX, "command %.64s: unknown to steerd %s", command,
		 STEER_VERSION);
	return COMMANDS_FAILED;
}
