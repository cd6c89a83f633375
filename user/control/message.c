// SPDX-License-Identifier: GPL-2.0
#include "control/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "control/limits.h"

/* Twelve digits hold the microseconds of a day, without rounding noise of binary fractions. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(12))

void control_request_clear(struct control_request *request)
{
	json_decref(request->root);
	*request = (struct control_request){};
}

int control_request_parse(const char *line, size_t length, struct control_request *ret_request,
			  char ret_reason[CONTROL_MESSAGE_MAX])
{
	_cleanup_(cleanup_json) json_t *root = NULL;
	const char *command;
	json_t *arguments;
	json_error_t error;
	json_int_t schema;

	/* The reasons never quote the line, which may contain any bytes. */
	root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		snprintf(ret_reason, CONTROL_MESSAGE_MAX,
			 "not a JSON object: error at byte %d of the line", error.position);
		return -EBADMSG;
	}
	if (!json_is_object(root)) {
		snprintf(ret_reason, CONTROL_MESSAGE_MAX,
			 "not a JSON object: send {\"schema\":%d,\"command\":\"…\"}",
			 CONTROL_SCHEMA);
		return -EBADMSG;
	}

	schema = json_integer_value(json_object_get(root, "schema"));
	if (schema != CONTROL_SCHEMA) {
		snprintf(ret_reason, CONTROL_MESSAGE_MAX,
			 "\"schema\" is missing or unknown: this daemon speaks %d", CONTROL_SCHEMA);
		return -EBADMSG;
	}

	command = json_string_value(json_object_get(root, "command"));
	if (!command) {
		snprintf(ret_reason, CONTROL_MESSAGE_MAX, "\"command\" is missing or not a string");
		return -EBADMSG;
	}

	arguments = json_object_get(root, "arguments");
	if (!arguments) {
		arguments = json_object();
		if (json_object_set_new(root, "arguments", arguments))
			return -ENOMEM;
	}
	if (!json_is_object(arguments)) {
		snprintf(ret_reason, CONTROL_MESSAGE_MAX, "\"arguments\" is not an object");
		return -EBADMSG;
	}

	*ret_request = (struct control_request){
		.command = command,
		.arguments = arguments,
		.root = TAKE_PTR(root),
	};
	return 0;
}

/* Format an object as a line. The object's reference is consumed. */
static int dump_line(json_t *object, char **ret_line)
{
	_cleanup_(cleanup_json) json_t *root = object;
	size_t length;
	char *line;

	length = json_dumpb(root, NULL, 0, DUMP_FLAGS);
	if (!length)
		return -EINVAL;

	line = malloc(length + 2);
	if (!line)
		return -ENOMEM;

	json_dumpb(root, line, length, DUMP_FLAGS);
	memcpy(line + length, "\n", 2);
	*ret_line = line;
	return 0;
}

int control_request_format(const char *command, const json_t *arguments, char **ret_line)
{
	_cleanup_(cleanup_free) char *line = NULL;
	json_t *root;
	int r;

	root = json_pack("{s:i, s:s, s:O*}", "schema", CONTROL_SCHEMA, "command", command,
			 "arguments", (json_t *)arguments);
	if (!root)
		return -ENOMEM;

	r = dump_line(root, &line);
	if (r < 0)
		return r;
	if (strlen(line) > CONTROL_REQUEST_MAX)
		return -EMSGSIZE;

	*ret_line = TAKE_PTR(line);
	return 0;
}

/* A message that was cut to its limit may end within a character, which is dropped. */
static json_t *make_string(const char *message)
{
	size_t length = strlen(message);

	for (int cut = 0; cut < 4 && length; cut++, length--) {
		json_t *string = json_stringn(message, length);

		if (string)
			return string;
	}
	return json_string("(the message is not UTF-8)");
}

int control_answer_format(int code, const char *message, const json_t *data, char **ret_line)
{
	_cleanup_(cleanup_free) char *line = NULL;
	json_t *root;
	int r;

	root = json_pack("{s:i, s:i, s:o*, s:O*}", "schema", CONTROL_SCHEMA, "code", code,
			 "message", message[0] ? make_string(message) : NULL, "data",
			 (json_t *)data);
	if (!root)
		return -ENOMEM;

	r = dump_line(root, &line);
	if (r == -EINVAL && data)
		return control_answer_format(1, "the answer is not valid JSON", NULL, ret_line);
	if (r < 0)
		return r;
	if (strlen(line) > CONTROL_ANSWER_MAX)
		return control_answer_format(1, "the answer is too long; ask by name", NULL,
					     ret_line);

	*ret_line = TAKE_PTR(line);
	return 0;
}

int control_answer_parse(const char *line, size_t length, int *ret_code,
			 char ret_message[CONTROL_MESSAGE_MAX], json_t **ret_data)
{
	_cleanup_(cleanup_json) json_t *root = NULL;
	const char *message = "";
	json_t *data = NULL;
	int code, schema;

	root = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	if (!root)
		return -EPROTO;
	if (json_unpack(root, "{s:i, s:i, s?s, s?o}", "schema", &schema, "code", &code, "message",
			&message, "data", &data))
		return -EPROTO;
	if (schema != CONTROL_SCHEMA || (data && !json_is_object(data)))
		return -EPROTO;

	*ret_code = code;
	snprintf(ret_message, CONTROL_MESSAGE_MAX, "%s", message);
	*ret_data = json_incref(data);
	return 0;
}
