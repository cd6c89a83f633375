/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_FUZZ_FAKE_WORLD_H
#define TESTS_FUZZ_FAKE_WORLD_H

#include <errno.h>
#include <stdarg.h>

#include "daemon/daemon.h"
#include "daemon/log.h"

/**
 * DOC: what a daemon sees of the world, without BPF, network and log: two peers that are up,
 * whatever it writes kept in memory. To be included once; it takes the place of whole modules.
 */
static struct {
	uint8_t states[STEER_MAX_POOLS][STEER_MAX_NODES];
	struct steer_settings settings;
	struct steer_reflector reflector;
	struct steer_mac_key mac;
} world;

/* --- datapath --- */

void datapath_close(struct datapath *datapath)
{
	(void)datapath;
}

void datapath_set_state(struct datapath *datapath, uint16_t pool, uint16_t node, uint8_t state)
{
	(void)datapath;
	world.states[pool][node] = state;
}

uint8_t datapath_get_state(const struct datapath *datapath, uint16_t pool, uint16_t node)
{
	(void)datapath;
	return world.states[pool][node];
}

int datapath_get_settings(struct datapath *datapath, struct steer_settings *ret_settings)
{
	(void)datapath;
	*ret_settings = world.settings;
	return 0;
}

int datapath_set_settings(struct datapath *datapath, const struct steer_settings *settings)
{
	(void)datapath;
	world.settings = *settings;
	return 0;
}

int datapath_get_reflector(const struct datapath *datapath, struct steer_reflector *ret_reflector)
{
	(void)datapath;
	*ret_reflector = world.reflector;
	return 0;
}

int datapath_set_reflector(struct datapath *datapath, const struct steer_reflector *reflector)
{
	(void)datapath;
	world.reflector = *reflector;
	return 0;
}

int datapath_read_node(struct datapath *datapath, uint16_t node, struct steer_node_stats *ret_stats)
{
	(void)datapath;
	ret_stats->sent.packets = node;
	return 0;
}

int datapath_read_service(struct datapath *datapath, uint16_t service,
			  struct steer_service_stats *ret_stats)
{
	(void)datapath;
	ret_stats->flow_hits = UINT64_MAX - service;
	return 0;
}

void datapath_get_info(const struct datapath *datapath, size_t i, struct datapath_info *ret_info)
{
	(void)datapath;
	(void)i;
	*ret_info = (struct datapath_info){ .program_id = 7, .interface = "eth0" };
}

bool own_interfaces_is_gone(const struct daemon *daemon, size_t i)
{
	(void)daemon;
	(void)i;
	return false;
}

/* --- liveness and health --- */

void liveness_free(struct liveness *liveness)
{
	(void)liveness;
}

static bool world_is_peer(uint16_t node)
{
	return node == 2 || node == 3;
}

int liveness_get_status(struct liveness *liveness, uint16_t node,
			struct liveness_peer_status *ret_status)
{
	(void)liveness;
	if (!world_is_peer(node))
		return -ENOENT;
	*ret_status = (struct liveness_peer_status){
		.state = LIVENESS_UP,
		.changed_ns = 1,
		.has_report = node == 2,
		.counters.rtt_ns = 12345,
	};
	return 0;
}

void liveness_get_rejects(struct liveness *liveness, uint64_t ret_rejects[LIVENESS_REJECTS])
{
	(void)liveness;
	memset(ret_rejects, 0, LIVENESS_REJECTS * sizeof(*ret_rejects));
}

int liveness_get_refused(const struct liveness *liveness)
{
	(void)liveness;
	return -EPERM;
}

void checker_free(struct checker *checker)
{
	(void)checker;
}

enum health_verdict checker_get(const struct checker *checker, uint16_t pool,
				const char **ret_detail)
{
	(void)checker;
	(void)pool;
	if (ret_detail)
		*ret_detail = "healthy";
	return HEALTH_GOOD;
}

enum health_verdict checker_get_member(const struct checker *checker, uint16_t pool, uint16_t node,
				       const char **ret_detail)
{
	(void)node;
	return checker_get(checker, pool, ret_detail);
}

/* --- log --- */

bool log_is_journald(void)
{
	return false;
}

void log_line(int priority, const char *text)
{
	(void)priority;
	(void)text;
}

void log_error(const char *format, ...)
{
	(void)format;
}

void log_warning(const char *format, ...)
{
	(void)format;
}

void log_info(const char *format, ...)
{
	(void)format;
}

#endif
