/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_WRITER_H
#define STEER_CLI_WRITER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * DOC: how a command's data gets onto the screen.
 *
 * A command gives its data as a JSON object and a view of it. The JSON writer prints the data, all
 * of it, with a schema number; the text writer prints what the view picks, aligned for people.
 */

/* Print a value for people; null and what is not there print nothing. */
typedef void (*column_format_fn)(FILE *out, const json_t *value);

struct column {
	const char *title;
	const char *key; /* a path as "sent.packets"; "" is the object itself */
	column_format_fn format;
	bool right; /* align to the right */
};

enum view_layout {
	VIEW_LINE,   /* the columns in a row, without titles */
	VIEW_FIELDS, /* a line per column, empty ones left out */
	VIEW_TABLE,  /* a line per element */
};

struct view {
	enum view_layout layout;
	const char *key;	      /* of an array of objects; NULL: the data itself */
	const struct column *columns; /* a NULL title after the last */
	const struct view *inner;     /* shown below each element, or below the table */
	const char *zero;  /* elements where this is 0 are left out, unless all are asked for */
	const char *empty; /* said in place of a table without lines */
};

struct writer {
	void (*show)(const struct writer *writer, const json_t *data, const struct view *view);
	FILE *out;
	bool pretty;	    /* JSON: indented */
	bool all;	    /* text: with the lines that are zero */
	unsigned int width; /* text: columns of the terminal, 0 if it is none */
};

static inline void writer_show(const struct writer *writer, const json_t *data,
			       const struct view *view)
{
	writer->show(writer, data, view);
}

/* The two implementations of show(). */
void writer_text(const struct writer *writer, const json_t *data, const struct view *view);
void writer_json(const struct writer *writer, const json_t *data, const struct view *view);

/* The value at a path of keys joined by dots, or NULL. */
const json_t *writer_get(const json_t *object, const char *path);

#endif
