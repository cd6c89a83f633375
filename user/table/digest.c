// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

#include "steer/siphash.h"

_Static_assert(STEER_RANKS == 4, "the ranks of a row are one 64-bit word");

uint64_t table_digest(const struct steer_row *rows, size_t n_rows)
{
	/* Any fixed key: the digest finds differences, it keeps no secret. */
	static const struct steer_key key = { { 0x5374656572207461ULL, 0x626c652064696765ULL } };
	struct steer_siphash s;
	size_t r;

	steer_sip_init(&s, &key);
	for (r = 0; r < n_rows; r++) {
		const __u16 *rank = rows[r].rank;

		/* Put together by value, so that byte order does not matter. */
		steer_sip_word(&s,
			       rank[0] | (uint64_t)rank[1] << 16 | (uint64_t)rank[2] << 32 |
				       (uint64_t)rank[3] << 48,
			       1);
	}
	return steer_sip_end(&s, 8 * n_rows, 1);
}
