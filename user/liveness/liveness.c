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

static void lock(struct liveness *liveness)
{
	pthread_mutex_lock(&liveness->lock);
}

static void unlock(struct liveness *liveness)
{
	pthread_mutex_unlock(&liveness->lock);
}

/* Set the thread's timer. A time in the past: at once; UINT64_MAX: never. */
static void arm(struct liveness *liveness, uint64_t at_ns)
{
	struct itimerspec spec = {};

	if (at_ns != UINT64_MAX) {
		spec.it_value.tv_sec = at_ns / 1000000000;
		spec.it_value.tv_nsec = at_ns % 1000000000;
	}
	timerfd_settime(liveness->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* Wake the thread after a change of peers, timing or keys, so that it computes when it is due. */
static void kick(struct liveness *liveness)
{
	arm(liveness, 1);
}

/* --- the thread --- */

/* Run the prober once. Return: false if the thread must end. */
static bool run_once(struct liveness *liveness, int ret_sockets[2])
{
	bool ending, pending;

	lock(liveness);
	ending = liveness->ending;
	if (!ending) {
		/* Armed under the lock, or it could overwrite a kick(). */
		arm(liveness, prober_run(liveness->prober));
		prober_sockets(liveness->prober, ret_sockets);
	}
	pending = liveness->mailbox.n_changes || liveness->mailbox.n_reports;
	if (liveness->mailbox.n_changes && !liveness->lent) {
		realtime_lend(&liveness->loop);
		liveness->lent = true;
	}
	unlock(liveness);
	if (pending)
		eventfd_write(liveness->wake, 1);
	return !ending;
}

static void *run(void *context)
{
	struct liveness *liveness = context;
	int sockets[2];

	while (run_once(liveness, sockets)) {
		struct pollfd fds[] = {
			{ .fd = liveness->timer, .events = POLLIN },
			{ .fd = sockets[0], .events = POLLIN },
			{ .fd = sockets[1], .events = POLLIN },
		};

		/* The timer need not be read: setting it again clears its expirations. */
		poll(fds, sizeof(fds) / sizeof(fds[0]), -1);
	}
	return NULL;
}

/* --- the event loop --- */

static enum mailbox_kind take(struct liveness *liveness, uint16_t *ret_node,
			      struct mailbox_change *ret_change, struct liveness_report *ret_report)
{
	enum mailbox_kind kind;

	lock(liveness);
	kind = mailbox_take(&liveness->mailbox, ret_node, ret_change);
	if (kind == MAILBOX_REPORT)
		prober_get_report(liveness->prober, *ret_node, ret_report);
	unlock(liveness);
	return kind;
}

/* End the event loop's raised priority after a batch; a later change has its own wake-up. */
static void give_back(struct liveness *liveness)
{
	lock(liveness);
	if (liveness->lent && !liveness->mailbox.n_changes) {
		realtime_give_back(&liveness->loop);
		liveness->lent = false;
	}
	unlock(liveness);
}

static void deliver(struct liveness *liveness)
{
	struct liveness_report report;
	struct mailbox_change change;
	enum mailbox_kind kind;
	eventfd_t ignored;
	bool any = false;
	uint16_t node;

	eventfd_read(liveness->wake, &ignored);
	while ((kind = take(liveness, &node, &change, &report)) != MAILBOX_NONE) {
		struct delivered *delivered = liveness->delivered[node];

		any = true;
		if (kind == MAILBOX_REPORT) {
			delivered->report = report;
			delivered->has_report = true;
			if (liveness->events.report)
				liveness->events.report(liveness->events.context, node, &report);
		} else {
			delivered->state = change.state;
			delivered->changed_ns = change.at_ns;
			if (liveness->events.state)
				liveness->events.state(liveness->events.context, node, change.state,
						       change.silent_ns);
		}
	}
	if (any && liveness->events.batch_done)
		liveness->events.batch_done(liveness->events.context);
	give_back(liveness);
}

static int on_wake(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	(void)source;
	(void)fd;
	(void)revents;
	deliver(context);
	return 0;
}

void liveness_attend(struct liveness *liveness, uint64_t until_ns)
{
	struct pollfd fd = { .fd = liveness->wake, .events = POLLIN };
	uint64_t at_ns, left_ns;

	do {
		at_ns = prober_now_ns();
		left_ns = at_ns < until_ns ? until_ns - at_ns : 0;
		if (poll(&fd, 1, (left_ns + 999999) / 1000000) > 0)
			deliver(liveness);
	} while (prober_now_ns() < until_ns);
}

static int open_wakes(struct liveness *liveness, sd_event *event)
{
	int r;

	liveness->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (liveness->timer < 0)
		return -errno;
	liveness->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (liveness->wake < 0)
		return -errno;
	r = sd_event_add_io(event, &liveness->io, liveness->wake, EPOLLIN, on_wake, liveness);
	if (r < 0)
		return r;
	return sd_event_source_set_priority(liveness->io, SD_EVENT_PRIORITY_IMPORTANT);
}

static void cleanup_liveness(struct liveness **liveness)
{
	liveness_free(*liveness);
}

int liveness_new(sd_event *event, uint16_t self, const struct steer_key auth_key[2],
		 const struct liveness_timing *timing, const struct liveness_events *events,
		 struct liveness **ret_liveness)
{
	_cleanup_(cleanup_liveness) struct liveness *liveness = NULL;
	int r;

	liveness = calloc(1, sizeof(*liveness));
	if (!liveness)
		return -ENOMEM;
	liveness->events = *events;
	liveness->timer = liveness->wake = -1;
	realtime_borrower_init(&liveness->loop);
	r = realtime_mutex(&liveness->lock);
	if (r < 0)
		return r;
	liveness->has_lock = true;
	r = prober_new(self, &liveness->mailbox, &liveness->prober);
	if (r < 0)
		return r;
	r = prober_configure(liveness->prober, auth_key, timing);
	if (r < 0)
		return r;
	r = open_wakes(liveness, event);
	if (r < 0)
		return r;
	r = realtime_start(&liveness->thread, run, liveness, &liveness->refused);
	if (r < 0)
		return r;
	liveness->has_thread = true;
	*ret_liveness = TAKE_PTR(liveness);
	return 0;
}

static void end_thread(struct liveness *liveness)
{
	lock(liveness);
	liveness->ending = true;
	kick(liveness);
	unlock(liveness);
	pthread_join(liveness->thread, NULL);
	if (liveness->lent)
		realtime_give_back(&liveness->loop);
}

void liveness_free(struct liveness *liveness)
{
	if (!liveness)
		return;
	if (liveness->has_thread)
		end_thread(liveness);
	sd_event_source_disable_unref(liveness->io);
	for (uint16_t node = 0; node < STEER_MAX_NODES; node++)
		free(liveness->delivered[node]);
	prober_free(liveness->prober);
	cleanup_close(&liveness->timer);
	cleanup_close(&liveness->wake);
	if (liveness->has_lock)
		pthread_mutex_destroy(&liveness->lock);
	free(liveness);
}

int liveness_configure(struct liveness *liveness, const struct steer_key auth_key[2],
		       const struct liveness_timing *timing)
{
	int r;

	lock(liveness);
	r = prober_configure(liveness->prober, auth_key, timing);
	kick(liveness);
	unlock(liveness);
	return r;
}

void liveness_set_source(struct liveness *liveness, const struct steer_addr *source4,
			 const struct steer_addr *source6)
{
	lock(liveness);
	prober_set_source(liveness->prober, source4, source6);
	unlock(liveness);
}

int liveness_set_peer(struct liveness *liveness, uint16_t node, const struct steer_addr *addr)
{
	struct delivered *delivered = calloc(1, sizeof(*delivered));
	int r;

	if (!delivered)
		return -ENOMEM;
	lock(liveness);
	r = prober_set_peer(liveness->prober, node, addr);
	kick(liveness);
	unlock(liveness);
	if (r == 1) {
		delivered->changed_ns = prober_now_ns();
		liveness->delivered[node] = TAKE_PTR(delivered);
	}
	free(delivered);
	return r < 0 ? r : 0;
}

void liveness_remove_peer(struct liveness *liveness, uint16_t node)
{
	if (node >= STEER_MAX_NODES || !liveness->delivered[node])
		return;
	free(TAKE_PTR(liveness->delivered[node]));
	lock(liveness);
	prober_remove_peer(liveness->prober, node);
	kick(liveness);
	unlock(liveness);
}

int liveness_get_status(struct liveness *liveness, uint16_t node,
			struct liveness_peer_status *ret_status)
{
	const struct delivered *delivered =
		node < STEER_MAX_NODES ? liveness->delivered[node] : NULL;

	if (!delivered)
		return -ENOENT;
	*ret_status = (struct liveness_peer_status){
		.state = delivered->state,
		.changed_ns = delivered->changed_ns,
		.report = delivered->report,
		.has_report = delivered->has_report,
	};
	lock(liveness);
	prober_get_counters(liveness->prober, node, &ret_status->counters);
	unlock(liveness);
	return 0;
}

void liveness_get_rejects(struct liveness *liveness, uint64_t ret_rejects[LIVENESS_REJECTS])
{
	lock(liveness);
	prober_get_rejects(liveness->prober, ret_rejects);
	unlock(liveness);
}

int liveness_get_refused(const struct liveness *liveness)
{
	return liveness->refused;
}
