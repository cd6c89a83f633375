/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_TOOLS_MANY_H
#define TESTS_TOOLS_MANY_H

/* Nodes that many.bpf.c can be: id n is 192.0.2.n, or an IPv6 address whose last 32 bits are n. */
#define MANY_NETWORK 0xc0000200
#define MANY_NODES 1024

#endif
