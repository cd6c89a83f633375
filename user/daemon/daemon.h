/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_DAEMON_H
#define STEER_DAEMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "config/cluster.h"
#include "control/server.h"
#include "daemon/load.h"
#include "daemon/options.h"
#include "daemon/slots.h"
#include "datapath/datapath.h"
#include "health/checker.h"
#include "liveness/liveness.h"
#include "neighbour/neighbour.h"
#include "policy/active.h"
#include "policy/damping.h"

/**
 * DOC: the daemon: one event loop that ties the modules together.
 *
 *   configuration → apply.c → tables, services, settings of the datapath
 *   neighbours    → paths.c, ports.c → nodes, MACs and devices of the datapath
 *   liveness, health, operator → states.c, collectors.c → state bytes and the reflector of the
 *                                datapath; members.c and actives.c have what they
 *                                remember
 *   control socket → commands.c → report.c
 *   whatever changes by that → changes.c → journal.c
 *
 * The modules know nothing of each other; what they tell ends here. One struct, one thread, no
 * locks.
 */

/* What is known of another node, by its id. */
struct daemon_peer {
	bool has_path;
	bool usable; /* the path is of a kind this node can be forwarded to by */
	struct neighbour_path path;
	enum steer_admin admin;
	bool unhealthy[STEER_MAX_POOLS]; /* by slot, from its newest report that we could read */
	uint64_t down_ns; /* when it was found down after it had been up; 0: neither */
	bool was_up;
	struct damping damping; /* of its liveness */
	bool held; /* it fell silent when we were cut off: counts as live until we know better */
	bool cut;  /* it is one of those that we were cut off from, until we are back among them */
	enum liveness_state told; /* in the journal */
	bool untold;		  /* it is down, which the journal does not tell: see changes.c */
	uint64_t silent_ns;	  /* so long when it was found down last */
	uint64_t differ_ns;	  /* since when it has other tables than ours; 0: it does not */
	bool differ_told;
};

/* What is known of a pool beyond its configuration, by its slot. */
struct daemon_pool {
	uint64_t digest; /* of its table's ranks */
	uint64_t view;	 /* … and of all that its rows hold */
	uint64_t source; /* … and of what it was made from; 0: not known */
	uint32_t *rows;	 /* first ranks of each member, in the order of cluster_pool.members … */
	size_t n_rows; /* … of the configuration stored last, which may have been refused since */
	bool panic;
	struct member *members; /* by node id */
	struct active active;	/* active-passive: whom we follow */
	bool panic_told;	/* in the journal */
};

struct daemon {
	struct daemon_options options;
	sd_event *event;
	struct datapath *datapath;
	struct neighbours *neighbours;
	struct liveness *liveness;
	struct checker *checker;
	struct control_server *control;
	struct journal *journal;

	struct cluster *cluster;
	struct slots pool_slots;
	struct slots service_slots;
	struct slots vip_slots;			   /* by address text */
	struct daemon_pool pools[STEER_MAX_POOLS]; /* the last: STEER_POOL_CLUSTER */
	struct daemon_peer peers[STEER_MAX_NODES];

	/* Our own interfaces that run the program, and what the program may redirect to. */
	size_t n_ports;
	bool attached[STEER_MAX_INTERFACES];
	unsigned int doubts[STEER_MAX_INTERFACES]; /* how often it could not be told whether it is
						      ours */
	char port_name[STEER_MAX_INTERFACES][IF_NAMESIZE];
	uint32_t port_ifindex[STEER_MAX_INTERFACES];
	struct steer_interface port[STEER_MAX_INTERFACES];
	uint32_t devs[16];
	size_t n_devs;

	sd_event_source *due; /* when states change that no event changes */

	enum steer_admin admin;
	uint64_t came_ns;    /* when a peer came up last */
	uint64_t changed_ns; /* when tables were stored last; 0: since then what left them was
				forgotten */
	uint64_t differ_ns;  /* since when live peers have other tables than ours; 0: never */
	bool applying;	     /* tables are being changed */
	bool isolated;
	uint64_t rejoined_ns; /* isolated, but peers answer again since then; 0: they do not */
	struct load load;
	uint32_t generation;
	uint64_t table_digest;
	uint64_t started_ns;
	int unlocked; /* 0: memory is locked; else the negative errno of why it is not */
	uint64_t loaded_ns;
	char config_error[512]; /* of the last reload that was refused; empty: none */
};

/* CLOCK_MONOTONIC. */
uint64_t daemon_now_ns(void);

/* Everything empty but the options. Return: a daemon, NULL when out of memory. */
struct daemon *daemon_new(const struct daemon_options *options);
/* Ends probes and checks and closes the datapath, which steers on. NULL is fine. */
void daemon_free(struct daemon *daemon);

/* Our own entry in the configuration. */
const struct cluster_node *daemon_self(const struct daemon *daemon);

#endif
