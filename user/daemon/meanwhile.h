/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_MEANWHILE_H
#define STEER_DAEMON_MEANWHILE_H

#include "daemon/daemon.h"

/**
 * DOC: what becomes of a node that dies while tables change, which may take seconds.
 *
 * States belong partly to the old configuration then, partly to the one to come. Who is dead is so
 * in both; the rest is done by states_publish() when all of it is the new one. Who is the last one
 * to serve stays so until then, as it would in panic, but for an active member: the first standby
 * that is well takes its place.
 */
void meanwhile_publish(struct daemon *daemon);

#endif
