// SPDX-License-Identifier: GPL-2.0
#include "health/checker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "health/check.h"
#include "health/plan.h"

#define CHECKER_DETAIL_MAX 256

/* One target, checked again and again. */
struct checker_job {
	struct checker *checker;
	struct check_target target;
	struct health_counter counter;
	char detail[CHECKER_DETAIL_MAX]; /* of the newest failure; empty after a success */
	sd_event_source *next, *timeout;
	struct check_tcp *tcp;
	struct check_http *http;
};

/* What is known of a pool, by its index in the cluster. */
struct checker_pool {
	char name[CLUSTER_NAME_MAX];
	bool checked;
	enum health_verdict verdict;
	const char *detail;
};

struct checker {
	sd_event *event;
	checker_changed_fn changed;
	void *context;
	struct check_http_client *http;
	struct checker_job **jobs;
	size_t n_jobs;
	struct checker_pool *pools;
	size_t n_pools;
};

static void job_end_attempt(struct checker_job *job)
{
	check_tcp_free(job->tcp);
	check_http_free(job->http);
	job->tcp = NULL;
	job->http = NULL;
	sd_event_source_set_enabled(job->timeout, SD_EVENT_OFF);
}

static void job_free(struct checker_job *job)
{
	if (!job)
		return;
	check_tcp_free(job->tcp);
	check_http_free(job->http);
	sd_event_source_disable_unref(job->next);
	sd_event_source_disable_unref(job->timeout);
	free(job);
}

/* A pool is good when all its checks are, bad when one is; till then it is unknown. */
static void checker_judge(struct checker *checker, size_t index)
{
	struct checker_pool *pool = &checker->pools[index];
	enum health_verdict verdict = HEALTH_GOOD;
	const char *detail = NULL;
	size_t i;

	for (i = 0; i < checker->n_jobs; i++) {
		const struct checker_job *job = checker->jobs[i];

		if (strcmp(job->target.pool, pool->name) != 0)
			continue;
		if (*job->detail)
			detail = job->detail;
		if (job->counter.verdict == HEALTH_BAD)
			verdict = HEALTH_BAD;
		else if (job->counter.verdict == HEALTH_UNKNOWN && verdict == HEALTH_GOOD)
			verdict = HEALTH_UNKNOWN;
	}
	pool->detail = detail;
	if (pool->verdict == verdict)
		return;
	pool->verdict = verdict;
	checker->changed(checker->context, index, verdict, detail);
}

static void job_result(struct checker_job *job, const char *failure)
{
	struct checker *checker = job->checker;
	char where[CHECK_TARGET_TEXT_MAX];
	size_t i;

	if (failure)
		snprintf(job->detail, sizeof(job->detail), "%s: %s",
			 plan_format(&job->target, where), failure);
	else
		job->detail[0] = '\0';
	job_end_attempt(job);
	health_counter_add(&job->counter, !failure, job->target.check.rise, job->target.check.fall);
	for (i = 0; i < checker->n_pools; i++)
		if (!strcmp(checker->pools[i].name, job->target.pool))
			checker_judge(checker, i);
}

static void job_done(void *context, const char *failure)
{
	job_result(context, failure);
}

static int job_on_timeout(sd_event_source *source, uint64_t now_us, void *context)
{
	struct checker_job *job = context;
	char text[64];

	(void)source;
	(void)now_us;
	snprintf(text, sizeof(text), "no answer within %u ms", job->target.check.timeout_ms);
	job_result(job, text);
	return 0;
}

static int job_start(struct checker_job *job)
{
	if (job->target.check.type == CHECK_HTTP)
		return check_http_start(job->checker->http, &job->target, job_done, job, &job->http);
	return check_tcp_start(job->checker->event, &job->target, job_done, job, &job->tcp);
}

static int job_on_next(sd_event_source *source, uint64_t now_us, void *context)
{
	struct checker_job *job = context;
	const struct cluster_check *check = &job->target.check;

	sd_event_source_set_time(source, now_us + check->interval_ms * 1000ULL);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	/* The attempt before may still run if the timeout is longer than the interval. */
	if (job->tcp || job->http)
		return 0;
	sd_event_source_set_time(job->timeout, now_us + check->timeout_ms * 1000ULL);
	sd_event_source_set_enabled(job->timeout, SD_EVENT_ONESHOT);
	/* What we lack ourselves says nothing of the target: the next turn tries again. */
	if (job_start(job) < 0)
		job_end_attempt(job);
	return 0;
}

