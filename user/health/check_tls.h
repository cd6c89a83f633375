/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECK_TLS_H
#define STEER_HEALTH_CHECK_TLS_H

#include <curl/curl.h>

#include "config/cluster.h"

/**
 * DOC: the TLS part of an HTTPS check: the trusted certificates, and the texts of its failures.
 */

/* Set trust and verification of a transfer. Return: 0, -ENOMEM. */
int check_tls_set(CURL *easy, const struct cluster_check *check);

/**
 * check_tls_failure - the cause of a failed transfer, where libcurl's own text does not name it.
 * @easy: the transfer
 * @result: its result
 * @text: a buffer for the text
 * @bytes: its size
 *
 * Return: the cause in words; NULL: libcurl's text is as good.
 */
const char *check_tls_failure(CURL *easy, CURLcode result, char *text, size_t bytes);

#endif
