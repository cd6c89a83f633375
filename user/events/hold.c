// SPDX-License-Identifier: GPL-2.0
#include "events/hold.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"

int hold_push(struct hold *hold, struct event *event, uint64_t due_ns)
{
	struct hold_item *item = malloc(sizeof(*item));

	if (!item)
		return -ENOMEM;
	*item = (struct hold_item){ .event = event, .due_ns = due_ns };
	if (hold->last)
		hold->last->next = item;
	else
		hold->first = item;
	hold->last = item;
	hold->n++;
	return 0;
}

static void unlink_first(struct hold *hold)
{
	struct hold_item *item = hold->first;

	hold->first = item->next;
	if (!hold->first)
		hold->last = NULL;
	hold->n--;
	free(item);
}

struct event *hold_pop(struct hold *hold, uint64_t now_ns)
{
	struct event *event;

	if (!hold->first || (hold->first->due_ns > now_ns && hold->n <= HOLD_MAX))
		return NULL;
	event = hold->first->event;
	unlink_first(hold);
	return event;
}

uint64_t hold_due(const struct hold *hold)
{
	return hold->first ? hold->first->due_ns : UINT64_MAX;
}

void hold_drop(struct hold *hold, hold_drop_fn drop, void *context)
{
	struct hold all = *hold;

	*hold = (struct hold){};
	while (all.first) {
		struct hold_item *item = all.first;

		all.first = item->next;
		if (drop(context, item->event)) {
			free(item->event);
			free(item);
			continue;
		}
		item->next = NULL;
		if (hold->last)
			hold->last->next = item;
		else
			hold->first = item;
		hold->last = item;
		hold->n++;
	}
}
