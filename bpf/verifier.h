/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_VERIFIER_H
#define STEER_BPF_VERIFIER_H

#include <linux/bpf.h>

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

#endif
