/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_CLI_H
#define STEER_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/writer.h"
#include "datapath/datapath.h"

/**
 * DOC: the command line: "steer [OPTIONS] OBJECT [VERB] [ARGUMENTS]".
 *
 * cli.c understands the options, commands.c finds the command in the table, one file per object
 * carries it out. A command asks the daemon (call.c) or the pinned maps, and hands data and a view
 * of it to the writer: it does not know whether a person or a program reads.
 */

/* Exit codes, and the daemon's answer codes. */
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
	const char *wait; /* node drain, activate, pool handover: seconds; NULL: do not */
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
	const char *verb;	/* NULL: the object alone is the command */
	const char *parameters; /* as the help shows them */
	int min, max;		/* how many */
	const char *options;	/* letters of the options it takes besides the general ones */
	enum cli_exit (*run)(struct cli *cli, char **parameters);
	const char *help;
};

/* All of steer but main(). */
enum cli_exit cli_run(int argc, char **argv, FILE *out, FILE *err);

/* "steer: …" and a newline on the error stream; the text is "object: cause; remedy". */
void cli_error(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* --- commands.c --- */

/**
 * commands_find - the command that the words name, by unambiguous beginnings too.
 * @words: NULL after the last
 * @ret_parameters: the words after the command
 *
 * Return: NULL if there is none; the error is said already.
 */
const struct cli_command *commands_find(const struct cli *cli, char **words,
					char ***ret_parameters);
void commands_help(FILE *out);

/* --- call.c --- */

/**
 * cli_call - ask the daemon.
 * @arguments: an object or NULL; borrowed
 * @ret_data: the answer's data, a new reference, if CLI_OK or CLI_DEGRADED is returned
 */
enum cli_exit cli_call(const struct cli *cli, const char *command, const json_t *arguments,
		       json_t **ret_data);

/* The same, with another time for the answer. */
enum cli_exit cli_call_within(const struct cli *cli, const char *command, const json_t *arguments,
			      int timeout_ms, json_t **ret_data);

/* Say why control_call() has failed. */
enum cli_exit cli_no_answer(const struct cli *cli, int error);

/* Ask with at most one argument (name may be NULL), and show the answer. */
enum cli_exit cli_ask(const struct cli *cli, const char *command, const char *key, const char *name,
		      const struct view *view);

/* --- one family per file; each ends with an empty command --- */
extern const struct cli_command status_commands[], node_commands[], pool_commands[],
	service_commands[], stats_commands[], explain_commands[], trace_commands[],
	events_commands[], config_commands[], program_commands[], version_commands[];

#endif