static int job_new(struct checker *checker, const struct check_target *target, uint64_t first_us,
		   struct checker_job **ret_job)
{
	struct checker_job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	job->checker = checker;
	job->target = *target;
	r = sd_event_add_time(checker->event, &job->next, CLOCK_MONOTONIC, first_us, 1000,
			      job_on_next, job);
	if (r >= 0)
		r = sd_event_add_time(checker->event, &job->timeout, CLOCK_MONOTONIC, 0, 1000,
				      job_on_timeout, job);
	if (r >= 0)
		r = sd_event_source_set_enabled(job->timeout, SD_EVENT_OFF);
	if (r < 0) {
		job_free(job);
		return r;
	}
	*ret_job = job;
	return 0;
}

int checker_new(sd_event *event, checker_changed_fn changed, void *context,
		struct checker **ret_checker)
{
	struct checker *checker = calloc(1, sizeof(*checker));
	int r;

	if (!checker)
		return -ENOMEM;
	checker->event = sd_event_ref(event);
	checker->changed = changed;
	checker->context = context;
	r = check_http_client_new(event, &checker->http);
	if (r < 0) {
		checker_free(checker);
		return r;
	}
	*ret_checker = checker;
	return 0;
}

void checker_free(struct checker *checker)
{
	size_t i;

	if (!checker)
		return;
	for (i = 0; i < checker->n_jobs; i++)
		job_free(checker->jobs[i]);
	free(checker->jobs);
	free(checker->pools);
	check_http_client_free(checker->http);
	sd_event_unref(checker->event);
	free(checker);
}

static struct checker_job *checker_take_same(struct checker *checker,
					     const struct check_target *target)
{
	size_t i;

	for (i = 0; i < checker->n_jobs; i++)
		if (checker->jobs[i] && plan_same(&checker->jobs[i]->target, target))
			return TAKE_PTR(checker->jobs[i]);
	return NULL;
}

static int checker_make_pools(const struct cluster *cluster, struct checker_job *const *jobs,
			      size_t n_jobs, struct checker_pool **ret_pools)
{
	struct checker_pool *pools = calloc(cluster->n_pools + 1, sizeof(*pools));
	size_t i, k;

	if (!pools)
		return -ENOMEM;
	for (i = 0; i < cluster->n_pools; i++) {
		snprintf(pools[i].name, sizeof(pools[i].name), "%s", cluster->pools[i].name);
		for (k = 0; k < n_jobs; k++)
			if (!strcmp(jobs[k]->target.pool, pools[i].name))
				pools[i].checked = true;
		pools[i].verdict = pools[i].checked ? HEALTH_UNKNOWN : HEALTH_GOOD;
	}
	*ret_pools = pools;
	return 0;
}

int checker_configure(struct checker *checker, const struct cluster *cluster)
{
	_cleanup_(cleanup_free) struct check_target *targets = NULL;
	struct checker_job **jobs;
	size_t n_targets, i;
	uint64_t now_us;
	int r;

	r = plan_build(cluster, &targets, &n_targets);
	if (r == 0)
		r = sd_event_now(checker->event, CLOCK_MONOTONIC, &now_us);
	if (r < 0)
		return r;
	jobs = calloc(n_targets + 1, sizeof(*jobs));
	if (!jobs)
		return -ENOMEM;
	for (i = 0; i < n_targets; i++) {
		/* Spread over the interval, but over no more than a moment at the start. */
		uint64_t first_us = now_us + i * 1000ULL;

		jobs[i] = checker_take_same(checker, &targets[i]);
		if (!jobs[i] && job_new(checker, &targets[i], first_us, &jobs[i]) < 0)
			break;
	}
	for (size_t k = 0; k < checker->n_jobs; k++)
		job_free(checker->jobs[k]);
	free(checker->jobs);
	checker->jobs = jobs;
	checker->n_jobs = i;
	free(checker->pools);
	checker->pools = NULL;
	checker->n_pools = 0;
	r = checker_make_pools(cluster, jobs, checker->n_jobs, &checker->pools);
	if (r < 0)
		return r;
	checker->n_pools = cluster->n_pools;
	for (size_t k = 0; k < checker->n_pools; k++)
		checker_judge(checker, k);
	return i < n_targets ? -ENOMEM : 0;
}

enum health_verdict checker_get(const struct checker *checker, uint16_t pool, const char **ret_detail)
{
	if (pool >= checker->n_pools)
		return HEALTH_UNKNOWN;
	if (ret_detail)
		*ret_detail = checker->pools[pool].detail;
	return checker->pools[pool].verdict;
}
