// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "config/suggest.h"
#include "control/server.h"

static const struct cli_command *const families[] = {
	status_commands, node_commands,	   pool_commands,    service_commands,
	events_commands, stats_commands,   explain_commands, trace_commands,
	config_commands, program_commands, version_commands,
};

#define FAMILIES (sizeof(families) / sizeof(families[0]))

/* The commands in the order of the table; NULL after the last. */
static const struct cli_command *command_at(size_t i)
{
	for (size_t f = 0; f < FAMILIES; f++)
		for (const struct cli_command *c = families[f]; c->object; c++)
			if (!i--)
				return c;
	return NULL;
}

/* One word of the language: the objects, or the verbs of one object. */
struct vocabulary {
	const char *object; /* NULL: the words are the objects */
	const char *prefix; /* only those that begin so; NULL: all */
};

static const char *word_of(const struct vocabulary *vocabulary, const struct cli_command *command)
{
	const char *prefix = vocabulary->prefix ?: "";
	const char *word = command->object;

	if (vocabulary->object)
		word = strcmp(word, vocabulary->object) ? NULL : command->verb;
	return word && !strncmp(word, prefix, strlen(prefix)) ? word : NULL;
}

/* suggest_word_fn: an object with several verbs counts once. */
static const char *known_word(const void *context, size_t i)
{
	const struct cli_command *command;
	const char *before = NULL, *word;

	for (size_t k = 0; (command = command_at(k)); k++) {
		word = word_of(context, command);
		if (!word || (before && !strcmp(word, before)))
			continue;
		before = word;
		if (!i--)
			return word;
	}
	return NULL;
}

/* The word that is meant: itself, or the only one that begins so. NULL: none, and that is said. */
static const char *resolve(const struct cli *cli, const char *object, const char *word)
{
	struct vocabulary vocabulary = { .object = object, .prefix = word };
	const char *known, *fault, *kind = object ? "verb" : "object";
	char hint[SUGGEST_TEXT_MAX], where[64] = "";

	for (size_t i = 0; *word && (known = known_word(&vocabulary, i)); i++)
		if (!strcmp(known, word))
			return known;

	known = known_word(&vocabulary, 0);
	if (*word && known && !known_word(&vocabulary, 1))
		return known;

	if (!known)
		vocabulary.prefix = NULL;
	fault = !*word ? "missing" : known ? "ambiguous" : "unknown";
	suggest_text(known ? "" : word, known_word, &vocabulary, hint);
	if (object)
		snprintf(where, sizeof(where), "%s: ", object);
	if (*word)
		cli_error(cli, "%s%s \"%s\" is %s; %s", where, kind, word, fault, hint);
	else
		cli_error(cli, "%s%s is %s; %s", where, kind, fault, hint);
	return NULL;
}

static const struct cli_command *get(const char *object, const char *verb)
{
	const struct cli_command *c;

	for (size_t i = 0; (c = command_at(i)); i++)
		if (!strcmp(c->object, object) &&
		    (verb ? c->verb && !strcmp(c->verb, verb) : !c->verb))
			return c;
	return NULL;
}

const struct cli_command *commands_find(const struct cli *cli, char **words, char ***ret_parameters)
{
	const char *object, *verb = "show";
	const struct cli_command *command;

	object = resolve(cli, NULL, words[0]);
	if (!object)
		return NULL;

	command = get(object, NULL);
	if (command) {
		*ret_parameters = words + 1;
		return command;
	}

	if (words[1] || !get(object, verb))
		verb = resolve(cli, object, words[1] ?: "");
	if (!verb)
		return NULL;

	*ret_parameters = words + 1 + !!words[1];
	return get(object, verb);
}

void commands_help(FILE *out)
{
	const struct cli_command *c;

	fputs("Usage: steer [OPTIONS] OBJECT [VERB] [ARGUMENTS]\n\n", out);
	for (size_t i = 0; (c = command_at(i)); i++) {
		char usage[64];

		snprintf(usage, sizeof(usage), "%s%s%s %s", c->object, c->verb ? " " : "",
			 c->verb ?: "", c->parameters);
		fprintf(out, strlen(usage) > 26 ? "  %s\n  %26s %s\n" : "  %-26s%s %s\n", usage, "",
			c->help);
	}
	fputs("\nOptions:\n"
	      "  -j, --json                 JSON, with a schema number\n"
	      "  -p, --pretty               JSON, indented\n"
	      "  -a, --all                  stats: with the lines that are zero\n"
	      "      --socket PATH          of the daemon (" CONTROL_SOCKET ")\n"
	      "      --pin-dir PATH         of the pinned maps (" DATAPATH_PIN_ROOT ")\n"
	      "      --wait[=SECONDS]       drain, activate, handover: until live nodes act\n"
	      "                             on it (10)\n"
	      "  -f, --follow               events: go on with those to come\n"
	      "  -n, --lines N              events: begin with the newest N (20)\n"
	      "      --node NAME, --pool NAME, --scope node|service|systemic\n"
	      "                             events: only of these\n"
	      "      --node NAME            config check: as this node\n"
	      "      --syn                  explain: the first packet of a TCP connection\n"
	      "      --reason WORD          trace: verdict, class or \"all\"; repeatable "
	      "(drop)\n"
	      "      --service NAME, --node NAME, --address ADDR[/LEN]\n"
	      "                             trace: only packets of these\n"
	      "      --sample N             trace: one packet of N, by chance\n"
	      "  -c, --count N              trace: end after so many packets\n"
	      "  -w, --write FILE           trace: as pcapng, \"-\" for standard output\n"
	      "      --bpftool              trace: for \"bpftool map event_pipe\"\n"
	      "      --replace              load: in the place of the one that runs\n"
	      "      --mode native|generic  load: who runs the program, driver or stack\n"
	      "      --dispatcher auto|on|off\n"
	      "                             load: through libxdp's, for others beside it\n"
	      "      --object FILE          load: the program (" STEER_OBJECT ")\n"
	      "  -h, --help; -V, --version\n"
	      "\nWords may be shortened: \"steer n s\" is \"steer node show\", as is \"steer "
	      "node\".\n"
	      "Exit: 0 ok, 1 failed, 2 usage, 3 no daemon, 4 bad configuration, 5 degraded.\n",
	      out);
}
