/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECK_TLS_H
#define STEER_HEALTH_CHECK_TLS_H

#include <curl/curl.h>

#include "config/cluster.h"

/**
 * DOC: what TLS adds to an HTTP request: whom to trust, and in what words it fails.
 */

/* Return: 0, -ENOMEM. */
int check_tls_set(CURL *easy, const struct cluster_check *check);

/**
 * check_tls_failure - the cause of a failed transfer, where libcurl does not name it itself.
 * @text: room for it, if it must be put together
 *
 * Return: the cause in words; NULL: libcurl's are as good.
 */
const char *check_tls_failure(CURL *easy, CURLcode result, char *text, size_t bytes);

#endif
