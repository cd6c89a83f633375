/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_VERIFIER_H
#define STEER_BPF_VERIFIER_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

/**
 * DOC: what the kernel's verifier needs to see in the code, whichever compiler made it.
 */

/*
 * A global function in the verifier's sense: it is verified once, for any arguments, and not again
 * on every path that leads to a call. That keeps the number of instructions that the verifier
 * looks at from multiplying. The price: the function must check its pointer arguments for NULL,
 * and it may read the packet but not move its ends. A static function that is not inlined is
 * verified once per call, so nothing else in bpf/ is a function of its own.
 */
#define __global_fn __attribute__((noinline))

/* No header begins behind this: an offset that comes from memory is masked with it. */
#define STEER_OFFSET_MASK 0x3ff

/*
 * A field of struct xdp_md that is a pointer: in one instruction, anew each time. In C, compilers
 * add the field's offset to the context first, or keep the 32 bits that the field is declared with
 * on the stack; the verifier refuses both. (tests/fuzz has another definition, for the host.)
 */
#ifndef STEER_CONTEXT_POINTER
#define STEER_CONTEXT_POINTER(ctx, field)                                      \
	({                                                                     \
		void *pointer;                                                 \
		asm volatile("%0 = *(u32 *)(%1 + %2)"                          \
			     : "=r"(pointer)                                   \
			     : "r"(ctx), "i"(offsetof(struct xdp_md, field))); \
		pointer;                                                       \
	})
#endif

static __always_inline void *steer_data(const struct xdp_md *ctx)
{
	return STEER_CONTEXT_POINTER(ctx, data);
}

static __always_inline void *steer_data_end(const struct xdp_md *ctx)
{
	return STEER_CONTEXT_POINTER(ctx, data_end);
}

/* Makes a value one of which the compiler knows nothing. */
#define steer_hide(value) asm("" : "+r"(value))

/**
 * steer_checked - a pointer into the frame, with the bytes that it may be used for.
 * @at: where
 * @bytes: how many, a constant
 *
 * The verifier accepts an access to the frame if it has seen a comparison of that very pointer with
 * the frame's end. A compiler does not know that. It removes a comparison that follows from another
 * one: when 20 bytes behind the Ethernet header are there, so is the Ethernet header. The verifier
 * does not draw this conclusion, and refuses the program. Which comparisons a compiler removes
 * differs from version to version.
 *
 * So every access goes through this function, and uses the pointer that it returns. The barrier
 * makes that pointer a value of which the compiler knows nothing: it cannot tell how the pointer
 * relates to any other, so no comparison follows from another one.
 *
 * Return: @at, or NULL if the frame ends before.
 */
static __always_inline void *steer_checked(const struct xdp_md *ctx, void *at, __u32 bytes)
{
	steer_hide(at);
	return at + bytes > steer_data_end(ctx) ? NULL : at;
}

/**
 * steer_at - the same for an offset from the frame's start.
 * @offset: masked, as the verifier wants a bound and does not know one for what is in memory. The
 *	compiler may know one and remove the mask, so an offset that is no constant is hidden, too.
 */
static __always_inline void *steer_at(const struct xdp_md *ctx, __u32 offset, __u32 bytes)
{
	if (!__builtin_constant_p(offset))
		steer_hide(offset);
	return steer_checked(ctx, steer_data(ctx) + (offset & STEER_OFFSET_MASK), bytes);
}

/* The same for the metadata in front of the frame. */
static __always_inline void *steer_metadata(const struct xdp_md *ctx, __u32 bytes)
{
	void *at = STEER_CONTEXT_POINTER(ctx, data_meta);

	steer_hide(at);
	return at + bytes > steer_data(ctx) ? NULL : at;
}

/* What the frame has from a checked pointer to its end. */
static __always_inline __u64 steer_bytes_from(const struct xdp_md *ctx, const void *at)
{
	return steer_data_end(ctx) - at;
}

#endif
