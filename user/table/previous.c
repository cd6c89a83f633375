// SPDX-License-Identifier: GPL-2.0
#include "table/table.h"

void table_set_previous(struct steer_row *rows, const struct steer_row *old, size_t n_rows)
{
	size_t r;

	for (r = 0; r < n_rows; r++) {
		uint16_t owner = rows[r].rank[0];

		if (old[r].rank[0] != owner)
			rows[r].previous = old[r].rank[0];
		else if (old[r].previous != owner)
			rows[r].previous = old[r].previous;
		else
			rows[r].previous = STEER_NODE_NONE;
	}
}
