/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_NETNS_H
#define STEER_BENCH_NETNS_H

/* Interfaces that nothing comes in on: netns_interface() 0 and up. */
#define NETNS_INTERFACES 6

/**
 * netns_prepare - a network namespace of this process's own: the virtual addresses, ways to the
 * clients, interfaces. It ends with the process.
 */
int netns_prepare(void);

unsigned int netns_interface(int i);

#endif
