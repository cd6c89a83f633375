// SPDX-License-Identifier: GPL-2.0
#include "datapath/pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "datapath/error.h"

/**
 * DOC: the pins of the maps on a bpffs, as <root>/v<schema>/<map>. They outlive the daemon.
 *
 * The schema is part of the path, so that two versions never use the same maps. Pins of another
 * schema are refused, not converted. As a bpffs has no regular files, the lock against a second
 * daemon is taken on the root directory; the kernel releases it when its holder ends.
 */

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* True for the name of a schema's directory: v<number>. */
static bool is_schema(const char *name)
{
	return name[0] == 'v' && name[1] && strspn(name + 1, "0123456789") == strlen(name + 1);
}

int pins_init(struct pins *ret_pins, const struct datapath_options *options,
	      struct datapath_error *ret_error)
{
	const char *root = options->pin_root ? options->pin_root : DATAPATH_PIN_ROOT;
	struct pins pins = { .lock_fd = -1 };
	size_t length = strlen(root);

	while (length > 1 && root[length - 1] == '/')
		length--;
	if (root[0] != '/')
		return error_say(ret_error, -EINVAL, "pin root \"%s\" is not an absolute path",
				 root);
	if (length >= sizeof(pins.root))
		return error_say(ret_error, -ENAMETOOLONG,
				 "pin root \"%s\" is longer than %zu bytes", root,
				 sizeof(pins.root) - 1);
	memcpy(pins.root, root, length);
	snprintf(pins.directory, sizeof(pins.directory), "%s/v%d", pins.root, STEER_SCHEMA);
	*ret_pins = pins;
	return 0;
}

void pins_release(struct pins *pins)
{
	if (pins->lock_fd >= 0)
		close(pins->lock_fd);
	pins->lock_fd = -1;
}

/* -EACCES is about the owner of files: the remedy is not a capability, but chown. */
static int refuse_file(const struct pins *pins, int r, const char *verb, const char *path,
		       struct datapath_error *ret_error)
{
	if (r != -EACCES)
		return error_kernel(ret_error, r, "cannot %s %s", verb, path);
	return error_say(ret_error, r,
			 "cannot %s %s: permission denied to user %u: \"chown -R %u %s\" gives the "
			 "pins to this user, \"chmod o+x\" opens the directories above; "
			 "steerd.service does both before it starts steerd",
			 verb, path, geteuid(), geteuid(), pins->root);
}

/* Pins of another schema may be in use by another version: they are removed only on request. */
static int refuse_other_schema(const struct pins *pins, struct datapath_error *ret_error)
{
	_cleanup_(close_dir) DIR *dir = opendir(pins->root);
	const char *ours = strrchr(pins->directory, '/') + 1;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (!is_schema(entry->d_name) || !strcmp(entry->d_name, ours))
			continue;
		return error_say(ret_error, -EPROTO,
				 "%s/%s holds the maps of another version of Steer (this one is "
				 "%s): run \"steer unload\" for its interface, or rm -r %s/%s if "
				 "it is not attached any more",
				 pins->root, entry->d_name, ours, pins->root, entry->d_name);
	}
	return 0;
}

/* Length of the longest part of a path that exists. */
static size_t existing_length(const char *path)
{
	char part[PINS_PATH_MAX + 16];
	struct stat st;
	char *slash;

	snprintf(part, sizeof(part), "%s", path);
	while (stat(part, &st)) {
		slash = strrchr(part, '/');
		if (slash == part)
			return 1;
		*slash = '\0';
	}
	return strlen(part);
}

int pins_prepare(struct pins *pins, struct datapath_error *ret_error)
{
	size_t full = strlen(pins->directory);
	size_t length = existing_length(pins->directory);
	char path[sizeof(pins->directory)];
	struct statfs fs;
	int r;

	snprintf(path, sizeof(path), "%.*s", (int)length, pins->directory);
	if (statfs(path, &fs))
		return refuse_file(pins, -errno, "look at", path, ret_error);
	if ((unsigned long)fs.f_type != BPF_FS_MAGIC)
		return error_say(ret_error, -EINVAL,
				 "maps cannot be pinned in %s: %s is not on a BPF file system; "
				 "mount -t bpf bpf /sys/fs/bpf",
				 pins->root, path);
	r = refuse_other_schema(pins, ret_error);
	if (r < 0)
		return r;
	while (length < full) {
		length += 1 + strcspn(pins->directory + length + 1, "/");
		snprintf(path, sizeof(path), "%.*s", (int)length, pins->directory);
		if (mkdir(path, 0700)) {
			if (errno == EEXIST)
				continue;
			r = refuse_file(pins, -errno, "create", path, ret_error);
			pins_undo(pins);
			return r;
		}
		if (!pins->made_from)
			pins->made_from = length;
	}
	return 0;
}

void pins_undo(struct pins *pins)
{
	char path[sizeof(pins->directory)];

	if (!pins->made_from)
		return;
	snprintf(path, sizeof(path), "%s", pins->directory);
	while (strlen(path) >= pins->made_from) {
		if (rmdir(path) && errno != ENOENT)
			break;
		*strrchr(path, '/') = '\0';
	}
	pins->made_from = 0;
}

