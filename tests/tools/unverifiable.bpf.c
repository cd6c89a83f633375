// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: the program with a mistake that the verifier finds: it reads a byte that may be behind the
 * packet's end. For how its refusal is told.
 */
#define steer steer_right
#include "../../bpf/steer.bpf.c"
#undef steer

SEC("xdp")
int steer(struct xdp_md *ctx)
{
	return *(volatile __u8 *)(long)ctx->data ? XDP_PASS : XDP_DROP;
}
