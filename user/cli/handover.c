// SPDX-License-Identifier: GPL-2.0
#include "cli/handover.h"

#include "cleanup.h"
#include "cli/format.h"
#include "cli/wait.h"

/**
 * DOC: "steer pool handover": verify, move, confirm. Each step prints one line or JSON object.
 */

#define WAIT "10" /* seconds, unless --wait says otherwise */

static const char *text_of(const json_t *data, const char *key)
{
	return json_string_value(json_object_get(data, key)) ?: "";
}

static void format_verified(FILE *out, const json_t *data)
{
	const json_t *ready = json_object_get(data, "ready_s");

	fputs("verified: node ", out);
	format_text(out, json_object_get(data, "node"));
	if (json_is_true(json_object_get(data, "moved"))) {
		fputs(" is already the active member", out);
	} else if (json_is_number(ready)) {
		fputs(" has been ready for ", out);
		format_seconds(out, ready);
	} else {
		fputs(" is not ready, but no other member is either", out);
	}
}

static void format_moved(FILE *out, const json_t *data)
{
	const json_t *from = json_object_get(data, "from");

	fputs("moved: ", out);
	if (json_is_string(from))
		format_text(out, from);
	else
		fputs("nobody", out);
	fputs(" → ", out);
	format_text(out, json_object_get(data, "node"));
	fputs(" (term ", out);
	format_count(out, json_object_get(data, "term"));
	fputs(")", out);
}

static void format_confirmed(FILE *out, const json_t *data)
{
	(void)data;
	fputs("confirmed: all live nodes follow", out);
}

static void show_step(const struct cli *cli, const char *step, json_t *data,
		      column_format_fn format)
{
	const struct view view = {
		.layout = VIEW_LINE,
		.columns = (const struct column[]){ { "", "", format, false }, {} },
	};

	json_object_set_new(data, "step", json_string(step));
	writer_show(&cli->writer, data, &view);
	fflush(cli->writer.out);
}

/* Return: the answer's data; NULL after an error, reported. */
static json_t *ask(const struct cli *cli, json_t *arguments, bool check, json_int_t wait_ms,
		   enum cli_exit *ret_exit)
{
	json_t *data = NULL;

	json_object_set_new(arguments, "check", json_boolean(check));
	*ret_exit = wait_ask(cli, "pool.handover", arguments, wait_ms, &data);
	return data;
}

static enum cli_exit confirm(const struct cli *cli, json_t *arguments, json_int_t wait_ms)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	_cleanup_(cleanup_free) char *names = NULL;
	enum cli_exit exit;

	data = ask(cli, arguments, false, wait_ms, &exit);
	if (!data)
		return exit;
	names = wait_missing(data);
	if (!names) {
		show_step(cli, "confirm", data, format_confirmed);
		return CLI_OK;
	}
	cli_error(cli,
		  "pool %s: node %s is the active member here, but these live nodes do not follow "
		  "after %s s: %s; does steerd run there, with the same pools?",
		  text_of(data, "pool"), text_of(data, "node"), cli->wait, names);
	return CLI_FAILED;
}

enum cli_exit handover_run(struct cli *cli, char **parameters)
{
	_cleanup_(cleanup_json) json_t *arguments = NULL, *verified = NULL, *moved = NULL;
	enum cli_exit exit;
	json_int_t wait_ms;

	if (!cli->wait)
		cli->wait = WAIT;
	if (wait_parse(cli, "pool", &wait_ms))
		return CLI_USAGE;
	arguments = json_pack("{s:s, s:s}", "pool", parameters[0], "node", parameters[1]);
	if (!arguments) {
		cli_error(cli, "pool: the names are not UTF-8");
		return CLI_USAGE;
	}
	verified = ask(cli, arguments, true, 0, &exit);
	if (!verified)
		return exit;
	show_step(cli, "verify", verified, format_verified);
	if (!json_is_true(json_object_get(verified, "moved"))) {
		moved = ask(cli, arguments, false, 0, &exit);
		if (!moved)
			return exit;
		show_step(cli, "move", moved, format_moved);
	}
	return confirm(cli, arguments, wait_ms);
}
