// SPDX-License-Identifier: GPL-2.0
#include "health/checker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "cleanup.h"
#include "health/attempt.h"
#include "health/check_interval.h"
#include "health/targets.h"

/* One target, checked periodically. */
struct endpoint {
	struct checker *checker;
	struct check_target target;
	struct rise_fall counter;
	uint64_t phase_ms; /* delay of the second attempt: spreads endpoints */
	sd_event_source *timer;
	uint64_t started_us; /* start of the running or last attempt */
	struct attempt attempt;
	char detail[ATTEMPT_DETAIL_MAX]; /* cause of the last failure */
};

/* The subject of a verdict: a pool on this node or on an agentless member. */
struct subject {
	char pool[CLUSTER_NAME_MAX];
	uint16_t pool_id;
	uint16_t node; /* STEER_NODE_NONE: this node */
	enum health_verdict verdict;
	const char *detail;
};

struct checker {
	struct attempt_means means;
	checker_changed_fn changed;
	void *context;
	uint32_t phases;	  /* number of endpoints created so far */
	uint32_t phase_chance;	  /* random, common to all of them */
	struct subject *subjects; /* first the pools on this node, by id; then the others */
	size_t n_subjects, n_pools;
	struct endpoint **endpoints;
	size_t n_endpoints;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ULL + t.tv_nsec / 1000;
}

static uint32_t chance(void)
{
	uint32_t number = 0;

	getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return number;
}

static void endpoint_free(struct endpoint *e)
{
	if (!e)
		return;
	attempt_stop(&e->attempt);
	sd_event_source_disable_unref(e->timer);
	free(e);
}

static bool is_about(const struct check_target *target, const struct subject *subject)
{
	return target->node == subject->node && !strcmp(target->pool, subject->pool);
}

/* Combine the verdicts of its endpoints, see the DOC of checker.h. Return: true if it changed. */
static bool subject_conclude(const struct checker *c, struct subject *subject)
{
	enum health_verdict before = subject->verdict, now = HEALTH_GOOD;

	subject->detail = "healthy";
	for (size_t i = 0; i < c->n_endpoints; i++) {
		const struct endpoint *e = c->endpoints[i];

		if (!is_about(&e->target, subject))
			continue;
		if (e->counter.verdict == HEALTH_BAD) {
			now = HEALTH_BAD;
			subject->detail = e->detail;
			break;
		}
		if (e->counter.verdict == HEALTH_UNKNOWN) {
			now = before;
			subject->detail = e->detail[0] ? e->detail : "not checked yet";
		}
	}
	subject->verdict = now;
	return now != before;
}

/* The last call of an event handler, as the callback may reconfigure and free the endpoint. */
static void subject_review(struct checker *c, const struct endpoint *e)
{
	struct subject *s;

	for (s = c->subjects; s < c->subjects + c->n_subjects; s++) {
		if (!is_about(&e->target, s))
			continue;
		if (subject_conclude(c, s))
			c->changed(c->context, s->pool_id, s->node, s->verdict, s->detail);
		return;
	}
}

/* Schedule the next attempt. The delay counts from the start of the last one, which has ended. */
static void schedule(struct endpoint *e)
{
	uint64_t delay_ms = check_interval_delay_ms(&e->target.check, &e->counter, chance());

	if (!check_interval_is_fast(&e->counter) && e->phase_ms)
		delay_ms = TAKE(e->phase_ms, 0);
	sd_event_source_set_time(e->timer, e->started_us + delay_ms * 1000);
	sd_event_source_set_enabled(e->timer, SD_EVENT_ONESHOT);
}

static void conclude(struct endpoint *e, bool success)
{
	attempt_stop(&e->attempt);
	rise_fall_add(&e->counter, success, e->target.check.rise, e->target.check.fall);
	schedule(e);
	subject_review(e->checker, e);
}

static void on_done(void *context, const char *failure)
{
	struct endpoint *e = context;

	if (failure)
		attempt_describe(&e->target, failure, e->detail);
	conclude(e, !failure);
}

static void start_attempt(struct endpoint *e)
{
	int r;

	e->started_us = now_us();
	r = attempt_start(&e->checker->means, &e->target, on_done, e, &e->attempt);
	if (r < 0) {
		attempt_describe(&e->target,
				 r == -EPERM && e->target.is_path
					 ? "not permitted; steerd needs CAP_NET_RAW"
					 : strerror(-r),
				 e->detail);
		schedule(e);
		subject_review(e->checker, e);
		return;
	}
	sd_event_source_set_time(e->timer, e->started_us + e->target.check.timeout_ms * 1000ULL);
	sd_event_source_set_enabled(e->timer, SD_EVENT_ONESHOT);
}

/* An endpoint has one timer: the timeout of the running attempt, or the start of the next. */
static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	struct endpoint *e = context;

	(void)source;
	(void)usec;
	if (!attempt_is_running(&e->attempt)) {
		start_attempt(e);
		return 0;
	}
	attempt_describe_timeout(&e->target, e->detail);
	conclude(e, false);
	return 0;
}

static int endpoint_new(struct checker *c, const struct check_target *target,
			struct endpoint **ret_endpoint)
{
	struct endpoint *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->checker = c;
	e->target = *target;
	e->phase_ms = check_interval_phase_ms(&target->check, c->phases++, c->phase_chance);
	r = sd_event_add_time(c->means.event, &e->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, e);
	if (r < 0) {
		free(e);
		return r;
	}
	*ret_endpoint = e;
	return 0;
}

/* The present endpoint of a target, or NULL. */
static struct endpoint **find_endpoint(struct checker *c, const struct check_target *target)
{
	for (size_t i = 0; i < c->n_endpoints; i++)
		if (c->endpoints[i] && targets_same(&c->endpoints[i]->target, target))
			return &c->endpoints[i];
	return NULL;
}

