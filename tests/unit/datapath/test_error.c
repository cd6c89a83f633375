// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void test_error_say_writes_the_sentence(void **state)
{
	struct datapath_error error = {};

	(void)state;
	assert_int_equal(error_say(&error, -ENOENT, "no %s", "map"), -ENOENT);
	assert_string_equal(error.text, "no map");
	assert_int_equal(error_say(NULL, -EPERM, "nobody reads it"), -EPERM);
}

static void test_error_kernel_adds_the_cause(void **state)
{
	struct datapath_error error = {};

	(void)state;
	error_collect();
	assert_int_equal(error_kernel(&error, -ENOSPC, "cannot write"), -ENOSPC);
	assert_string_equal(error.text, "cannot write: No space left on device");
}

/* libbpf says what is wrong with a file only by printing it. */
static void test_error_collects_warnings_and_prints_nothing(void **state)
{
	struct datapath_error error = {};
	char name[] = "/tmp/steer-test-XXXXXX";
	FILE *printed = tmpfile();
	int saved;

	(void)state;
	saved = dup(STDERR_FILENO);
	close(mkstemp(name));
	error_collect();
	dup2(fileno(printed), STDERR_FILENO);
	assert_null(bpf_object__open_file(name, NULL));
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	unlink(name);
	error_kernel(&error, -EINVAL, "cannot open");
	assert_contains(error.text, "(libbpf: ");
	assert_int_equal(lseek(fileno(printed), 0, SEEK_END), 0);
	fclose(printed);
}

static void test_error_forgets_what_came_before(void **state)
{
	struct datapath_error error = {};

	(void)state;
	error_collect();
	assert_null(bpf_object__open_file("/nonexistent", NULL));
	error_collect();
	error_kernel(&error, -EINVAL, "cannot");
	assert_null(strstr(error.text, "nonexistent"));
}

static void test_error_is_bounded(void **state)
{
	struct datapath_error error = {};
	char path[2000];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	error_collect();
	for (int i = 0; i < 100; i++)
		assert_null(bpf_object__open_file(path, NULL));
	error_kernel(&error, -EINVAL, "cannot open %s", path);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

/* As libbpf calls it. */
static void print_warning(const char *format, ...)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	va_list arguments;

	va_start(arguments, format);
	print(LIBBPF_WARN, format, arguments);
	va_end(arguments);
	libbpf_set_print(print);
}

static void test_error_keeps_the_verifiers_reason(void **state)
{
	struct datapath_error error = {};

	(void)state;
	error_collect();
	print_warning("libbpf: prog '%s': -- BEGIN PROG LOAD LOG --\n0: R1=ctx\n60: (0f) r2 += r0\n"
		      "unbounded min value\nprocessed 61 insns\n-- END PROG LOAD LOG --\n",
		      "steer");
	error_kernel(&error, -EINVAL, "refused");
	assert_string_equal(error.text, "refused: Invalid argument (unbounded min value)");
}

static void test_error_names_missing_capabilities(void **state)
{
	int status, channel[2];
	char text[600] = "";
	pid_t child;

	(void)state;
	assert_int_equal(pipe(channel), 0);
	child = fork();
	if (!child) {
		struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
		struct __user_cap_data_struct none[2] = {};
		struct datapath_error error = {};

		syscall(SYS_capset, &header, none);
		error_collect();
		error_kernel(&error, -EPERM, "cannot load");
		_exit(write(channel[1], error.text, strlen(error.text)) < 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(read(channel[0], text, sizeof(text) - 1) > 0);
	close(channel[0]);
	close(channel[1]);
	assert_contains(text, "missing: CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_ADMIN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_say_writes_the_sentence),
		cmocka_unit_test(test_error_kernel_adds_the_cause),
		cmocka_unit_test(test_error_collects_warnings_and_prints_nothing),
		cmocka_unit_test(test_error_forgets_what_came_before),
		cmocka_unit_test(test_error_is_bounded),
		cmocka_unit_test(test_error_keeps_the_verifiers_reason),
		cmocka_unit_test(test_error_names_missing_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
