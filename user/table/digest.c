// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include "steer/siphash.h"

_Static_assert(STEER_RANKS == 4 && STEER_FALLBACKS == 4, "each of a row's halves is a 64-bit word");

/* Built by value, so that the digest does not depend on the machine's byte order. */
static uint64_t word_of(const __u16 node[4])
{
	return node[0] | (uint64_t)node[1] << 16 | (uint64_t)node[2] << 32 |
	       (uint64_t)node[3] << 48;
}

static uint64_t without_marks(uint64_t word)
{
	return word & STEER_ROW_NODE(0xffffULL) * 0x0001000100010001ULL;
}

/* Any fixed key will do: the digest finds differences, it keeps no secret. */
static const struct steer_key digest_key = { { 0x5374656572207461ULL, 0x626c652064696765ULL } };

uint64_t table_digest(const struct steer_row *rows, size_t n_rows)
{
	struct steer_siphash s;

	steer_sip_init(&s, &digest_key);
	for (size_t r = 0; r < n_rows; r++)
		steer_sip_word(&s, without_marks(word_of(rows[r].rank)), 1);
	return steer_sip_end(&s, 8 * n_rows, 1);
}

static uint64_t digest(const struct steer_row *rows, const struct steer_former *former,
		       size_t n_rows, bool marks)
{
	struct steer_siphash s;

	steer_sip_init(&s, &digest_key);
	for (size_t r = 0; r < n_rows; r++) {
		uint64_t rank = word_of(rows[r].rank), fallback = word_of(rows[r].fallback);

		steer_sip_word(&s, marks ? rank : without_marks(rank), 1);
		steer_sip_word(&s, marks ? fallback : without_marks(fallback), 1);
	}
	for (size_t r = 0; former && r < n_rows; r++) {
		steer_sip_word(&s, word_of(former[r].node), 1);
		steer_sip_word(&s, former[r].node[4], 1);
	}
	return steer_sip_end(&s, (former ? 32 : 16) * n_rows, 1);
}
_Static_assert(STEER_FORMER == 5, "one word, and one node");

uint64_t table_digest_order(const struct steer_row *rows, const struct steer_former *former,
			    size_t n_rows)
{
	return digest(rows, former, n_rows, false);
}

uint64_t table_digest_all(const struct steer_row *rows, const struct steer_former *former,
			  size_t n_rows)
{
	return digest(rows, former, n_rows, true);
}
