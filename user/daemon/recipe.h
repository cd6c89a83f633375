/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_RECIPE_H
#define STEER_DAEMON_RECIPE_H

#include "config/cluster.h"
#include "steer/maps.h"

/**
 * DOC: what a configuration says of a pool's forwarding table: how to make it, and whether another
 * one would come out.
 */
struct recipe {
	const struct cluster *cluster;
	uint16_t *nodes; /* room for all there may be */
};

int recipe_init(struct recipe *recipe, const struct cluster *cluster);
void recipe_free(struct recipe *recipe);

/**
 * recipe_source - a number for all that a table is made from but the one before it.
 *
 * With the same, the one before would only be made again: of many pools, a reload mostly changes
 * few.
 */
uint64_t recipe_source(const struct recipe *recipe, const struct cluster_pool *pool);

/* The table but for who is further. Return: 0 or a negative errno. */
int recipe_build(const struct recipe *recipe, const struct cluster_pool *pool,
		 struct steer_row *ret_rows);

/* Who is further. @old: the table before; NULL: none. Return: 0 or a negative errno. */
int recipe_fallback(const struct recipe *recipe, const struct cluster_pool *pool,
		    const struct steer_row *old, struct steer_row *rows);

/* First ranks of each member. Return: 0, -ENOMEM. */
int recipe_count(const struct recipe *recipe, const struct cluster_pool *pool,
		 const struct steer_row *rows, uint32_t **ret_count);

#endif
