// SPDX-License-Identifier: GPL-2.0
#include "cli/directory.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "control/client.h"

#define TIMEOUT_MS 1000

static const char *const kinds[] = {
	[DIRECTORY_NODE] = "node",
	[DIRECTORY_SERVICE] = "service",
	[DIRECTORY_POOL] = "pool",
};

static json_t *ask(const struct cli *cli, const char *command, const char *key)
{
	_cleanup_(cleanup_json) json_t *data = NULL;
	char message[CONTROL_MESSAGE_MAX];
	int code;

	if (control_call(cli->socket, command, NULL, TIMEOUT_MS, &code, message, &data) < 0)
		return NULL;
	return json_incref(json_object_get(data, key));
}

void directory_load(const struct cli *cli, struct directory *ret_directory)
{
	ret_directory->nodes = ask(cli, "node.show", "nodes");
	ret_directory->services = ask(cli, "service.show", "services");
	ret_directory->pools = ask(cli, "pool.show", "pools");
}

void directory_clear(struct directory *directory)
{
	json_decref(directory->nodes);
	json_decref(directory->services);
	json_decref(directory->pools);
	*directory = (struct directory){};
}

static const json_t *list_of(const struct directory *directory, enum directory_kind kind)
{
	switch (kind) {
	case DIRECTORY_NODE:
		return directory->nodes;
	case DIRECTORY_SERVICE:
		return directory->services;
	default:
		return directory->pools;
	}
}

const char *directory_name(const struct directory *directory, enum directory_kind kind, uint16_t id,
			   char buffer[DIRECTORY_NAME_MAX])
{
	const json_t *item;
	size_t i;

	json_array_foreach (list_of(directory, kind), i, item) {
		if (json_integer_value(json_object_get(item, "id")) != id)
			continue;
		snprintf(buffer, DIRECTORY_NAME_MAX, "%s",
			 json_string_value(json_object_get(item, "name")) ?: "?");
		return buffer;
	}
	snprintf(buffer, DIRECTORY_NAME_MAX, "%s %u", kinds[kind], id);
	return buffer;
}

int directory_find(const struct directory *directory, enum directory_kind kind, const char *name,
		   uint16_t *ret_id)
{
	const json_t *item;
	unsigned long id;
	char *end;
	size_t i;

	json_array_foreach (list_of(directory, kind), i, item) {
		const char *known = json_string_value(json_object_get(item, "name"));

		if (known && !strcmp(known, name)) {
			*ret_id = json_integer_value(json_object_get(item, "id"));
			return 0;
		}
	}
	id = strtoul(name, &end, 10);
	if (!*name || *end || id > UINT16_MAX)
		return -ENOENT;
	*ret_id = id;
	return 0;
}
