// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <sanitizer/asan_interface.h>

#include "../../bpf/cid.h"
#include "../../bpf/l4.h"
#include "../../bpf/parse.h"
#include "../../bpf/unwrap.h"

/**
 * DOC: whatever comes from the wire: the program's parsers never read outside the frame, change
 * nothing, and say only what the frame bears out.
 *
 * These are the very headers the program is made of, compiled for the host. The verifier proves
 * that the program stays within the frame, too; here a mistake is a report with a line number, and
 * what the parsers say is held against the frame, which the verifier does not do.
 *
 * Input: a byte that says what to do (FUZZ_*), then the frame.
 */
#define FUZZ_TAGGED 0x01   /* GUE: make the tag right, which chance never would */
#define FUZZ_STRANGER 0x02 /* GUE: the outer source is no node */
#define FUZZ_CID_BYTES(control) (((control) >> 2) % (STEER_CID_BYTES_MAX + 1))

#define FUZZ_MAX_BYTES 2048
#define FUZZ_ARENA_BYTES 8192 /* in the lowest 4 GB, as a context has pointers of 32 bits */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *arena;
static uint8_t control;

#define require(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* The only map the parsers look at is that of the peers. */
static void *bpf_map_lookup_elem(const void *map, const void *key)
{
	static struct steer_peer peer = { .node = 7 };

	(void)key;
	require(map == &steer_peers);
	return control & FUZZ_STRANGER ? NULL : &peer;
}

/* Only cuts: that is all that unwrapping does. */
static long bpf_xdp_adjust_head(struct xdp_md *ctx, int bytes)
{
	require(bytes >= 0 && bytes <= STEER_STRIP_MAX_BYTES);
	ctx->data += bytes;
	return 0;
}

