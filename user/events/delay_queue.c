// SPDX-License-Identifier: GPL-2.0
#include "events/delay_queue.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"

int delay_queue_push(struct delay_queue *queue, struct event *event, uint64_t due_ns)
{
	struct delay_queue_item *item = malloc(sizeof(*item));

	if (!item)
		return -ENOMEM;
	*item = (struct delay_queue_item){ .event = event, .due_ns = due_ns };
	if (queue->last)
		queue->last->next = item;
	else
		queue->first = item;
	queue->last = item;
	queue->n++;
	return 0;
}

static void unlink_first(struct delay_queue *queue)
{
	struct delay_queue_item *item = queue->first;

	queue->first = item->next;
	if (!queue->first)
		queue->last = NULL;
	queue->n--;
	free(item);
}

struct event *delay_queue_pop(struct delay_queue *queue, uint64_t now_ns)
{
	struct event *event;

	if (!queue->first || (queue->first->due_ns > now_ns && queue->n <= DELAY_QUEUE_MAX))
		return NULL;
	event = queue->first->event;
	unlink_first(queue);
	return event;
}

uint64_t delay_queue_due(const struct delay_queue *queue)
{
	return queue->first ? queue->first->due_ns : UINT64_MAX;
}

void delay_queue_drop(struct delay_queue *queue, delay_queue_drop_fn drop, void *context)
{
	struct delay_queue all = *queue;

	*queue = (struct delay_queue){};
	while (all.first) {
		struct delay_queue_item *item = all.first;

		all.first = item->next;
		if (drop(context, item->event)) {
			free(item->event);
			free(item);
			continue;
		}
		item->next = NULL;
		if (queue->last)
			queue->last->next = item;
		else
			queue->first = item;
		queue->last = item;
		queue->n++;
	}
}
