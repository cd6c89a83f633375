// SPDX-License-Identifier: GPL-2.0
#include "config/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 64
#define KNOWN_MAX 12 /* listed if no word is near */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int lower(char c)
{
	return tolower((unsigned char)c);
}

size_t suggest_distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1];
	size_t a_length = strnlen(a, WORD_MAX), b_length = strnlen(b, WORD_MAX);
	size_t *before = row[0], *last = row[1], *now = row[2];

	for (size_t j = 0; j <= b_length; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t replaced = last[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

			now[j] = least(replaced, 1 + least(last[j], now[j - 1]));
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b_length];
}

/* The nearest known word, if at most a third of its characters differs; NULL otherwise. */
static const char *find_nearest(const char *word, suggest_word_fn known, const void *context)
{
	size_t best_distance = SIZE_MAX;
	const char *best = NULL, *candidate;

	for (size_t i = 0; (candidate = known(context, i)); i++) {
		size_t distance = suggest_distance(word, candidate);
		size_t length = strnlen(word, WORD_MAX);

		if (strnlen(candidate, WORD_MAX) > length)
			length = strnlen(candidate, WORD_MAX);
		if (distance < best_distance && 3 * distance <= length) {
			best_distance = distance;
			best = candidate;
		}
	}
	return best;
}

const char *suggest_text(const char *word, suggest_word_fn known, const void *context,
			 char buffer[SUGGEST_TEXT_MAX])
{
	const char *nearest = find_nearest(word, known, context);
	const char *candidate;
	size_t length;

	if (nearest) {
		snprintf(buffer, SUGGEST_TEXT_MAX, "did you mean \"%.64s\"?", nearest);
		return buffer;
	}
	length = (size_t)snprintf(buffer, SUGGEST_TEXT_MAX, "known:");
	for (size_t i = 0; (candidate = known(context, i)); i++) {
		if (i == KNOWN_MAX) {
			snprintf(buffer + length, SUGGEST_TEXT_MAX - length, " …");
			break;
		}
		length += (size_t)snprintf(buffer + length, SUGGEST_TEXT_MAX - length, "%s %.64s",
					   i ? "," : "", candidate);
	}
	if (!known(context, 0))
		snprintf(buffer, SUGGEST_TEXT_MAX, "none is defined");
	return buffer;
}
