// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>

#include "daemon/admin_file.h"
#include "policy/state.h"

/**
 * DOC: whatever is in the file of what an operator wants: one of three words, or an error; and what
 * is written in its place is read back.
 */
static char directory[FUZZ_PATH_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_directory(directory);
	return 0;
}

static void put(const char *name, const uint8_t *data, size_t size)
{
	char path[FUZZ_PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* The first line is the word, and nothing but it. */
static void check_word(enum steer_admin admin, const uint8_t *data, size_t size)
{
	const char *name = policy_admin_name(admin);
	size_t length = strlen(name);

	require(admin <= STEER_ADMIN_MAINTENANCE);
	require(size >= length && !memcmp(data, name, length));
	require(size == length || data[length] == '\n' || data[length] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum steer_admin admin = 77, wanted = size % 3;
	int r;

	put("admin", data, size);
	r = admin_file_load(directory, NULL, &admin);
	if (r == 0)
		check_word(admin, data, size);
	else
		require(r == -EBADMSG && admin == 77);
	require(admin_file_save(directory, NULL, wanted) == 0);
	require(admin_file_load(directory, NULL, &admin) == 0 && admin == wanted);

	put("admin-a1", data, size);
	require(admin_file_load(directory, "a1", &admin) == r);
	require(admin_file_load(directory, "a2", &admin) == 0 && admin == STEER_ADMIN_ACTIVE);
	return 0;
}