static void free_endpoints(struct endpoint **endpoints, size_t n)
{
	for (size_t i = 0; i < n; i++)
		endpoint_free(endpoints[i]);
	free(endpoints);
}

/* Make the endpoints of all targets: present ones are moved out of the checker, others are new. */
static int make_endpoints(struct checker *c, const struct check_target *targets, size_t n,
			  struct endpoint ***ret_endpoints)
{
	struct endpoint **list = calloc(n + 1, sizeof(*list));
	int r;

	if (!list)
		return -ENOMEM;
	/* First everything that can fail. */
	for (size_t i = 0; i < n; i++) {
		if (find_endpoint(c, &targets[i]))
			continue;
		r = endpoint_new(c, &targets[i], &list[i]);
		if (r < 0) {
			free_endpoints(list, n);
			return r;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (!list[i])
			list[i] = TAKE_PTR(*find_endpoint(c, &targets[i]));
	*ret_endpoints = list;
	return 0;
}

static enum health_verdict verdict_before(const struct checker *c, const struct subject *subject)
{
	for (size_t i = 0; i < c->n_subjects; i++)
		if (c->subjects[i].node == subject->node &&
		    !strcmp(c->subjects[i].pool, subject->pool))
			return c->subjects[i].verdict;
	return HEALTH_UNKNOWN;
}

static void add_subject(const struct checker *c, const struct cluster *cluster, size_t pool,
			uint16_t node, struct subject *subjects, size_t *n)
{
	struct subject subject = { .pool_id = pool, .node = node };

	memcpy(subject.pool, cluster->pools[pool].name, sizeof(subject.pool));
	subject.verdict = verdict_before(c, &subject);
	subjects[(*n)++] = subject;
}

static struct subject *make_subjects(const struct checker *c, const struct cluster *cluster,
				     size_t *ret_n)
{
	size_t n_max = cluster->n_pools + 1, n = 0;
	struct subject *subjects;

	for (size_t i = 0; i < cluster->n_pools; i++)
		n_max += cluster->pools[i].n_members;
	subjects = calloc(n_max, sizeof(*subjects));
	if (!subjects)
		return NULL;
	for (size_t i = 0; i < cluster->n_pools; i++)
		add_subject(c, cluster, i, STEER_NODE_NONE, subjects, &n);
	for (size_t i = 0; i < cluster->n_pools; i++) {
		const struct cluster_pool *pool = &cluster->pools[i];

		for (size_t k = 0; k < pool->n_members; k++) {
			const struct cluster_node *node = &cluster->nodes[pool->members[k].node];

			if (node->agentless)
				add_subject(c, cluster, i, node->id, subjects, &n);
		}
	}
	*ret_n = n;
	return subjects;
}

int checker_configure(struct checker *c, const struct cluster *cluster)
{
	_cleanup_(cleanup_free) struct check_target *targets = NULL;
	_cleanup_(cleanup_free) struct subject *subjects = NULL;
	struct endpoint **endpoints;
	size_t n, n_subjects;
	int r;

	subjects = make_subjects(c, cluster, &n_subjects);
	if (!subjects)
		return -ENOMEM;
	r = targets_build(cluster, &targets, &n);
	if (r < 0)
		return r;
	r = make_endpoints(c, targets, n, &endpoints);
	if (r < 0)
		return r;
	free_endpoints(c->endpoints, c->n_endpoints);
	c->endpoints = endpoints;
	c->n_endpoints = n;
	free(c->subjects);
	c->subjects = TAKE_PTR(subjects);
	c->n_subjects = n_subjects;
	c->n_pools = cluster->n_pools;
	for (size_t i = 0; i < c->n_subjects; i++)
		subject_conclude(c, &c->subjects[i]);
	return 0;
}

enum health_verdict checker_get(const struct checker *c, uint16_t pool, const char **ret_detail)
{
	bool known = pool < c->n_pools;

	if (ret_detail)
		*ret_detail = known ? c->subjects[pool].detail : "healthy";
	return known ? c->subjects[pool].verdict : HEALTH_GOOD;
}

enum health_verdict checker_get_member(const struct checker *c, uint16_t pool, uint16_t node,
				       const char **ret_detail)
{
	for (size_t i = c->n_pools; i < c->n_subjects; i++) {
		if (c->subjects[i].pool_id != pool || c->subjects[i].node != node)
			continue;
		if (ret_detail)
			*ret_detail = c->subjects[i].detail;
		return c->subjects[i].verdict;
	}
	if (ret_detail)
		*ret_detail = "not checked";
	return HEALTH_UNKNOWN;
}

static void cleanup_checker(struct checker **checker)
{
	checker_free(*checker);
}

int checker_new(sd_event *event, checker_changed_fn changed, void *context,
		struct checker **ret_checker)
{
	_cleanup_(cleanup_checker) struct checker *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->means.event = sd_event_ref(event);
	c->means.nexthop_context = context;
	c->changed = changed;
	c->context = context;
	c->phase_chance = chance();
	r = check_http_client_new(event, &c->means.http);
	if (r < 0)
		return r;
	r = check_exec_client_new(event, &c->means.exec);
	if (r < 0)
		return r;
	*ret_checker = TAKE_PTR(c);
	return 0;
}

void checker_set_nexthop(struct checker *c, checker_nexthop_fn nexthop)
{
	c->means.nexthop = nexthop;
}

void checker_free(struct checker *c)
{
	if (!c)
		return;
	free_endpoints(c->endpoints, c->n_endpoints);
	free(c->subjects);
	check_http_client_free(c->means.http);
	check_exec_client_free(c->means.exec);
	sd_event_unref(c->means.event);
	free(c);
}