int pins_lock(struct pins *pins, struct datapath_error *ret_error)
{
	struct stat locked, named;

	/*
	 * A process that removes the root does so under the lock. Then this lock is on a directory
	 * without a name: try again with the new one.
	 */
	for (int tries = 0; tries < 3; tries++) {
		_cleanup_(cleanup_close) int fd = -1;

		fd = open(pins->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return refuse_file(pins, -errno, "open", pins->root, ret_error);
		if (flock(fd, LOCK_EX | LOCK_NB))
			return error_say(ret_error, errno == EWOULDBLOCK ? -EBUSY : -errno,
					 "another steerd uses the maps in %s: stop it first, or "
					 "choose another directory for the pins",
					 pins->root);
		if (!fstat(fd, &locked) && !stat(pins->root, &named) &&
		    locked.st_ino == named.st_ino && locked.st_dev == named.st_dev) {
			pins->lock_fd = TAKE_FD(fd);
			return 0;
		}
		mkdir(pins->root, 0700);
		mkdir(pins->directory, 0700);
	}
	return error_say(ret_error, -EBUSY, "another process keeps removing %s: stop it",
			 pins->root);
}

const char *pins_path(const struct pins *pins, enum schema_map map, char buffer[PINS_PATH_MAX + 64])
{
	snprintf(buffer, PINS_PATH_MAX + 64, "%s/%s", pins->directory, schema_maps[map].name);
	return buffer;
}

int pins_open(const struct pins *pins, uint32_t flags, int ret_fds[SCHEMA_MAPS],
	      uint32_t ret_ids[SCHEMA_MAPS], struct datapath_error *ret_error)
{
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = flags);
	char difference[SCHEMA_DIFFERENCE_MAX] = "";
	char path[PINS_PATH_MAX + 64];
	uint32_t ids[SCHEMA_MAPS] = {};
	int fds[SCHEMA_MAPS];
	int found = 0;
	int r;

	memset(fds, -1, sizeof(fds));
	for (size_t i = 0; i < SCHEMA_MAPS; i++) {
		fds[i] = bpf_obj_get_opts(pins_path(pins, i, path), &options);
		if (fds[i] == -ENOENT) {
			fds[i] = -1;
			continue;
		}
		if (fds[i] < 0) {
			r = refuse_file(pins, fds[i], "open the map", path, ret_error);
			goto fail;
		}
		r = schema_check_fd(i, fds[i], &ids[i], difference);
		if (r == -EPROTO) {
			error_say(ret_error, r,
				  "the maps in %s are of another version of Steer (%s): run "
				  "\"steer unload\" for its interface, or rm -r %s if it is not "
				  "attached any more",
				  pins->directory, difference, pins->directory);
			goto fail;
		}
		if (r) {
			error_kernel(ret_error, r, "cannot examine the map %s", path);
			goto fail;
		}
		found++;
	}
	memcpy(ret_fds, fds, sizeof(fds));
	memcpy(ret_ids, ids, sizeof(ids));
	return found;

fail:
	schema_close(fds);
	return r;
}

/* The old pin is replaced only after the new one exists. */
int pins_put_named(const struct pins *pins, const char *name, int fd)
{
	char path[PINS_PATH_MAX + 64], temporary[PINS_PATH_MAX + 68];
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "%s/%s", pins->directory, name);
	snprintf(temporary, sizeof(temporary), "%s_new", path);
	unlink(temporary);
	r = bpf_obj_pin(fd, temporary);
	/* The pin belongs to the directory's owner, also if root creates it by hand. */
	if (!r && !stat(pins->directory, &st) && st.st_uid != geteuid() &&
	    chown(temporary, st.st_uid, st.st_gid))
		r = -errno;
	if (!r && rename(temporary, path))
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

int pins_open_named(const struct pins *pins, const char *name, uint32_t flags)
{
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = flags);
	char path[PINS_PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", pins->directory, name);
	return bpf_obj_get_opts(path, &options);
}

void pins_delete_named(const struct pins *pins, const char *name)
{
	char path[PINS_PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", pins->directory, name);
	unlink(path);
}

int pins_put(const struct pins *pins, enum schema_map map, int fd, struct datapath_error *ret_error)
{
	char path[PINS_PATH_MAX + 64];
	int r;

	pins_path(pins, map, path);
	if (unlink(path) && errno != ENOENT)
		return refuse_file(pins, -errno, "replace", path, ret_error);
	r = bpf_obj_pin(fd, path);
	if (r < 0)
		return refuse_file(pins, r, "pin the map", path, ret_error);
	return 0;
}

void pins_delete(const struct pins *pins, enum schema_map map)
{
	char path[PINS_PATH_MAX + 64];

	unlink(pins_path(pins, map, path));
}

static int remove_schema(const struct pins *pins, const char *name,
			 struct datapath_error *ret_error)
{
	char path[PINS_PATH_MAX + 16 + NAME_MAX];
	_cleanup_(close_dir) DIR *dir = NULL;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/%s", pins->root, name);
	dir = opendir(path);
	if (!dir)
		return error_kernel(ret_error, -errno, "cannot open %s", path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0))
			return error_kernel(ret_error, -errno, "cannot remove %s/%s", path,
					    entry->d_name);
	}
	if (rmdir(path))
		return error_kernel(ret_error, -errno, "cannot remove %s", path);
	return 0;
}

int pins_remove(struct pins *pins, struct datapath_error *ret_error)
{
	_cleanup_(close_dir) DIR *dir = opendir(pins->root);
	struct dirent *entry;
	struct stat st;
	int r;

	if (!dir)
		return errno == ENOENT
			       ? 0
			       : error_kernel(ret_error, -errno, "cannot open %s", pins->root);
	while ((entry = readdir(dir))) {
		if (!is_schema(entry->d_name))
			continue;
		r = remove_schema(pins, entry->d_name, ret_error);
		if (r < 0)
			return r;
	}
	/* The root stays if it has other entries, or if it belongs to another user. */
	if (!fstat(dirfd(dir), &st) && st.st_uid == geteuid())
		rmdir(pins->root);
	return 0;
}

bool pins_exist(const struct pins *pins)
{
	_cleanup_(close_dir) DIR *dir = opendir(pins->root);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_schema(entry->d_name))
			return true;
	return false;
}
