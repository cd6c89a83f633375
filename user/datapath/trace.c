// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"
#include "datapath/tracing.h"

/**
 * DOC: tracers: a filter in steer_tracing while a trace runs, and the reader of the ring buffer.
 */
#define TRACE_WAIT_MS 500

struct datapath_trace {
	struct pins pins; /* a copy, without the lock */
	enum steer_tracer tracer;
	int claim_fd; /* see tracing_claim() */
	struct ring_buffer *ring;
	datapath_trace_fn event; /* during datapath_trace_read() */
	void *context;
};

/* Events outside of datapath_trace_read() are left from an earlier trace and dropped. */
static int on_event(void *context, void *data, size_t size)
{
	struct datapath_trace *trace = context;

	if (trace->event && size >= sizeof(struct steer_event))
		trace->event(trace->context, data);
	return 0;
}

static void free_trace(struct datapath_trace **trace)
{
	if (!*trace)
		return;
	ring_buffer__free((*trace)->ring);
	cleanup_close(&(*trace)->claim_fd);
	free(*trace);
}

static int open_ring(struct datapath_trace *trace, struct datapath_error *ret_error)
{
	char path[PINS_PATH_MAX + 64];
	_cleanup_(cleanup_close) int fd = bpf_obj_get(pins_path(&trace->pins, SCHEMA_RING, path));

	if (fd < 0)
		return error_kernel(ret_error, fd, "cannot open %s", path);
	trace->ring = ring_buffer__new(fd, on_event, trace, NULL);
	if (!trace->ring)
		return error_kernel(ret_error, -errno, "cannot read %s", path);
	ring_buffer__consume(trace->ring);
	return 0;
}

/* Claim the tracer, then write the filter. */
static int start(struct datapath_trace *trace, const struct steer_trace_filter *filter,
		 struct datapath_error *ret_error)
{
	struct steer_tracing wanted;
	struct tracing tracing;
	int r;

	r = tracing_lock(&trace->pins, TRACE_WAIT_MS, &tracing);
	if (r < 0)
		return error_kernel(ret_error, r, "cannot lock %s", trace->pins.directory);
	trace->claim_fd = tracing_claim(&trace->pins, trace->tracer);
	r = trace->claim_fd < 0 ? trace->claim_fd : tracing_read(&tracing, &wanted);
	if (!r) {
		wanted.nonce = 0;
		wanted.filter[trace->tracer] = *filter;
		r = tracing_settle(&trace->pins, &tracing, &wanted);
	}
	tracing_unlock(&tracing);
	if (r == -EBUSY)
		return error_say(ret_error, r,
				 "another \"steer trace\" traces the program of %s: wait until it "
				 "ends, or end it",
				 trace->pins.directory);
	if (r < 0)
		return error_kernel(ret_error, r, "cannot write steer_tracing");
	return 0;
}

int datapath_trace_start(struct datapath *datapath, enum steer_tracer tracer,
			 const struct steer_trace_filter *filter, struct datapath_trace **ret_trace,
			 struct datapath_error *ret_error)
{
	_cleanup_(free_trace) struct datapath_trace *trace = NULL;
	int r;

	error_collect();
	if (!filter->verdicts || tracer >= STEER_TRACERS)
		return error_say(ret_error, -EINVAL,
				 "a trace without verdicts shows nothing: give at least one");
	trace = calloc(1, sizeof(*trace));
	if (!trace)
		return error_say(ret_error, -ENOMEM, "out of memory");
	trace->pins = datapath->pins;
	trace->pins.lock_fd = -1;
	trace->tracer = tracer;
	trace->claim_fd = -1;
	r = start(trace, filter, ret_error);
	if (!r && tracer == STEER_TRACER_RING)
		r = open_ring(trace, ret_error);
	if (r) {
		/* Reaping removes the filter of a tracer that is not claimed. */
		cleanup_close(&trace->claim_fd);
		trace->claim_fd = -1;
		datapath_trace_reap(datapath);
		return r;
	}
	*ret_trace = TAKE_PTR(trace);
	return 0;
}

void datapath_trace_stop(struct datapath_trace *trace)
{
	struct steer_tracing wanted;
	struct tracing tracing;

	if (!trace)
		return;
	/* If this fails, the claim is released below, and the next reaping removes the filter. */
	if (!tracing_lock(&trace->pins, TRACE_WAIT_MS, &tracing)) {
		if (!tracing_read(&tracing, &wanted)) {
			wanted.nonce = 0;
			wanted.filter[trace->tracer] = (struct steer_trace_filter){};
			tracing_settle(&trace->pins, &tracing, &wanted);
		}
		tracing_unlock(&tracing);
	}
	free_trace(&trace);
}

int datapath_trace_fd(const struct datapath_trace *trace)
{
	return trace->ring ? ring_buffer__epoll_fd(trace->ring) : -1;
}

int datapath_trace_read(struct datapath_trace *trace, int timeout_ms, datapath_trace_fn event,
			void *context)
{
	int n;

	if (!trace->ring)
		return -EINVAL;
	trace->event = event;
	trace->context = context;
	n = ring_buffer__poll(trace->ring, timeout_ms);
	trace->event = NULL;
	return n;
}

int datapath_trace_lost(const struct datapath *datapath, uint64_t *ret_lost)
{
	struct steer_tracing tracing;
	__u32 key = 0;
	int r = bpf_map_lookup_elem(datapath->map[SCHEMA_TRACING], &key, &tracing);

	if (!r)
		*ret_lost = tracing.lost;
	return r;
}
