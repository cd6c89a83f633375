/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_STATE_H
#define STEER_CLUSTER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster/index_alloc.h"
#include "config/cluster.h"
#include "events/delay_queue.h"
#include "health/rise_fall.h"
#include "liveness/packet.h"
#include "liveness/session.h"
#include "policy/active.h"
#include "policy/damping.h"
#include "table/table.h"

/**
 * DOC: all that a daemon knows at run time, in one struct with one owner.
 *
 * This folder decides and has no effects: time is passed in, nothing is sent, written or logged.
 * Data flows one way:
 *
 *   inputs.h         liveness, announcements, check results, orders → struct cluster_state
 *   decide.h         struct cluster_state, now → state bytes, active members, announcement, epoch
 *   diff.h           what was published before, what is decided now → events
 *   daemon/publish.c writes maps and events, and calls state_published()
 *
 * The configuration is never changed, only replaced by the next one (state_begin_reload(),
 * state_commit_reload()). What is known of nodes is kept by node id, what is known of pools in one
 * struct pool each.
 */

#define STATE_CAUSE_MAX 64

/* Another node. Self has an entry, too, of which only admin and what the journal has are used. */
struct peer {
	/* liveness */
	enum liveness_state liveness;
	uint64_t changed_ns; /* when its liveness was found to have changed last */
	uint64_t down_ns;    /* when it went down after it had been up; 0: neither */
	uint64_t silent_ns;  /* how long it had been silent when it was last found down */
	bool was_up;
	struct damping damping;

	/* isolation.h */
	bool frozen;  /* it fell silent when this node was cut off: it counts as live for now */
	bool cut_off; /* it is beyond the cut, until this node is back among its peers */

	/* what it announces; admin of self and of agentless nodes is an operator's order here */
	bool has_report;
	struct liveness_report report;
	enum steer_admin admin;
	char admin_cause[STATE_CAUSE_MAX];

	bool reachable;	      /* its next hop is known, and packets can be forwarded by it */
	uint64_t diverged_ns; /* since when its tables or pools differ from ours; 0: they do not */

	/* what the journal has of it: diff.h */
	struct {
		enum liveness_state liveness;
		enum steer_admin admin;
		bool fell;	 /* it went down since the last diff, and may be up again */
		bool rose;	 /* it was up in between */
		bool suppressed; /* it is down, which the isolation event covers */
		bool diverged;
	} told;
};

/* How long nodes are remembered that have left tables, or have got flows of others: in an hour they
 * have had the time to finish them. */
#define STATE_HOLD_NS 3600000000000ULL

/* A node in a pool: a member, or one that was or will be. */
struct member {
	bool unhealthy;		     /* as the node announces */
	enum health_verdict verdict; /* of our own checks: of self, and of agentless nodes */
	char *detail;		     /* why; NULL: nothing to say */
	uint64_t changed_ns;	     /* when the verdict changed last */
	struct damping damping;	     /* of that verdict */

	bool known;	   /* the rest is in use */
	bool serving;	   /* by itself, whatever its pool makes of that */
	uint64_t since_ns; /* when it began to serve; 0: it has its whole share */
	uint64_t ready_ns; /* active-passive: since when it could be the active one; 0: it cannot */

	enum health_verdict told_verdict; /* what the journal has */
};

/* A pool's forwarding table as it is stored. */
struct pool_table {
	uint64_t digest;	 /* of its ranks */
	uint64_t content_digest; /* of all that it holds */
	uint64_t order_digest;	 /* of whom its rows ask for a connection */
	struct table_former former;
	uint64_t spec_digest; /* of what it was made from; 0: not known */
	uint32_t *rows;	      /* first ranks of each member, in the order of the members … */
	size_t n_rows; /* … of the configuration stored last, which may have been refused since */
};

struct pool {
	const struct cluster_pool *config; /* in effect; NULL: only the one to come has the pool */
	const struct cluster_pool *next;   /* to come; NULL: no reload is under way, or it goes */
	uint16_t index;			   /* in steer_tables and steer_states */
	uint16_t position;		   /* in the configuration: its bit in announcements */
	struct pool_table table;

