// SPDX-License-Identifier: GPL-2.0
#include "cleanup.h"
#include "cli/writer.h"
#include "control/server.h"

void writer_json(const struct writer *writer, const json_t *data, const struct view *view)
{
	_cleanup_(cleanup_json) json_t *root = json_pack("{s:i}", "schema", CONTROL_SCHEMA);

	(void)view;
	json_object_update(root, (json_t *)data);
	json_dumpf(root, writer->out,
		   JSON_REAL_PRECISION(12) | (writer->pretty ? JSON_INDENT(2) : JSON_COMPACT));
	fputc('\n', writer->out);
}
