/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_SIPHASH_H
#define STEER_SIPHASH_H

#include <linux/types.h>

#include "steer/maps.h"

/**
 * DOC: SipHash over 64-bit words (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012).
 *
 * It is in a header because the program and the daemon must compute the same tags. The input is
 * whole words, and up to seven bytes behind them, which share a word with the length, as in the
 * paper. c-d is 1-3 for the flow hash (as in the kernel's hash tables) and the GUE tag over it, and
 * 2-4 for all else.
 */
struct steer_siphash {
	__u64 v0, v1, v2, v3;
};

static inline __attribute__((always_inline)) __u64 steer_rotl64(__u64 x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static inline __attribute__((always_inline)) void steer_sip_round(struct steer_siphash *s)
{
	s->v0 += s->v1;
	s->v1 = steer_rotl64(s->v1, 13);
	s->v1 ^= s->v0;
	s->v0 = steer_rotl64(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = steer_rotl64(s->v3, 16);
	s->v3 ^= s->v2;
	s->v0 += s->v3;
	s->v3 = steer_rotl64(s->v3, 21);
	s->v3 ^= s->v0;
	s->v2 += s->v1;
	s->v1 = steer_rotl64(s->v1, 17);
	s->v1 ^= s->v2;
	s->v2 = steer_rotl64(s->v2, 32);
}

static inline __attribute__((always_inline)) void steer_sip_init(struct steer_siphash *s,
								 const struct steer_key *key)
{
	s->v0 = key->word[0] ^ 0x736f6d6570736575ULL;
	s->v1 = key->word[1] ^ 0x646f72616e646f6dULL;
	s->v2 = key->word[0] ^ 0x6c7967656e657261ULL;
	s->v3 = key->word[1] ^ 0x7465646279746573ULL;
}

/* Absorb one word with one (fast) or two compression rounds. */
static inline __attribute__((always_inline)) void steer_sip_word(struct steer_siphash *s,
								 __u64 word, int rounds)
{
	s->v3 ^= word;
	steer_sip_round(s);
	if (rounds > 1)
		steer_sip_round(s);
	s->v0 ^= word;
}

/* @tail: the bytes that do not fill a word, at most seven; they share one with the length. */
static inline __attribute__((always_inline)) __u64
steer_sip_tail(struct steer_siphash *s, __u64 tail, __u64 length_bytes, int rounds)
{
	steer_sip_word(s, length_bytes << 56 | tail, rounds);
	s->v2 ^= 0xff;
	steer_sip_round(s);
	steer_sip_round(s);
	steer_sip_round(s);
	if (rounds > 1)
		steer_sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline __attribute__((always_inline)) __u64 steer_sip_end(struct steer_siphash *s,
								 __u64 length_bytes, int rounds)
{
	return steer_sip_tail(s, 0, length_bytes, rounds);
}

/**
 * steer_siphash24 - SipHash-2-4 of whole words.
 * @key: the key
 * @word: the input, as little-endian 64-bit words
 * @words: how many, a constant in the program
 *
 * Return: the 64-bit hash, as in the paper's reference for an input of 8 * @words bytes.
 */
static inline __attribute__((always_inline)) __u64
steer_siphash24(const struct steer_key *key, const __u64 *word, unsigned int words)
{
	struct steer_siphash s;
	unsigned int i;

	steer_sip_init(&s, key);
	for (i = 0; i < words; i++)
		steer_sip_word(&s, word[i], 2);
	return steer_sip_end(&s, 8 * words, 2);
}

#endif
