/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_DAEMON_H
#define STEER_DAEMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "cluster/decide.h"
#include "cluster/state.h"
#include "control/message.h"
#include "control/server.h"
#include "daemon/cpu_load.h"
#include "daemon/options.h"
#include "datapath/datapath.h"
#include "health/checker.h"
#include "liveness/liveness.h"
#include "neighbour/neighbour.h"

/**
 * DOC: the daemon: handles, one event loop, and effects. What it knows and decides is user/cluster.
 *
 *   liveness, checks, orders, next hops → inputs of struct cluster_state, and publish_later()
 *   publish.c: decide() → state bytes, reflector, settings, events, timer. The only writer of these
 *   reload.c: a new configuration, step by step
 *   control socket → commands.c → status_json.c, which read the state and the last decision
 *
 * One thread, no locks; the prober has a thread of its own inside user/liveness.
 */

/* The next hop to another node, as the kernel has it. */
struct nexthop {
	bool known;
	struct neighbour_path path;
};

/* An interface of ours that runs the program. */
struct own_interface {
	char name[IF_NAMESIZE];
	uint32_t ifindex;
	bool attached;
	unsigned int doubts; /* how often in a row it could not be found out whether it is ours */
	bool refused; /* it came back, and the program could not be attached; that was said */
};

#define DAEMON_DEVS_MAX 16

struct daemon {
	struct daemon_options options;
	sd_event *event;
	sd_event_source *later; /* publish() at the end of this turn of the loop */
	sd_event_source *due;	/* publish() when a decision differs by time */
	struct datapath *datapath;
	struct neighbours *neighbours;
	struct liveness *liveness;
	struct checker *checker;
	struct control_server *control;
	struct journal *journal;

	struct cluster_state *state;
	struct decision decision;	  /* the last */
	struct election_memory memory;	  /* of the daemon before us */
	struct steer_reflector reflector; /* as written last */

	struct own_interface interface[STEER_MAX_INTERFACES];
	size_t n_interfaces;
	struct steer_interface
		macs[STEER_MAX_INTERFACES];	 /* of the interfaces, as in the settings */
	struct nexthop nexthop[STEER_MAX_NODES]; /* by node id */
	uint32_t devs[DAEMON_DEVS_MAX]; /* what the program may redirect to, as written last */
	size_t n_devs;
	bool too_many_devs; /* that was said */

	struct cpu_load load;
	uint64_t started_ns;
	int unlocked; /* 0: memory is locked; else the negative errno of why it is not */
	uint64_t loaded_ns;
	char config_error[CONTROL_MESSAGE_MAX]; /* why the last reload was refused; or empty */
};

#endif
