/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_NAMES_H
#define STEER_CONFIG_NAMES_H

#include <stddef.h>

#include "config/errors.h"

/**
 * DOC: a set of texts that must be unique in a file (names, addresses, ids), each with the position
 * where it was found first.
 */
struct names {
	void *root;
};

struct names_entry {
	const char *text;
	size_t index;
	struct position at;
};

/**
 * names_add - add a text that must not be in the set yet.
 * @names: the set; all zero at first
 * @text: copied
 * @index: index of the object that it names
 * @at: position of the text in the file
 * @ret_earlier: with -EEXIST: the entry that is in the set
 *
 * Return: 0, -EEXIST, -ENOMEM.
 */
int names_add(struct names *names, const char *text, size_t index, struct position at,
	      const struct names_entry **ret_earlier);

/* Return: the entry, or NULL. */
const struct names_entry *names_find(const struct names *names, const char *text);

void names_clear(struct names *names);

#endif
