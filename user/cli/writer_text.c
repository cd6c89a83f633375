// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cli/writer.h"

#define GAP 2	    /* between columns */
#define WRAP_MIN 20 /* a narrower last column is not wrapped */
#define COLUMNS_MAX 16

/* The cells of a table, line by line; the first line holds the titles. */
struct grid {
	char **cell;
	size_t n_lines;
	size_t n_columns;
	size_t width[COLUMNS_MAX];
};

static void grid_clear(struct grid *grid)
{
	for (size_t i = 0; i < grid->n_lines * grid->n_columns; i++)
		free(grid->cell[i]);
	free(grid->cell);
}

const json_t *writer_get(const json_t *object, const char *path)
{
	while (object && *path) {
		size_t length = strcspn(path, ".");

		object = json_object_getn(object, path, length);
		path += length + (path[length] == '.');
	}
	return object;
}

static char *format_cell(const struct column *column, const json_t *element)
{
	const json_t *value = writer_get(element, column->key);
	char *text = NULL;
	size_t size;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		abort();
	if (value && !json_is_null(value))
		column->format(out, value);
	fclose(out);
	return text;
}

/* In characters, not bytes: the continuation bytes of UTF-8 do not count. */
static size_t text_width(const char *text, size_t bytes)
{
	size_t width = 0;

	for (size_t i = 0; i < bytes; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

static void put_spaces(FILE *out, size_t n)
{
	fprintf(out, "%*s", (int)n, "");
}

/* Prints the last cell of a line. Its continuation lines are indented to its column; it breaks at
 * newlines, and at blanks where it is too long. */
static void put_wrapped(const struct writer *writer, const char *text, size_t indent)
{
	size_t room = writer->width > indent + WRAP_MIN ? writer->width - indent : 0;
	size_t used = 0;

	while (*text) {
		size_t bytes = strcspn(text, " \n");
		size_t width = text_width(text, bytes);

		if (room && used && used + width > room) {
			fputc('\n', writer->out);
			put_spaces(writer->out, indent);
			used = 0;
		}
		fwrite(text, 1, bytes, writer->out);
		used += width;
		text += bytes;

		if (*text == '\n') {
			fputc('\n', writer->out);
			put_spaces(writer->out, indent);
			used = 0;
			text++;
		} else if (*text == ' ') {
			/* No trailing blank if the line breaks here. */
			if (!room ||
			    used + 1 + text_width(text + 1, strcspn(text + 1, " \n")) <= room)
				fputc(' ', writer->out);
			used++;
			text++;
		}
	}
	fputc('\n', writer->out);
}

static bool is_hidden(const struct writer *writer, const struct view *view, const json_t *element)
{
	return view->zero && !writer->all &&
	       json_integer_value(writer_get(element, view->zero)) == 0;
}

static void grid_fill(struct grid *grid, const struct writer *writer, const json_t *list,
		      const struct view *view)
{
	const json_t *element;
	size_t i;

	while (view->columns[grid->n_columns].title)
		grid->n_columns++;
	grid->cell = calloc((json_array_size(list) + 1) * grid->n_columns, sizeof(char *));
	if (!grid->cell)
		abort();

	for (size_t c = 0; c < grid->n_columns; c++)
		grid->cell[c] = strdup(view->columns[c].title);
	grid->n_lines = 1;

	json_array_foreach (list, i, element) {
		char **line = grid->cell + grid->n_lines * grid->n_columns;

		if (is_hidden(writer, view, element))
			continue;
		for (size_t c = 0; c < grid->n_columns; c++)
			line[c] = format_cell(&view->columns[c], element);
		grid->n_lines++;
	}

	for (i = 0; i < grid->n_lines * grid->n_columns; i++) {
		size_t width = text_width(grid->cell[i], strlen(grid->cell[i]));
		size_t c = i % grid->n_columns;

		if (width > grid->width[c])
			grid->width[c] = width;
	}
}

static void put_line(const struct writer *writer, const struct grid *grid, char **line,
		     const struct column *columns, size_t indent)
{
	size_t last = grid->n_columns;

	/* Empty cells at the end are not printed. */
	while (last && !*line[last - 1])
		last--;

	put_spaces(writer->out, indent);
	for (size_t c = 0; c < last; c++) {
		const char *text = *line[c] ? line[c] : "-";
		size_t fill = grid->width[c] - text_width(text, strlen(text));

		if (columns[c].right)
			put_spaces(writer->out, fill);
		if (c + 1 == last) {
			put_wrapped(writer, text, indent);
			return;
		}
		fputs(text, writer->out);
		put_spaces(writer->out, (columns[c].right ? 0 : fill) + GAP);
		indent += grid->width[c] + GAP;
	}
	fputc('\n', writer->out);
}

static void show_table(const struct writer *writer, const json_t *list, const struct view *view,
		       size_t indent)
{
	_cleanup_(grid_clear) struct grid grid = {};

	grid_fill(&grid, writer, list, view);
	if (grid.n_lines == 1 && view->empty) {
		put_spaces(writer->out, indent);
		fprintf(writer->out, "%s\n", view->empty);
		return;
	}
	for (size_t i = 0; i < grid.n_lines; i++)
		put_line(writer, &grid, grid.cell + i * grid.n_columns, view->columns, indent);
}

static void show_fields(const struct writer *writer, const json_t *element,
			const struct column *columns)
{
	size_t width = 0;

	for (const struct column *c = columns; c->title; c++)
		if (strlen(c->title) > width)
			width = strlen(c->title);

	for (const struct column *c = columns; c->title; c++) {
		_cleanup_(cleanup_free) char *text = format_cell(c, element);

		if (!*text)
			continue;
		fprintf(writer->out, "%-*s", (int)(width + GAP), c->title);
		put_wrapped(writer, text, width + GAP);
	}
}

static void show_line(const struct writer *writer, const json_t *element,
		      const struct column *columns)
{
	for (const struct column *c = columns; c->title; c++) {
		_cleanup_(cleanup_free) char *text = format_cell(c, element);

		fprintf(writer->out, "%s%s", c == columns ? "" : " ", text);
	}
	fputc('\n', writer->out);
}

static void show(const struct writer *writer, const json_t *data, const struct view *view,
		 size_t indent);

static void show_element(const struct writer *writer, const json_t *element,
			 const struct view *view)
{
	if (view->layout == VIEW_FIELDS)
		show_fields(writer, element, view->columns);
	else
		show_line(writer, element, view->columns);
	if (view->inner) {
		if (view->layout == VIEW_FIELDS)
			fputc('\n', writer->out);
		show(writer, element, view->inner, view->layout == VIEW_LINE ? GAP : 0);
	}
}

static void show(const struct writer *writer, const json_t *data, const struct view *view,
		 size_t indent)
{
	const json_t *list = view->key ? writer_get(data, view->key) : data;
	const json_t *element;
	size_t i;

	if (view->layout == VIEW_TABLE) {
		show_table(writer, list, view, indent);
		return;
	}
	if (!json_is_array(list)) {
		show_element(writer, list, view);
		return;
	}

	if (!json_array_size(list) && view->empty)
		fprintf(writer->out, "%s\n", view->empty);
	json_array_foreach (list, i, element) {
		if (i)
			fputc('\n', writer->out);
		show_element(writer, element, view);
	}
}

void writer_text(const struct writer *writer, const json_t *data, const struct view *view)
{
	show(writer, data, view, 0);
}
