// SPDX-License-Identifier: GPL-2.0
#include "world.h"

/**
 * DOC: worlds to which things happen by chance. Whatever it was: nodes that nothing happens to come
 * to rest, and when all is mended they are of one mind within a round or two.
 */
#define WORLDS 3000
#define EVENTS 40

static void happen(struct world *w, unsigned int *seed)
{
	size_t i = (size_t)rand_r(seed) % w->n, k = (size_t)rand_r(seed) % w->n;
	struct world_node *node = &w->node[i];

	switch (rand_r(seed) % 9) {
	case 0:
		node->up = false;
		break;
	case 1:
	case 2: /* also of one that is up: a restart */
		world_boot(w, i);
		break;
	case 3:
		node->ready = !node->ready;
		break;
	case 4:
		node->admin = rand_r(seed) % 3;
		break;
	case 5:
	case 6:
		w->cut[i][k] = i != k && !w->cut[i][k];
		break;
	case 7:
		if (!(rand_r(seed) % 4))
			world_mend(w);
		break;
	default:
		if (node->up && k < w->n_members)
			world_hand_over(w, i, k);
	}
}

static struct world make_world(unsigned int number, unsigned int *seed)
{
	struct world w;
	size_t n = 1 + (size_t)rand_r(seed) % WORLD_NODES;
	size_t n_members = 1 + (size_t)rand_r(seed) % n;

	world_init(&w, n, n_members < STEER_RANKS ? n_members : STEER_RANKS);
	w.preempt = number % 8 == 0;
	w.on_panic = number % 3 ? PANIC_ALL : PANIC_DROP;
	w.seed = number % 2 ? number : 0;
	return w;
}

static void remember(const struct world *w, struct active_announcement *ret_words)
{
	for (size_t i = 0; i < w->n; i++)
		ret_words[i] = (struct active_announcement){ w->node[i].active.node,
							     w->node[i].active.term };
}

static void expect_same(const struct world *w, const struct active_announcement *words,
			unsigned int number)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->node[i].active.node != words[i].node ||
		    w->node[i].active.term != words[i].term)
			fail_msg("world %u: node %zu does not come to rest: %u, term %u → %u, term "
				 "%u",
				 number, i, words[i].node, words[i].term, w->node[i].active.node,
				 w->node[i].active.term);
}

/* Enough for whoever has just started to have its wait behind it. */
#define REST_ROUNDS (WORLD_WAIT_NS / WORLD_ROUND_NS + 10)

static void test_active_comes_to_rest(void **state)
{
	(void)state;
	for (unsigned int number = 1; number <= WORLDS; number++) {
		struct active_announcement words[WORLD_NODES];
		unsigned int seed = number;
		struct world w = make_world(number, &seed);

		for (size_t e = 0; e < EVENTS; e++) {
			happen(&w, &seed);
			world_rounds(&w, (size_t)rand_r(&seed) % 3);
			if (e % 8 != 7)
				continue;
			world_rounds(&w, REST_ROUNDS);
			remember(&w, words);
			world_rounds(&w, 10);
			expect_same(&w, words, number);
		}
	}
}

static void expect_one_mind(const struct world *w, unsigned int number)
{
	unsigned int actives = world_actives(w);
	const struct active *first = NULL;

	if (!actives || actives & (actives - 1))
		fail_msg("world %u: active are %x", number, actives);
	for (size_t i = 0; i < w->n; i++) {
		const struct active *active = &w->node[i].active;

		if (!w->node[i].up)
			continue;
		if (!first)
			first = active;
		if (active->node != first->node || active->term != first->term)
			fail_msg("world %u: node %zu follows %u, term %u, others %u, term %u",
				 number, i, active->node, active->term, first->node, first->term);
	}
}

static void test_active_of_one_mind_when_mended(void **state)
{
	(void)state;
	for (unsigned int number = 1; number <= WORLDS; number++) {
		unsigned int seed = number;
		struct world w = make_world(number, &seed);

		for (size_t e = 0; e < EVENTS; e++) {
			happen(&w, &seed);
			world_rounds(&w, (size_t)rand_r(&seed) % 4);
		}
		for (size_t i = 0; i < w.n; i++) {
			if (!w.node[i].up)
				world_boot(&w, i);
			w.node[i].ready = true;
			w.node[i].admin = STEER_ADMIN_ACTIVE;
		}
		world_rounds(&w, REST_ROUNDS);
		world_mend(&w);
		world_rounds(&w, 2);
		expect_one_mind(&w, number);
	}
}

/* Of one failure or restart at a time, nothing is left after three rounds. */
static void test_active_single_failures(void **state)
{
	(void)state;
	for (unsigned int number = 1; number <= WORLDS; number++) {
		unsigned int seed = number;
		struct world w;

		world_init(&w, 5, 4);
		w.seed = number % 2 ? number : 0;
		world_rounds(&w, 3);
		for (size_t e = 0; e < EVENTS; e++) {
			size_t i = (size_t)rand_r(&seed) % w.n;
			bool restart = rand_r(&seed) % 2;

			if (!restart)
				w.node[i].up = false;
			else
				world_boot(&w, i);
			world_rounds(&w, 3);
			expect_one_mind(&w, number);
			if (!restart)
				world_boot(&w, i);
			world_rounds(&w, 3);
			expect_one_mind(&w, number);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active_comes_to_rest),
		cmocka_unit_test(test_active_of_one_mind_when_mended),
		cmocka_unit_test(test_active_single_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
