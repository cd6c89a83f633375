/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_STAGES_H
#define STEER_BENCH_STAGES_H

/**
 * DOC: where the program can be cut short, to see what each stage costs.
 *
 * STAGES(X): X(SYMBOL, what a packet has gone through when the program stops there).
 */
#define STAGES(X)                                        \
	X(SETTINGS, "settings")                          \
	X(PARSE, "parse: Ethernet, IP")                  \
	X(OURS, "ours? GUE and S-BFD to this node")      \
	X(VIP, "virtual address: a bit")                 \
	X(L4, "ports")                                   \
	X(SERVICE, "service: the index")                 \
	X(HASH, "flow hash")                             \
	X(OWNER, "table, row, states: owner")            \
	X(DECIDE, "deliver or forward? a bit; the node") \
	X(SEND, "rewrite or wrap")                       \
	X(ALL, "count")

enum stage {
#define X(symbol, what) STAGE_##symbol,
	STAGES(X)
#undef X
		STAGE_COUNT,
};

#endif
