// SPDX-License-Identifier: GPL-2.0
#include "daemon/slots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int slots_init(struct slots *slots, size_t size)
{
	char(*name)[CLUSTER_NAME_MAX] = calloc(size, sizeof(*name));

	if (!name)
		return -ENOMEM;
	slots->size = size;
	slots->name = name;
	return 0;
}

void slots_free(struct slots *slots)
{
	free(slots->name);
	slots->name = NULL;
	slots->size = 0;
}

size_t slots_find(const struct slots *slots, const char *name)
{
	size_t i;

	for (i = 0; i < slots->size; i++)
		if (!strcmp(slots->name[i], name))
			return i;
	return SLOT_NONE;
}

size_t slots_assign(struct slots *slots, const char *name)
{
	size_t slot = slots_find(slots, name);

	if (slot != SLOT_NONE)
		return slot;
	slot = slots_find(slots, "");
	if (slot != SLOT_NONE)
		snprintf(slots->name[slot], sizeof(slots->name[slot]), "%s", name);
	return slot;
}

int slots_claim(struct slots *slots, size_t slot, const char *name)
{
	size_t held = slots_find(slots, name);

	if (held == slot)
		return 0;
	if (held != SLOT_NONE || slot >= slots->size || *slots->name[slot])
		return -EBUSY;
	snprintf(slots->name[slot], sizeof(slots->name[slot]), "%s", name);
	return 0;
}

int slots_copy(struct slots *to, const struct slots *from)
{
	struct slots copy;

	if (slots_init(&copy, from->size) < 0)
		return -ENOMEM;
	memcpy(copy.name, from->name, from->size * sizeof(*from->name));
	slots_free(to);
	*to = copy;
	return 0;
}
