// SPDX-License-Identifier: GPL-2.0
#include "cli/verdicts.h"

#include <string.h>

const char *const verdict_class_names[STEER_CLASSES] = {
	[STEER_CLASS_PASS] = "pass",	   [STEER_CLASS_LOCAL] = "local",
	[STEER_CLASS_FORWARD] = "forward", [STEER_CLASS_REFLECT] = "reflect",
	[STEER_CLASS_DROP] = "drop",
};

const struct verdict_words verdict_words[STEER_VERDICT_COUNT] = {
#define X(symbol, class, name, help) { STEER_CLASS_##class, #name, help },
	STEER_VERDICTS(X)
#undef X
};

uint64_t verdicts_parse(const char *word)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < STEER_VERDICT_COUNT; i++)
		if (!strcmp(word, "all") || !strcmp(word, verdict_words[i].name) ||
		    !strcmp(word, verdict_class_names[verdict_words[i].class]))
			mask |= 1ULL << i;
	return mask;
}

const char *verdicts_word(const void *context, size_t i)
{
	(void)context;
	if (i == 0)
		return "all";
	if (i <= STEER_CLASSES)
		return verdict_class_names[i - 1];
	i -= STEER_CLASSES + 1;
	return i < STEER_VERDICT_COUNT ? verdict_words[i].name : NULL;
}
