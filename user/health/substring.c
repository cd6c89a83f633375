// SPDX-License-Identifier: GPL-2.0
#include "health/substring.h"

#include <string.h>

/* The length of the text's longest prefix that the stream ends with, after one more byte. */
static size_t advance(const struct substring *s, size_t matched, char byte)
{
	while (matched && s->text[matched] != byte)
		matched = s->border[matched - 1];
	return matched + (s->text[matched] == byte);
}

void substring_begin(struct substring *s, const char *text)
{
	*s = (struct substring){ .text = text, .length = strlen(text) };
	for (size_t i = 1; i < s->length; i++)
		s->border[i] = (uint8_t)advance(s, s->border[i - 1], text[i]);
}

bool substring_feed(struct substring *s, const char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes && !s->found; i++) {
		s->matched = advance(s, s->matched, data[i]);
		s->found = s->matched == s->length;
	}
	return s->found;
}
