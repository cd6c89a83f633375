// SPDX-License-Identifier: GPL-2.0
#include "daemon/admin_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "policy/state.h"

static void make_path(const char *state_dir, const char *node, char path[4096])
{
	snprintf(path, 4096, "%s/admin%s%s", state_dir, node ? "-" : "", node ? node : "");
}

int admin_file_load(const char *state_dir, const char *node, enum steer_admin *ret_admin)
{
	_cleanup_(cleanup_fclose) FILE *file = NULL;
	char path[4096], line[32] = "";

	make_path(state_dir, node, path);
	file = fopen(path, "re");
	if (!file && errno == ENOENT) {
		*ret_admin = STEER_ADMIN_ACTIVE;
		return 0;
	}
	if (!file)
		return -errno;
	if (!fgets(line, sizeof(line), file))
		return -EBADMSG;
	line[strcspn(line, "\n")] = '\0';
	for (enum steer_admin admin = 0; admin <= STEER_ADMIN_MAINTENANCE; admin++) {
		if (!strcmp(line, policy_admin_name(admin))) {
			*ret_admin = admin;
			return 0;
		}
	}
	return -EBADMSG;
}

/* Of the directory, or a new name may be gone after a power loss. */
static void sync_directory(const char *directory)
{
	_cleanup_(cleanup_close) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

int admin_file_save(const char *state_dir, const char *node, enum steer_admin admin)
{
	char path[4096], temporary[4096 + 8];
	_cleanup_(cleanup_close) int fd = -1;
	int error;

	if (mkdir(state_dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	make_path(state_dir, node, path);
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%s\n", policy_admin_name(admin)) < 0 || fsync(fd) < 0 ||
	    rename(temporary, path) < 0) {
		error = errno;
		unlink(temporary);
		return -error;
	}
	/* It is written: that it might not survive a power loss is no reason to refuse the order */
	sync_directory(state_dir);
	return 0;
}
