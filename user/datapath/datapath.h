/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_DATAPATH_H
#define STEER_DATAPATH_DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "steer/maps.h"
#include "steer/sbfd.h"
#include "steer/trace.h"
#include "steer/verdict.h"

/**
 * DOC: the program and its maps, seen from user space.
 *
 * The only folder that knows libbpf and libxdp. A datapath is a set of open maps, pinned under one
 * directory, and the knowledge where the program is attached. It holds no policy and reads no
 * configuration: callers say what to put where. Pins and attachment outlive the process.
 *
 * Functions return 0 or a negative errno. As what went wrong is often the kernel's or libxdp's to
 * tell, functions that open or attach also fill a struct datapath_error with a sentence that names
 * the object, the cause and the remedy; the caller logs it.
 */
#define DATAPATH_PIN_ROOT "/sys/fs/bpf/steer"

enum datapath_mode {
	DATAPATH_MODE_NATIVE,  /* the driver runs the program */
	DATAPATH_MODE_GENERIC, /* the stack does, after it has built an skb; only when asked for */
};

struct datapath_error {
	char text[512];
};

struct datapath;

/**
 * struct datapath_options - where things are.
 * @object: path of steer.bpf.o
 * @pin_root: directory for pins on a bpffs; NULL: DATAPATH_PIN_ROOT. Maps are pinned below it in
 *	v<STEER_SCHEMA>/.
 */
struct datapath_options {
	const char *object;
	const char *pin_root;
};

/**
 * datapath_load - load the object, pin its maps, attach the program (for "steer load").
 * @interface: name of a network interface
 * @mode: native fails with a sentence that offers generic when the driver cannot
 *
 * Refuses an interface that runs the program already (-EEXIST); maps that are pinned already are
 * reused. Nothing stays pinned or attached on failure that was not before.
 */
int datapath_load(const struct datapath_options *options, const char *interface,
		  enum datapath_mode mode, struct datapath_error *ret_error);

/**
 * datapath_replace - put the object's program in the place of the one an interface runs.
 *
 * In one step and with the same maps, so that no packet meets neither of them, in the mode that it
 * is attached in (for "steer load --replace"). Refuses maps or an object of another layout
 * (-EPROTO), and an interface that does not run the program (-ENOENT); on failure the old one runs
 * on. Pins are left alone. A daemon notices by datapath_follow().
 */
int datapath_replace(const struct datapath_options *options, const char *interface,
		     struct datapath_error *ret_error);

/**
 * datapath_unload - detach the program from an interface, remove the pins when it was the last.
 *
 * Programs of others on the same interface stay. Pins stay while another interface of this network
 * namespace uses them or a daemon has them locked; a later call removes them, though nothing is
 * attached any more. -ENOENT when there was neither a program nor pins to remove.
 */
int datapath_unload(const struct datapath_options *options, const char *interface,
		    struct datapath_error *ret_error);

/**
 * datapath_open - adopt what is attached, or load it (for the daemon).
 *
 * In this order: the program is attached to @interface (by whatever loader, through libxdp's
 * dispatcher or directly): use its maps and pin them; maps are pinned but nothing is attached:
 * attach a program that uses these maps; neither: datapath_load(). Pins of another schema are
 * refused with a sentence that says how to remove them (-EPROTO); pins that differ from the
 * attached program's maps are replaced, unless another interface's program uses them (-EEXIST).
 * Takes the lock that makes a second daemon on the same pins impossible (-EBUSY).
 */
int datapath_open(const struct datapath_options *options, const char *interface,
		  enum datapath_mode mode, struct datapath **ret_datapath,
		  struct datapath_error *ret_error);

/** datapath_open_pinned - open pinned maps to read counters; no lock, nothing is changed. */
int datapath_open_pinned(const struct datapath_options *options, struct datapath **ret_datapath,
			 struct datapath_error *ret_error);

/** datapath_close - close and unlock; pins and attachment stay, traffic flows on. NULL is fine. */
void datapath_close(struct datapath *datapath);

/**
 * datapath_add_interface - have a fallback interface run the program, with the same maps.
 *
 * Adopts or loads, like datapath_open(). A program there that has other maps is refused (-EEXIST).
 */
int datapath_add_interface(struct datapath *datapath, const struct datapath_options *options,
			   const char *interface, enum datapath_mode mode,
			   struct datapath_error *ret_error);

/* How many there are, the one of datapath_open() being the first; they are known by number. */
size_t datapath_count_interfaces(const struct datapath *datapath);

