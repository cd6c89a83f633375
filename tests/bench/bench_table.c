// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: Steer's table beside Maglev's, for equal members.
 *
 * Maglev's is built as its paper says (Eisenbud et al.: "Maglev: a fast and reliable software
 * network load balancer", NSDI 2016, section 3.4), with 65537 entries. It has no ranks: after a
 * failure it is built anew, so that rows of living members move too. What moves is given in units
 * of the unavoidable: the rows of the member that comes or goes.
 *
 *   bench_table [--json]
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "table/table.h"

#include "../unit/table/measure.h"

#define MAGLEV_ROWS 65537 /* a prime */
#define MAX_RUNS 101
#define CHANGES 8 /* members that come and go, to take the mean of */

typedef int (*build_fn)(const struct table_member *members, size_t n, uint64_t seed,
			struct steer_row *ret_rows, size_t n_rows);

struct figures {
	struct measure even;
	struct measure one_down;
	double moved_add;
	double moved_remove;
	double moved_down;
	double min_ms;
	double median_ms;
};

static struct steer_row now[MAGLEV_ROWS], then[MAGLEV_ROWS];

static uint64_t hash(uint64_t x)
{
	x = (x ^ (x >> 31)) * 0x7fb5d329728ea185ULL;
	x = (x ^ (x >> 27)) * 0x81dadef4bc2dd44dULL;
	return x ^ (x >> 33);
}

/* Rank 0 only. In turns, every member takes the next free entry of its permutation. */
static int maglev_build(const struct table_member *members, size_t n, uint64_t seed,
			struct steer_row *ret_rows, size_t n_rows)
{
	_cleanup_(cleanup_free) uint32_t *entry = calloc(n, sizeof(*entry));
	_cleanup_(cleanup_free) uint32_t *skip = calloc(n, sizeof(*skip));
	size_t filled = 0, i;

	if (!entry || !skip)
		return -1;
	memset(ret_rows, 0, n_rows * sizeof(*ret_rows));
	for (i = 0; i < n; i++) {
		entry[i] = hash(seed + 2 * members[i].node) % n_rows;
		skip[i] = hash(seed + 2 * members[i].node + 1) % (n_rows - 1) + 1;
	}
	for (i = 0; filled < n_rows; i = (i + 1) % n) {
		while (ret_rows[entry[i]].rank[0] != STEER_NODE_NONE)
			entry[i] = (entry[i] + skip[i]) % n_rows;
		ret_rows[entry[i]].rank[0] = members[i].node;
		filled++;
	}
	return 0;
}

static void build(build_fn fn, const struct table_member *members, size_t n,
		  struct steer_row *ret_rows, size_t n_rows)
{
	if (fn(members, n, 1, ret_rows, n_rows)) {
		fprintf(stderr, "bench_table: %zu members: no table\n", n);
		exit(1);
	}
}

