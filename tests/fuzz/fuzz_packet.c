// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <sanitizer/asan_interface.h>

#include "../../bpf/quic_cid.h"
#include "../../bpf/l4.h"
#include "../../bpf/parse.h"
#include "../../bpf/reflect.h"
#include "../../bpf/decap.h"

/**
 * DOC: whatever comes from the wire: the program's parsers never read outside the frame, change
 * nothing, and say only what the frame bears out.
 *
 * These are the very headers the program is made of, compiled for the host. The verifier proves
 * that the program stays within the frame, too; here a mistake is a report with a line number, and
 * what the parsers find is compared with the frame, which the verifier does not do.
 *
 * Input: a byte that says what to do (FUZZ_*), then the frame.
 */
#define FUZZ_TAGGED 0x01       /* GUE, probes: make the tag right, which chance never would */
#define FUZZ_UNKNOWN_PEER 0x02 /* GUE, probes: the source is no node, no router */
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

/* The only maps the parsers look at are those of who may send to this node. */
static void *bpf_map_lookup_elem(const void *map, const void *key)
{
	static struct steer_peer peer = { .node = 7 };

	(void)key;
	require(map == &steer_peers || map == &steer_routers);
	return control & FUZZ_UNKNOWN_PEER ? NULL : &peer;
}

