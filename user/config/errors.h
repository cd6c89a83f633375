/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_ERRORS_H
#define STEER_CONFIG_ERRORS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/**
 * DOC: the errors of one file, collected in any order, handed out in the order of the file.
 *
 * Running out of memory for an error is remembered, not returned, so that checks need not care.
 */
#define ERRORS_MAX 1000 /* a file of rubbish must not fill the journal */

/* From 1. Line 0: the file as a whole. */
struct position {
	size_t line;
	size_t column;
};

struct errors {
	struct errors_entry *entry;
	size_t n; /* all that were added, of which ERRORS_MAX are kept */
	size_t allocated;
	bool out_of_memory;
};

/* Add "what; what to do" at a position. */
void errors_add(struct errors *errors, struct position at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * errors_report - write the errors out as lines.
 * @path: of the file
 * @ret_report: free with config_errors_free()
 *
 * Return: 0, -ENOMEM (also when an error was lost for want of memory).
 */
int errors_report(struct errors *errors, const char *path, struct config_errors *ret_report);

void errors_clear(struct errors *errors);

#endif
