/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_VERIFIER_H
#define STEER_BPF_VERIFIER_H

#include <linux/bpf.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

/**
 * DOC: What the kernel's verifier needs to see in the code, whichever compiler made it.
 */

/*
 * A global function in the verifier's sense: it is verified once, for any arguments, and not again
 * on every path that leads to a call. That keeps the number of instructions that the verifier
 * looks at from multiplying. The price: the function must check its pointer arguments for NULL,
 * and it may read the packet but not move its ends. A static function that is not inlined is
 * verified once per call, so nothing else in bpf/ is a function of its own.
 */
#define __global_fn __attribute__((noinline))

/* No header begins at a larger offset. Offsets are masked with it, as the verifier wants a bound.
 */
#define STEER_OFFSET_MASK 0x3ff

/*
 * Reads a field of struct xdp_md that is a pointer, with one instruction, and anew each time. For C
 * code, compilers have added the field's offset to the context first, or have kept the 32 bits that
 * the field is declared with on the stack. The verifier refuses both. A fuzzer on the host has
 * another definition (tests/fuzz/include).
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

/* Hides a value from the optimizer: the compiler knows nothing about it afterwards. */
#define steer_hide(value) asm("" : "+r"(value))

/**
 * steer_checked - a pointer into the frame, checked against its end.
 * @at: the pointer
 * @bytes: how many bytes may be used from there; a constant
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
 * @offset: masked, as the verifier knows no bound of a number from memory. A compiler may know one
 *	and remove the mask, so an offset that is no constant is hidden first.
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

/* The bytes from a pointer to the frame's end. */
static __always_inline __u64 steer_bytes_from(const struct xdp_md *ctx, const void *at)
{
	return steer_data_end(ctx) - at;
}

#endif
