/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_SUGGEST_H
#define STEER_CONFIG_SUGGEST_H

#include <stddef.h>

/**
 * DOC: suggestions: the known word that is nearest to a mistyped one. Pure.
 */
#define SUGGEST_TEXT_MAX 1024

/* Known word number @i; NULL after the last. */
typedef const char *(*suggest_word_fn)(const void *context, size_t i);

/**
 * suggest_distance - edit distance of two words.
 *
 * It is the number of insertions, deletions, replacements and swaps of adjacent characters (optimal
 * string alignment). Case is ignored. Only the first 64 bytes of a word count.
 */
size_t suggest_distance(const char *a, const char *b);

/**
 * suggest_text - format the remedy of an error message about an unknown word.
 * @word: the unknown word
 * @known: returns the known words, with @context
 * @buffer: the text
 *
 * Return: buffer: `did you mean "x"?`, or `known: x, y, z` if nothing is near.
 */
const char *suggest_text(const char *word, suggest_word_fn known, const void *context,
			 char buffer[SUGGEST_TEXT_MAX]);

#endif
