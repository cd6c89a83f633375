/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLUSTER_DECIDE_RELOAD_H
#define STEER_CLUSTER_DECIDE_RELOAD_H

#include "cluster/decide.h"

/**
 * DOC: what is decided about nodes that die while tables change, which may take seconds.
 *
 * States belong partly to the configuration in effect then, partly to the one to come. A dead node
 * is dead under both configurations. decide() does the rest once all of it is the new one. The last
 * node that serves keeps serving until then, as it would in panic. But a dead active member is
 * replaced by the first standby that is well.
 *
 * The announcement has no table digest, and there is no epoch: our tables are not those of any
 * configuration.
 */
void decide_reload(struct cluster_state *state, uint64_t now_ns, struct decision *ret_decision);

#endif
