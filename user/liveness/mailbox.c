// SPDX-License-Identifier: GPL-2.0
#include "liveness/mailbox.h"

#include <string.h>

void mailbox_add_change(struct mailbox *mailbox, uint16_t node, const struct mailbox_change *change)
{
	uint8_t *n = &mailbox->of[node].n;

	/* Up and down take turns, so the last change and this one end where they began. */
	if (*n == MAILBOX_CHANGES) {
		--*n;
		mailbox->n_changes--;
		return;
	}
	mailbox->of[node].change[(*n)++] = *change;
	mailbox->n_changes++;
}

void mailbox_add_report(struct mailbox *mailbox, uint16_t node)
{
	if (!mailbox->of[node].report)
		mailbox->n_reports++;
	mailbox->of[node].report = true;
}

void mailbox_forget(struct mailbox *mailbox, uint16_t node)
{
	mailbox->n_changes -= mailbox->of[node].n;
	mailbox->n_reports -= mailbox->of[node].report;
	mailbox->of[node].n = 0;
	mailbox->of[node].report = false;
}

static uint16_t oldest_change(const struct mailbox *mailbox)
{
	uint64_t oldest_ns = UINT64_MAX;
	uint16_t node, found = 0;

	for (node = 1; node < STEER_MAX_NODES; node++) {
		if (!mailbox->of[node].n || mailbox->of[node].change[0].at_ns >= oldest_ns)
			continue;
		oldest_ns = mailbox->of[node].change[0].at_ns;
		found = node;
	}
	return found;
}

static enum mailbox_kind take_report(struct mailbox *mailbox, uint16_t node, uint16_t *ret_node)
{
	mailbox->of[node].report = false;
	mailbox->n_reports--;
	*ret_node = node;
	return MAILBOX_REPORT;
}

enum mailbox_kind mailbox_take(struct mailbox *mailbox, uint16_t *ret_node,
			       struct mailbox_change *ret_change)
{
	struct mailbox_change *change;
	uint16_t node = 1;

	if (!mailbox->n_changes && !mailbox->n_reports)
		return MAILBOX_NONE;
	if (!mailbox->n_changes) {
		while (!mailbox->of[node].report)
			node++;
		return take_report(mailbox, node, ret_node);
	}
	node = oldest_change(mailbox);
	change = mailbox->of[node].change;
	if (change[0].state == LIVENESS_UP && mailbox->of[node].report)
		return take_report(mailbox, node, ret_node);
	*ret_node = node;
	*ret_change = change[0];
	mailbox->of[node].n--;
	mailbox->n_changes--;
	memmove(change, change + 1, mailbox->of[node].n * sizeof(*change));
	return MAILBOX_CHANGE;
}
