/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_ATTEMPT_H
#define STEER_HEALTH_ATTEMPT_H

#include <stdbool.h>

#include "health/check.h"

/**
 * DOC: one attempt of a check of any type, and the text of its failure.
 */
struct attempt {
	struct check_tcp *tcp;
	struct check_http *http;
	struct check_exec *exec;
	struct check_path *path;
};

/* Resources that attempts share; they must outlive them. */
struct attempt_means {
	sd_event *event;
	struct check_http_client *http;
	struct check_exec_client *exec;
	checker_nexthop_fn nexthop; /* NULL: no next hop is known */
	void *nexthop_context;
};

/* Start an attempt. @target must stay valid while it runs. Return: as check_tcp_start(). */
int attempt_start(const struct attempt_means *means, const struct check_target *target,
		  check_done_fn done, void *context, struct attempt *ret_attempt);

/* End an attempt; does nothing if none is running. */
void attempt_stop(struct attempt *attempt);

bool attempt_is_running(const struct attempt *attempt);

#define ATTEMPT_DETAIL_MAX 512

/*
 * Describe a failure: the target and the cause, as "tcp 198.51.100.1:80: Connection refused", in
 * printable characters.
 */
void attempt_describe(const struct check_target *target, const char *failure,
		      char ret_detail[ATTEMPT_DETAIL_MAX]);

/* The same for an attempt that exceeded its timeout. */
void attempt_describe_timeout(const struct check_target *target,
			      char ret_detail[ATTEMPT_DETAIL_MAX]);

#endif
