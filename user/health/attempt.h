/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_ATTEMPT_H
#define STEER_HEALTH_ATTEMPT_H

#include <stdbool.h>

#include "health/check.h"

/**
 * DOC: one attempt of a check of whatever type, and what is said when it fails.
 */
struct attempt {
	struct check_tcp *tcp;
	struct check_http *http;
	struct check_exec *exec;
	struct check_path *path;
};

/* What attempts share; it must outlive them. */
struct attempt_means {
	sd_event *event;
	struct check_http_client *http;
	struct check_exec_client *exec;
	checker_way_fn way; /* NULL: there is none to any node */
	void *way_context;
};

/* Return: as check_tcp_start(), with a target that must stay where it is. */
int attempt_start(const struct attempt_means *means, const struct check_target *target,
		  check_done_fn done, void *context, struct attempt *ret_attempt);

/* End an attempt; nothing to do if it is not running. */
void attempt_stop(struct attempt *attempt);

bool attempt_is_running(const struct attempt *attempt);

#define ATTEMPT_DETAIL_MAX 512

/* What has failed, and why: "tcp 198.51.100.1:80: Connection refused". In printable characters. */
void attempt_describe(const struct check_target *target, const char *failure,
		      char ret_detail[ATTEMPT_DETAIL_MAX]);

/* The same for an attempt that has taken too long. */
void attempt_describe_timeout(const struct check_target *target,
			      char ret_detail[ATTEMPT_DETAIL_MAX]);

#endif