static __u32 bpf_get_prandom_u32(void)
{
	abort(); /* a parser decides nothing */
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	arena = mmap(NULL, FUZZ_ARENA_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	require(arena != MAP_FAILED);
	return 0;
}

/* A frame with nothing around it that may be read. */
static struct xdp_md frame_of(const uint8_t *data, size_t size)
{
	uint8_t *frame = arena + FUZZ_ARENA_BYTES / 2;
	struct xdp_md ctx = {
		.data = (__u32)(uintptr_t)frame,
		.data_end = (__u32)(uintptr_t)(frame + size),
	};

	ASAN_UNPOISON_MEMORY_REGION(arena, FUZZ_ARENA_BYTES);
	memcpy(frame, data, size);
	ASAN_POISON_MEMORY_REGION(arena, FUZZ_ARENA_BYTES / 2);
	ASAN_POISON_MEMORY_REGION(frame + size, FUZZ_ARENA_BYTES / 2 - size);
	return ctx;
}

static const uint8_t *start_of(const struct xdp_md *ctx)
{
	return (const uint8_t *)(uintptr_t)ctx->data;
}

/* What a parsed packet says of itself is in the frame. */
static void check_packet(const struct xdp_md *ctx, const struct steer_packet *p)
{
	const uint8_t *frame = start_of(ctx);
	size_t size = steer_frame_bytes(ctx);

	require((size_t)p->ip_offset + p->ip_bytes <= size);
	require(p->l4_offset >= p->ip_offset + (p->ipv4 ? 20 : 40));
	require(p->l4_offset <= p->ip_offset + p->ip_bytes);
	require(frame[p->ip_offset] >> 4 == (p->ipv4 ? 4 : 6));
	require(p->ttl == frame[p->ip_offset + (p->ipv4 ? 8 : 7)]);
	require(p->piece <= STEER_LATER);
}

/* What a flow is made of is in the frame, where a packet or a quote of one has it. */
static void check_flow(const struct xdp_md *ctx, const struct steer_packet *p)
{
	const uint8_t *frame = start_of(ctx);
	const uint8_t *dst = frame + p->ip_offset + (p->ipv4 ? 16 : 24);
	const uint8_t *src = dst - (p->ipv4 ? 4 : 16);

	require(!memcmp(&p->flow.dst.word[p->ipv4 ? 3 : 0], dst, p->ipv4 ? 4 : 16));
	if (p->piece == STEER_LATER) {
		require(!p->is_error);
		return;
	}
	require(steer_has_ports(p->flow.protocol));
	if (p->is_error) {
		require(p->piece == STEER_WHOLE && p->protocol != p->flow.protocol);
		return;
	}
	require(p->flow.protocol == p->protocol);
	require(!memcmp(&p->flow.src.word[p->ipv4 ? 3 : 0], src, p->ipv4 ? 4 : 16));
	require(!memcmp(&p->flow.sport, frame + p->l4_offset, 2));
	require(!memcmp(&p->flow.dport, frame + p->l4_offset + 2, 2));
}

static void check_unchanged(const struct xdp_md *ctx, const uint8_t *data, size_t size)
{
	require(steer_frame_bytes(ctx) == size && !memcmp(start_of(ctx), data, size));
}

static void check_cid(const struct xdp_md *ctx, const struct steer_packet *p)
{
	struct steer_service service = { .cid_bytes = FUZZ_CID_BYTES(control) };

	require(steer_read_cid(p, &service, (void *)(uintptr_t)ctx->data,
			       (void *)(uintptr_t)ctx->data_end) < STEER_MAX_NODES);
}

/* As another node would have signed it. */
static void sign(const struct xdp_md *ctx, const struct steer_settings *settings,
		 const struct steer_packet *outer)
{
	struct xdp_md copy = *ctx;
	struct steer_packet inner = {};
	struct steer_gue *gue;

	if (steer_parse_gue(outer, (void *)(uintptr_t)ctx->data, (void *)(uintptr_t)ctx->data_end,
			    &inner, &gue) != STEER_CONTINUE)
		return;
	steer_parse_l4(&copy, &inner);
	gue->tag = steer_gue_tag(&inner, &settings->tag_key[0], gue->hop, gue->view);
}

static int is_gue_verdict(int verdict)
{
	return verdict == STEER_V_DROP_GUE_MALFORMED || verdict == STEER_V_DROP_GUE_STRANGER ||
	       verdict == STEER_V_DROP_GUE_TAG || verdict == STEER_V_DROP_GUE_HOPS ||
	       verdict == STEER_V_DROP_GUE_ECN;
}

/* An unwrapped packet is the inner one, byte for byte but for its ECN bits. */
static void check_inner(const struct xdp_md *ctx, const struct steer_packet *outer,
			const struct steer_packet *inner, const uint8_t *data, size_t size)
{
	size_t cut = size - steer_frame_bytes(ctx);
	const uint8_t *now = start_of(ctx) + inner->ip_offset;
	const uint8_t *then = data + cut + inner->ip_offset;
	size_t header = inner->ipv4 ? 20 : 40;

	require(inner->ip_offset == outer->ip_offset && inner->unwrapped);
	require(inner->hop >= STEER_HOP_COLLECT && inner->hop <= STEER_HOP_LIMIT);
	require(!memcmp(start_of(ctx), data, 2 * ETH_ALEN));
	require(!memcmp(now + header, then + header, inner->ip_bytes - header));
	require(inner->ipv4 ? (now[1] & 0xfc) == (then[1] & 0xfc)
			    : (now[1] & 0xcf) == (then[1] & 0xcf));
}

static void try_unwrap(struct xdp_md *ctx, const struct steer_packet *outer, const uint8_t *data,
		       size_t size)
{
	static const struct steer_settings settings = {
		.tag_key = { { .word = { 1, 2 } }, { .word = { 3, 4 } } },
	};
	struct steer_packet p = *outer;
	int verdict;

	if (control & FUZZ_TAGGED)
		sign(ctx, &settings, outer);
	verdict = steer_unwrap(ctx, &settings, &p);
	if (verdict != STEER_CONTINUE) {
		require(is_gue_verdict(verdict));
		return;
	}
	require(!(control & FUZZ_STRANGER));
	check_inner(ctx, outer, &p, data, size);
	check_packet(ctx, &p);
	if (p.l4_verdict == STEER_CONTINUE)
		check_flow(ctx, &p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct steer_packet p = {};
	struct xdp_md ctx;
	int verdict;

	if (size < 1 || size > FUZZ_MAX_BYTES)
		return 0;
	control = *data++;
	ctx = frame_of(data, --size);
	verdict = steer_parse(&ctx, &p);
	check_unchanged(&ctx, data, size);
	if (verdict != STEER_CONTINUE) {
		require(verdict == STEER_V_PASS_NOT_IP || verdict == STEER_V_PASS_NO_VIP);
		return 0;
	}
	check_packet(&ctx, &p);
	verdict = steer_parse_l4(&ctx, &p);
	check_unchanged(&ctx, data, size);
	if (verdict != STEER_CONTINUE) {
		require(verdict == STEER_V_PASS_MALFORMED || verdict == STEER_V_PASS_NO_SERVICE);
		return 0;
	}
	check_packet(&ctx, &p);
	check_flow(&ctx, &p);
	check_cid(&ctx, &p);
	check_unchanged(&ctx, data, size);
	if (p.flow.protocol == IPPROTO_UDP && p.piece == STEER_WHOLE && !p.is_error)
		try_unwrap(&ctx, &p, data, size);
	return 0;
}
