// SPDX-License-Identifier: GPL-2.0
#include "events/store.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "directory.h"
#include "sample.h"

struct seen {
	size_t n;
	uint64_t first, last;
	bool in_order;
};

static void see(void *context, struct event *event)
{
	struct seen *seen = context;

	if (!seen->n++)
		seen->first = event->sequence;
	else if (event->sequence != seen->last + 1)
		seen->in_order = false;
	seen->last = event->sequence;
	free(event);
}

static struct seen read_all(const struct directory *d)
{
	struct seen seen = { .in_order = true };

	assert_int_equal(store_read(d->path, see, &seen), 0);
	return seen;
}

static int append(const struct directory *d, uint64_t sequence)
{
	struct event event = sample_event(sequence);

	return store_append(d->path, &event);
}

static void put(const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);

	assert_int_equal(write(fd, text, length), length);
	close(fd);
}

static void test_store_nothing_is_nothing(void **state)
{
	struct seen seen = read_all(*state);

	assert_int_equal(seen.n, 0);
}

static void test_store_gives_back_what_was_added(void **state)
{
	struct directory *d = *state;
	struct seen seen;

	for (uint64_t n = 1; n <= 100; n++)
		assert_int_equal(append(d, n), 0);
	seen = read_all(d);
	assert_int_equal(seen.n, 100);
	assert_int_equal(seen.first, 1);
	assert_true(seen.in_order);
}

static void test_store_goes_on_behind_a_torn_line(void **state)
{
	struct directory *d = *state;
	struct seen seen;

	assert_int_equal(append(d, 1), 0);
	assert_int_equal(append(d, 2), 0);
	assert_int_equal(truncate(d->file, directory_size(d->file) - 30), 0);
	seen = read_all(d);
	assert_int_equal(seen.n, 1);
	assert_int_equal(append(d, 2), 0);
	seen = read_all(d);
	assert_int_equal(seen.n, 2);
	assert_true(seen.in_order);
}

static void test_store_skips_what_is_no_event(void **state)
{
	static const char garbage[] = "\n\n{}\n{\"sequence\":\n\xff\x00\xfe\nnonsense\n";
	struct directory *d = *state;
	char *megabyte = calloc(1, 1000000);
	struct seen seen;

	memset(megabyte, '{', 999999);
	assert_int_equal(append(d, 1), 0);
	put(d->file, garbage, sizeof(garbage) - 1);
	assert_int_equal(append(d, 2), 0);
	put(d->old, megabyte, 1000000);
	free(megabyte);
	seen = read_all(d);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.first, 1);
}

/* What a host that died has left may end with zeros instead of what was to be written. */
static void test_store_goes_on_behind_zeros(void **state)
{
	static const char zeros[100];
	struct directory *d = *state;
	struct seen seen;

	assert_int_equal(append(d, 1), 0);
	put(d->file, zeros, sizeof(zeros));
	assert_int_equal(append(d, 2), 0);
	assert_int_equal(append(d, 3), 0);
	seen = read_all(d);
	assert_int_equal(seen.n, 3);
	assert_true(seen.in_order);
}

static void test_store_is_bounded(void **state)
{
	struct directory *d = *state;
	uint64_t n = 0;
	struct seen seen;

	for (int round = 0; round < 3; round++) {
		long before;

		do {
			before = directory_size(d->file);
			assert_int_equal(append(d, ++n), 0);
		} while (directory_size(d->file) > before);
		assert_in_range(directory_size(d->old), STORE_BYTES - 1000, STORE_BYTES);
	}
	seen = read_all(d);
	assert_true(seen.in_order);
	assert_int_equal(seen.last, n);
	/* The full file and the new one; numbers get longer. */
	assert_in_range(seen.n, n / 3 - n / 100, n / 3);
}

static void test_store_makes_its_directory_and_follows_a_removed_file(void **state)
{
	struct directory *d = *state;

	assert_int_equal(append(d, 1), 0);
	unlink(d->file);
	assert_int_equal(append(d, 2), 0);
	assert_int_equal(read_all(d).n, 1);
	unlink(d->file);
	assert_int_equal(rmdir(d->path), 0);
	assert_int_equal(append(d, 3), 0);
	assert_int_equal(read_all(d).first, 3);
}

static void test_store_says_what_keeps_it_from_writing(void **state)
{
	struct event event = sample_event(1);
	struct directory *d = *state;

	assert_true(store_append("/proc/steer", &event) < 0);
	assert_int_equal(mkfifo(d->file, 0600), 0);
	assert_true(append(d, 1) < 0); /* and does not wait for a reader */
	assert_true(store_read(d->path, see, NULL) < 0);
	unlink(d->file);
	assert_int_equal(symlink("/etc/passwd", d->file), 0);
	assert_int_equal(append(d, 1), -ELOOP);
}

/* A limit on the size of files stands for the disk that is full. */
static void test_store_full_disk_leaves_whole_lines(void **state)
{
	struct rlimit before, limit;
	struct directory *d = *state;
	long size;

	assert_int_equal(append(d, 1), 0);
	size = directory_size(d->file);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = size + 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(append(d, 2), -ENOSPC);
	assert_int_equal(directory_size(d->file), size);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(append(d, 2), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(append(d, 2), 0);
	assert_int_equal(read_all(d).n, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, directory_make, directory_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_store_nothing_is_nothing),
		TEST(test_store_gives_back_what_was_added),
		TEST(test_store_goes_on_behind_a_torn_line),
		TEST(test_store_skips_what_is_no_event),
		TEST(test_store_goes_on_behind_zeros),
		TEST(test_store_is_bounded),
		TEST(test_store_makes_its_directory_and_follows_a_removed_file),
		TEST(test_store_says_what_keeps_it_from_writing),
		TEST(test_store_full_disk_leaves_whole_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
