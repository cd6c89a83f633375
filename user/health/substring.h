/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_SUBSTRING_H
#define STEER_HEALTH_SUBSTRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * DOC: finds a text in a stream. Pure.
 *
 * The algorithm is that of Knuth, Morris and Pratt ("Fast pattern matching in strings", 1977). It
 * reads each byte once and stores none, so the cost is linear for any content, in pieces of any
 * size.
 */
#define SUBSTRING_MAX 255

struct substring {
	const char *text;
	size_t length, matched;
	bool found;
	/* For each prefix: the length of the longest shorter prefix that it ends with. */
	uint8_t border[SUBSTRING_MAX];
};

/* @text: 1 … SUBSTRING_MAX bytes, which must stay valid. */
void substring_begin(struct substring *substring, const char *text);

/* Feed the next bytes of the stream. Return: true if the text has occurred. */
bool substring_feed(struct substring *substring, const char *data, size_t bytes);

#endif
