// SPDX-License-Identifier: GPL-2.0
#include "cli/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>

static bool is_control(const unsigned char *c)
{
	return c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0);
}

void format_plain(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c; c++) {
		if (!is_control(c)) {
			fputc(*c, out);
			continue;
		}
		fputc('?', out);
		c += c[0] == 0xc2;
	}
}

void format_text(FILE *out, const json_t *value)
{
	format_plain(out, json_string_value(value) ?: "");
}

void format_list(FILE *out, const json_t *value)
{
	const json_t *element;
	size_t i;

	json_array_foreach (value, i, element) {
		if (i)
			fputc('\n', out);
		format_text(out, element);
	}
}

void format_flag(FILE *out, const json_t *value)
{
	if (json_is_true(value))
		fputs("yes", out);
}

void format_count(FILE *out, const json_t *value)
{
	/* The daemon's counters are unsigned, JSON's integers here are not. */
	fprintf(out, "%" PRIu64, (uint64_t)json_integer_value(value));
}

void format_bytes(FILE *out, const json_t *value)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t bytes = json_integer_value(value);
	double scaled = bytes / 1e3;
	size_t unit = 0;

	if (bytes < 10000) {
		fprintf(out, "%" PRIu64 " B", bytes);
		return;
	}
	/* A value that rounds to 1000.0 is 1.0 of the next unit. */
	for (; scaled >= 999.95; unit++)
		scaled /= 1e3;
	fprintf(out, "%.1f %s", scaled, units[unit]);
}

void format_seconds(FILE *out, const json_t *value)
{
	double exact = fmin(json_number_value(value), 1e15); /* longer than anything has been */
	uint64_t s = exact > 0 ? exact : 0;

	if (exact < 9.95)
		fprintf(out, "%.1fs", exact > 0 ? exact : 0);
	else if (s < 60)
		fprintf(out, "%" PRIu64 "s", s);
	else if (s < 3600)
		fprintf(out, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		fprintf(out, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		fprintf(out, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
}

void format_us(FILE *out, const json_t *value)
{
	double us = json_number_value(value);

	if (us < 999.95)
		fprintf(out, "%.1fus", us);
	else if (us < 999995)
		fprintf(out, "%.2fms", us / 1e3);
	else
		fprintf(out, "%.2fs", us / 1e6);
}

void format_counter(FILE *out, const json_t *value)
{
	format_count(out, json_object_get(value, "packets"));
	fputs(" packets, ", out);
	format_bytes(out, json_object_get(value, "bytes"));
}
