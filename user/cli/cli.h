/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_CLI_H
#define STEER_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/writer.h"
#include "datapath/datapath.h"

/**
 * DOC: The command line: "steer [OPTIONS] OBJECT [VERB] [ARGUMENTS]".
 *
 * cli.c parses the options, commands.c finds the command in a table, and one file per object
 * implements its commands. A command asks the daemon (call.c) or reads the pinned maps. It passes
 * the data and a view of the data to the writer, which prints text or JSON; the command itself does
 * not know which.
 */

/* Exit codes; the daemon answers with the same codes. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NO_DAEMON = 3,
	CLI_BAD_CONFIG = 4,
	CLI_DEGRADED = 5,
};

struct cli {
	const char *socket;
	const char *pin_dir; /* NULL: DATAPATH_PIN_ROOT */
	const char *object;  /* NULL: the installed one */
	const char *node;
	const char *pool, *scope, *lines; /* events */
	bool follow;			  /* events */
	const char *wait; /* node drain, node activate, pool handover: seconds; NULL: do not wait */
	enum datapath_mode mode;
	enum datapath_dispatcher dispatcher;
	bool syn;     /* explain */
	bool replace; /* load */
	struct cli_trace_options {
		const char *service, *node, *address, *sample, *count, *file;
		uint64_t verdicts; /* 0: all drops */
		bool perf;	   /* for bpftool */
	} trace;
	struct writer writer;
	FILE *err;
};

struct cli_command {
	const char *object;
	const char *verb;	/* NULL: the command is the object alone */
	const char *parameters; /* for the usage line */
	int min, max;		/* number of parameters */
	const char *options;	/* letters of the options beside the general ones */
	enum cli_exit (*run)(struct cli *cli, char **parameters);
	const char *help;
};

/* Runs steer: everything but main(). */
enum cli_exit cli_run(int argc, char **argv, FILE *out, FILE *err);

/* Prints "steer: TEXT" on the error stream. The text has the form "object: cause; remedy". */
void cli_error(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* --- commands.c --- */

/**
 * commands_find - the command that the words name; each word may be an unambiguous prefix.
 * @words: ends with NULL
 * @ret_parameters: the words after the command
 *
 * Return: NULL if there is no such command; the error has been printed.
 */
const struct cli_command *commands_find(const struct cli *cli, char **words,
					char ***ret_parameters);
void commands_help(FILE *out);

/* --- call.c --- */

/**
 * cli_call - send one request to the daemon and read its answer; prints errors.
 * @arguments: an object or NULL; borrowed
 * @ret_data: the answer's data, a new reference; set for CLI_OK and CLI_DEGRADED
 */
enum cli_exit cli_call(const struct cli *cli, const char *command, const json_t *arguments,
		       json_t **ret_data);

/* The same with a timeout of the caller's choice. */
enum cli_exit cli_call_within(const struct cli *cli, const char *command, const json_t *arguments,
			      int timeout_ms, json_t **ret_data);

/* Prints why control_call() failed. Return: the exit code. */
enum cli_exit cli_no_answer(const struct cli *cli, int error);

/* cli_call() with at most one argument (@name may be NULL), then prints the answer. */
enum cli_exit cli_ask(const struct cli *cli, const char *command, const char *key, const char *name,
		      const struct view *view);

/* --- the commands of each file; each array ends with an empty command --- */
extern const struct cli_command status_commands[], node_commands[], pool_commands[],
	service_commands[], stats_commands[], explain_commands[], trace_commands[],
	events_commands[], config_commands[], program_commands[], version_commands[];

#endif
