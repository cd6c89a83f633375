// SPDX-License-Identifier: GPL-2.0
#include "daemon/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

static const char *const admin_names[] = {
	[STEER_ADMIN_ACTIVE] = "active",
	[STEER_ADMIN_DRAINING] = "draining",
	[STEER_ADMIN_MAINTENANCE] = "maintenance",
};

#define ADMIN_NAMES (sizeof(admin_names) / sizeof(admin_names[0]))

const char *admin_name(enum steer_admin admin)
{
	return (size_t)admin < ADMIN_NAMES ? admin_names[admin] : "unknown";
}

static void admin_path(const char *state_dir, const char *node, char path[4096])
{
	snprintf(path, 4096, "%s/admin%s%s", state_dir, node ? "-" : "", node ? node : "");
}

int admin_load(const char *state_dir, const char *node, enum steer_admin *ret_admin)
{
	_cleanup_(cleanup_fclose) FILE *file = NULL;
	char path[4096], line[32] = "";
	size_t i;

	admin_path(state_dir, node, path);
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
	for (i = 0; i < ADMIN_NAMES; i++) {
		if (!strcmp(line, admin_names[i])) {
			*ret_admin = i;
			return 0;
		}
	}
	return -EBADMSG;
}

int admin_save(const char *state_dir, const char *node, enum steer_admin admin)
{
	char path[4096], temporary[4096 + 8];
	_cleanup_(cleanup_close) int fd = -1;
	int error;

	if (mkdir(state_dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	admin_path(state_dir, node, path);
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%s\n", admin_name(admin)) < 0 || fsync(fd) < 0 ||
	    rename(temporary, path) < 0) {
		error = errno;
		unlink(temporary);
		return -error;
	}
	return 0;
}
