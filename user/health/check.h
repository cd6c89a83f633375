/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECK_H
#define STEER_HEALTH_CHECK_H

#include <systemd/sd-event.h>

#include "health/targets.h"

/**
 * DOC: single attempts of a check: a TCP connect, an HTTP or HTTPS request, a command, or a SYN to
 * a given next hop.
 *
 * An attempt never blocks and has no time limit of its own: its owner frees it when the timeout
 * has passed. It reports its result once, from the event loop, never from within the call that
 * started it. The owner frees the attempt, within the callback or later.
 *
 * A VIP is checked with the VIP itself as source address. So a VIP that is not configured on this
 * node fails at once; and if packets did leave the node, no answer of another node could return.
 */

/* @failure: NULL for success, else the cause in words; valid during the call. */
typedef void (*check_done_fn)(void *context, const char *failure);

/* Bind a socket that is about to connect to a VIP. Return: 0 or a negative errno. */
int check_bind_vip(int fd, const struct check_target *target);

struct check_tcp;

/* Return: 0; a negative errno if this node lacks a resource, which is no result of the target. */
int check_tcp_start(sd_event *event, const struct check_target *target, check_done_fn done,
		    void *context, struct check_tcp **ret_check);
void check_tcp_free(struct check_tcp *check);

/* Where and how the XDP program sends the packets of a node without Steer. */
struct check_nexthop {
	uint32_t ifindex;
	uint8_t mac[6];
	bool tunnel;		   /* true: IP in IP to the address; false: to the MAC */
	struct steer_addr address; /* of the tunnel's end */
};

struct check_path;

/**
 * check_path_start - open a half-open connection to a VIP through a node.
 * @nexthop: where the segments are sent
 *
 * Needs CAP_NET_RAW. Return: as check_tcp_start().
 */
int check_path_start(sd_event *event, const struct check_target *target,
		     const struct check_nexthop *nexthop, check_done_fn done, void *context,
		     struct check_path **ret_check);
void check_path_free(struct check_path *check);

/* The present next hop of an agentless node. Return: 0; -ENETUNREACH if none is known. */
typedef int (*checker_nexthop_fn)(void *context, uint16_t node, struct check_nexthop *ret_nexthop);

/* All HTTP and HTTPS attempts share one client, which must outlive them. */
struct check_http_client;
struct check_http;

int check_http_client_new(sd_event *event, struct check_http_client **ret_client);
void check_http_client_free(struct check_http_client *client);

/* As check_tcp_start(). @target must stay valid for the life of the attempt. */
int check_http_start(struct check_http_client *client, const struct check_target *target,
		     check_done_fn done, void *context, struct check_http **ret_check);
void check_http_free(struct check_http *check);

/* All commands share one client, which must outlive the attempts. */
struct check_exec_client;
struct check_exec;

int check_exec_client_new(sd_event *event, struct check_exec_client **ret_client);
void check_exec_client_free(struct check_exec_client *client);

/* As check_tcp_start(). A command still running when its attempt is freed is killed. */
int check_exec_start(struct check_exec_client *client, const struct check_target *target,
		     check_done_fn done, void *context, struct check_exec **ret_check);
void check_exec_free(struct check_exec *check);

#endif
