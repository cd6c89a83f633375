// SPDX-License-Identifier: GPL-2.0
#include "liveness/news.h"

#include <string.h>

void news_add_change(struct news *news, uint16_t node, const struct news_change *change)
{
	uint8_t *n = &news->of[node].n;

	/* Up and down take turns, so the last change and this one end where they began. */
	if (*n == NEWS_CHANGES) {
		--*n;
		news->n_changes--;
		return;
	}
	news->of[node].change[(*n)++] = *change;
	news->n_changes++;
}

void news_add_report(struct news *news, uint16_t node)
{
	if (!news->of[node].report)
		news->n_reports++;
	news->of[node].report = true;
}

void news_forget(struct news *news, uint16_t node)
{
	news->n_changes -= news->of[node].n;
	news->n_reports -= news->of[node].report;
	news->of[node].n = 0;
	news->of[node].report = false;
}

static uint16_t oldest_change(const struct news *news)
{
	uint64_t oldest_ns = UINT64_MAX;
	uint16_t node, found = 0;

	for (node = 1; node < STEER_MAX_NODES; node++) {
		if (!news->of[node].n || news->of[node].change[0].at_ns >= oldest_ns)
			continue;
		oldest_ns = news->of[node].change[0].at_ns;
		found = node;
	}
	return found;
}

static enum news_kind take_report(struct news *news, uint16_t node, uint16_t *ret_node)
{
	news->of[node].report = false;
	news->n_reports--;
	*ret_node = node;
	return NEWS_REPORT;
}

enum news_kind news_take(struct news *news, uint16_t *ret_node, struct news_change *ret_change)
{
	struct news_change *change;
	uint16_t node = 1;

	if (!news->n_changes && !news->n_reports)
		return NEWS_NONE;
	if (!news->n_changes) {
		while (!news->of[node].report)
			node++;
		return take_report(news, node, ret_node);
	}
	node = oldest_change(news);
	change = news->of[node].change;
	if (change[0].state == LIVENESS_UP && news->of[node].report)
		return take_report(news, node, ret_node);
	*ret_node = node;
	*ret_change = change[0];
	news->of[node].n--;
	news->n_changes--;
	memmove(change, change + 1, news->of[node].n * sizeof(*change));
	return NEWS_CHANGE;
}
