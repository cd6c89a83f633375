// SPDX-License-Identifier: GPL-2.0
#include "config/names.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Entry and text are one allocation. */
struct owned_entry {
	struct names_entry entry; /* first, as the tree has pointers to struct names_entry */
	char text[];
};

static int entry_compare(const void *left, const void *right)
{
	const struct names_entry *a = left, *b = right;

	return strcmp(a->text, b->text);
}

int names_add(struct names *names, const char *text, size_t index, struct position at,
	      const struct names_entry **ret_earlier)
{
	struct owned_entry *owned = malloc(sizeof(*owned) + strlen(text) + 1);
	struct names_entry **found;

	if (!owned)
		return -ENOMEM;
	strcpy(owned->text, text);
	owned->entry = (struct names_entry){ .text = owned->text, .index = index, .at = at };
	found = tsearch(&owned->entry, &names->root, entry_compare);
	if (!found) {
		free(owned);
		return -ENOMEM;
	}
	if (*found != &owned->entry) {
		free(owned);
		*ret_earlier = *found;
		return -EEXIST;
	}
	return 0;
}

const struct names_entry *names_find(const struct names *names, const char *text)
{
	const struct names_entry wanted = { .text = text };
	struct names_entry **found = tfind(&wanted, &names->root, entry_compare);

	return found ? *found : NULL;
}

void names_clear(struct names *names)
{
	tdestroy(names->root, free);
	names->root = NULL;
}
