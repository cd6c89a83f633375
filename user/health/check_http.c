// SPDX-License-Identifier: GPL-2.0
#include "health/check.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "health/check_tls.h"
#include "health/substring.h"

/* Of head and body each. More of a body is not read; a longer head is a failure. */
#define READ_LIMIT_BYTES (64 << 10)
#define NO_STATUS "the response has no status"

struct check_http_client {
	sd_event *event;
	CURLM *multi;
	sd_event_source *timer;
	bool have_curl; /* curl_global_init() has succeeded */
};

struct check_http {
	struct check_http_client *client;
	const struct check_target *target;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	size_t head_bytes, body_bytes;
	long status;	       /* in the response's first line */
	struct substring body; /* the text that the body must contain */
	int bind_error;
	check_done_fn done;
	void *context;
	char error[CURL_ERROR_SIZE];
};

/* The cause if no complete response was received; NULL if one was. */
static const char *judge_transfer(const struct check_http *check, CURLcode result, char *text,
				  size_t bytes)
{
	bool cut = result == CURLE_WRITE_ERROR && check->body_bytes > READ_LIMIT_BYTES;
	const char *why = NULL;

	if (check->bind_error == -EADDRNOTAVAIL)
		return "the address is not configured on this host";
	if (check->bind_error)
		return strerror(-check->bind_error);
	if (check->head_bytes > READ_LIMIT_BYTES)
		return "the head of the response is longer than 64 KiB";
	if (result == CURLE_OK || cut)
		return NULL;
	/* What libcurl 8 says of a strange status line, and of none 7.88 as well. */
	if (result == CURLE_UNSUPPORTED_PROTOCOL)
		return NO_STATUS;
	if (check->target->check.type == CHECK_HTTPS)
		why = check_tls_failure(check->easy, result, text, bytes);
	if (why)
		return why;
	return check->error[0] ? check->error : curl_easy_strerror(result);
}

/* The cause if the response is not the expected one; NULL if it is. */
static const char *judge_response(const struct check_http *check, char *text, size_t bytes)
{
	const struct cluster_check *expected = &check->target->check;
	long status = 0;

	curl_easy_getinfo(check->easy, CURLINFO_RESPONSE_CODE, &status);
	/* To libcurl 7.88, whatever begins with "HTTP/" and goes on with nonsense has status 200.
	 */
	if (status != check->status)
		return NO_STATUS;
	if (expected->status && status != expected->status)
		snprintf(text, bytes, "status %ld, expected %u", status, expected->status);
	else if (!expected->status && (status < 200 || status > 399))
		snprintf(text, bytes, "status %ld, expected 200 to 399", status);
	else if (expected->body[0] && !check->body.found)
		snprintf(text, bytes, "body does not contain \"%s\"%s", expected->body,
			 check->body_bytes > READ_LIMIT_BYTES ? " in its first 64 KiB" : "");
	else
		return NULL;
	return text;
}

static void report(struct check_http *check, CURLcode result)
{
	char text[sizeof(check->target->check.body) + 64];
	const char *failure = judge_transfer(check, result, text, sizeof(text));

	if (!failure)
		failure = judge_response(check, text, sizeof(text));
	check->done(check->context, failure);
}

/* Report finished attempts. A callback may free any attempt, so each is fetched separately. */
static void harvest(struct check_http_client *client)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left))) {
		CURLcode result = message->data.result;
		CURL *easy = message->easy_handle;
		struct check_http *check;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &check);
		curl_multi_remove_handle(client->multi, easy);
		report(check, result);
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct check_http_client *client = context;
	int action = 0, running;

	(void)source;
	if (revents & (EPOLLIN | EPOLLHUP))
		action |= CURL_CSELECT_IN;
	if (revents & EPOLLOUT)
		action |= CURL_CSELECT_OUT;
	if (revents & EPOLLERR)
		action |= CURL_CSELECT_ERR;
	curl_multi_socket_action(client->multi, fd, action, &running);
	harvest(client);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	struct check_http_client *client = context;
	int running;

	(void)source;
	(void)usec;
	curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	harvest(client);
	return 0;
}

/* libcurl starts, changes or ends the watch of a socket. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	struct check_http_client *client = context;
	sd_event_source *io = known;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(io);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (io)
		return sd_event_source_set_io_events(io, events) < 0 ? -1 : 0;
	if (sd_event_add_io(client->event, &io, fd, events, on_io, client) < 0)
		return -1;
	curl_multi_assign(client->multi, fd, io);
	return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct check_http_client *client = context;

	(void)multi;
	if (timeout_ms < 0)
		return sd_event_source_set_enabled(client->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
	if (sd_event_source_set_time_relative(client->timer, timeout_ms * 1000ULL) < 0 ||
	    sd_event_source_set_enabled(client->timer, SD_EVENT_ONESHOT) < 0)
		return -1;
	return 0;
}

static int on_curl_sockopt(void *context, curl_socket_t fd, curlsocktype purpose)
{
	struct check_http *check = context;

	(void)purpose;
	/* libcurl does not set it; exec checks must not inherit the socket. */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (check->target->is_vip)
		check->bind_error = check_bind_vip(fd, check->target);
	return check->bind_error ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

/* Take the status from a line like "HTTP/1.1 200 OK". */
static void note_status(struct check_http *check, const char *line, size_t bytes)
{
	static const char protocol[] = "HTTP/";
	const char *at = line, *end = line + bytes;

	if (bytes < strlen(protocol) || strncasecmp(line, protocol, strlen(protocol)) != 0)
		return;
	check->status = 0;
	while (at < end && *at != ' ')
		at++;
	while (at < end && *at == ' ')
		at++;
	for (; at < end && isdigit((unsigned char)*at) && check->status < 100; at++)
		check->status = check->status * 10 + *at - '0';
}

