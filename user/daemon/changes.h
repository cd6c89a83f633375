/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_CHANGES_H
#define STEER_DAEMON_CHANGES_H

#include "daemon/daemon.h"

/**
 * DOC: what has changed, in words: each function makes one kind of event for journal.c, with its
 * scope and severity. docs/events.md lists them. changes_peers.c has whether others answer,
 * changes_pools.c who serves, changes.c the rest.
 *
 * A peer that falls silent is not told of at once, but within a detection time: if most of them do,
 * one alarm says that we are cut off, and of the peers that come back not a word is lost.
 */

/* The daemon begins. @cluster: the configuration to come */
void changes_started(struct daemon *daemon, const struct cluster *cluster);
/* … and ends. @cause: why */
void changes_ended(struct daemon *daemon, const struct cluster *cluster, const char *cause);

/* The program on our i-th interface: "attached", "adopted", "replaced", "detached". @old: NULL for
 * none */
void changes_program(struct daemon *daemon, const struct cluster *cluster, size_t i,
		     const char *old, const char *new);

/* A configuration is in effect, or refused. @old: the generation before; @error: NULL: all is well
 */
void changes_config(struct daemon *daemon, const struct cluster *cluster, uint32_t old,
		    const char *error);

/* What an operator wants of a node. @cause: how we know */
void changes_admin(struct daemon *daemon, const struct cluster_node *node, enum steer_admin old,
		   enum steer_admin new, const char *cause);

/* What the initiator found of a peer. */
void changes_liveness(struct daemon *daemon, const struct cluster_node *node,
		      enum liveness_state state, uint64_t silent_ns);

/* What a check found, of this node's own service or an agentless node's. @index: of the pool */
void changes_health(struct daemon *daemon, size_t index, const struct cluster_node *node,
		    enum health_verdict verdict, const char *detail);

/* The state byte of a member of a pool, if that is a change in words. @index: of the pool */
void changes_member(struct daemon *daemon, size_t index, const struct cluster_node *node,
		    uint8_t was, uint8_t is);

/*
 * Which member of an active-passive pool is the active one. @index: of the pool; @before: its id,
 * as the id in @now, or STEER_NODE_NONE; @why: NULL: find out
 */
void changes_active(struct daemon *daemon, size_t index, uint16_t before, const struct active *now,
		    const char *why);

/* Whether nobody serves, at every publication. */
void changes_panic(struct daemon *daemon, size_t index, bool panic);

/*
 * It is us who are cut off, and peers that are held count as before. @first: since now
 * @silent: of so many @peers
 */
void changes_isolated(struct daemon *daemon, bool first, size_t silent, size_t peers);
/* No longer. @up: peers that answer */
void changes_rejoined(struct daemon *daemon, size_t up);

/*
 * These peers have other tables than ours for long (@differ), or no longer. Of most of the live
 * ones, that is a single event.
 */
void changes_tables(struct daemon *daemon, bool differ, const struct cluster_node *const *nodes,
		    size_t n, size_t n_live);

#endif
