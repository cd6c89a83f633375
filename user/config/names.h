/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_NAMES_H
#define STEER_CONFIG_NAMES_H

#include <stddef.h>

#include "config/errors.h"

/**
 * DOC: what must be unique in a file (names, addresses, ids), with the place it was first seen.
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
 * names_add - enter a text that must not be there yet.
 * @index: of the thing it names
 * @ret_earlier: on -EEXIST: the entry that is there
 *
 * Return: 0, -EEXIST, -ENOMEM.
 */
int names_add(struct names *names, const char *text, size_t index, struct position at,
	      const struct names_entry **ret_earlier);

/* Return: the entry, or NULL. */
const struct names_entry *names_find(const struct names *names, const char *text);

void names_clear(struct names *names);

#endif
