// SPDX-License-Identifier: GPL-2.0
#include "health/attempt.h"

#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "events/printable.h"

static int start_path(const struct attempt_means *means, const struct check_target *target,
		      check_done_fn done, void *context, struct attempt *attempt)
{
	struct check_nexthop nexthop;
	int r = -ENETUNREACH;

	if (means->nexthop)
		r = means->nexthop(means->nexthop_context, target->node, &nexthop);
	if (r < 0)
		return r;
	return check_path_start(means->event, target, &nexthop, done, context, &attempt->path);
}

int attempt_start(const struct attempt_means *means, const struct check_target *target,
		  check_done_fn done, void *context, struct attempt *attempt)
{
	if (target->is_path)
		return start_path(means, target, done, context, attempt);
	switch (target->check.type) {
	case CHECK_HTTP:
	case CHECK_HTTPS:
		return check_http_start(means->http, target, done, context, &attempt->http);
	case CHECK_EXEC:
		return check_exec_start(means->exec, target, done, context, &attempt->exec);
	default:
		return check_tcp_start(means->event, target, done, context, &attempt->tcp);
	}
}

void attempt_stop(struct attempt *attempt)
{
	check_tcp_free(TAKE_PTR(attempt->tcp));
	check_http_free(TAKE_PTR(attempt->http));
	check_exec_free(TAKE_PTR(attempt->exec));
	check_path_free(TAKE_PTR(attempt->path));
}

bool attempt_is_running(const struct attempt *attempt)
{
	return attempt->tcp || attempt->http || attempt->exec || attempt->path;
}

void attempt_describe(const struct check_target *target, const char *failure,
		      char ret_detail[ATTEMPT_DETAIL_MAX])
{
	const struct cluster_check *check = &target->check;
	bool http = check->type == CHECK_HTTP || check->type == CHECK_HTTPS;
	const char *kind = target->is_path ? "forwarding to" : cluster_check_words[check->type];
	char where[CHECK_TARGET_TEXT_MAX];

	if (check->type == CHECK_EXEC && !target->is_path)
		snprintf(ret_detail, ATTEMPT_DETAIL_MAX, "%s %.200s: %s", kind, check->command,
			 failure);
	else
		snprintf(ret_detail, ATTEMPT_DETAIL_MAX, "%s %s%.200s: %s", kind,
			 targets_format(target, where), http && !target->is_path ? check->path : "",
			 failure);
	/* After snprintf(), which may have cut a character in two. */
	printable_clean(ret_detail);
}

void attempt_describe_timeout(const struct check_target *target,
			      char ret_detail[ATTEMPT_DETAIL_MAX])
{
	bool exec = target->check.type == CHECK_EXEC && !target->is_path;
	char failure[64];

	snprintf(failure, sizeof(failure),
		 exec ? "not done in %u ms, killed" : "no answer in %u ms",
		 target->check.timeout_ms);
	attempt_describe(target, failure, ret_detail);
}
