/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_SUBSTRING_H
#define STEER_HEALTH_SUBSTRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * DOC: does a text occur in a stream? Pure.
 *
 * By Knuth, Morris and Pratt: each byte is looked at once and not kept, so that it costs the same
 * for whatever a server sends, in pieces of whatever size.
 */
#define SUBSTRING_MAX 255

struct substring {
	const char *text;
	size_t length, matched;
	bool found;
	uint8_t border[SUBSTRING_MAX]; /* of each beginning: the longest shorter one it ends with */
};

/* @text: 1 … SUBSTRING_MAX bytes, which stay where they are. */
void substring_begin(struct substring *substring, const char *text);

/* The next bytes of the stream. Return: whether it has occurred by now. */
bool substring_feed(struct substring *substring, const char *data, size_t bytes);

#endif
