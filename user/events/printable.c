// SPDX-License-Identifier: GPL-2.0
#include "events/printable.h"

#include <stddef.h>
#include <stdint.h>

/* The length of a character in bytes, by its first byte; 0: no character begins with it. */
static size_t length_of(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* The code point of the character at text, which ends with a NUL; 0: not printable UTF-8. */
static uint32_t decode(const uint8_t *text, size_t length)
{
	static const uint32_t least[] = { 0, 0x20, 0x80, 0x800, 0x10000 };
	uint32_t number = length == 1 ? text[0] : text[0] & (0x7f >> length);

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		number = number << 6 | (text[i] & 0x3f);
	}
	if (number < least[length] || number > 0x10ffff || (number >= 0x7f && number < 0xa0) ||
	    (number >= 0xd800 && number <= 0xdfff))
		return 0;
	return number;
}

void printable_clean(char *text)
{
	uint8_t *at = (uint8_t *)text;

	while (*at) {
		size_t length = length_of(*at);

		if (length && decode(at, length))
			at += length;
		else
			*at++ = '?';
	}
}
