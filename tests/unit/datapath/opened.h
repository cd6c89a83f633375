/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_UNIT_OPENED_H
#define STEER_UNIT_OPENED_H

/* DOC: what there is to see of a datapath that is open. */

#include "fixture.h"

static inline struct datapath_info info_of(const struct datapath *datapath)
{
	struct datapath_info info;

	datapath_get_info(datapath, 0, &info);
	return info;
}

static inline uint32_t runs(const char *interface)
{
	uint32_t id = 0;

	assert_int_equal(bpf_xdp_query_id(if_nametoindex(interface), 0, &id), 0);
	return id;
}

static inline void mark(struct datapath *datapath, uint32_t generation)
{
	const struct steer_settings settings = { .schema = STEER_SCHEMA, .generation = generation };

	assert_int_equal(datapath_set_settings(datapath, &settings), 0);
}

static inline uint32_t marked(struct datapath *datapath)
{
	struct steer_settings settings = {};

	assert_int_equal(datapath_get_settings(datapath, &settings), 0);
	return settings.generation;
}

#endif