static __s64 bpf_csum_diff(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __u32 seed)
{
	__u64 sum = seed;
	__u32 i;

	for (i = 0; i < from_size / 4; i++)
		sum += ~from[i];
	for (i = 0; i < to_size / 4; i++)
		sum += to[i];
	sum = (sum & 0xffffffff) + (sum >> 32);
	return (sum & 0xffffffff) + (sum >> 32);
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

static void check_quic_cid(const struct xdp_md *ctx, const struct steer_packet *p)
{
	struct steer_service service = { .cid_bytes = FUZZ_CID_BYTES(control) };

	require(steer_read_quic_cid(ctx, p, &service) < STEER_MAX_NODES);
}

/* As another node would have signed it. */
static void sign(const struct xdp_md *ctx, const struct steer_settings *settings,
		 const struct steer_packet *outer)
{
	struct xdp_md copy = *ctx;
	struct steer_packet inner = {};
	struct steer_gue *gue;

	gue = steer_find_gue(ctx, outer, &inner);
	if (!gue || steer_parse_inner(ctx, outer, gue, &inner) != STEER_CONTINUE)
		return;
	steer_parse_l4(&copy, &inner);
	gue->auth_tag = steer_gue_auth_tag(steer_digest(&inner, &settings->flow_key),
					   &settings->auth_key[0], gue->hop, gue->epoch);
}

static int is_gue_verdict(int verdict)
{
	return verdict == STEER_V_DROP_GUE_MALFORMED || verdict == STEER_V_PASS_GUE_FOREIGN ||
	       verdict == STEER_V_DROP_GUE_TAG || verdict == STEER_V_DROP_GUE_HOP_LIMIT ||
	       verdict == STEER_V_DROP_GUE_ECN;
}

/* An decapsulated packet is the inner one, byte for byte but for its ECN bits. */
static void check_inner(const struct xdp_md *ctx, const struct steer_packet *outer,
			const struct steer_packet *inner, const uint8_t *data, size_t size)
{
	size_t cut = size - steer_frame_bytes(ctx);
	const uint8_t *now = start_of(ctx) + inner->ip_offset;
	const uint8_t *then = data + cut + inner->ip_offset;
	size_t header = inner->ipv4 ? 20 : 40;

	require(inner->ip_offset == outer->ip_offset && inner->decapsulated);
	require(inner->hop >= STEER_HOP_FRAGMENT && inner->hop <= STEER_HOP_LIMIT);
	require(!memcmp(start_of(ctx), data, 2 * ETH_ALEN));
	require(!memcmp(now + header, then + header, inner->ip_bytes - header));
	require(inner->ipv4 ? (now[1] & 0xfc) == (then[1] & 0xfc)
			    : (now[1] & 0xcf) == (then[1] & 0xcf));
}

static void try_decap(struct xdp_md *ctx, const struct steer_packet *outer, const uint8_t *data,
		      size_t size)
{
	static const struct steer_settings settings = {
		.auth_key = { { .word = { 1, 2 } }, { .word = { 3, 4 } } },
	};
	struct steer_packet p = *outer;
	int verdict;

	if (control & FUZZ_TAGGED)
		sign(ctx, &settings, outer);
	verdict = steer_decap(ctx, &settings, &p);
	if (verdict != STEER_CONTINUE) {
		require(is_gue_verdict(verdict));
		return;
	}
	require(!(control & FUZZ_UNKNOWN_PEER));
	check_inner(ctx, outer, &p, data, size);
	check_packet(ctx, &p);
	if (p.l4_verdict == STEER_CONTINUE)
		check_flow(ctx, &p);
}

/* As a peer would have signed it. */
static void sign_probe(const struct xdp_md *ctx, const struct steer_settings *settings,
		       const struct steer_packet *p)
{
	struct steer_sbfd_packet *sbfd =
		steer_at(ctx, p->l4_offset + sizeof(struct udphdr), sizeof(*sbfd));

	if (sbfd)
		sbfd->auth.auth_tag = bpf_cpu_to_be64(
			steer_sbfd_tag(&settings->auth_key[0], STEER_SBFD_PROBE, sbfd->bfd.my_disc,
				       sbfd->bfd.your_disc, sbfd->auth.sequence, 0));
}

static uint32_t udp_bytes(const struct xdp_md *ctx, const struct steer_packet *p)
{
	const uint8_t *l4 = start_of(ctx) + p->l4_offset;

	return l4[4] << 8 | l4[5];
}

/* The sum over what a UDP checksum covers, and over itself. */
static uint32_t sum_of(const struct xdp_md *ctx, const struct steer_packet *p)
{
	const uint8_t *at = start_of(ctx) + p->ip_offset + (p->ipv4 ? 12 : 8);
	const uint8_t *l4 = start_of(ctx) + p->l4_offset;
	size_t bytes = udp_bytes(ctx, p), i;
	uint32_t sum = 0;

	for (i = 0; i < (p->ipv4 ? 8 : 32); i++)
		sum += i & 1 ? at[i] : at[i] << 8;
	for (i = 0; i < bytes; i++)
		sum += i & 1 ? l4[i] : l4[i] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	return ((sum & 0xffff) + (sum >> 16)) % 0xffff;
}

/* What is reflected goes back to where it came from, as right or wrong as it was. */
static void try_reflect(struct xdp_md *ctx, const struct steer_packet *p, const uint8_t *data,
			size_t size)
{
	static const struct steer_settings settings = {
		.auth_key = { { .word = { 1, 2 } }, { .word = { 3, 4 } } },
	};
	static const struct steer_reflector reflector = { .discriminator = 1, .state = 3 };
	const uint8_t *now = start_of(ctx);
	uint32_t sum = 0;
	int verdict;

	if (control & FUZZ_TAGGED)
		sign_probe(ctx, &settings, p);
	if (udp_bytes(ctx, p) <= steer_l4_bytes(p))
		sum = sum_of(ctx, p);
	verdict = steer_reflect_as(ctx, &reflector, &settings, p);
	require(steer_frame_bytes(ctx) == size);
	if (verdict != STEER_V_REFLECT_SBFD) {
		require(verdict == STEER_V_PASS_NO_VIP || verdict == STEER_V_DROP_SBFD_TAG ||
			verdict == STEER_V_DROP_SBFD_UNKNOWN_PEER);
		return;
	}
	require(p->ttl == 255);
	require(!memcmp(now, data + ETH_ALEN, ETH_ALEN) && !memcmp(now + ETH_ALEN, data, ETH_ALEN));
	if (now[p->l4_offset + 6] | now[p->l4_offset + 7])
		require(sum_of(ctx, p) == sum);
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
	check_quic_cid(&ctx, &p);
	check_unchanged(&ctx, data, size);
	if (p.flow.protocol != IPPROTO_UDP || p.piece != STEER_WHOLE || p.is_error)
		return 0;
	if (p.flow.dport == bpf_htons(STEER_SBFD_PORT))
		try_reflect(&ctx, &p, data, size);
	else
		try_decap(&ctx, &p, data, size);
	return 0;
}
