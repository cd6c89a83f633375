// SPDX-License-Identifier: GPL-2.0
#include "checked.h"

/**
 * DOC: whatever a checked server answers: one result, in words that can be shown; good only if the
 * answer has what is asked for.
 *
 * Input: a byte that says what is asked for (CHECKED_*), then what comes, in pieces.
 */
static struct checked checked;

struct saying {
	const uint8_t *data;
	size_t size;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	checked_begin(&checked);
	return 0;
}

/* The next piece; after the last, the end. */
static enum checked_turn speak(void *context, int fd, unsigned int idle)
{
	struct saying *saying = context;
	const uint8_t *piece;
	size_t bytes;

	(void)idle;
	if (!saying->size)
		return CHECKED_ENDS;
	bytes = fuzz_take(&saying->data, &saying->size, CHECKED_NEXT, &piece);
	(void)!send(fd, piece, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	return CHECKED_SPEAKS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct saying saying = { data + 1, size - 1 };

	if (!size || size > CHECKED_SAID_MAX)
		return 0;
	checked_ask(&checked, data[0]);
	checked_run(&checked, data[0], speak, &saying);
	if (checked.good)
		checked_is_right(&checked, data + 1, size - 1);
	return 0;
}
