/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_FUZZ_BPF_HELPERS_H
#define STEER_FUZZ_BPF_HELPERS_H

#include <linux/bpf.h>

/**
 * DOC: in place of libbpf's header of this name: what the program's stages call, for a build as a
 * program of the host. Maps are declared, and only who includes this knows what is in them.
 */
#define SEC(name)
#define __uint(name, value) int(*name)[value]
#define __type(name, type) typeof(type) *name
#define __array(name, type) typeof(type) *name[]

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define barrier_var(variable) asm volatile("" : "+r"(variable))

#define STEER_CONTEXT_POINTER(ctx, field) ((void *)(long)(ctx)->field)

static void *bpf_map_lookup_elem(const void *map, const void *key);
static long bpf_xdp_adjust_head(struct xdp_md *ctx, int bytes);
static __u32 bpf_get_prandom_u32(void);
static __s64 bpf_csum_diff(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __u32 seed);

#endif
