// SPDX-License-Identifier: GPL-2.0
#include "cluster/table_sharing.h"

#include <errno.h>
#include <stdlib.h>

#include "steer/limits.h"

int table_sharing_init(struct table_sharing *sharing)
{
	sharing->n = 0;
	sharing->table = calloc(STEER_MAX_POOLS, sizeof(*sharing->table));
	sharing->content_digest = calloc(STEER_MAX_POOLS, sizeof(*sharing->content_digest));
	if (sharing->table && sharing->content_digest)
		return 0;
	table_sharing_free(sharing);
	return -ENOMEM;
}

void table_sharing_free(struct table_sharing *sharing)
{
	free(sharing->table);
	free(sharing->content_digest);
	*sharing = (struct table_sharing){};
}

void table_sharing_add(struct table_sharing *sharing, const struct shared_table *table,
		       uint64_t content_digest)
{
	if (sharing->n == STEER_MAX_POOLS)
		return;
	sharing->table[sharing->n] = *table;
	sharing->content_digest[sharing->n++] = content_digest;
}

size_t table_sharing_find(const struct table_sharing *sharing, const struct shared_table *table)
{
	for (size_t i = 0; table->spec_digest && i < sharing->n; i++)
		if (sharing->table[i].spec_digest == table->spec_digest &&
		    (!table->before || sharing->table[i].before == table->before))
			return sharing->table[i].index;
	return SHARING_NONE;
}

size_t table_sharing_find_content(const struct table_sharing *sharing, uint64_t content_digest)
{
	for (size_t i = 0; i < sharing->n; i++)
		if (sharing->content_digest[i] == content_digest)
			return sharing->table[i].index;
	return SHARING_NONE;
}
