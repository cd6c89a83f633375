/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/**
 * DOC: what fuzzers have in common. Whatever must hold is required: otherwise the input is kept.
 */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#define FUZZ_PATH_MAX 128

/* A file in memory, which is gone when its number is closed. Return: its number. */
static inline int fuzz_file(const void *data, size_t size, char ret_path[FUZZ_PATH_MAX])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	require(lseek(fd, 0, SEEK_SET) == 0);
	snprintf(ret_path, FUZZ_PATH_MAX, "/proc/self/fd/%d", fd);
	return fd;
}

/* A directory, which whoever set TMPDIR removes. */
static inline void fuzz_directory(char ret_path[FUZZ_PATH_MAX])
{
	snprintf(ret_path, FUZZ_PATH_MAX, "%s/fuzz-XXXXXX", getenv("TMPDIR") ?: "/tmp");
	require(mkdtemp(ret_path));
}

/* How many files are open; libFuzzer opens some between inputs, too. */
static inline size_t fuzz_open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t n = 0;

	require(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

/* Up to the first byte of this kind, or all there is; the rest is behind it. */
static inline size_t fuzz_take(const uint8_t **data, size_t *size, uint8_t separator,
			       const uint8_t **ret_part)
{
	const uint8_t *end = *size ? memchr(*data, separator, *size) : NULL;
	size_t length = end ? (size_t)(end - *data) : *size;

	*ret_part = *data;
	*data += length + !!end;
	*size -= length + !!end;
	return length;
}

#endif
