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
 * DOC: the XDP program and its maps, from user space.
 *
 * This is the only folder that uses libbpf and libxdp. A datapath is a set of open maps, pinned in
 * one directory, and the interfaces on which the program is attached. It has no policy and reads no
 * configuration: callers decide what to write. Pins and attachments outlive the process.
 *
 * Functions return 0 or a negative errno. Functions that open or attach also fill a struct
 * datapath_error with a sentence that names the object, the cause and the remedy, which often come
 * from the kernel or libxdp; the caller logs it.
 */
#define DATAPATH_PIN_ROOT "/sys/fs/bpf/steer"

enum datapath_mode {
	DATAPATH_MODE_NATIVE,  /* the driver runs the program */
	DATAPATH_MODE_GENERIC, /* the stack does, after it has built an skb; only when asked for */
};

/* Whether other XDP programs can run on the interface beside ours, through libxdp's dispatcher. */
enum datapath_dispatcher {
	DATAPATH_DISPATCHER_AUTO, /* where it is possible; else alone, and the note says why */
	DATAPATH_DISPATCHER_ON,	  /* or not at all */
	DATAPATH_DISPATCHER_OFF,  /* alone */
};

/* "auto", "on", "off"; -EINVAL for any other text. */
int datapath_parse_dispatcher(const char *text, enum datapath_dispatcher *ret_dispatcher);

struct datapath_error {
	char text[512]; /* of a failure; after a success it says nothing */
	char note[512]; /* of a success: what is otherwise than one could expect; empty: nothing */
};

struct datapath;

/**
 * struct datapath_options - where things are.
 * @object: path of steer.bpf.o
 * @pin_root: directory for pins on a bpffs; NULL: DATAPATH_PIN_ROOT. Maps are pinned below it in
 *	v<STEER_SCHEMA>/.
 * @dispatcher: how a program is attached; one that is attached already stays as it is
 */
struct datapath_options {
	const char *object;
	const char *pin_root;
	enum datapath_dispatcher dispatcher;
};

/**
 * datapath_load - load the object, pin its maps and attach the program, for "steer load".
 * @interface: name of a network interface
 * @mode: if the driver does not support native mode, the error offers generic mode
 *
 * Maps that are pinned already are reused. On failure nothing is pinned or attached that was not
 * before. Return: -EEXIST if the interface runs the program already.
 */
int datapath_load(const struct datapath_options *options, const char *interface,
		  enum datapath_mode mode, struct datapath_error *ret_error);

/**
 * datapath_replace - replace the program of an interface, for "steer load --replace".
 *
 * The object's program replaces the running one atomically, with the same maps and in the same
 * mode, so every packet meets one of them. On failure the old one keeps running. Pins are not
 * changed. A daemon notices by datapath_follow().
 *
 * Return: -EPROTO for maps or an object of another layout; -ENOENT if the interface does not run
 * the program.
 */
int datapath_replace(const struct datapath_options *options, const char *interface,
		     struct datapath_error *ret_error);

/**
 * datapath_unload - detach the program from an interface, and remove the pins with the last one.
 *
 * Other programs on the interface stay. Pins stay while another interface of this network namespace
 * uses them or a daemon has them locked; a later call removes them, also if nothing is attached any
 * more.
 *
 * Return: -ENOENT if there was neither a program nor pins to remove.
 */
int datapath_unload(const struct datapath_options *options, const char *interface,
		    struct datapath_error *ret_error);

/**
 * datapath_open - adopt the attached program, or load one, for the daemon.
 *
 * If the program is attached to @interface, by any loader, through libxdp's dispatcher or directly,
 * its maps are used and pinned. If maps are pinned but nothing is attached, a program is attached
 * that uses these maps. Otherwise as datapath_load().
 *
 * Pins that differ from the attached program's maps are replaced. The function takes a lock, so
 * that no second daemon can use the same pins.
 *
 * Return: -EPROTO for pins of another schema, and the error says how to remove them; -EEXIST if the
 * program of another interface uses pins that would be replaced; -EBUSY if another daemon has the
 * lock.
 */
int datapath_open(const struct datapath_options *options, const char *interface,
		  enum datapath_mode mode, struct datapath **ret_datapath,
		  struct datapath_error *ret_error);

/* Open pinned maps to read counters. Takes no lock and changes nothing. */
int datapath_open_pinned(const struct datapath_options *options, struct datapath **ret_datapath,
			 struct datapath_error *ret_error);

/* Close and unlock. Pins and attachments stay, and traffic is steered on. NULL is fine. */
void datapath_close(struct datapath *datapath);

/**
 * datapath_add_interface - run the program on one more interface, with the same maps.
 *
 * It adopts or loads a program, like datapath_open(). Return: -EEXIST if the interface runs the
 * program with other maps.
 */
int datapath_add_interface(struct datapath *datapath, const struct datapath_options *options,
			   const char *interface, enum datapath_mode mode,
			   struct datapath_error *ret_error);

/**
 * datapath_attach_again - run the program on interface @i, which was deleted and made anew.
 * @interface: the name it has now
 *
 * Return: as datapath_add_interface().
 */