static size_t owned(const struct steer_row *rows, size_t n_rows, uint16_t node)
{
	size_t count = 0, r;

	for (r = 0; r < n_rows; r++)
		count += rows[r].rank[0] == node;
	return count;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure_time(build_fn fn, const struct table_member *members, size_t n, size_t n_rows,
			 struct figures *ret_figures)
{
	size_t runs = n < 100 ? MAX_RUNS : 21, i;
	double ms[MAX_RUNS];

	for (i = 0; i < runs; i++) {
		ms[i] = measure_now_ms();
		build(fn, members, n, then, n_rows);
		ms[i] = measure_now_ms() - ms[i];
	}
	qsort(ms, runs, sizeof(*ms), compare);
	ret_figures->min_ms = ms[0];
	ret_figures->median_ms = ms[runs / 2];
}

/* With ranks, a failure is skipped. */
static size_t moved_by_skipping(size_t n_rows, uint16_t node)
{
	bool down[STEER_MAX_NODES] = { [0] = false };
	size_t moved = 0, r;

	down[node] = true;
	for (r = 0; r < n_rows; r++)
		moved += measure_owner(&now[r], down) != now[r].rank[0];
	return moved;
}

/* Some members go, each alone; @now is the table of all n members. */
static void measure_changes(build_fn fn, const struct table_member *members, size_t n,
			    size_t n_rows, struct figures *ret_figures)
{
	bool ranks = fn == table_build;
	size_t changes = n < CHANGES ? n : CHANGES, i;

	for (i = 0; i < changes; i++) {
		struct table_member rest[STEER_MAX_NODES];
		size_t gone = i * n / changes, moved;
		double share = owned(now, n_rows, members[gone].node);

		memcpy(rest, members, gone * sizeof(*rest));
		memcpy(rest + gone, members + gone + 1, (n - gone - 1) * sizeof(*rest));
		build(fn, rest, n - 1, then, n_rows);
		moved = measure_moved(now, then, n_rows);
		ret_figures->moved_remove += moved / share / changes;
		ret_figures->moved_down +=
			(ranks ? moved_by_skipping(n_rows, members[gone].node) : moved) / share /
			changes;
		if (!ranks) {
			struct measure m = measure_even(rest, n - 1, then, n_rows);

			ret_figures->one_down.least = fmin(ret_figures->one_down.least, m.least);
			ret_figures->one_down.most = fmax(ret_figures->one_down.most, m.most);
		}
	}
}

static struct figures measure_table(build_fn fn, size_t n, size_t n_rows)
{
	struct figures f = { .one_down = { INFINITY, 0, 0 } };
	struct table_member members[STEER_MAX_NODES];
	size_t i;

	for (i = 0; i <= n; i++)
		members[i] = (struct table_member){ .node = 1 + i, .weight = 1 };

	measure_time(fn, members, n, n_rows, &f);
	build(fn, members, n, now, n_rows);
	f.even = measure_even(members, n, now, n_rows);
	build(fn, members, n + 1, then, n_rows);
	f.moved_add = (double)measure_moved(now, then, n_rows) / owned(then, n_rows, 1 + n);
	measure_changes(fn, members, n, n_rows, &f);
	if (fn == table_build)
		f.one_down = measure_one_down(members, n, now, n_rows, n > 100 ? n / 100 : 1);
	return f;
}

static void print_text(const char *name, size_t n, const struct figures *f)
{
	printf("%5zu %-7s %.4f - %.4f  %.4f - %.4f %7.3f %7.3f %7.3f %8.2f %8.2f\n", n, name,
	       f->even.least, f->even.most, f->one_down.least, f->one_down.most, f->moved_down,
	       f->moved_add, f->moved_remove, f->min_ms, f->median_ms);
}

static json_t *pack(const struct figures *f)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "share_min",
			 f->even.least, "share_max", f->even.most, "one_down_share_min",
			 f->one_down.least, "one_down_share_max", f->one_down.most, "moved_down",
			 f->moved_down, "moved_add", f->moved_add, "moved_remove", f->moved_remove,
			 "build_ms_min", f->min_ms, "build_ms_median", f->median_ms);
}

int main(int argc, char **argv)
{
	static const size_t count[] = { 4, 16, 64, 256, 1000 };
	_cleanup_(cleanup_json) json_t *root = json_pack("{s:i, s:[]}", "schema", 1, "tables");
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	size_t i;

	if (argc > 1 && !json) {
		fprintf(stderr, "usage: bench_table [--json]\n");
		return 2;
	}
	if (!json)
		printf("%5s %-7s %-16s %-16s %7s %7s %7s %8s %8s\n", "n", "table", "share/fair",
		       "one down", "down", "add", "remove", "ms min", "median");
	for (i = 0; i < sizeof(count) / sizeof(count[0]); i++) {
		struct figures steer = measure_table(table_build, count[i], STEER_TABLE_ROWS);
		struct figures maglev = measure_table(maglev_build, count[i], MAGLEV_ROWS);

		if (json) {
			json_array_append_new(json_object_get(root, "tables"),
					      json_pack("{s:I, s:o, s:o}", "members",
							(json_int_t)count[i], "steer", pack(&steer),
							"maglev", pack(&maglev)));
		} else {
			print_text("steer", count[i], &steer);
			print_text("maglev", count[i], &maglev);
		}
	}
	if (json)
		return json_dumpf(root, stdout, JSON_INDENT(1)) || putchar('\n') == EOF;
	printf("down, add, remove: rows that change their owner, over those that must\n");
	return 0;
}
