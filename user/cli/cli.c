// SPDX-License-Identifier: GPL-2.0
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cleanup.h"
#include "cli/format.h"
#include "cli/verdicts.h"
#include "config/suggest.h"
#include "control/server.h"

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "socket", required_argument, NULL, 's' },
	{ "pin-dir", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "all", no_argument, NULL, 'a' },
	{ "node", required_argument, NULL, 'e' },
	{ "pool", required_argument, NULL, 'P' },
	{ "scope", required_argument, NULL, 'C' },
	{ "follow", no_argument, NULL, 'f' },
	{ "lines", required_argument, NULL, 'n' },
	{ "wait", optional_argument, NULL, 'W' },
	{ "mode", required_argument, NULL, 'm' },
	{ "dispatcher", required_argument, NULL, 'D' },
	{ "object", required_argument, NULL, 'o' },
	{ "syn", no_argument, NULL, 'S' },
	{ "reason", required_argument, NULL, 'r' },
	{ "service", required_argument, NULL, 'v' },
	{ "address", required_argument, NULL, 'A' },
	{ "sample", required_argument, NULL, 'N' },
	{ "count", required_argument, NULL, 'c' },
	{ "write", required_argument, NULL, 'w' },
	{ "bpftool", no_argument, NULL, 'B' },
	{ "replace", no_argument, NULL, 'R' },
	{},
};

#define GENERAL "jpsdhV"
#define OPTIONS_MAX 64

void cli_error(const struct cli *cli, const char *format, ...)
{
	_cleanup_(cleanup_free) char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	fputs("steer: ", cli->err);
	format_plain(cli->err, text ?: "out of memory");
	fputc('\n', cli->err);
}

static unsigned int terminal_width(FILE *out)
{
	struct winsize size;

	return ioctl(fileno(out), TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

static int set_mode(struct cli *cli, const char *mode)
{
	if (!strcmp(mode, "native")) {
		cli->mode = DATAPATH_MODE_NATIVE;
	} else if (!strcmp(mode, "generic")) {
		cli->mode = DATAPATH_MODE_GENERIC;
	} else {
		cli_error(cli, "--mode: \"%s\" is no mode; known: native, generic", mode);
		return -EINVAL;
	}
	return 0;
}

static int set_dispatcher(struct cli *cli, const char *when)
{
	if (!datapath_parse_dispatcher(when, &cli->dispatcher))
		return 0;
	cli_error(cli, "--dispatcher: \"%s\" is none; known: auto, on, off", when);
	return -EINVAL;
}

static int add_reason(struct cli *cli, const char *word)
{
	uint64_t verdicts = verdicts_parse(word);
	char hint[SUGGEST_TEXT_MAX];

	if (!verdicts) {
		cli_error(cli, "--reason: \"%s\" is neither a verdict nor a class; %s", word,
			  suggest_text(word, verdicts_word, NULL, hint));
		return -EINVAL;
	}
	cli->trace.verdicts |= verdicts;
	return 0;
}

/* Sets the options. getopt_long() moves the other words behind them, to argv + optind. */
static int parse_options(struct cli *cli, int argc, char **argv, char seen[OPTIONS_MAX])
{
	size_t n = 0;
	int c;

	optind = 0; /* restarts getopt_long(), which unit tests call more than once */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":jphVac:w:fn:", options, NULL)) != -1) {
		if (c == '?' || c == ':') {
			cli_error(cli, "%s: %s; see \"steer help\"", argv[optind - 1],
				  c == ':' ? "a value is missing" : "no such option");
			return -EINVAL;
		}
		if (n < OPTIONS_MAX - 1)
			seen[n++] = c;

		switch (c) {
		case 'p':
			cli->writer.pretty = true;
			__attribute__((fallthrough));
		case 'j':
			cli->writer.show = writer_json;
			break;
		case 's':
			cli->socket = optarg;
			break;
		case 'd':
			cli->pin_dir = optarg;
			break;
		case 'a':
			cli->writer.all = true;
			break;
		case 'e':
			cli->node = optarg;
			break;
		case 'P':
			cli->pool = optarg;
			break;
		case 'C':
			cli->scope = optarg;
			break;
		case 'f':
			cli->follow = true;
			break;
		case 'W':
			cli->wait = optarg ?: "10";
			break;
		case 'n':
			cli->lines = optarg;
			break;
		case 'o':
			cli->object = optarg;
			break;
		case 'S':
			cli->syn = true;
			break;
		case 'r':
			if (add_reason(cli, optarg))
				return -EINVAL;
			break;
		case 'v':
			cli->trace.service = optarg;
			break;
		case 'A':
			cli->trace.address = optarg;
			break;
		case 'N':
			cli->trace.sample = optarg;
			break;
		case 'c':
			cli->trace.count = optarg;
			break;
		case 'w':
			cli->trace.file = optarg;
			break;
		case 'B':
			cli->trace.perf = true;
			break;
		case 'R':
			cli->replace = true;
			break;
		case 'm':
			if (set_mode(cli, optarg))
				return -EINVAL;
			break;
		case 'D':
			if (set_dispatcher(cli, optarg))
				return -EINVAL;
			break;
		}
	}
	seen[n] = '\0';
	return 0;
}

static const char *option_name(char letter)
{
	const struct option *option = options;

	while (option->name && option->val != letter)
		option++;
	return option->name;
}

/* Does the command take these parameters and options? Return: 0; -EINVAL, reported. */
static int check_usage(const struct cli *cli, const struct cli_command *command, char **parameters,
		       const char *seen)
{
	char name[64];
	int n = 0;

	snprintf(name, sizeof(name), "%s%s%s", command->object, command->verb ? " " : "",
		 command->verb ?: "");
	while (parameters[n])
		n++;
	if (n < command->min || n > command->max) {
		cli_error(cli, "%s: %s; usage: steer %s%s%s", name,
			  n < command->min ? "an argument is missing" : "too many arguments", name,
			  *command->parameters ? " " : "", command->parameters);
		return -EINVAL;
	}

	seen += strspn(seen, GENERAL);
	while (*seen) {
		if (!strchr(command->options, *seen)) {
			cli_error(cli, "%s: does not take --%s; see \"steer help\"", name,
				  option_name(*seen));
			return -EINVAL;
		}
		seen++;
		seen += strspn(seen, GENERAL);
	}
	return 0;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv)
{
	static char *help[] = { "help", NULL }, *version[] = { "version", NULL };
	const struct cli_command *command;
	char **words, **parameters;
	char seen[OPTIONS_MAX];

	if (parse_options(cli, argc, argv, seen))
		return CLI_USAGE;

	words = strchr(seen, 'h') ? help : strchr(seen, 'V') ? version : argv + optind;
	if (!words[0]) {
		commands_help(cli->err);
		return CLI_USAGE;
	}

	command = commands_find(cli, words, &parameters);
	if (!command || check_usage(cli, command, parameters, words == argv + optind ? seen : ""))
		return CLI_USAGE;
	return command->run(cli, parameters);
}

enum cli_exit cli_run(int argc, char **argv, FILE *out, FILE *err)
{
	struct cli cli = {
		.socket = CONTROL_SOCKET,
		.mode = DATAPATH_MODE_NATIVE,
		.writer = { .show = writer_text, .out = out, .width = terminal_width(out) },
		.err = err,
	};
	enum cli_exit exit = run(&cli, argc, argv);

	/* Output redirected to a full disk must not look like success. */
	if (fflush(out) || ferror(out)) {
		cli_error(&cli, "standard output: %s", strerror(errno));
		return exit ?: CLI_FAILED;
	}
	return exit;
}
