/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_CHECK_H
#define STEER_HEALTH_CHECK_H

#include <systemd/sd-event.h>

#include "health/targets.h"

/**
 * DOC: single attempts of a check, by TCP connect, HTTP or HTTPS request, a command, or a SYN along
 * a way of our own.
 *
 * An attempt never blocks and knows no time limit: who started it ends it when time is up, by
 * freeing it. It tells its result once, from the event loop, never from the call that started it.
 * Attempts are freed by whom they tell, at once or later.
 *
 * A VIP is checked from the VIP itself as source. So one that is not configured on this node is
 * found out at once, and if packets did get out, no answer of another node could come back.
 */

/* @failure: NULL for success, else why, in words; valid during the call. */
typedef void (*check_done_fn)(void *context, const char *failure);

/* Bind a socket that is about to connect to a VIP. Return: 0 or a negative errno. */
int check_bind_vip(int fd, const struct check_target *target);

struct check_tcp;

/* Return: 0; a negative errno if we lack something ourselves, which says nothing of the target. */
int check_tcp_start(sd_event *event, const struct check_target *target, check_done_fn done,
		    void *context, struct check_tcp **ret_check);
void check_tcp_free(struct check_tcp *check);

/* How the program sends packets to a node without Steer. */
struct check_way {
	uint32_t ifindex;
	uint8_t mac[6];
	bool tunnel; /* IP in IP to the address; else to the MAC */
	struct steer_addr address;
};

struct check_path;

/*
 * A half-open connection to a VIP through a node. @way: to that node. Needs CAP_NET_RAW.
 * Return: as check_tcp_start().
 */
int check_path_start(sd_event *event, const struct check_target *target,
		     const struct check_way *way, check_done_fn done, void *context,
		     struct check_path **ret_check);
void check_path_free(struct check_path *check);

/* The way to an agentless node now. Return: 0; -ENETUNREACH if none is known. */
typedef int (*checker_way_fn)(void *context, uint16_t node, struct check_way *ret_way);

/* All HTTP and HTTPS attempts share one client, which must outlive them. */
struct check_http_client;
struct check_http;

int check_http_client_new(sd_event *event, struct check_http_client **ret_client);
void check_http_client_free(struct check_http_client *client);

/* As check_tcp_start(). @target must stay where it is for the life of the attempt. */
int check_http_start(struct check_http_client *client, const struct check_target *target,
		     check_done_fn done, void *context, struct check_http **ret_check);
void check_http_free(struct check_http *check);

/* All commands share one client, which must outlive the attempts. */
struct check_exec_client;
struct check_exec;

int check_exec_client_new(sd_event *event, struct check_exec_client **ret_client);
void check_exec_client_free(struct check_exec_client *client);

/* As check_tcp_start(). A command that is running when its attempt is freed is killed. */
int check_exec_start(struct check_exec_client *client, const struct check_target *target,
		     check_done_fn done, void *context, struct check_exec **ret_check);
void check_exec_free(struct check_exec *check);

#endif
