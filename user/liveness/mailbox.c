// SPDX-License-Identifier: GPL-2.0
#include "liveness/mailbox.h"

#include <string.h>

void mailbox_add_change(struct mailbox *mailbox, uint16_t node, const struct mailbox_change *change)
{
	uint8_t *n = &mailbox->peer[node].n;

	/* Up and down alternate, so the last change and this one cancel each other. */
	if (*n == MAILBOX_CHANGES) {
		--*n;
		mailbox->n_changes--;
		return;
	}
	mailbox->peer[node].change[(*n)++] = *change;
	mailbox->n_changes++;
}

void mailbox_add_report(struct mailbox *mailbox, uint16_t node)
{
	if (!mailbox->peer[node].report)
		mailbox->n_reports++;
	mailbox->peer[node].report = true;
}

void mailbox_forget(struct mailbox *mailbox, uint16_t node)
{
	mailbox->n_changes -= mailbox->peer[node].n;
	mailbox->n_reports -= mailbox->peer[node].report;
	mailbox->peer[node].n = 0;
	mailbox->peer[node].report = false;
}

static uint16_t oldest_change(const struct mailbox *mailbox)
{
	uint64_t oldest_ns = UINT64_MAX;
	uint16_t found = 0;

	for (uint16_t node = 1; node < STEER_MAX_NODES; node++) {
		if (!mailbox->peer[node].n || mailbox->peer[node].change[0].at_ns >= oldest_ns)
			continue;
		oldest_ns = mailbox->peer[node].change[0].at_ns;
		found = node;
	}
	return found;
}

static enum mailbox_kind take_report(struct mailbox *mailbox, uint16_t node, uint16_t *ret_node)
{
	mailbox->peer[node].report = false;
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
		while (!mailbox->peer[node].report)
			node++;
		return take_report(mailbox, node, ret_node);
	}
	node = oldest_change(mailbox);
	change = mailbox->peer[node].change;
	if (change[0].state == LIVENESS_UP && mailbox->peer[node].report)
		return take_report(mailbox, node, ret_node);
	*ret_node = node;
	*ret_change = change[0];
	mailbox->peer[node].n--;
	mailbox->n_changes--;
	memmove(change, change + 1, mailbox->peer[node].n * sizeof(*change));
	return MAILBOX_CHANGE;
}
