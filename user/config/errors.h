/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_ERRORS_H
#define STEER_CONFIG_ERRORS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * DOC: the errors of one file, collected in any order and reported in the order of the file.
 *
 * If an error cannot be stored for lack of memory, errors_report() returns that, so that checks
 * need not handle it.
 */
#define ERRORS_MAX 1000 /* errors kept, so that a wrong file does not fill the journal */

/* All errors of one run, in the order of the file. Free with config_errors_free(). */
struct config_errors {
	char **line; /* "FILE:LINE:COLUMN: CAUSE; REMEDY", without a newline */
	size_t n;
};

void config_errors_free(struct config_errors *errors);

/* Line and column, from 1. Line 0: the file as a whole. */
struct position {
	size_t line;
	size_t column;
};

struct errors {
	struct errors_entry *entry;
	size_t n; /* number of errors added; ERRORS_MAX of them are kept */
	size_t allocated;
	bool out_of_memory;
};

/* Add an error "CAUSE; REMEDY" at a position. */
void errors_add(struct errors *errors, struct position at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * errors_report - format the errors as lines.
 * @errors: sorted here
 * @path: of the file
 * @ret_report: free with config_errors_free()
 *
 * Return: 0; -ENOMEM, also if an error could not be stored.
 */
int errors_report(struct errors *errors, const char *path, struct config_errors *ret_report);

void errors_clear(struct errors *errors);

#endif
