// SPDX-License-Identifier: GPL-2.0
#include "cluster/table_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two pools of the first ten of twelve nodes, the last of which runs no Steer. */
#define NODES 12
#define MEMBERS 10

static struct cluster_node nodes[NODES];
static struct cluster_member members[2][MEMBERS];
static struct cluster_pool pools[2];
static struct cluster cluster;
static struct table_spec spec;
static struct steer_row one[STEER_TABLE_ROWS], two[STEER_TABLE_ROWS];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < NODES; i++)
		nodes[i] = (struct cluster_node){ .id = i + 1, .agentless = i == NODES - 1 };
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < MEMBERS; k++)
			members[i][k] = (struct cluster_member){ k, 100 };
		pools[i] = (struct cluster_pool){ .members = members[i],
						  .n_members = MEMBERS,
						  .mode = POOL_ACTIVE_ACTIVE };
	}
	cluster =
		(struct cluster){ .nodes = nodes, .n_nodes = NODES, .pools = pools, .n_pools = 2 };
	return table_spec_init(&spec, &cluster);
}

static int teardown(void **state)
{
	(void)state;
	table_spec_free(&spec);
	return 0;
}

static bool same_digest(void)
{
	return table_spec_digest(&spec, &pools[0]) == table_spec_digest(&spec, &pools[1]);
}

static void test_table_spec_digest_is_not_the_pools(void **state)
{
	(void)state;
	strcpy(pools[0].name, "one");
	strcpy(pools[1].name, "two");
	pools[1].slow_start_ms = 1000;
	assert_true(same_digest());
}

static void test_table_spec_digest_is_members_weights_order_and_mode(void **state)
{
	(void)state;
	members[1][3].weight = 50;
	assert_false(same_digest());
	members[1][3].weight = 100;
	pools[1].n_members = MEMBERS - 1;
	assert_false(same_digest());
	pools[1].n_members = MEMBERS;
	pools[1].mode = POOL_ACTIVE_PASSIVE;
	assert_false(same_digest());
	pools[1].mode = POOL_ACTIVE_ACTIVE;
	members[1][0].node = 1;
	members[1][1].node = 0;
	assert_false(same_digest());
	members[1][0].node = 0;
	members[1][1].node = 1;
	assert_true(same_digest());
}

static void test_table_spec_digest_is_key_and_other_nodes(void **state)
{
	uint64_t digest = table_spec_digest(&spec, &pools[0]);

	(void)state;
	cluster.flow_key[0] = 1;
	assert_int_not_equal(table_spec_digest(&spec, &pools[0]), digest);
	cluster.flow_key[0] = 0;
	nodes[NODES - 2].id = 99;
	assert_int_not_equal(table_spec_digest(&spec, &pools[0]), digest);
	nodes[NODES - 2].id = NODES - 1;
	nodes[NODES - 1].id = 98; /* rows do not name it */
	assert_int_equal(table_spec_digest(&spec, &pools[0]), digest);
}

static void make(const struct cluster_pool *pool, const struct steer_row *old,
		 struct steer_row *ret_rows)
{
	static struct steer_former former[STEER_TABLE_ROWS];
	struct table_former count;

	assert_int_equal(table_spec_build(&spec, pool, ret_rows), 0);
	assert_int_equal(table_spec_set_fallback(&spec, pool, old, NULL, ret_rows, former, &count),
			 0);
}

/* Or a table that is kept would be another one than that of a pool for which it is made anew. */
static void test_table_spec_made_again_is_the_same(void **state)
{
	(void)state;
	pools[1].n_members = MEMBERS / 2;
	make(&pools[1], NULL, one);
	make(&pools[0], one, two);
	make(&pools[0], NULL, one);
	assert_memory_not_equal(one, two, sizeof(one));
	make(&pools[0], two, one);
	assert_memory_equal(one, two, sizeof(one));
}

static void test_table_spec_counts_first_ranks(void **state)
{
	uint32_t *count, sum = 0;

	(void)state;
	make(&pools[0], NULL, one);
	assert_int_equal(table_spec_count(&spec, &pools[0], one, &count), 0);
	for (size_t i = 0; i < MEMBERS; i++)
		sum += count[i];
	assert_int_equal(sum, STEER_TABLE_ROWS);
	assert_in_range(count[0], STEER_TABLE_ROWS / MEMBERS * 0.98,
			STEER_TABLE_ROWS / MEMBERS * 1.02);
	free(count);
}

#define spec_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		spec_test(test_table_spec_digest_is_not_the_pools),
		spec_test(test_table_spec_digest_is_members_weights_order_and_mode),
		spec_test(test_table_spec_digest_is_key_and_other_nodes),
		spec_test(test_table_spec_made_again_is_the_same),
		spec_test(test_table_spec_counts_first_ranks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