int datapath_attach_again(struct datapath *datapath, const struct datapath_options *options,
			  size_t i, const char *interface, enum datapath_mode mode,
			  struct datapath_error *ret_error);

/* The number of interfaces. They are identified by index; that of datapath_open() is 0. */
size_t datapath_count_interfaces(const struct datapath *datapath);

struct datapath_info {
	uint32_t program_id;
	char program_tag[17];
	enum datapath_mode mode;
	bool dispatcher;    /* attached through libxdp's dispatcher, beside other programs */
	bool adopted;	    /* it was attached before datapath_open() */
	char interface[16]; /* its name when the program was attached */
	uint32_t ifindex;
};

void datapath_get_info(const struct datapath *datapath, size_t i, struct datapath_info *ret_info);

/* True if the program is still attached to interface @i. */
bool datapath_is_attached(struct datapath *datapath, size_t i);

/**
 * datapath_follow - adopt the program that replaced the one of interface @i.
 *
 * Return: 0; -ENOENT if the interface does not run Steer's program with the same maps; another
 * negative errno.
 */
int datapath_follow(struct datapath *datapath, size_t i);

/*
 * Writing. All functions are idempotent; a failed write leaves the old value. The datapath itself
 * sets the flag STEER_TRACING of settings, whatever the caller passes.
 */
int datapath_set_settings(struct datapath *datapath, const struct steer_settings *settings);
int datapath_get_settings(struct datapath *datapath, struct steer_settings *ret_settings);
int datapath_get_reflector(const struct datapath *datapath, struct steer_reflector *ret_reflector);
int datapath_set_reflector(struct datapath *datapath, const struct steer_reflector *reflector);
int datapath_set_node(struct datapath *datapath, uint16_t node, const struct steer_node *value);
/* How the program reaches a node; all zero: unknown. */
int datapath_get_node(struct datapath *datapath, uint16_t node, struct steer_node *ret_value);
int datapath_set_mac(struct datapath *datapath, const struct steer_mac_key *key,
		     const struct steer_mac *value);
int datapath_delete_mac(struct datapath *datapath, const struct steer_mac_key *key);

/* A node that may send GUE to this one. */
struct datapath_peer {
	struct steer_addr addr;
	struct steer_peer value;
};

/*
 * Set the whole content of a map. Return: 0; -ENOSPC if it exceeds the map's size; -EEXIST for a
 * duplicate; another negative errno.
 */
int datapath_set_peers(struct datapath *datapath, const struct datapath_peer *peers, size_t n);
int datapath_set_devs(struct datapath *datapath, const uint32_t *ifindex, size_t n);
/* MACs that this host answers for beside those of its interfaces; up to STEER_MAX_OWN_MACS. */
int datapath_set_own_macs(struct datapath *datapath, const struct steer_interface *macs, size_t n);
/* The routers whose plain S-BFD is answered. */
int datapath_set_routers(struct datapath *datapath, const struct steer_addr *addrs, size_t n);

/* The state byte of a node in a pool, in the memory-mapped map: no system call. */
void datapath_set_state(struct datapath *datapath, uint16_t pool, uint16_t node, uint8_t state);
uint8_t datapath_get_state(const struct datapath *datapath, uint16_t pool, uint16_t node);

/**
 * datapath_set_table - swap in a pool's table: a packet uses the old one or the new one.
 * @rows: STEER_TABLE_ROWS rows
 * @former: as many; NULL: no row needs room for former owners
 *
 * The two are swapped one after the other. A packet that meets new rows and old former owners asks
 * some node twice, or a node that has nothing.
 */
int datapath_set_table(struct datapath *datapath, uint16_t pool, const struct steer_row *rows,
		       const struct steer_former *former);
/**
 * datapath_get_table - read the present table of a pool.
 * @ret_former: all zero if no row needs room for former owners; may be NULL
 *
 * Return: 0; -ENOENT if it has none.
 */
int datapath_get_table(struct datapath *datapath, uint16_t pool, struct steer_row *ret_rows,
		       struct steer_former *ret_former);
/* Read one row of it, as datapath_get_table(). Return: 0; -ENOENT if the pool has no table. */
int datapath_get_row(struct datapath *datapath, uint16_t pool, uint32_t index,
		     struct steer_row *ret_row, struct steer_former *ret_former);
int datapath_delete_table(struct datapath *datapath, uint16_t pool);

/**
 * datapath_share_table - give pools the table of another pool.
 * @from: the other pool
 * @pools: the pools
 * @n: their number
 *
 * A packet uses a pool's old table or its new one. A table is never written again, so a pool does
 * not change with another one; the kernel frees a table when no pool has it. From Linux 6.8 on,
 * many pools take hardly longer than one.
 *
 * Return: 0, also if they have it already; -ENOENT if that pool has no table; another negative
 * errno, and some of the pools may have it.
 */
int datapath_share_table(struct datapath *datapath, uint16_t from, const uint16_t *pools, size_t n);
/* The kernel's id of a pool's table; 0 if it has none, or it cannot be opened. */
uint32_t datapath_get_table_id(struct datapath *datapath, uint16_t pool);

