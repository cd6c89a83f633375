/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_REASON_H
#define STEER_DATAPATH_REASON_H

#include <stdbool.h>

/**
 * DOC: why a load or an attach has failed, picked out of what libbpf and libxdp print.
 *
 * The libraries print the reason among much else: trials of libxdp's own programs, advice about
 * limits that do not apply, each failure once more on the way up. The messages have a rank, and the
 * first one of the highest rank is the reason. No I/O here.
 */
#define REASON_MAX 240

enum reason_rank {
	REASON_NONE,
	REASON_OTHER,	   /* any warning that is not known to say nothing */
	REASON_DISPATCHER, /* about the programs of libxdp's dispatcher */
	REASON_VERIFIER,   /* of our program */
	REASON_ATTACH,	   /* the kernel's or the driver's word on what was to be attached */
};

struct reason {
	enum reason_rank rank;
	char text[REASON_MAX]; /* one line; empty: none */
};

/**
 * reason_take - take notice of a message.
 * @reason: what is known so far; all zero before the first message
 * @message: as it was printed, of one or more lines
 * @warning: whether the library calls it a warning, not just information
 */
void reason_take(struct reason *reason, const char *message, bool warning);

/**
 * reason_blames_mtu - whether native XDP was refused because the MTU is too large.
 * @error: a negative errno
 * @reason: what reason_take() has picked; may be empty
 * @mtu: of the interface, in bytes
 *
 * Drivers whose buffers are too small for the MTU say so in words, by ERANGE, or not at all.
 * Without a word EINVAL and EOPNOTSUPP count as that if the MTU is above Ethernet's usual 1500.
 */
bool reason_blames_mtu(int error, const char *reason, unsigned int mtu);

#endif
