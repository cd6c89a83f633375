// SPDX-License-Identifier: GPL-2.0
#include "health/check_tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * The CA bundle of Debian and its derivatives. Without it libcurl reads the directory around it,
 * which has each certificate three times: 17 ms instead of 6 per attempt.
 */
#define SYSTEM_STORE "/etc/ssl/certs/ca-certificates.crt"

int check_tls_set(CURL *easy, const struct cluster_check *check)
{
	const char *ca_file = check->ca_file;
	int failed = 0;

	if (!*ca_file && access(SYSTEM_STORE, R_OK) == 0)
		ca_file = SYSTEM_STORE;
	if (*ca_file) {
		failed |= curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
		failed |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	failed |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, check->insecure ? 0L : 1L);
	failed |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, check->insecure ? 0L : 2L);
	/* Without cached sessions, every attempt verifies the certificate. */
	failed |= curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	return failed ? -ENOMEM : 0;
}

/* Bits of gnutls_certificate_status_t, the only cause that libcurl passes on from GnuTLS. */
static const struct {
	long bit;
	const char *words;
} gnutls_findings[] = {
	{ 1 << 10, "certificate expired" },
	{ 1 << 9, "certificate not valid yet" },
	{ 1 << 5, "certificate revoked" },
	{ 1 << 6, "certificate of an unknown CA" },
	{ 1 << 7, "certificate signed by a certificate that is no CA" },
	{ 1 << 8, "certificate signed with an insecure algorithm" },
	{ 1 << 11, "certificate with a wrong signature" },
	{ 1 << 18, "certificate for another purpose" },
};

static const char *explain_gnutls(long findings, char *text, size_t bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < sizeof(gnutls_findings) / sizeof(*gnutls_findings); i++)
		if (findings & gnutls_findings[i].bit && used < bytes)
			used += snprintf(text + used, bytes - used, "%s%s", used ? ", " : "",
					 gnutls_findings[i].words);
	return used ? text : NULL;
}

const char *check_tls_failure(CURL *easy, CURLcode result, char *text, size_t bytes)
{
	const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;
	long findings = 0;

	if (result == CURLE_SSL_CACERT_BADFILE)
		return "no CA certificates can be read; see ca-file, or install ca-certificates";
	/* Of other TLS libraries the number has another meaning, and libcurl's text the cause. */
	if (result != CURLE_PEER_FAILED_VERIFICATION || !library || !strstr(library, "GnuTLS"))
		return NULL;
	curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &findings);
	return explain_gnutls(findings, text, bytes);
}