/**
 * datapath_pin_table, datapath_pin_flow_table - pin a present table and keep it open.
 *
 * Tables that this process created are pinned, and opened by their pins. Tables of an adopted
 * program are known by their ids only, and opening them needs CAP_SYS_ADMIN: call this before that
 * capability is dropped.
 *
 * Return: 0; -ENOENT if there is no table; -EPERM without CAP_SYS_ADMIN; another negative errno.
 */
int datapath_pin_table(struct datapath *datapath, uint16_t pool);
int datapath_pin_flow_table(struct datapath *datapath, uint16_t service);

/* A VIP or prefix of VIPs; its value has the id that is part of its services' keys. */
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
 * datapath_set_services - set all VIPs and services.
 *
 * Entries are added and changed first and removed after that, so that a service that stays is never
 * missing. Sizes are checked before the first write. Return: -ENOSPC if a map is too small, and the
 * error names the map and its size.
 */
int datapath_set_services(struct datapath *datapath, const struct datapath_vip *vips, size_t n_vips,
			  const struct datapath_service *services, size_t n_services,
			  struct datapath_error *ret_error);

/* Look up a VIP by address and length, or a service by key. Return: 0, with value set; -ENOENT. */
int datapath_get_vip(struct datapath *datapath, struct datapath_vip *vip);
int datapath_get_service(struct datapath *datapath, struct datapath_service *service);

/**
 * datapath_set_flow_table - set the size of a service's flow table.
 * @entries: its size; 0: no table
 *
 * A table of that size stays, with its entries, also after a restart of the daemon. A table of
 * another size is replaced by an empty one, and the service's counters start from 0. To be called
 * before a service with STEER_SERVICE_FLOWS is set, and with 0 after it was removed.
 */
int datapath_set_flow_table(struct datapath *datapath, uint16_t service, uint32_t entries,
			    struct datapath_error *ret_error);

/**
 * datapath_keep_flow_tables - remove all flow tables but those of the wanted services.
 * @wanted: by id of the service
 *
 * Return: 0 or a negative errno, with some of them removed.
 */
int datapath_keep_flow_tables(struct datapath *datapath, const bool wanted[STEER_MAX_SERVICES]);

struct datapath_flow_table {
	uint32_t entries; /* size of the table */
	uint32_t flows;	  /* present entries */
};

/* Count the entries of a service's flow table: slow for a large one. Return: 0; -ENOENT; … */
int datapath_count_flows(struct datapath *datapath, uint16_t service,
			 struct datapath_flow_table *ret_table);

/**
 * datapath_trace_start - make the program send events of packets.
 * @datapath: also one of datapath_open_pinned()
 * @tracer: STEER_TRACER_RING: datapath_trace_read() reads the events; STEER_TRACER_PERF: "bpftool
 *	map event_pipe" reads them while the trace runs
 * @filter: selects packets; its verdicts must not be 0
 *
 * Tracing ends with datapath_trace_stop(). If the process dies before that, the kernel releases its
 * lock on the directory of pins, and the next process to look ends its tracing: steerd within a
 * second, or else the next "steer trace" or "steer explain".
 *
 * Return: -EBUSY if another process uses this tracer.
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
 * datapath_trace_read - call @event for each event in the ring buffer.
 * @timeout_ms: how long to wait for the first event; 0: not at all; -1: without limit
 *
 * Return: the number of events; -EINTR; another negative errno.
 */
int datapath_trace_read(struct datapath_trace *trace, int timeout_ms, datapath_trace_fn event,
			void *context);

/* The approximate number of events lost since the program was loaded, as the ring was full. */
int datapath_trace_lost(const struct datapath *datapath, uint64_t *ret_lost);

/* End the tracing of processes that died. To be called periodically by the daemon. */
int datapath_trace_reap(struct datapath *datapath);

/**
 * datapath_explain - run the attached program on a synthetic frame.
 * @datapath: also one of datapath_open_pinned()
 * @frame: from the Ethernet header on, as it would come in; the program takes it to be for this
 *	host if its destination is one of steer_settings.interface
 * @frame_bytes: its length
 * @ret_explanation: the verdict and its reasons
 *
 * Nothing is sent, counted or stored.
 *
 * Return: 0; -ENOENT if no interface runs a program with these maps; -EPROTO if the program gives
 * no explanation; -EINVAL for a frame that the kernel refuses; another negative errno.
 */
int datapath_explain(struct datapath *datapath, const void *frame, size_t frame_bytes,
		     struct steer_explanation *ret_explanation, struct datapath_error *ret_error);

/* Counters, summed over all CPUs. */
int datapath_read_verdicts(struct datapath *datapath,
			   struct steer_counter ret_counters[STEER_VERDICT_COUNT]);
int datapath_read_service(struct datapath *datapath, uint16_t service,
			  struct steer_service_stats *ret_stats);
int datapath_read_node(struct datapath *datapath, uint16_t node,
		       struct steer_node_stats *ret_stats);

#endif