	struct member member[STEER_MAX_NODES]; /* by node id */
	uint8_t published[STEER_MAX_NODES];    /* state bytes that are in the map, by node id … */
	uint8_t decided[STEER_MAX_NODES];      /* … and that are to be */
	bool panic;			       /* too few members serve */
	struct active active, published_active; /* active-passive: the member that is followed */
	char active_cause[STATE_CAUSE_MAX];	/* empty: diff.h finds it */
	bool told_panic;
};

struct cluster_state {
	struct cluster *config;	    /* in effect; NULL: none yet */
	const struct cluster *next; /* to come, while a reload is under way; else NULL */
	uint32_t generation;	    /* of @config */

	struct peer peers[STEER_MAX_NODES];  /* by node id */
	struct pool *pools[STEER_MAX_POOLS]; /* by index; NULL: none */
	struct pool **in_order;		     /* config->n_pools of them, as configured */
	struct pool **next_in_order;	     /* room for those of @next */
	struct pool *fragment_pool;	     /* pools[STEER_POOL_CLUSTER] */
	struct cluster_pool fragment_config; /* what its config points to */
	struct cluster_pool fragment_next;   /* what its next points to */
	struct index_alloc pool_index, service_index, vip_index;

	uint8_t load_percent;  /* of our CPUs */
	uint64_t table_digest; /* of all our tables; 0: they are being changed */

	uint64_t came_ns;	    /* when a peer came up last; 0: none has */
	uint64_t moved_ns;	    /* when one came up or went down last; 0: none has */
	uint64_t tables_changed_ns; /* when tables were stored last; 0: since then the nodes that
				     * left them were forgotten */
	bool isolated;		    /* isolation.h */
	uint64_t rejoined_ns;	   /* isolated, but peers answer again since then; 0: they do not */
	size_t n_silent, n_judged; /* peers silent at once, of these, when isolation began */
	size_t n_up;		   /* peers that answered when it ended */
	uint64_t diverged_ns; /* epoch.h: since when nodes may have other tables; 0: they agree */

	struct delay_queue delayed; /* events that wait: diff.h */
	bool told_isolated;
};

/* Empty, with the fragment pool. Return: NULL when out of memory. */
struct cluster_state *state_new(void);
/* Frees the configuration, too. NULL is fine. */
void state_free(struct cluster_state *state);

/* Our own entry in the configuration that is in effect. */
const struct cluster_node *state_self(const struct cluster_state *state);

/* What an operator wants of a node: of us, or as far as we know of another one. */
enum steer_admin state_admin(const struct cluster_state *state, uint16_t id);

/* A pool of the configuration in effect, by name. Return: NULL if there is none. */
struct pool *state_pool(const struct cluster_state *state, const char *name);

/* Whether a node is a member of a pool of this configuration; @pool: NULL: no. */
bool state_is_member(const struct cluster *config, const struct cluster_pool *pool, uint16_t id);

/**
 * state_begin_reload - a configuration is to take effect.
 * @next: not owned before state_commit_reload()
 * @pool_index: its pools' indices
 *
 * Pools that are new get a struct pool, all others keep theirs. pool.published of a new one is
 * zero: the caller fills it in from the map.
 *
 * Return: 0; -ENOMEM with nothing changed.
 */
int state_begin_reload(struct cluster_state *state, const struct cluster *next,
		       const struct index_alloc *pool_index);

/* The reload failed: pools that only @next has are dropped. Without a reload, nothing happens. */
void state_abort_reload(struct cluster_state *state);

/**
 * state_commit_reload - the next configuration is in effect.
 * @next: taken over
 * @ret_gone: indices of pools that are no more, room for all; their structs are freed
 *
 * Return: the configuration before, to be freed; NULL: there was none.
 */
struct cluster *state_commit_reload(struct cluster_state *state, struct cluster *next,
				    uint16_t ret_gone[STEER_MAX_POOLS], size_t *ret_n_gone);

/* A node is configured no more, or its id means another one: nothing is known of it. */
void state_forget_peer(struct cluster_state *state, uint16_t id);

/* A node is no member of the pool, or no more. */
void state_forget_member(struct pool *pool, uint16_t id);

/* A number for all tables of this node, in the order of the configuration. */
uint64_t state_tables_digest(const struct cluster_state *state);

/* The decided state bytes are in the map, and the events of the diff are out. */
void state_published(struct cluster_state *state);

#endif
