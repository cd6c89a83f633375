// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/verdicts.h"

static const struct view view = {
	.layout = VIEW_TABLE,
	.key = "verdicts",
	.columns =
		(const struct column[]){
			{ "CLASS", "class", format_text, false },
			{ "VERDICT", "verdict", format_text, false },
			{ "PACKETS", "packets", format_count, true },
			{ "BYTES", "bytes", format_bytes, true },
			{ "MEANING", "help", format_text, false },
			{},
		},
	.zero = "packets",
	.empty = "no packet has been counted yet; -a shows all verdicts",
};

static json_t *verdicts_json(const struct steer_counter counters[STEER_VERDICT_COUNT])
{
	json_t *list = json_array();

	for (size_t i = 0; i < STEER_VERDICT_COUNT; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:s}", "class",
						      verdict_class_names[verdict_words[i].class],
						      "verdict", verdict_words[i].name, "packets",
						      (json_int_t)counters[i].packets, "bytes",
						      (json_int_t)counters[i].bytes, "help",
						      verdict_words[i].help));
	return json_pack("{s:o}", "verdicts", list);
}

/* One object per flow table; tables that cannot be opened are left out. */
static json_t *flows_json(struct datapath *datapath)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < STEER_MAX_SERVICES; i++) {
		struct steer_service_stats service;
		struct datapath_flow_table table;
		uint64_t misses;

		if (datapath_count_flows(datapath, i, &table) < 0 ||
		    datapath_read_service(datapath, i, &service) < 0)
			continue;
		misses = service.flow_misses;
		json_array_append_new(
			list,
			json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I}", "service", (int)i,
				  "entries", (json_int_t)table.entries, "used",
				  (json_int_t)table.flows, "hits", (json_int_t)service.flow_hits,
				  "misses", (json_int_t)misses, "moved",
				  (json_int_t)service.flow_moved, "evicted",
				  (json_int_t)(misses > table.flows ? misses - table.flows : 0)));
	}
	return list;
}

static enum cli_exit stats(struct cli *cli, char **parameters)
{
	const struct datapath_options options = { .pin_root = cli->pin_dir };
	struct steer_counter counters[STEER_VERDICT_COUNT];
	_cleanup_(cleanup_json) json_t *data = NULL, *flows = NULL;
	struct datapath_error error = {};
	struct datapath *datapath;
	int r;

	(void)parameters;
	if (datapath_open_pinned(&options, &datapath, &error) < 0) {
		cli_error(cli, "%s", error.text);
		return CLI_FAILED;
	}
	r = datapath_read_verdicts(datapath, counters);
	/* Only in JSON: the walk through a large table takes a while. */
	if (r == 0 && cli->writer.show == writer_json)
		flows = flows_json(datapath);
	datapath_close(datapath);
	if (r < 0) {
		cli_error(cli, "%s: the counters cannot be read: %s",
			  cli->pin_dir ?: DATAPATH_PIN_ROOT, strerror(-r));
		return CLI_FAILED;
	}

	data = verdicts_json(counters);
	if (flows)
		json_object_set(data, "flows", flows);
	writer_show(&cli->writer, data, &view);
	return CLI_OK;
}

const struct cli_command stats_commands[] = {
	{ "stats", NULL, "[-a]", 0, 0, "a", stats, "packets by verdict (needs no daemon)" },
	{},
};