struct datapath_info {
	uint32_t program_id;
	char program_tag[17];
	enum datapath_mode mode;
	bool dispatcher; /* attached through libxdp's dispatcher, so others can chain */
	bool adopted;	 /* found attached, not loaded by us */
	char interface[16];
};

void datapath_get_info(const struct datapath *datapath, size_t i, struct datapath_info *ret_info);

/* Whether the program is still attached where it was found or put. */
bool datapath_is_attached(struct datapath *datapath, size_t i);

/**
 * datapath_follow - if it is not: take over what is there now, if that is ours with the same maps.
 *
 * Return: 0; -ENOENT if it is not; …
 */
int datapath_follow(struct datapath *datapath, size_t i);

/* Writing. Everything is idempotent; a failed write leaves the old value. */
/* STEER_TRACING of the flags is the datapath's own to set, and left as it has to be. */
int datapath_set_settings(struct datapath *datapath, const struct steer_settings *settings);
int datapath_get_settings(struct datapath *datapath, struct steer_settings *ret_settings);
int datapath_get_reflector(const struct datapath *datapath, struct steer_reflector *ret_reflector);
int datapath_set_reflector(struct datapath *datapath, const struct steer_reflector *reflector);
int datapath_set_node(struct datapath *datapath, uint16_t node, const struct steer_node *value);
/* The way to a node as the program has it; all zero: none. */
int datapath_get_node(struct datapath *datapath, uint16_t node, struct steer_node *ret_value);
int datapath_set_mac(struct datapath *datapath, const struct steer_mac_key *key,
		     const struct steer_mac *value);
int datapath_delete_mac(struct datapath *datapath, const struct steer_mac_key *key);

/* Who may send GUE to this node. */
struct datapath_peer {
	struct steer_addr addr;
	struct steer_peer value;
};

/* Make the maps hold exactly these. -ENOSPC, -EEXIST, or what the kernel says. */
int datapath_set_peers(struct datapath *datapath, const struct datapath_peer *peers, size_t n);
int datapath_set_devs(struct datapath *datapath, const uint32_t *ifindex, size_t n);
/* Whose plain S-BFD is answered. */
int datapath_set_routers(struct datapath *datapath, const struct steer_addr *addrs, size_t n);

/* One byte of a pool's states, through the map's mapped memory: no system call. */
void datapath_set_state(struct datapath *datapath, uint16_t pool, uint16_t node, uint8_t state);
uint8_t datapath_get_state(const struct datapath *datapath, uint16_t pool, uint16_t node);

/**
 * datapath_set_table - swap in a pool's table: packets see the old one or the new one.
 * @rows: STEER_TABLE_ROWS rows
 */
int datapath_set_table(struct datapath *datapath, uint16_t pool, const struct steer_row *rows);
/* Reads the table a pool has now: 0, -ENOENT if none. */
int datapath_get_table(struct datapath *datapath, uint16_t pool, struct steer_row *ret_rows);
/* One row of it: 0, -ENOENT if there is no table. */
int datapath_get_row(struct datapath *datapath, uint16_t pool, uint32_t index,
		     struct steer_row *ret_row);
int datapath_delete_table(struct datapath *datapath, uint16_t pool);

/**
 * datapath_share_table - have pools use the table of another one, until they are given others.
 * @from: the other pool
 * @pools: n of them
 *
 * Packets see a pool's old table or its new one. Tables are never written again, so that no pool
 * changes with another; the kernel frees a table when no pool has it any more. From Linux 6.8 on,
 * many at once take hardly longer than one.
 *
 * Return: 0, also if it is so already; -ENOENT if that pool has no table; on failure some of the
 * pools may have it.
 */
int datapath_share_table(struct datapath *datapath, uint16_t from, const uint16_t *pools, size_t n);
/* The kernel's number of a pool's table; 0 if there is none, or none within reach. */
uint32_t datapath_get_table_id(struct datapath *datapath, uint16_t pool);

/**
 * datapath_pin_table, datapath_pin_flow_table - keep one that is there within reach.
 *
 * Tables that were made here are pinned, and opened by their pins. Those a program brought along
 * are known by their ids alone, by which only CAP_SYS_ADMIN may open them: to be called before that
 * is given up. 0; -ENOENT if there is none; -EPERM without CAP_SYS_ADMIN; …
 */
int datapath_pin_table(struct datapath *datapath, uint16_t pool);
int datapath_pin_flow_table(struct datapath *datapath, uint16_t service);

/* What clients may address. A VIP entry says which id its services are keyed by. */
struct datapath_vip {
	struct steer_addr addr;
	uint8_t prefix_bits; /* 128: an address */
	struct steer_vip value;
};

struct datapath_service {
	struct steer_service_key key;
	struct steer_service value;
};

