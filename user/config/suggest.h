/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_SUGGEST_H
#define STEER_CONFIG_SUGGEST_H

#include <stddef.h>

/**
 * DOC: "did you mean": the known word nearest to a mistyped one. Pure.
 */
#define SUGGEST_TEXT_MAX 1024

/* One of the known words, by number; NULL after the last. */
typedef const char *(*suggest_word_fn)(const void *context, size_t i);

/**
 * suggest_distance - insertions, deletions, replacements and swaps of neighbours between two words
 * (optimal string alignment), upper and lower case being the same.
 * Words longer than 64 bytes are compared by their first 64.
 */
size_t suggest_distance(const char *a, const char *b);

/**
 * suggest_text - the end of an error message.
 *
 * Return: buffer: `did you mean "x"?`, or `known: x, y, z` if nothing is near.
 */
const char *suggest_text(const char *word, suggest_word_fn known, const void *context,
			 char buffer[SUGGEST_TEXT_MAX]);

#endif
