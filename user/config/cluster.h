/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_CLUSTER_H
#define STEER_CONFIG_CLUSTER_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"

/**
 * DOC: the configuration of a cluster, as data.
 *
 * It does not depend on the format it was read from, which is a YAML file today; the rest of the
 * daemon reads only this. All references are indices into arrays of the same struct. A cluster is
 * always complete and consistent.
 */
#define CLUSTER_NAME_MAX 64
#define CLUSTER_WEIGHT_MAX 10000
#define CLUSTER_KEY_BYTES 16
#define CLUSTER_COMMAND_MAX 512

enum pool_mode {
	POOL_ACTIVE_ACTIVE,
	POOL_ACTIVE_PASSIVE,
};

enum check_type {
	CHECK_NONE, /* every live member is healthy */
	CHECK_TCP,
	CHECK_HTTP,
	CHECK_HTTPS,
	CHECK_EXEC,
};

/* The names of the types in the file, by enum check_type; the list ends with NULL. */
extern const char *const cluster_check_words[];

struct cluster_node {
	char name[CLUSTER_NAME_MAX];
	uint16_t id; /* 1 … STEER_MAX_NODES - 1, unique */
	uint32_t weight;
	struct steer_addr addr4; /* all zero: none; a node has at least one of the two */
	struct steer_addr addr6;
	bool agentless;		    /* runs no Steer: the others check it and forward to it */
	enum steer_forward forward; /* how the others forward packets to it */
	char interfaces[STEER_MAX_INTERFACES]
		       [IF_NAMESIZE]; /* with the XDP program; agentless: none */
	size_t n_interfaces;
};

struct cluster_check {
	enum check_type type;
	bool has_address; /* false: the VIPs of the pool's services, over the loopback */
	struct steer_addr address;
	uint16_t port; /* 0: the service's port */
	uint32_t interval_ms;
	uint32_t fast_interval_ms; /* while unhealthy, or results contradict the verdict */
	uint32_t timeout_ms;
	uint32_t rise; /* successes in a row until healthy */
	uint32_t fall; /* failures in a row until unhealthy */
	/* HTTP and HTTPS */
	char path[256];
	char host[256];	 /* Host header; empty: sni, else the address */
	uint16_t status; /* the expected one; 0: 200 … 399 */
	char body[256];	 /* text that the body must contain; empty: any body */
	/* HTTPS */
	char sni[256]; /* the name to send and to verify; empty: send none, verify the address */
	char ca_file[256]; /* absolute path; empty: the system's CA certificates */
	bool insecure;	   /* accept any certificate */
	/* exec: an absolute path and its arguments, each with its terminating NUL */
	char command[CLUSTER_COMMAND_MAX];
	size_t command_bytes;
};

/* What a pool does when too few members serve. */
enum panic_action {
	PANIC_ALL,  /* all live members serve */
	PANIC_DROP, /* no member serves */
};

struct cluster_panic {
	uint32_t min_healthy; /* number of members; 0: 1 */
	bool percent;	      /* min_healthy is a percentage of all members */
	enum panic_action action;
};

struct cluster_member {
	size_t node; /* index into nodes */
	uint32_t weight;
};

struct cluster_pool {
	char name[CLUSTER_NAME_MAX];
	uint16_t id; /* its index in pools: key of steer_tables and steer_states */
	enum pool_mode mode;
	struct cluster_member *members; /* active-passive: in priority order */
	size_t n_members;
	struct cluster_check check;
	bool preempt; /* active-passive: the first ready member takes over at once */
	struct cluster_panic panic;
	uint32_t slow_start_ms; /* time from a member's return to its whole share; 0: at once */
};

struct cluster_service {
	char name[CLUSTER_NAME_MAX];
	uint16_t id; /* its index in services */
	struct steer_addr vip;
	uint8_t prefix_bits; /* 128: a single address; IPv4: 96 + length */
	uint8_t protocol;    /* IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP */
	uint16_t port;	     /* 0: any */
	enum steer_hash_kind hash_kind;
	uint8_t prefix4_bits;  /* STEER_HASH_PREFIX: of IPv4, 0 … 32 */
	uint8_t prefix6_bits;  /* … of IPv6, 0 … 128 */
	uint8_t cid_rotation;  /* STEER_HASH_CID: config rotation, 0 … 6 */
	uint8_t cid_bytes;     /* … length of the server id, 1 … STEER_CID_BYTES_MAX */
	uint32_t flow_entries; /* size of its flow table; 0: none */
	bool plain;	       /* no second chance */
	size_t pool;	       /* index into pools */
};

struct cluster_liveness {
	uint32_t interval_ms;
	uint32_t multiplier;			     /* unanswered probes in a row until down */
	uint32_t rise;				     /* answers in a row until up again */
	struct steer_addr answer[STEER_MAX_ROUTERS]; /* routers whose plain S-BFD is answered */
	size_t n_answer;
};

/* Flap damping: a member that fails again and again is held down for longer each time. */
struct cluster_damping {
	uint32_t hold_ms; /* after the second failure; 0: no damping */
	uint32_t max_hold_ms;
	uint32_t forget_ms; /* time up after which failures are forgotten */
};

struct cluster {
	char name[CLUSTER_NAME_MAX];
	uint8_t flow_key[CLUSTER_KEY_BYTES];	/* hashes flows to rows */
	uint8_t auth_key[2][CLUSTER_KEY_BYTES]; /* for messages between nodes: the first signs */
	size_t n_auth_keys;			/* 1, or 2 while one replaces another */
	/* Outer sources of IPIP; bits behind the prefix carry entropy. All zero: the kernel's. */
	uint32_t gue_port; /* UDP, host byte order */
	struct steer_addr tunnel_source4, tunnel_source6;
	uint8_t tunnel_source4_bits, tunnel_source6_bits; /* of the prefixes; IPv4: 96 + length */
	struct cluster_liveness liveness;
	struct cluster_damping damping;
	size_t self; /* index into nodes */
	struct cluster_node *nodes;
	size_t n_nodes;
	struct cluster_pool *pools;
	size_t n_pools;
	struct cluster_service *services;
	size_t n_services;
	/* See config/digest.h: equal on all nodes with the same configuration. */
	uint64_t digest;
	/* Equal on nodes whose health bits and announcements of active members mean the same. */
	uint64_t pools_digest;
};

/* Free a cluster and all it owns. NULL is fine. */
void cluster_free(struct cluster *cluster);

/* The node with an id, or NULL. */
const struct cluster_node *cluster_node_by_id(const struct cluster *cluster, uint16_t id);

/*
 * True if the active member of a pool is a history that nodes announce to each other:
 * active-passive without preempt. At most STEER_SBFD_ACTIVE pools of a cluster have one.
 */
bool cluster_has_history(const struct cluster_pool *pool);

/* The node with a name, or NULL. */
const struct cluster_node *cluster_node_by_name(const struct cluster *cluster, const char *name);

#endif
