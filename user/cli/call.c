// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "cli/cli.h"
#include "control/client.h"

#define TIMEOUT_MS 5000

static void report_permission_denied(const struct cli *cli)
{
	const struct group *group = NULL;
	struct stat st;

	if (!stat(cli->socket, &st) && st.st_gid)
		group = getgrgid(st.st_gid);
	if (group)
		cli_error(cli, "%s: permission denied; run as root or as a member of the group %s",
			  cli->socket, group->gr_name);
	else
		cli_error(cli, "%s: permission denied; run as root", cli->socket);
}

enum cli_exit cli_no_answer(const struct cli *cli, int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -ECONNREFUSED:
		cli_error(cli, "no daemon answers on %s; start steerd or give --socket",
			  cli->socket);
		return CLI_NO_DAEMON;
	case -ETIMEDOUT:
		cli_error(cli, "%s: the daemon did not answer within %d s; see its log",
			  cli->socket, TIMEOUT_MS / 1000);
		return CLI_NO_DAEMON;
	case -ECONNRESET:
		cli_error(cli,
			  "%s: the daemon closed the connection without an answer; see its log",
			  cli->socket);
		return CLI_NO_DAEMON;
	case -EACCES:
		report_permission_denied(cli);
		return CLI_FAILED;
	case -EPROTO:
		cli_error(cli,
			  "%s: the answer is not valid; is this the control socket of a steerd of "
			  "version %s?",
			  cli->socket, STEER_VERSION);
		return CLI_FAILED;
	default:
		cli_error(cli, "%s: %s", cli->socket, strerror(-error));
		return CLI_FAILED;
	}
}

enum cli_exit cli_call(const struct cli *cli, const char *command, const json_t *arguments,
		       json_t **ret_data)
{
	return cli_call_within(cli, command, arguments, TIMEOUT_MS, ret_data);
}

enum cli_exit cli_call_within(const struct cli *cli, const char *command, const json_t *arguments,
			      int timeout_ms, json_t **ret_data)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	char message[CONTROL_MESSAGE_MAX];
	int code, r;

	r = control_call(cli->socket, command, arguments, timeout_ms, &code, message, &data);
	if (r < 0)
		return cli_no_answer(cli, r);

	if (code != CLI_OK && code != CLI_DEGRADED) {
		cli_error(cli, "%s",
			  message[0] ? message
				     : "the daemon refused the command and gave no reason");
		return code > 0 && code < CLI_DEGRADED ? (enum cli_exit)code : CLI_FAILED;
	}
	if (!data)
		return cli_no_answer(cli, -EPROTO);

	*ret_data = TAKE_PTR(data);
	return code;
}

enum cli_exit cli_ask(const struct cli *cli, const char *command, const char *key, const char *name,
		      const struct view *view)
{
	_cleanup_(cleanup_json) json_t *arguments = NULL, *data = NULL;
	enum cli_exit exit;

	if (name) {
		arguments = json_pack("{s:s}", key, name);
		if (!arguments) {
			cli_error(cli, "%s: the name is not UTF-8", key);
			return CLI_USAGE;
		}
	}

	exit = cli_call(cli, command, arguments, &data);
	if (data)
		writer_show(&cli->writer, data, view);
	return exit;
}