/**
 * datapath_set_services - make the maps hold exactly these VIPs and services.
 *
 * Adds and changes first, removes after, so that a service that stays is never missing. Checks that
 * all fits before the first write (-ENOSPC, the error names the map and its size).
 */
int datapath_set_services(struct datapath *datapath, const struct datapath_vip *vips, size_t n_vips,
			  const struct datapath_service *services, size_t n_services,
			  struct datapath_error *ret_error);

/* Looks up a VIP by address and length, or a service by key. 0 with the value filled in, -ENOENT.
 */
int datapath_get_vip(struct datapath *datapath, struct datapath_vip *vip);
int datapath_get_service(struct datapath *datapath, struct datapath_service *service);

/**
 * datapath_set_flow_table - give a service a flow table of so many entries, or none (0).
 *
 * A table of that size stays as it is, with its entries, also over a restart of the daemon; one of
 * another size is replaced by an empty one, and the service's counters start anew. To be set before
 * the service is that says STEER_SERVICE_FLOWS, and removed after it.
 */
int datapath_set_flow_table(struct datapath *datapath, uint16_t service, uint32_t entries,
			    struct datapath_error *ret_error);

/**
 * datapath_keep_flow_tables - remove all flow tables but those of these services.
 * @wanted: by the service's id
 *
 * Return: 0 or a negative errno, with some of them removed.
 */
int datapath_keep_flow_tables(struct datapath *datapath, const bool wanted[STEER_MAX_SERVICES]);

struct datapath_flow_table {
	uint32_t entries; /* as many as it may have */
	uint32_t flows;	  /* as many as it has */
};

/* Walks a service's table, which takes a while for a large one. 0; -ENOENT: it has none; … */
int datapath_count_flows(struct datapath *datapath, uint16_t service,
			 struct datapath_flow_table *ret_table);

/**
 * datapath_trace_start - have the program tell of packets; also on a datapath_open_pinned() one.
 * @tracer: STEER_TRACER_RING to read them by datapath_trace_read(); STEER_TRACER_PERF for
 *	"bpftool map event_pipe", which reads by itself as long as the handle is open
 * @filter: what is wanted; its verdicts must not be 0
 *
 * Each tracer has one user at a time (-EBUSY). Tracing ends with datapath_trace_stop(). Should the
 * process die before, the lock that it holds on the directory of pins goes with it, and whoever
 * comes next ends its tracing: steerd within a second, else the next trace or explanation.
 */
struct datapath_trace;

int datapath_trace_start(struct datapath *datapath, enum steer_tracer tracer,
			 const struct steer_trace_filter *filter, struct datapath_trace **ret_trace,
			 struct datapath_error *ret_error);
void datapath_trace_stop(struct datapath_trace *trace);

/* A descriptor to poll for reading; -1 for STEER_TRACER_PERF. */
int datapath_trace_fd(const struct datapath_trace *trace);

typedef void (*datapath_trace_fn)(void *context, const struct steer_event *event);

/**
 * datapath_trace_read - hand over what the ring buffer holds.
 * @timeout_ms: to wait for the first event; 0: not at all, -1: for as long as it takes
 *
 * Return: how many there were, -EINTR, or what the kernel says.
 */
int datapath_trace_read(struct datapath_trace *trace, int timeout_ms, datapath_trace_fn event,
			void *context);

/* How many events found no room in the ring since the program was loaded, about. */
int datapath_trace_lost(const struct datapath *datapath, uint64_t *ret_lost);

/* End the tracing of who has died. For the daemon, now and then. */
int datapath_trace_reap(struct datapath *datapath);

/**
 * datapath_explain - run the attached program on a frame of the caller's; nothing is sent, counted
 * or remembered. Also on a datapath_open_pinned() one.
 * @frame: from the Ethernet header on, as it would come in; the program takes it to be for this
 *	host if its destination is one of steer_settings.interface
 *
 * Return: 0; -ENOENT if no interface runs a program with these maps; -EPROTO if the program gives
 * no explanation; -EINVAL for a frame the kernel does not take; …
 */
int datapath_explain(struct datapath *datapath, const void *frame, size_t frame_bytes,
		     struct steer_explanation *ret_explanation, struct datapath_error *ret_error);

/* Reading, summed over CPUs. */
int datapath_read_verdicts(struct datapath *datapath,
			   struct steer_counter ret_counters[STEER_VERDICT_COUNT]);
int datapath_read_service(struct datapath *datapath, uint16_t service,
			  struct steer_service_stats *ret_stats);
int datapath_read_node(struct datapath *datapath, uint16_t node,
		       struct steer_node_stats *ret_stats);

#endif
