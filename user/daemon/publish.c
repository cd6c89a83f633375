// SPDX-License-Identifier: GPL-2.0
#include "daemon/publish.h"

#include <string.h>

#include "cluster/decide_reload.h"
#include "cluster/diff.h"
#include "cluster/epoch.h"
#include "daemon/clock.h"
#include "daemon/journal.h"
#include "daemon/log.h"

#define DUE_ACCURACY_US 1000

/* --- state bytes --- */

static void write_byte(struct daemon *daemon, const struct pool *pool, uint16_t id)
{
	if (pool->published[id] != pool->decided[id])
		datapath_set_state(daemon->datapath, pool->index, id, pool->decided[id]);
}

/* Serving nodes first: when one takes over from another, there is always one that serves. */
static void write_pool(struct daemon *daemon, const struct pool *pool)
{
	if (!memcmp(pool->published, pool->decided, sizeof(pool->published)))
		return;
	for (uint16_t id = 0; id < STEER_MAX_NODES; id++)
		if (pool->decided[id] & STEER_STATE_SERVING)
			write_byte(daemon, pool, id);
	for (uint16_t id = 0; id < STEER_MAX_NODES; id++)
		if (!(pool->decided[id] & STEER_STATE_SERVING))
			write_byte(daemon, pool, id);
}

static void write_states(struct daemon *daemon)
{
	for (size_t i = 0; i < STEER_MAX_POOLS; i++)
		if (daemon->state->pools[i])
			write_pool(daemon, daemon->state->pools[i]);
}

void publish_adopt(struct daemon *daemon, struct pool *pool)
{
	for (uint16_t id = 0; id < STEER_MAX_NODES; id++)
		pool->published[id] = datapath_get_state(daemon->datapath, pool->index, id);
	memcpy(pool->decided, pool->published, sizeof(pool->decided));
}

void publish_forget(struct daemon *daemon, uint16_t index)
{
	for (uint16_t id = 0; id < STEER_MAX_NODES; id++)
		datapath_set_state(daemon->datapath, index, id, 0);
}

void publish_prepared(struct daemon *daemon, struct pool *pool, bool fresh)
{
	decide_prepare(daemon->state, pool, fresh, &daemon->memory, clock_now_ns());
	write_pool(daemon, pool);
	memcpy(pool->published, pool->decided, sizeof(pool->published));
}

/* --- settings: epoch and convergence --- */

static void write_settings(struct daemon *daemon, const struct steer_settings *settings)
{
	int r = datapath_set_settings(daemon->datapath, settings);

	if (r < 0)
		log_error("steer_settings: the epoch cannot be written, searches for connections "
			  "may end too early: %s",
			  strerror(-r));
}

/* Of a program that is not configured yet there is none. */
static void write_epoch(struct daemon *daemon, uint8_t epoch, bool converging, bool asking)
{
	struct steer_settings now, next;

	if (datapath_get_settings(daemon->datapath, &now) < 0 || now.self == STEER_NODE_NONE)
		return;
	next = now;
	next.epoch = epoch;
	next.flags &= ~(STEER_CONVERGING | STEER_ASKING);
	next.flags |= (converging ? STEER_CONVERGING : 0) | (asking ? STEER_ASKING : 0);
	if (next.epoch != now.epoch || next.flags != now.flags)
		write_settings(daemon, &next);
}

/*
 * Another set of nodes is live than before: until the bytes and the new epoch are written there is
 * none, or packets would prove what this node does not know any more.
 */
static void clear_epoch(struct daemon *daemon)
{
	struct steer_settings settings;

	if (datapath_get_settings(daemon->datapath, &settings) < 0 ||
	    settings.epoch == STEER_EPOCH_NONE)
		return;
	settings.epoch = STEER_EPOCH_NONE;
	write_settings(daemon, &settings);
}

/* --- the reflector: what peers learn of us, within a probe --- */

static void write_reflector(struct daemon *daemon, const struct liveness_report *announcement)
{
	struct steer_reflector reflector;
	struct steer_settings settings;
	int r;

	r = datapath_get_settings(daemon->datapath, &settings);
	if (r == 0) {
		memset(&reflector, 0, sizeof(reflector));
		liveness_packet_reflector(&reflector, settings.auth_key,
					  state_self(daemon->state)->id, announcement);
		if (!memcmp(&reflector, &daemon->reflector, sizeof(reflector)))
			return;
		r = datapath_set_reflector(daemon->datapath, &reflector);
	}
	if (r < 0)
		log_error("steer_reflector: cannot be written, peers see what was announced last: "
			  "%s",
			  strerror(-r));
	else
		daemon->reflector = reflector;
}

void publish_announcement(struct daemon *daemon)
{
	if (!daemon->state->config)
		return;
	decide_announcement(daemon->state, clock_now_ns(), &daemon->decision.announcement);
	write_reflector(daemon, &daemon->decision.announcement);
}

void publish_converging(struct daemon *daemon)
{
	write_epoch(daemon, STEER_EPOCH_NONE, true, true);
	if (!daemon->state->config)
		return;
	daemon->state->table_digest = 0;
	publish_announcement(daemon);
}

/* --- all of it --- */

static void arm(struct daemon *daemon)
{
	uint64_t due_ns = daemon->decision.next_due_ns;

	if (delay_queue_due(&daemon->state->delayed) < due_ns)
		due_ns = delay_queue_due(&daemon->state->delayed);
	if (due_ns == UINT64_MAX) {
		sd_event_source_set_enabled(daemon->due, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(daemon->due, due_ns / 1000 + 1);
	sd_event_source_set_enabled(daemon->due, SD_EVENT_ONESHOT);
}

void publish_now(struct daemon *daemon)
{
	struct cluster_state *state = daemon->state;
	struct event_time now = clock_now();

	if (!state->config)
		return;
	sd_event_source_set_enabled(daemon->later, SD_EVENT_OFF);
	if (state->next)
		decide_reload(state, now.mono_ns, &daemon->decision);
	else
		decide(state, now.mono_ns, &daemon->decision);
	if (epoch_changes(state))
		clear_epoch(daemon);
	write_states(daemon);
	write_reflector(daemon, &daemon->decision.announcement);
	write_epoch(daemon, daemon->decision.epoch, daemon->decision.converging,
		    daemon->decision.asking);
	if (diff(state, &now) < 0)
		log_error("events: out of memory; some are lost");
	state_published(state);
	journal_release(daemon, now.mono_ns);
	arm(daemon);
	/* A client may wait until peers act on a drain. */
	control_server_wake(daemon->control);
}

void publish_later(struct daemon *daemon)
{
	sd_event_source_set_enabled(daemon->later, SD_EVENT_ONESHOT);
}

static int on_later(sd_event_source *source, void *context)
{
	(void)source;
	publish_now(context);
	return 0;
}

static int on_due(sd_event_source *source, uint64_t now_us, void *context)
{
	(void)source;
	(void)now_us;
	publish_now(context);
	return 0;
}

int publish_init(struct daemon *daemon)
{
	int r;

	r = sd_event_add_defer(daemon->event, &daemon->later, on_later, daemon);
	if (r < 0)
		return r;
	sd_event_source_set_enabled(daemon->later, SD_EVENT_OFF);
	r = sd_event_add_time(daemon->event, &daemon->due, CLOCK_MONOTONIC, UINT64_MAX,
			      DUE_ACCURACY_US, on_due, daemon);
	return r < 0 ? r : sd_event_source_set_enabled(daemon->due, SD_EVENT_OFF);
}
