// SPDX-License-Identifier: GPL-2.0
#include "cluster/index_alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int index_alloc_init(struct index_alloc *alloc, size_t size)
{
	char(*name)[CLUSTER_NAME_MAX] = calloc(size, sizeof(*name));

	if (!name)
		return -ENOMEM;
	alloc->size = size;
	alloc->name = name;
	return 0;
}

void index_alloc_free(struct index_alloc *alloc)
{
	free(alloc->name);
	alloc->name = NULL;
	alloc->size = 0;
}

size_t index_alloc_find(const struct index_alloc *alloc, const char *name)
{
	for (size_t i = 0; i < alloc->size; i++)
		if (!strcmp(alloc->name[i], name))
			return i;
	return INDEX_NONE;
}

size_t index_alloc_assign(struct index_alloc *alloc, const char *name)
{
	size_t index = index_alloc_find(alloc, name);

	if (index != INDEX_NONE)
		return index;
	index = index_alloc_find(alloc, "");
	if (index != INDEX_NONE)
		snprintf(alloc->name[index], sizeof(alloc->name[index]), "%s", name);
	return index;
}

int index_alloc_claim(struct index_alloc *alloc, size_t index, const char *name)
{
	size_t has = index_alloc_find(alloc, name);

	if (has == index)
		return 0;
	if (has != INDEX_NONE || index >= alloc->size || *alloc->name[index])
		return -EBUSY;
	snprintf(alloc->name[index], sizeof(alloc->name[index]), "%s", name);
	return 0;
}

void index_alloc_release(struct index_alloc *alloc, size_t index)
{
	*alloc->name[index] = '\0';
}

void index_alloc_swap(struct index_alloc *a, struct index_alloc *b)
{
	struct index_alloc before = *a;

	*a = *b;
	*b = before;
}

int index_alloc_copy(struct index_alloc *to, const struct index_alloc *from)
{
	struct index_alloc copy;

	if (index_alloc_init(&copy, from->size) < 0)
		return -ENOMEM;
	memcpy(copy.name, from->name, from->size * sizeof(*from->name));
	index_alloc_free(to);
	*to = copy;
	return 0;
}
