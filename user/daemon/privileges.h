/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_PRIVILEGES_H
#define STEER_DAEMON_PRIVILEGES_H

#include <stdbool.h>

/**
 * DOC: what the daemon is allowed to, as whatever user it runs.
 *
 * It needs CAP_SYS_ADMIN, if at all, to take over a program that another loader has attached: the
 * kernel opens programs and maps by their ids for nobody else. Once the datapath is open,
 * everything is within reach by descriptors and pins, and the daemon gives up all but what it goes
 * on with:
 *
 *   CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN   tables that are made anew, maps' contents, neighbours
 *   CAP_NET_RAW                           checks of type "path" send packets of their own making
 *   CAP_SYS_NICE, CAP_IPC_LOCK            probes leave on time; a limit (RLIMIT_RTPRIO,
 *                                         RLIMIT_MEMLOCK) does as well
 *
 * Programs that it runs for checks get none of them, unless it runs as root: then they have these,
 * and nobody gains more, as no_new_privs is set.
 */

/**
 * privileges_drop - give up for good what is not in the list above.
 *
 * Before there are threads: each has capabilities of its own, and inherits them.
 *
 * Return: 0 or a negative errno, then nothing or not all is given up.
 */
int privileges_drop(void);

#define PRIVILEGES_TEXT_MAX 96

/**
 * privileges_lacking - which of the four it needs all along it does not have.
 * @ret_names: "CAP_BPF, CAP_NET_RAW"; empty if none
 *
 * Who adopts what runs may not need them until something changes: better said at once.
 */
bool privileges_lacking(char ret_names[PRIVILEGES_TEXT_MAX]);

#endif
