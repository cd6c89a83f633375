// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli/cli.h"
#include "cli/format.h"

#define OBJECT_NAME "steer.bpf.o"

static void format_loaded(FILE *out, const json_t *data)
{
	fputs("interface ", out);
	format_text(out, json_object_get(data, "interface"));
	fputs(": runs ", out);
	format_text(out, json_object_get(data, "object"));
	if (json_is_true(json_object_get(data, "replaced"))) {
		fputs(" in place of the previous program", out);
		return;
	}
	fputs(", ", out);
	format_text(out, json_object_get(data, "mode"));
	if (!json_object_get(data, "note"))
		return;
	fputs("\nnote: ", out);
	format_text(out, json_object_get(data, "note"));
}

static void format_unloaded(FILE *out, const json_t *data)
{
	fputs("interface ", out);
	format_text(out, json_object_get(data, "interface"));
	fputs(": unloaded", out);
}

static const struct view loaded = {
	.layout = VIEW_LINE,
	.columns = (const struct column[]){ { "", "", format_loaded, false }, {} },
};

static const struct view unloaded = {
	.layout = VIEW_LINE,
	.columns = (const struct column[]){ { "", "", format_unloaded, false }, {} },
};

/* The installed object; in a build tree, the one beside the executable. */
static const char *default_object(char buffer[PATH_MAX])
{
	ssize_t n;
	char *slash;

	if (!access(STEER_OBJECT, F_OK))
		return STEER_OBJECT;

	n = readlink("/proc/self/exe", buffer, PATH_MAX - sizeof(OBJECT_NAME));
	if (n < 0)
		return STEER_OBJECT;
	buffer[n] = '\0';
	slash = strrchr(buffer, '/');
	if (!slash)
		return STEER_OBJECT;
	strcpy(slash + 1, OBJECT_NAME);
	return access(buffer, F_OK) ? STEER_OBJECT : buffer;
}

static enum cli_exit load(struct cli *cli, char **parameters)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	struct datapath_error error = {};
	struct datapath_options options = { .dispatcher = cli->dispatcher };
	char buffer[PATH_MAX];
	int r;

	options.object = cli->object ?: default_object(buffer);
	options.pin_root = cli->pin_dir;
	if (cli->replace)
		r = datapath_replace(&options, parameters[0], &error);
	else
		r = datapath_load(&options, parameters[0], cli->mode, &error);
	if (r < 0) {
		cli_error(cli, "%s", error.text);
		return CLI_FAILED;
	}

	/* A replaced program keeps its mode, which is not known here. */
	data = json_pack("{s:s, s:s, s:b, s:s*, s:s*}", "interface", parameters[0], "object",
			 options.object, "replaced", cli->replace, "mode",
			 cli->replace			     ? NULL
			 : cli->mode == DATAPATH_MODE_NATIVE ? "native"
							     : "generic",
			 "note", *error.note ? error.note : NULL);
	if (data)
		writer_show(&cli->writer, data, &loaded);
	return CLI_OK;
}

static enum cli_exit unload(struct cli *cli, char **parameters)
{
	const struct datapath_options options = { .pin_root = cli->pin_dir };
	_cleanup_(cleanup_json) json_t *data = NULL;
	struct datapath_error error = {};

	if (datapath_unload(&options, parameters[0], &error) < 0) {
		cli_error(cli, "%s", error.text);
		return CLI_FAILED;
	}

	data = json_pack("{s:s}", "interface", parameters[0]);
	if (data)
		writer_show(&cli->writer, data, &unloaded);
	return CLI_OK;
}

const struct cli_command program_commands[] = {
	{ "load", NULL, "IFACE", 1, 1, "mDoR", load,
	  "attach the program; it passes all until configured" },
	{ "unload", NULL, "IFACE", 1, 1, "", unload, "detach the program" },
	{},
};
