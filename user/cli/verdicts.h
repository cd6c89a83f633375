/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_VERDICTS_H
#define STEER_CLI_VERDICTS_H

#include <stddef.h>
#include <stdint.h>

#include "steer/verdict.h"

/**
 * DOC: Verdicts as text, from the list in include/steer/verdict.h.
 */
struct verdict_words {
	enum steer_class class;
	const char *name;
	const char *help;
};

extern const struct verdict_words verdict_words[STEER_VERDICT_COUNT];
extern const char *const verdict_class_names[STEER_CLASSES];

/**
 * verdicts_parse - the verdicts that a word names, as a mask.
 * @word: a verdict, a class (all of its verdicts), or "all"
 *
 * Return: bit 1 << verdict of each; 0 if there is no such word.
 */
uint64_t verdicts_parse(const char *word);

/* For suggest_text(): all words that verdicts_parse() knows. */
const char *verdicts_word(const void *context, size_t i);

#endif
