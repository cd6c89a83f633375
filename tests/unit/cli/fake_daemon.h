/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_UNIT_CLI_FAKE_DAEMON_H
#define TESTS_UNIT_CLI_FAKE_DAEMON_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "control/server.h"

/**
 * DOC: a process with a control socket that knows one answer, and steer run against it.
 */
struct fake_daemon {
	char directory[64];
	char path[128];
	pid_t pid;
};

struct fake_answer {
	int code;
	const char *message;
	const char *data; /* JSON, or NULL: {"command": …, "arguments": …} as they came */
	control_handler_fn handler; /* in place of all that */
};

static inline int fake_daemon_answer(void *context, const struct control_peer *peer,
				     const char *command, const json_t *arguments,
				     json_t **ret_data, char ret_message[512])
{
	const struct fake_answer *answer = context;

	(void)peer;
	snprintf(ret_message, 512, "%s", answer->message ?: "");
	if (answer->data)
		*ret_data = json_loads(answer->data, 0, NULL);
	else if (!answer->code)
		*ret_data = json_pack("{s:s, s:O}", "command", command, "arguments",
				      (json_t *)arguments);
	return answer->code;
}

static inline int fake_daemon_setup(void **state)
{
	struct fake_daemon *fake = calloc(1, sizeof(*fake));

	strcpy(fake->directory, "/tmp/steer-test-cli-XXXXXX");
	if (!mkdtemp(fake->directory))
		return -1;
	snprintf(fake->path, sizeof(fake->path), "%s/control.sock", fake->directory);
	*state = fake;
	return 0;
}

static inline int fake_daemon_teardown(void **state)
{
	struct fake_daemon *fake = *state;

	if (fake->pid > 0) {
		kill(fake->pid, SIGKILL);
		waitpid(fake->pid, NULL, 0);
	}
	unlink(fake->path);
	rmdir(fake->directory);
	free(fake);
	return 0;
}

static inline void fake_daemon_start(struct fake_daemon *fake, struct fake_answer answer)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	fake->pid = fork();
	assert_true(fake->pid >= 0);
	if (!fake->pid) {
		struct control_server *server;
		sd_event *event;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sd_event_new(&event);
		if (!control_server_new(event, fake->path, answer.handler ?: fake_daemon_answer,
					&answer, &server))
			(void)!write(ready[1], "r", 1);
		sd_event_loop(event);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

/* What a run of steer has printed; free with outcome_clear(). */
struct outcome {
	int exit;
	char *out, *err;
};

static inline void outcome_clear(struct outcome *outcome)
{
	free(outcome->out);
	free(outcome->err);
}

/* Run steer with these words, NULL after the last; a path puts --socket in front. */
static inline struct outcome steer(const char *path, ...)
{
	char *argv[16] = { (char *)"steer" };
	struct outcome outcome = {};
	size_t out_size, err_size;
	FILE *out, *err;
	va_list words;
	int argc = 1;

	if (path) {
		argv[argc++] = (char *)"--socket";
		argv[argc++] = (char *)path;
	}
	va_start(words, path);
	while ((argv[argc] = va_arg(words, char *)))
		argc++;
	va_end(words);

	out = open_memstream(&outcome.out, &out_size);
	err = open_memstream(&outcome.err, &err_size);
	outcome.exit = cli_run(argc, argv, out, err);
	fclose(out);
	fclose(err);
	return outcome;
}

#endif
