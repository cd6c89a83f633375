// SPDX-License-Identifier: GPL-2.0
#include "config/errors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"

struct errors_entry {
	struct position at;
	size_t sequence; /* keeps the order of errors at the same position */
	char *text;
};

void errors_add(struct errors *errors, struct position at, const char *format, ...)
{
	_cleanup_(cleanup_free) char *text = NULL;
	va_list arguments;
	int r;

	if (errors->n >= ERRORS_MAX) {
		errors->n++;
		return;
	}
	if (errors->n == errors->allocated) {
		size_t allocated = errors->allocated ? 2 * errors->allocated : 16;
		struct errors_entry *entry = reallocarray(errors->entry, allocated, sizeof(*entry));

		if (!entry) {
			errors->out_of_memory = true;
			return;
		}
		errors->entry = entry;
		errors->allocated = allocated;
	}
	va_start(arguments, format);
	r = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (r < 0) {
		text = NULL;
		errors->out_of_memory = true;
		return;
	}
	errors->entry[errors->n] =
		(struct errors_entry){ .at = at, .sequence = errors->n, .text = TAKE_PTR(text) };
	errors->n++;
}

static int entry_compare(const void *left, const void *right)
{
	const struct errors_entry *a = left, *b = right;

	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.column != b->at.column)
		return a->at.column < b->at.column ? -1 : 1;
	return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static int entry_format(const struct errors_entry *entry, const char *path, char **ret_line)
{
	char *line;
	int r;

	if (entry->at.line)
		r = asprintf(&line, "%s:%zu:%zu: %s", path, entry->at.line, entry->at.column,
			     entry->text);
	else
		r = asprintf(&line, "%s: %s", path, entry->text);
	if (r < 0)
		return -ENOMEM;
	*ret_line = line;
	return 0;
}

int errors_report(struct errors *errors, const char *path, struct config_errors *ret_report)
{
	size_t kept = errors->n < ERRORS_MAX ? errors->n : ERRORS_MAX;
	_cleanup_(config_errors_free) struct config_errors report = {};
	int r;

	if (errors->out_of_memory)
		return -ENOMEM;
	if (kept)
		qsort(errors->entry, kept, sizeof(*errors->entry), entry_compare);
	report.line = calloc(kept + 1, sizeof(*report.line));
	if (!report.line)
		return -ENOMEM;
	for (; report.n < kept; report.n++) {
		r = entry_format(&errors->entry[report.n], path, &report.line[report.n]);
		if (r < 0)
			return r;
	}
	if (errors->n > kept) {
		if (asprintf(&report.line[report.n],
			     "%s: %zu more errors are not shown; correct these first", path,
			     errors->n - kept) < 0) {
			report.line[report.n] = NULL;
			return -ENOMEM;
		}
		report.n++;
	}
	*ret_report = report;
	report = (struct config_errors){};
	return 0;
}

void errors_clear(struct errors *errors)
{
	size_t kept = errors->n < ERRORS_MAX ? errors->n : ERRORS_MAX;

	for (size_t i = 0; i < kept; i++)
		free(errors->entry[i].text);
	free(errors->entry);
	*errors = (struct errors){};
}

void config_errors_free(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		free(errors->line[i]);
	free(errors->line);
	*errors = (struct config_errors){};
}
