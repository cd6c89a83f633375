// SPDX-License-Identifier: GPL-2.0
#include "liveness/liveness.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cleanup.h"
#include "liveness/realtime.h"

/* The state and report of a peer as last given to callbacks. */
struct delivered {
	enum liveness_state state;
	uint64_t changed_ns;
	bool has_report;
	struct liveness_report report;
};

struct liveness {
	/* Used by both threads under the lock. */
	pthread_mutex_t lock;
	struct prober *prober;
	struct mailbox mailbox;
	bool ending;
	bool lent; /* the event loop runs under SCHED_FIFO */
	struct realtime_borrower loop;

	/* Used by both threads, constant while the thread runs. */
	int timer; /* wakes the thread */
	int wake;  /* wakes the event loop */

	/* Used by the event loop only. */
	bool has_lock, has_thread;
	pthread_t thread;
	int refused;
	sd_event_source *io;
	struct liveness_events events;
	struct delivered *delivered[STEER_MAX_NODES]; /* by id; NULL: no peer */
};

static void lock(struct liveness *in)
{
	pthread_mutex_lock(&in->lock);
}

static void unlock(struct liveness *in)
{
	pthread_mutex_unlock(&in->lock);
}

/* Set the thread's timer. A time in the past: at once; UINT64_MAX: never. */
static void arm(struct liveness *in, uint64_t at_ns)
{
	struct itimerspec spec = {};

	if (at_ns != UINT64_MAX) {
		spec.it_value.tv_sec = at_ns / 1000000000;
		spec.it_value.tv_nsec = at_ns % 1000000000;
	}
	timerfd_settime(in->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* Wake the thread after a change of peers, timing or keys, so that it computes when it is due. */
static void kick(struct liveness *in)
{
	arm(in, 1);
}

/* --- the thread --- */

/* Run the prober once. Return: false if the thread must end. */
static bool run_once(struct liveness *in, int ret_sockets[2])
{
	bool ending, pending;

	lock(in);
	ending = in->ending;
	if (!ending) {
		/* Armed under the lock, or it could overwrite a kick(). */
		arm(in, prober_run(in->prober));
		prober_sockets(in->prober, ret_sockets);
	}
	pending = in->mailbox.n_changes || in->mailbox.n_reports;
	if (in->mailbox.n_changes && !in->lent) {
		realtime_lend(&in->loop);
		in->lent = true;
	}
	unlock(in);
	if (pending)
		eventfd_write(in->wake, 1);
	return !ending;
}

static void *run(void *context)
{
	struct liveness *in = context;
	int sockets[2];

	while (run_once(in, sockets)) {
		struct pollfd fds[] = {
			{ .fd = in->timer, .events = POLLIN },
			{ .fd = sockets[0], .events = POLLIN },
			{ .fd = sockets[1], .events = POLLIN },
		};

		/* The timer need not be read: setting it again clears its expirations. */
		poll(fds, sizeof(fds) / sizeof(fds[0]), -1);
	}
	return NULL;
}

/* --- the event loop --- */

static enum mailbox_kind take(struct liveness *in, uint16_t *ret_node,
			      struct mailbox_change *ret_change, struct liveness_report *ret_report)
{
	enum mailbox_kind kind;

	lock(in);
	kind = mailbox_take(&in->mailbox, ret_node, ret_change);
	if (kind == MAILBOX_REPORT)
		prober_get_report(in->prober, *ret_node, ret_report);
	unlock(in);
	return kind;
}

/* End the event loop's raised priority after a batch; a later change has its own wake-up. */
static void give_back(struct liveness *in)
{
	lock(in);
	if (in->lent && !in->mailbox.n_changes) {
		realtime_give_back(&in->loop);
		in->lent = false;
	}
	unlock(in);
}

static void deliver(struct liveness *in)
{
	struct liveness_report report;
	struct mailbox_change change;
	enum mailbox_kind kind;
	eventfd_t ignored;
	bool any = false;
	uint16_t node;

	eventfd_read(in->wake, &ignored);
	while ((kind = take(in, &node, &change, &report)) != MAILBOX_NONE) {
		struct delivered *delivered = in->delivered[node];

		any = true;
		if (kind == MAILBOX_REPORT) {
			delivered->report = report;
			delivered->has_report = true;
			if (in->events.report)
				in->events.report(in->events.context, node, &report);
		} else {
			delivered->state = change.state;
			delivered->changed_ns = change.at_ns;
			if (in->events.state)
				in->events.state(in->events.context, node, change.state,
						 change.silent_ns);
		}
	}
	if (any && in->events.batch_done)
		in->events.batch_done(in->events.context);
	give_back(in);
}

static int on_wake(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	(void)source;
	(void)fd;
	(void)revents;
	deliver(context);
	return 0;
}

void liveness_attend(struct liveness *in, uint64_t until_ns)
{
	struct pollfd fd = { .fd = in->wake, .events = POLLIN };
	uint64_t at_ns, left_ns;

	do {
		at_ns = prober_now_ns();
		left_ns = at_ns < until_ns ? until_ns - at_ns : 0;
		if (poll(&fd, 1, (left_ns + 999999) / 1000000) > 0)
			deliver(in);
	} while (prober_now_ns() < until_ns);
}

enum liveness_state liveness_get_state(const struct liveness *in, uint16_t node)
{
	if (node >= STEER_MAX_NODES || !in->delivered[node])
		return LIVENESS_UNKNOWN;
	return in->delivered[node]->state;
}

static int open_wakes(struct liveness *in, sd_event *event)
{
	int r;

	in->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (in->timer < 0)
		return -errno;
	in->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (in->wake < 0)
		return -errno;
	r = sd_event_add_io(event, &in->io, in->wake, EPOLLIN, on_wake, in);
	if (r < 0)
		return r;
	return sd_event_source_set_priority(in->io, SD_EVENT_PRIORITY_IMPORTANT);
}

static void cleanup_liveness(struct liveness **liveness)
{
	liveness_free(*liveness);
}

int liveness_new(sd_event *event, uint16_t self, const struct steer_key auth_key[2],
		 const struct liveness_timing *timing, const struct liveness_events *events,
		 struct liveness **ret_liveness)
{
	_cleanup_(cleanup_liveness) struct liveness *in = NULL;
	int r;

	in = calloc(1, sizeof(*in));
	if (!in)
		return -ENOMEM;
	in->events = *events;
	in->timer = in->wake = -1;
	realtime_borrower_init(&in->loop);
	r = realtime_mutex(&in->lock);
	if (r < 0)
		return r;
	in->has_lock = true;
	r = prober_new(self, &in->mailbox, &in->prober);
	if (r < 0)
		return r;
	r = prober_configure(in->prober, auth_key, timing);
	if (r < 0)
		return r;
	r = open_wakes(in, event);
	if (r < 0)
		return r;
	r = realtime_start(&in->thread, run, in, &in->refused);
	if (r < 0)
		return r;
	in->has_thread = true;
	*ret_liveness = TAKE_PTR(in);
	return 0;
}

static void end_thread(struct liveness *in)
{
	lock(in);
	in->ending = true;
	kick(in);
	unlock(in);
	pthread_join(in->thread, NULL);
	if (in->lent)
		realtime_give_back(&in->loop);
}

void liveness_free(struct liveness *in)
{
	if (!in)
		return;
	if (in->has_thread)
		end_thread(in);
	sd_event_source_disable_unref(in->io);
	for (uint16_t node = 0; node < STEER_MAX_NODES; node++)
		free(in->delivered[node]);
	prober_free(in->prober);
	cleanup_close(&in->timer);
	cleanup_close(&in->wake);
	if (in->has_lock)
		pthread_mutex_destroy(&in->lock);
	free(in);
}

int liveness_configure(struct liveness *in, const struct steer_key auth_key[2],
		       const struct liveness_timing *timing)
{
	int r;

	lock(in);
	r = prober_configure(in->prober, auth_key, timing);
	kick(in);
	unlock(in);
	return r;
}

int liveness_set_peer(struct liveness *in, uint16_t node, const struct steer_addr *addr)
{
	struct delivered *delivered = calloc(1, sizeof(*delivered));
	int r;

	if (!delivered)
		return -ENOMEM;
	lock(in);
	r = prober_set_peer(in->prober, node, addr);
	kick(in);
	unlock(in);
	if (r == 1) {
		delivered->changed_ns = prober_now_ns();
		in->delivered[node] = TAKE_PTR(delivered);
	}
	free(delivered);
	return r < 0 ? r : 0;
}

void liveness_remove_peer(struct liveness *in, uint16_t node)
{
	if (node >= STEER_MAX_NODES || !in->delivered[node])
		return;
	free(TAKE_PTR(in->delivered[node]));
	lock(in);
	prober_remove_peer(in->prober, node);
	kick(in);
	unlock(in);
}

int liveness_get_status(struct liveness *in, uint16_t node, struct liveness_peer_status *ret_status)
{
	const struct delivered *delivered = node < STEER_MAX_NODES ? in->delivered[node] : NULL;

	if (!delivered)
		return -ENOENT;
	*ret_status = (struct liveness_peer_status){
		.state = delivered->state,
		.changed_ns = delivered->changed_ns,
		.report = delivered->report,
		.has_report = delivered->has_report,
	};
	lock(in);
	prober_get_counters(in->prober, node, &ret_status->counters);
	unlock(in);
	return 0;
}

void liveness_get_rejects(struct liveness *in, uint64_t ret_rejects[LIVENESS_REJECTS])
{
	lock(in);
	prober_get_rejects(in->prober, ret_rejects);
	unlock(in);
}

int liveness_get_refused(const struct liveness *in)
{
	return in->refused;
}
