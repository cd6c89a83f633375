// SPDX-License-Identifier: GPL-2.0
#include "events/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

static int path_of(const char *directory, const char *suffix, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/" STORE_FILE "%s", directory, suffix);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Only a regular file: opening a pipe or a device could block. */
static int open_file(const char *path, int flags, off_t *ret_size, int *ret_fd)
{
	_cleanup_(cleanup_close) int fd =
		open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*ret_size = st.st_size;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static void read_line(const char *line, size_t length, store_read_fn read, void *context)
{
	_cleanup_(cleanup_json) json_t *json = json_loadb(line, length, 0, NULL);
	struct event *event = event_from_json(json);

	if (event)
		read(context, event);
}

/*
 * Read the next line, without its newline. A line longer than any event is cut to EVENT_LINE_MAX +
 * 1 bytes. A line may contain any bytes; after a crash of the host, often zeros. Return: false at
 * the end of the file.
 */
static bool next_line(FILE *file, char line[EVENT_LINE_MAX + 1], size_t *ret_length)
{
	size_t length = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != '\n')
		if (length <= EVENT_LINE_MAX)
			line[length++] = (char)c;
	*ret_length = length;
	return length || c != EOF;
}

static int read_file(const char *path, store_read_fn read, void *context)
{
	_cleanup_(cleanup_fclose) FILE *file = NULL;
	char line[EVENT_LINE_MAX + 1];
	size_t length;
	off_t size;
	int fd, r;

	r = open_file(path, O_RDONLY, &size, &fd);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (next_line(file, line, &length))
		if (length <= EVENT_LINE_MAX)
			read_line(line, length, read, context);
	return ferror(file) ? -EIO : 0;
}

int store_read(const char *directory, store_read_fn read, void *context)
{
	char path[PATH_MAX];
	int r, r_old;

	r = path_of(directory, ".1", path);
	if (r < 0)
		return r;
	r_old = read_file(path, read, context);
	path_of(directory, "", path);
	r = read_file(path, read, context);
	return r < 0 ? r : r_old;
}

/* The newline in front separates the event from a torn line before it. */
static int format_line(const struct event *event, char line[EVENT_LINE_MAX + 2], size_t *ret_length)
{
	_cleanup_(cleanup_json) json_t *json = event_to_json(event);
	size_t length;

	if (!json)
		return -ENOMEM;
	line[0] = '\n';
	length = json_dumpb(json, line + 1, EVENT_LINE_MAX, JSON_COMPACT | JSON_REAL_PRECISION(12));
	if (!length || length > EVENT_LINE_MAX)
		return -EMSGSIZE;
	line[1 + length] = '\n';
	*ret_length = 2 + length;
	return 0;
}

static int rotate(const char *directory, const char *path)
{
	char old[PATH_MAX];
	int r = path_of(directory, ".1", old);

	if (r < 0)
		return r;
	return rename(path, old) < 0 ? -errno : 0;
}

/* True if the last line is incomplete. */
static bool is_torn(int fd, off_t size)
{
	char last;

	return size && (pread(fd, &last, 1, size - 1) != 1 || last != '\n');
}

static int write_line(int fd, off_t size, const char *line, size_t length)
{
	ssize_t n = write(fd, line, length);
	int r = n < 0 ? -errno : -ENOSPC;

	if (n == (ssize_t)length)
		return 0;
	if (n > 0)
		(void)!ftruncate(fd, size);
	return r;
}

int store_append(const char *directory, const struct event *event)
{
	const int flags = O_RDWR | O_CREAT | O_APPEND;
	_cleanup_(cleanup_close) int fd = -1;
	char path[PATH_MAX], line[EVENT_LINE_MAX + 2];
	size_t length;
	off_t size;
	bool torn;
	int r;

	r = path_of(directory, "", path);
	if (r == 0)
		r = format_line(event, line, &length);
	if (r < 0)
		return r;
	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return -errno;
	r = open_file(path, flags, &size, &fd);
	if (r == 0 && size + length > STORE_BYTES) {
		cleanup_close(&fd);
		fd = -1;
		r = rotate(directory, path);
		if (r == 0)
			r = open_file(path, flags, &size, &fd);
	}
	if (r < 0)
		return r;
	torn = is_torn(fd, size);
	return write_line(fd, size, line + !torn, length - !torn);
}
