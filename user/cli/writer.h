/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_WRITER_H
#define STEER_CLI_WRITER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * DOC: Writers print a command's data.
 *
 * A command passes its data as a JSON object, and a view of the data. The JSON writer prints all
 * data and adds a schema number. The text writer prints what the view selects, in columns.
 */

/* Prints a value as text; not called for null and for missing values. */
typedef void (*column_format_fn)(FILE *out, const json_t *value);

struct column {
	const char *title;
	const char *key; /* a path such as "sent.packets"; "" is the object itself */
	column_format_fn format;
	bool right; /* align to the right */
};

enum view_layout {
	VIEW_LINE,   /* the columns in a row, without titles */
	VIEW_FIELDS, /* a line per column; empty values are left out */
	VIEW_TABLE,  /* a line per element */
};

struct view {
	enum view_layout layout;
	const char *key;	      /* path of an array of objects; NULL: the data itself */
	const struct column *columns; /* ends with a NULL title */
	const struct view *inner;     /* printed below each element, or below the table */
	const char
		*zero; /* elements whose value at this path is 0 are left out, unless @all is set */
	const char *empty; /* printed in place of an empty table */
};

struct writer {
	void (*show)(const struct writer *writer, const json_t *data, const struct view *view);
	FILE *out;
	bool pretty;	    /* JSON: indented */
	bool all;	    /* text: with elements that @zero would leave out */
	unsigned int width; /* text: columns of the terminal; 0: not a terminal */
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
