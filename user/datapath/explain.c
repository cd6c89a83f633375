// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/error.h"
#include "datapath/handle.h"
#include "datapath/tracing.h"

/**
 * DOC: synthetic packets of "steer explain": they run the pipeline, and nothing is counted or
 * stored.
 *
 * BPF_PROG_TEST_RUN runs the attached program with its maps on a frame in memory; nothing leaves
 * the host. A program in libxdp's dispatcher is an extension, which cannot be run by itself; then
 * the dispatcher is run, as the driver does.
 *
 * The program recognises the packet by a nonce, which is in steer_tracing during the run only,
 * under the lock of tracing.h.
 */
#define EXPLAIN_WAIT_MS 500
#define EXPLAIN_GROWTH_BYTES 256 /* room for headers that the program adds */
#define EXPLAIN_NO_VERDICT 0xff

/* The input of BPF_PROG_TEST_RUN: metadata and frame in one buffer. */
struct run {
	int program_fd;
	unsigned int ifindex;
	unsigned char *data;
	size_t bytes;
};

static void close_run(struct run *run)
{
	if (run->program_fd >= 0)
		close(run->program_fd);
	free(run->data);
}

/* Open the program that an interface calls: Steer's, or the dispatcher that has it. */
static int open_called(const struct xdp_attachment *attachment)
{
	if (attachment->dispatcher)
		return bpf_prog_get_fd_by_id(attachment->attached_id);
	return fcntl(attachment->program_fd, F_DUPFD_CLOEXEC, 3);
}

static void free_interfaces(struct if_nameindex **interfaces)
{
	if (*interfaces)
		if_freenameindex(*interfaces);
}

/* Find any interface that runs a program with these maps. */
static int find_attachment(const struct datapath *datapath, struct xdp_attachment *ret_attachment)
{
	_cleanup_(free_interfaces) struct if_nameindex *interfaces = if_nameindex();
	uint32_t ids[SCHEMA_MAPS] = {};
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	struct if_nameindex *i;
	int r;

	r = bpf_obj_get_info_by_fd(datapath->map[SCHEMA_SETTINGS], &info, &length);
	if (r < 0)
		return r;
	ids[SCHEMA_SETTINGS] = info.id;
	for (i = interfaces; i && i->if_index; i++) {
		struct xdp_attachment attachment;

		if (xdp_attach_find_pinned(i->if_index, &datapath->pins, &attachment) &&
		    xdp_attach_find(i->if_index, &attachment, NULL))
			continue;
		if (xdp_attach_uses(&attachment, ids)) {
			*ret_attachment = attachment;
			return 0;
		}
		xdp_attach_close(&attachment);
	}
	return -ENOENT;
}

static int prepare(const struct datapath *datapath, const void *frame, size_t frame_bytes,
		   struct run *ret_run, struct datapath_error *ret_error)
{
	size_t meta_bytes = sizeof(struct steer_explanation);
	struct xdp_attachment attachment;
	struct run run = {};
	int r;

	r = find_attachment(datapath, &attachment);
	if (r == -ENOENT)
		return error_say(ret_error, r,
				 "no interface of this network namespace runs the program with the "
				 "maps in %s: attach it with \"steer load\" or steerd",
				 datapath->pins.directory);
	if (r < 0)
		return error_kernel(ret_error, r, "cannot find the program");
	run.ifindex = attachment.ifindex;
	run.program_fd = open_called(&attachment);
	xdp_attach_close(&attachment);
	if (run.program_fd < 0)
		return error_kernel(ret_error, run.program_fd, "cannot open the program");
	run.bytes = meta_bytes + frame_bytes;
	run.data = calloc(1, run.bytes + EXPLAIN_GROWTH_BYTES);
	if (!run.data) {
		close_run(&run);
		return error_say(ret_error, -ENOMEM, "out of memory");
	}
	memcpy(run.data + meta_bytes, frame, frame_bytes);
	*ret_run = run;
	return 0;
}

/* Run the program. Its output replaces the input in the buffer. */
static int run_program(struct run *run)
{
	struct xdp_md context = {
		.data = sizeof(struct steer_explanation),
		.data_end = run->bytes,
		.ingress_ifindex = run->ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = run->data, .data_size_in = run->bytes,
		    .data_out = run->data, .data_size_out = run->bytes + EXPLAIN_GROWTH_BYTES,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);

	return bpf_prog_test_run_opts(run->program_fd, &options);
}

/* Run the program with the nonce in steer_tracing, under the lock. */
static int run_with_nonce(const struct datapath *datapath, const struct tracing *tracing,
			  struct run *run, __u64 nonce, struct datapath_error *ret_error)
{
	struct steer_tracing wanted;
	int r;

	r = tracing_read(tracing, &wanted);
	if (r < 0)
		return error_kernel(ret_error, r, "cannot read steer_tracing");
	wanted.nonce = nonce;
	r = tracing_settle(&datapath->pins, tracing, &wanted);
	if (r < 0)
		error_kernel(ret_error, r, "cannot write steer_tracing");
	else if ((r = run_program(run)))
		error_kernel(ret_error, r, "the kernel does not run the program on this frame");
	wanted.nonce = 0;
	tracing_settle(&datapath->pins, tracing, &wanted);
	return r;
}

static int ask(const struct datapath *datapath, struct run *run,
	       struct steer_explanation *ret_explanation, struct datapath_error *ret_error)
{
	struct steer_explanation explanation = { .verdict = EXPLAIN_NO_VERDICT };
	struct tracing tracing;
	int r;

	if (getrandom(&explanation.nonce, sizeof(explanation.nonce), 0) < 0)
		return error_kernel(ret_error, -errno, "cannot get a random number");
	explanation.nonce |= 1; /* 0 means none */
	memcpy(run->data, &explanation, sizeof(explanation));
	r = tracing_lock(&datapath->pins, EXPLAIN_WAIT_MS, &tracing);
	if (r < 0)
		return error_kernel(ret_error, r, "cannot lock %s", datapath->pins.directory);
	r = run_with_nonce(datapath, &tracing, run, explanation.nonce, ret_error);
	tracing_unlock(&tracing);
	if (!r)
		memcpy(ret_explanation, run->data, sizeof(*ret_explanation));
	return r;
}

int datapath_explain(struct datapath *datapath, const void *frame, size_t frame_bytes,
		     struct steer_explanation *ret_explanation, struct datapath_error *ret_error)
{
	_cleanup_(close_run) struct run run = { .program_fd = -1 };
	struct steer_explanation explanation;
	struct steer_settings settings;
	int r;

	error_collect();
	r = datapath_get_settings(datapath, &settings);
	if (r < 0)
		return error_kernel(ret_error, r, "cannot read steer_settings");
	if (settings.self == STEER_NODE_NONE)
		return error_say(ret_error, -EPROTO,
				 "the program is not configured yet and passes all packets: start "
				 "steerd");
	r = prepare(datapath, frame, frame_bytes, &run, ret_error);
	if (!r)
		r = ask(datapath, &run, &explanation, ret_error);
	if (r < 0)
		return r;
	if (explanation.verdict >= STEER_VERDICT_COUNT)
		return error_say(ret_error, -EPROTO,
				 "the program gave no explanation: another program in front of it "
				 "in the dispatcher has taken the packet");
	*ret_explanation = explanation;
	return 0;
}
