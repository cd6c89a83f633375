// SPDX-License-Identifier: GPL-2.0
#include "daemon/twins.h"

#include <errno.h>
#include <stdlib.h>

#include "steer/limits.h"

int twins_init(struct twins *twins)
{
	twins->n = 0;
	twins->twin = calloc(STEER_MAX_POOLS, sizeof(*twins->twin));
	twins->view = calloc(STEER_MAX_POOLS, sizeof(*twins->view));
	if (twins->twin && twins->view)
		return 0;
	twins_free(twins);
	return -ENOMEM;
}

void twins_free(struct twins *twins)
{
	free(twins->twin);
	free(twins->view);
	*twins = (struct twins){};
}

void twins_add(struct twins *twins, const struct twin *twin, uint64_t view)
{
	if (twins->n == STEER_MAX_POOLS)
		return;
	twins->twin[twins->n] = *twin;
	twins->view[twins->n++] = view;
}

size_t twins_find(const struct twins *twins, const struct twin *twin)
{
	size_t i;

	for (i = 0; twin->source && i < twins->n; i++)
		if (twins->twin[i].source == twin->source &&
		    (!twin->before || twins->twin[i].before == twin->before))
			return twins->twin[i].slot;
	return TWIN_NONE;
}

size_t twins_find_view(const struct twins *twins, uint64_t view)
{
	size_t i;

	for (i = 0; i < twins->n; i++)
		if (twins->view[i] == view)
			return twins->twin[i].slot;
	return TWIN_NONE;
}
