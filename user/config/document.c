// SPDX-License-Identifier: GPL-2.0
#include "config/document.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

static const struct position whole_file = { 0, 0 };

static void cleanup_parser(yaml_parser_t *parser)
{
	yaml_parser_delete(parser);
}

/* Line and column of a byte: of invalid bytes libyaml gives only the offset. */
static struct position position_of_offset(const char *text, size_t length, size_t offset)
{
	struct position at = { 1, 1 };

	for (size_t i = 0; i < offset && i < length; i++) {
		if (text[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if ((text[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

static int read_open_file(int fd, struct errors *errors, char **ret_text, size_t *ret_length)
{
	_cleanup_(cleanup_free) char *text = malloc(DOCUMENT_BYTES_MAX + 1);
	size_t length = 0;

	if (!text)
		return -ENOMEM;
	while (length <= DOCUMENT_BYTES_MAX) {
		ssize_t n = read(fd, text + length, DOCUMENT_BYTES_MAX + 1 - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			errors_add(errors, whole_file, "cannot be read: %m");
			return -EINVAL;
		}
		if (n == 0) {
			*ret_text = TAKE_PTR(text);
			*ret_length = length;
			return 0;
		}
		length += (size_t)n;
	}
	errors_add(errors, whole_file, "is larger than %u MiB; give a Steer configuration",
		   DOCUMENT_BYTES_MAX >> 20);
	return -EINVAL;
}

static int read_file(const char *path, struct errors *errors, char **ret_text, size_t *ret_length)
{
	_cleanup_(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;

	if (fd < 0) {
		errors_add(errors, whole_file, "cannot be opened: %m; %s",
			   errno == EACCES ? "check its owner and mode" : "check the path");
		return -EINVAL;
	}
	if (!fstat(fd, &status) && S_ISDIR(status.st_mode)) {
		errors_add(errors, whole_file, "is a directory; give the file in it");
		return -EINVAL;
	}
	return read_open_file(fd, errors, ret_text, ret_length);
}

static int report_problem(const yaml_parser_t *parser, const char *text, size_t length,
			  struct errors *errors)
{
	const char *problem = parser->problem ? parser->problem : "not understood";
	const yaml_mark_t *mark = &parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		errors_add(errors, position_of_offset(text, length, parser->problem_offset),
			   "not a text file: %s; write the configuration in UTF-8", problem);
	else if (parser->context)
		errors_add(errors, (struct position){ mark->line + 1, mark->column + 1 },
			   "YAML syntax: %s (%s from line %zu on); correct it", problem,
			   parser->context, parser->context_mark.line + 1);
	else
		errors_add(errors, (struct position){ mark->line + 1, mark->column + 1 },
			   "YAML syntax: %s; correct it", problem);
	return -EINVAL;
}

/* Require the end of the file behind the document, without a second document or a syntax error. */
static int require_end(yaml_parser_t *parser, const char *text, size_t length,
		       struct errors *errors)
{
	yaml_document_t second;
	yaml_node_t *root;

	if (!yaml_parser_load(parser, &second))
		return report_problem(parser, text, length, errors);
	root = yaml_document_get_root_node(&second);
	if (root)
		errors_add(errors,
			   (struct position){ second.start_mark.line + 1,
					      second.start_mark.column + 1 },
			   "a second document starts here; keep one per file");
	yaml_document_delete(&second);
	return root ? -EINVAL : 0;
}

static bool has_anchor(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor;
	default:
		return false;
	}
}

struct extent {
	unsigned int depth;
	unsigned int anchors;
};

static int extent_add(struct extent *extent, const yaml_event_t *event, struct errors *errors)
{
	struct position at = { event->start_mark.line + 1, event->start_mark.column + 1 };

	if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT)
		extent->depth++;
	if (event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT)
		extent->depth--;
	extent->anchors += has_anchor(event);
	if (extent->depth > DOCUMENT_DEPTH_MAX)
		errors_add(errors, at, "nested more than %d deep; no section is",
			   DOCUMENT_DEPTH_MAX);
	else if (extent->anchors > DOCUMENT_ANCHORS_MAX)
		errors_add(errors, at, "more than %d anchors; write the values out",
			   DOCUMENT_ANCHORS_MAX);
	else
		return 0;
	return -EINVAL;
}

/*
 * Limit the depth of nesting and the number of anchors, event by event, as the time of libyaml's
 * loader is quadratic in both. Syntax errors are left to the loader.
 */
static int require_modest(const char *text, size_t length, struct errors *errors)
{
	_cleanup_(cleanup_parser) yaml_parser_t parser = {};
	struct extent extent = {};
	yaml_event_t event;
	bool end = false;
	int r = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	while (r == 0 && !end && yaml_parser_parse(&parser, &event)) {
		end = event.type == YAML_STREAM_END_EVENT;
		r = extent_add(&extent, &event, errors);
		yaml_event_delete(&event);
	}
	return r;
}

int document_load(const char *path, struct errors *errors, yaml_document_t *ret_document)
{
	_cleanup_(cleanup_parser) yaml_parser_t parser = {};
	_cleanup_(cleanup_free) char *text = NULL;
	yaml_document_t document;
	size_t length;
	int r;

	r = read_file(path, errors, &text, &length);
	if (r < 0)
		return r;
	r = require_modest(text, length, errors);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	if (!yaml_parser_load(&parser, &document))
		return report_problem(&parser, text, length, errors);
	r = yaml_document_get_root_node(&document) ? require_end(&parser, text, length, errors) : 0;
	if (r < 0) {
		yaml_document_delete(&document);
		return r;
	}
	*ret_document = document;
	return 0;
}