static size_t on_curl_head(char *data, size_t size, size_t n, void *context)
{
	struct check_http *check = context;

	check->head_bytes += size * n;
	note_status(check, data, size * n);
	return check->head_bytes > READ_LIMIT_BYTES ? 0 : size * n;
}

static size_t on_curl_body(char *data, size_t size, size_t n, void *context)
{
	struct check_http *check = context;
	size_t bytes = size * n, left = READ_LIMIT_BYTES - check->body_bytes;

	check->body_bytes += bytes;
	if (check->target->check.body[0])
		substring_feed(&check->body, data, bytes < left ? bytes : left);
	return check->body_bytes > READ_LIMIT_BYTES ? 0 : bytes;
}

/* With an SNI, the URL has that name, and CONNECT_TO the address. */
static int set_url(struct check_http *check)
{
	const struct cluster_check *what = &check->target->check;
	char where[CHECK_TARGET_TEXT_MAX], connect_to[sizeof(where) + 2];
	char url[sizeof("https://:65535") + sizeof(what->sni) + sizeof(where) + sizeof(what->path)];
	const char *path = what->path, *slash = path[0] == '/' ? "" : "/";

	targets_format(check->target, where);
	if (what->type == CHECK_HTTPS && what->sni[0]) {
		snprintf(url, sizeof(url), "https://%s:%u%s%s", what->sni, check->target->port,
			 slash, path);
		snprintf(connect_to, sizeof(connect_to), "::%s", where);
		check->connect_to = curl_slist_append(NULL, connect_to);
		if (!check->connect_to)
			return -ENOMEM;
	} else {
		snprintf(url, sizeof(url), "%s://%s%s%s", cluster_check_words[what->type], where,
			 slash, path);
	}
	if (curl_easy_setopt(check->easy, CURLOPT_URL, url) ||
	    curl_easy_setopt(check->easy, CURLOPT_CONNECT_TO, check->connect_to))
		return -ENOMEM;
	return 0;
}

static int set_headers(struct check_http *check)
{
	char host[sizeof("Host: ") + sizeof(check->target->check.host)];

	if (!check->target->check.host[0])
		return 0;
	snprintf(host, sizeof(host), "Host: %s", check->target->check.host);
	check->headers = curl_slist_append(NULL, host);
	if (!check->headers || curl_easy_setopt(check->easy, CURLOPT_HTTPHEADER, check->headers))
		return -ENOMEM;
	return 0;
}

static int set_options(struct check_http *check)
{
	CURL *easy = check->easy;
	int failed = 0;

	failed |= curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	failed |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	failed |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	failed |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "steer/" STEER_VERSION);
	failed |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	failed |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	failed |= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	failed |= curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	failed |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, check->error);
	failed |= curl_easy_setopt(easy, CURLOPT_PRIVATE, check);
	failed |= curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_curl_sockopt);
	failed |= curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, check);
	failed |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_curl_head);
	failed |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, check);
	failed |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_curl_body);
	failed |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, check);
	return failed ? -ENOMEM : 0;
}

static int prepare(struct check_http *check)
{
	const struct cluster_check *what = &check->target->check;
	int r;

	r = set_url(check);
	if (r == 0)
		r = set_headers(check);
	if (r == 0)
		r = set_options(check);
	if (r == 0 && what->type == CHECK_HTTPS)
		r = check_tls_set(check->easy, what);
	if (what->body[0])
		substring_begin(&check->body, what->body);
	return r;
}

static void cleanup_check(struct check_http **check)
{
	check_http_free(*check);
}

int check_http_start(struct check_http_client *client, const struct check_target *target,
		     check_done_fn done, void *context, struct check_http **ret_check)
{
	_cleanup_(cleanup_check) struct check_http *check = NULL;
	int r;

	check = calloc(1, sizeof(*check));
	if (!check)
		return -ENOMEM;
	check->client = client;
	check->target = target;
	check->done = done;
	check->context = context;
	check->easy = curl_easy_init();
	if (!check->easy)
		return -ENOMEM;
	r = prepare(check);
	if (r < 0)
		return r;
	if (curl_multi_add_handle(client->multi, check->easy) != CURLM_OK)
		return -ENOMEM;
	*ret_check = TAKE_PTR(check);
	return 0;
}

void check_http_free(struct check_http *check)
{
	if (!check)
		return;
	if (check->easy)
		curl_multi_remove_handle(check->client->multi, check->easy);
	curl_easy_cleanup(check->easy);
	curl_slist_free_all(check->headers);
	curl_slist_free_all(check->connect_to);
	free(check);
}

static void cleanup_client(struct check_http_client **client)
{
	check_http_client_free(*client);
}

int check_http_client_new(sd_event *event, struct check_http_client **ret_client)
{
	_cleanup_(cleanup_client) struct check_http_client *client = NULL;
	int r;

	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->event = sd_event_ref(event);
	if (curl_global_init(CURL_GLOBAL_SSL))
		return -ENOMEM;
	client->have_curl = true;
	client->multi = curl_multi_init();
	if (!client->multi)
		return -ENOMEM;
	r = sd_event_add_time(event, &client->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, client);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(client->timer, SD_EVENT_OFF);
	if (r < 0)
		return r;
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	*ret_client = TAKE_PTR(client);
	return 0;
}

void check_http_client_free(struct check_http_client *client)
{
	if (!client)
		return;
	curl_multi_cleanup(client->multi);
	sd_event_source_disable_unref(client->timer);
	if (client->have_curl)
		curl_global_cleanup();
	sd_event_unref(client->event);
	free(client);
}
