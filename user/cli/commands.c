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

/* The i-th command of all families; NULL after the last. */
static const struct cli_command *command_at(size_t i)
{
	for (size_t f = 0; f < FAMILIES; f++)
		for (const struct cli_command *c = families[f]; c->object; c++)
			if (!i--)
				return c;
	return NULL;
}

/* A set of words: the objects, or the verbs of one object. */
struct vocabulary {
	const char *object; /* NULL: the words are the objects */
	const char *prefix; /* only words with this prefix; NULL: all */
};

static const char *word_of(const struct vocabulary *vocabulary, const struct cli_command *command)
{
	const char *prefix = vocabulary->prefix ?: "";
	const char *word = command->object;

	if (vocabulary->object)
		word = strcmp(word, vocabulary->object) ? NULL : command->verb;
	return word && !strncmp(word, prefix, strlen(prefix)) ? word : NULL;
}

/* suggest_word_fn. The table lists the verbs of an object in a row; the object counts once. */
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

/* The known word that @word is, or is the only prefix of. Return: NULL if none; reported. */
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
	      "  -j, --json                 JSON on one line, with a schema number\n"
	      "  -p, --pretty               JSON, indented\n"
	      "  -a, --all                  stats: also verdicts without packets\n"
	      "      --socket PATH          the daemon's control socket\n"
	      "                             (" CONTROL_SOCKET ")\n"
	      "      --pin-dir PATH         directory of the pinned maps\n"
	      "                             (" DATAPATH_PIN_ROOT ")\n"
	      "      --wait[=SECONDS]       node drain, node activate, pool handover: return\n"
	      "                             when all live nodes act on it (10)\n"
	      "  -f, --follow               events: go on with new events\n"
	      "  -n, --lines N              events: start with the newest N (20)\n"
	      "      --node NAME, --pool NAME, --scope node|service|systemic\n"
	      "                             events: only events of these\n"
	      "      --node NAME            config check: check as this node\n"
	      "      --syn                  explain: the first packet of a TCP connection\n"
	      "      --reason WORD          trace: a verdict, a class or \"all\" (drop);\n"
	      "                             may be repeated\n"
	      "      --service NAME, --node NAME, --address ADDR[/LEN]\n"
	      "                             trace: only packets of these\n"
	      "      --sample N             trace: one packet of N, at random\n"
	      "  -c, --count N              trace: stop after N packets\n"
	      "  -w, --write FILE           trace: write pcapng; \"-\" is standard output\n"
	      "      --bpftool              trace: for \"bpftool map event_pipe\"\n"
	      "      --replace              load: replace the program that runs\n"
	      "      --mode native|generic  load: run in the driver or in the stack (native)\n"
	      "      --dispatcher auto|on|off\n"
	      "                             load: by libxdp's dispatcher, so that other\n"
	      "                             programs can run beside it (auto)\n"
	      "      --object FILE          load: the program's object file\n"
	      "                             (" STEER_OBJECT ")\n"
	      "  -h, --help; -V, --version\n"
	      "\nWords may be shortened, and \"show\" may be left out: \"steer n s\" and\n"
	      "\"steer node\" are both \"steer node show\".\n"
	      "Exit codes: 0 ok, 1 failed, 2 usage, 3 no daemon, 4 bad configuration,\n"
	      "5 degraded.\n",
	      out);
}
