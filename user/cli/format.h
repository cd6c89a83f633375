/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_FORMAT_H
#define STEER_CLI_FORMAT_H

#include <jansson.h>
#include <stdio.h>

/**
 * DOC: Values as text for people; the functions that take JSON are column_format_fn.
 *
 * All text from outside is printed by format_plain() or format_text(). They replace control
 * characters: the answer of a checked server must not control the terminal.
 */
void format_plain(FILE *out, const char *text);
void format_text(FILE *out, const json_t *value);
void format_list(FILE *out, const json_t *value);    /* strings, one per line */
void format_flag(FILE *out, const json_t *value);    /* "yes" or nothing */
void format_count(FILE *out, const json_t *value);   /* all digits */
void format_bytes(FILE *out, const json_t *value);   /* 1234 B, 12.3 kB */
void format_seconds(FILE *out, const json_t *value); /* 1.5s, 33s, 3m20s, 2h05m, 3d04h */
void format_us(FILE *out, const json_t *value);	     /* 52.1us, 1.25ms, 2.5s */
void format_counter(FILE *out, const json_t *value); /* {packets, bytes}: 12 packets, 12.3 kB */

#endif
