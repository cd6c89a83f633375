/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_TABLE_SPEC_H
#define STEER_CLUSTER_TABLE_SPEC_H

#include "config/cluster.h"
#include "steer/maps.h"
#include "table/table.h"

/**
 * DOC: what a configuration makes of a pool's forwarding table, and whether another one would come
 * out.
 */
struct table_spec {
	const struct cluster *config;
	uint16_t *nodes; /* scratch: room for the ids of all nodes there may be */
};

/* Return: 0, -ENOMEM. */
int table_spec_init(struct table_spec *spec, const struct cluster *config);
void table_spec_free(struct table_spec *spec);

/**
 * table_spec_digest - a digest of all that a table is made from, except for the table before it.
 *
 * With an equal digest, building again would give the table that is there: a reload mostly changes
 * few of many pools.
 */
uint64_t table_spec_digest(const struct table_spec *spec, const struct cluster_pool *pool);

/**
 * table_spec_build - the ranks of a pool's table; fallback nodes are left empty.
 * @ret_rows: STEER_TABLE_ROWS rows
 *
 * Return: 0 or a negative errno of table_build().
 */
int table_spec_build(const struct table_spec *spec, const struct cluster_pool *pool,
		     struct steer_row *ret_rows);

/**
 * table_spec_set_fallback - fill in the fallback nodes of a table that has its ranks.
 * @old: the table before, whose owners come first; NULL: none
 * @old_former: those that it had no room for; NULL: none
 *
 * Return: 0 or a negative errno of table_set_fallback().
 */
int table_spec_set_fallback(const struct table_spec *spec, const struct cluster_pool *pool,
			    const struct steer_row *old, const struct steer_former *old_former,
			    struct steer_row *rows, struct steer_former *ret_former,
			    struct table_former *ret_count);

/**
 * table_spec_count - how many rows each member is the first rank of.
 * @ret_count: in the order of the pool's members; to be freed
 *
 * Return: 0, -ENOMEM.
 */
int table_spec_count(const struct table_spec *spec, const struct cluster_pool *pool,
		     const struct steer_row *rows, uint32_t **ret_count);

#endif
