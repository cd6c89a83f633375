// SPDX-License-Identifier: GPL-2.0
#include "health/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Against "openssl s_server", with certificates of a CA that lives as long as this test. */
struct fixture {
	sd_event *event;
	struct check_http_client *client;
	struct check_target target;
	pid_t server;
	unsigned int told;
	char failure[512]; /* empty: success */
	int fds;
};

static char directory[] = "/tmp/steer-https.XXXXXX";
static bool lacking;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static int setup_group(void **state)
{
	char command[128];
	FILE *page;

	(void)state;
	assert_non_null(mkdtemp(directory));
	lacking = system("openssl version >/dev/null 2>&1");
	if (lacking)
		return 0;
	snprintf(command, sizeof(command), "tests/tools/make-certificates %s 127.0.0.1", directory);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "%s/page", directory);
	page = fopen(command, "w");
	assert_non_null(page);
	fputs("database: ok\ncache: ok\n", page);
	return fclose(page);
}

static int teardown_group(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cluster_check *check = &f->target.check;

	assert_non_null(f);
	f->fds = count_fds();
	check->type = CHECK_HTTPS;
	strcpy(check->path, "/page");
	strcpy(check->sni, "www.example");
	snprintf(check->ca_file, sizeof(check->ca_file), "%s/ca.pem", directory);
	assert_int_equal(address_parse("127.0.0.1", &f->target.address), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(check_http_client_new(f->event, &f->client), 0);
	*state = f;
	return 0;
}

static void server_stop(struct fixture *f)
{
	if (!f->server)
		return;
	kill(f->server, SIGKILL);
	waitpid(f->server, NULL, 0);
	f->server = 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int before = f->fds;

	server_stop(f);
	check_http_client_free(f->client);
	sd_event_unref(f->event);
	free(f);
	assert_int_equal(count_fds(), before);
	return 0;
}

/* A server of files with these options of s_server. */
static void server_start(struct fixture *f, const char *options)
{
	char script[512], line[128];
	unsigned int port = 0;
	int output[2];
	FILE *file;

	if (lacking) {
		print_message("skipped: no openssl\n");
		skip();
	}
	server_stop(f);
	snprintf(script, sizeof(script),
		 "cd %s && exec openssl s_server -accept 127.0.0.1:0 -WWW %s 2>errors", directory,
		 options);
	assert_int_equal(pipe2(output, O_CLOEXEC), 0);
	f->server = fork();
	assert_true(f->server >= 0);
	if (!f->server) {
		dup2(output[1], 1);
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(1);
	}
	close(output[1]);
	file = fdopen(output[0], "r");
	assert_non_null(file);
	while (!port && fgets(line, sizeof(line), file))
		sscanf(line, "ACCEPT 127.0.0.1:%u", &port);
	/* It has nothing more to say until it is asked, and -quiet would hide the port, too. */
	fclose(file);
	assert_int_not_equal(port, 0);
	f->target.port = port;
}

static void on_done(void *context, const char *failure)
{
	struct fixture *f = context;

	f->told++;
	snprintf(f->failure, sizeof(f->failure), "%s", failure ? failure : "");
}

/* One attempt. NULL: it succeeds. */
static void expect(struct fixture *f, const char *failure)
{
	uint64_t deadline_ms = now_ms() + 60000;
	struct check_http *check;

	f->told = 0;
	assert_int_equal(check_http_start(f->client, &f->target, on_done, f, &check), 0);
	while (!f->told) {
		assert_true(now_ms() < deadline_ms);
		assert_true(sd_event_run(f->event, 100000) >= 0);
	}
	check_http_free(check);
	if (failure && !strstr(f->failure, failure))
		print_error("got \"%s\", expected \"%s\"\n", f->failure, failure);
	if (failure)
		assert_non_null(strstr(f->failure, failure));
	else
		assert_string_equal(f->failure, "");
}

#define CERTIFICATE(name) "-cert " name ".pem -key " name ".pem"

static void test_check_https_accepts_a_good_certificate(void **state)
{
	struct fixture *f = *state;

	server_start(f, CERTIFICATE("good"));
	expect(f, NULL);
	/* And again: nothing of an attempt stays for the next. */
	expect(f, NULL);
	/* From the VIP, to the VIP, by the name. */
	f->target.is_vip = true;
	expect(f, NULL);
	strcpy(f->target.check.host, "www.example");
	expect(f, NULL);
}

static void test_check_https_names_what_is_wrong(void **state)
{
	static const struct {
		const char *options, *failure;
	} cases[] = {
		{ CERTIFICATE("expired"), "certificate expired" },
		{ CERTIFICATE("early"), "certificate not valid yet" },
		{ CERTIFICATE("foreign"), "certificate of an unknown CA" },
		/* The rest is in libcurl's words, which change. */
		{ CERTIFICATE("other"), "certificate subject name (other.example)" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		server_start(f, cases[i].options);
		f->target.check.insecure = false;
		expect(f, cases[i].failure);
		f->target.check.insecure = true;
		expect(f, NULL);
	}
}

static void test_check_https_without_a_name_verifies_the_address(void **state)
{
	struct fixture *f = *state;

	f->target.check.sni[0] = '\0';
	server_start(f, CERTIFICATE("good"));
	expect(f, NULL);
	server_start(f, CERTIFICATE("other"));
	expect(f, "'127.0.0.1'");
}

static void test_check_https_asks_for_the_name(void **state)
{
	struct fixture *f = *state;

	/* The right certificate only for who asks for its name; an alert for another one. */
	server_start(f, CERTIFICATE("other") " -servername www.example -servername_fatal "
					     "-cert2 good.pem -key2 good.pem");
	expect(f, NULL);
	strcpy(f->target.check.sni, "another.example");
	expect(f, "The server name sent was not recognized");
	f->target.check.sni[0] = '\0';
	expect(f, "certificate subject name (other.example)");
	/* The Host header is not what is asked for. */
	strcpy(f->target.check.sni, "www.example");
	strcpy(f->target.check.host, "another.example");
	expect(f, NULL);
}

static void test_check_https_trusts_whom_it_is_told_to(void **state)
{
	struct fixture *f = *state;
	char *ca_file = f->target.check.ca_file;

	server_start(f, CERTIFICATE("foreign"));
	sprintf(ca_file, "%s/foreign-ca.pem", directory);
	expect(f, NULL);
	sprintf(ca_file, "%s/absent.pem", directory);
	expect(f, "no CA certificates can be read; see ca-file");
	/* One without a certificate in it trusts nobody. */
	sprintf(ca_file, "%s/page", directory);
	expect(f, "certificate of an unknown CA");
	/* The system's store, which knows nothing of it. */
	ca_file[0] = '\0';
	if (access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0)
		expect(f, "certificate of an unknown CA");
}

static void test_check_https_judges_the_response(void **state)
{
	struct fixture *f = *state;

	server_start(f, CERTIFICATE("good"));
	strcpy(f->target.check.body, "cache: ok");
	expect(f, NULL);
	strcpy(f->target.check.body, "cache: down");
	expect(f, "body does not contain \"cache: down\"");
	f->target.check.status = 204;
	expect(f, "status 200, expected 204");
}

static void test_check_https_may_end_at_any_time(void **state)
{
	struct fixture *f = *state;
	struct check_http *check;
	int rounds, i;

	server_start(f, CERTIFICATE("good"));
	f->told = 0;
	for (rounds = 0; rounds < 8 && !f->told; rounds++) {
		assert_int_equal(check_http_start(f->client, &f->target, on_done, f, &check), 0);
		for (i = 0; i < rounds && !f->told; i++)
			assert_true(sd_event_run(f->event, 100000) >= 0);
		check_http_free(check);
	}
	assert_true(rounds > 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check_https_accepts_a_good_certificate),
		TEST(test_check_https_names_what_is_wrong),
		TEST(test_check_https_without_a_name_verifies_the_address),
		TEST(test_check_https_asks_for_the_name),
		TEST(test_check_https_trusts_whom_it_is_told_to),
		TEST(test_check_https_judges_the_response),
		TEST(test_check_https_may_end_at_any_time),
	};

	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
