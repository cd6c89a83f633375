// SPDX-License-Identifier: GPL-2.0
#include "cli/wait.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "cli/format.h"
#include "control/server.h"

#define TIMEOUT_MS 5000 /* on top of the time to wait */

int wait_parse(const struct cli *cli, const char *object, json_int_t *ret_wait_ms)
{
	const double most = CONTROL_WAIT_MAX_MS / 1e3;
	double seconds = 0;
	char *end;

	if (cli->wait) {
		seconds = strtod(cli->wait, &end);
		if (!*cli->wait || *end || !(seconds > 0) || seconds > most) {
			cli_error(cli, "%s: --wait: \"%s\" is no number of seconds up to %.0f",
				  object, cli->wait, most);
			return -EINVAL;
		}
	}
	*ret_wait_ms = seconds * 1000;
	return 0;
}

static json_int_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

enum cli_exit wait_ask(const struct cli *cli, const char *command, json_t *arguments,
		       json_int_t wait_ms, json_t **ret_data)
{
	const struct timespec pause = { .tv_nsec = 200000000 };
	json_int_t end_ms = now_ms() + wait_ms, left_ms = wait_ms;
	json_t *data = NULL;
	enum cli_exit exit;

	for (;;) {
		if (left_ms > 0)
			json_object_set_new(arguments, "wait_ms", json_integer(left_ms));
		exit = cli_call_within(cli, command, arguments, left_ms + TIMEOUT_MS, &data);
		left_ms = end_ms - now_ms();
		if (!data || left_ms <= 0 || !json_array_size(json_object_get(data, "waiting_for")))
			break;
		json_decref(data);
		data = NULL;
		nanosleep(&pause, NULL);
	}
	*ret_data = data;
	return exit;
}

char *wait_missing(const json_t *data)
{
	const json_t *missing = json_object_get(data, "waiting_for");
	char *names = NULL;
	size_t size;
	FILE *out;

	if (!json_array_size(missing))
		return NULL;
	out = open_memstream(&names, &size);
	if (!out)
		return NULL;
	for (size_t i = 0; i < json_array_size(missing); i++) {
		fputs(i ? ", " : "", out);
		format_text(out, json_array_get(missing, i));
	}
	fclose(out);
	return names;
}
