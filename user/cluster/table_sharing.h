/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_TABLE_SHARING_H
#define STEER_CLUSTER_TABLE_SHARING_H

#include <stddef.h>
#include <stdint.h>

/**
 * DOC: which pools can share one forwarding table, so that it is built once and stored once.
 *
 * A table depends on what it is made from and on the table before it, whose nodes its rows still
 * know. It does not depend on the pool. While the tables of a configuration are built one by one,
 * each pool looks among the finished ones for a table that its own would be equal to.
 */
struct shared_table {
	size_t index;	      /* of the pool, in the maps */
	uint64_t spec_digest; /* table_spec_digest(); 0: not known */
	uint32_t before;      /* the kernel's id of the pool's table before; 0: none */
};

/* The finished ones; room for all pools there may be. */
struct table_sharing {
	struct shared_table *table;
	uint64_t *content_digest; /* of all that it holds */
	size_t n;
};

#define SHARING_NONE SIZE_MAX

/* Return: 0, -ENOMEM. */
int table_sharing_init(struct table_sharing *sharing);
void table_sharing_free(struct table_sharing *sharing);

/* A pool's table is stored. */
void table_sharing_add(struct table_sharing *sharing, const struct shared_table *table,
		       uint64_t content_digest);

/**
 * table_sharing_find - a pool whose table equals what would be built for this one.
 *
 * A pool without a table before has nothing to remember, so it may take over what another pool
 * remembers.
 *
 * Return: that pool's index, or SHARING_NONE.
 */
size_t table_sharing_find(const struct table_sharing *sharing, const struct shared_table *table);

/* A pool whose table has this content, however it came about. Return: its index, or SHARING_NONE.
 */
size_t table_sharing_find_content(const struct table_sharing *sharing, uint64_t content_digest);

#endif
