// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: preloaded, it stands in for a kernel that refuses to write into BPF maps.
 *
 *   STEER_REFUSE=FILE LD_PRELOAD=refuse.so steerd …
 *
 * FILE holds "SKIP COUNT ERRNO": of the updates of map elements and batches from now on, SKIP go
 * through, COUNT fail with that errno, the others go through again. Without FILE all go through. It
 * counts in FILE.done how many it has refused; a FILE written anew (by a rename) starts anew.
 *
 * libbpf calls syscall(), which is what is replaced.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	ino_t inode;
	int skip, count, error;
	int refused;
} refuse = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void refuse_note(const char *path)
{
	char done[PATH_MAX];
	int fd;

	snprintf(done, sizeof(done), "%s.done", path);
	fd = open(done, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	dprintf(fd, "%d\n", refuse.refused);
	close(fd);
}

static void refuse_read(const char *path, ino_t inode)
{
	FILE *file = fopen(path, "re");

	refuse.inode = inode;
	refuse.refused = 0;
	refuse.skip = refuse.count = 0;
	if (!file)
		return;
	if (fscanf(file, "%d %d %d", &refuse.skip, &refuse.count, &refuse.error) != 3)
		refuse.count = 0;
	fclose(file);
	refuse_note(path);
}

/* The errno to fail with, or 0. */
static int refuse_this(void)
{
	const char *path = getenv("STEER_REFUSE");
	struct stat st;
	int error = 0;

	if (!path || stat(path, &st))
		return 0;
	pthread_mutex_lock(&refuse.lock);
	if (st.st_ino != refuse.inode)
		refuse_read(path, st.st_ino);
	if (refuse.skip > 0) {
		refuse.skip--;
	} else if (refuse.count > 0) {
		refuse.count--;
		refuse.refused++;
		error = refuse.error;
		refuse_note(path);
	}
	pthread_mutex_unlock(&refuse.lock);
	return error;
}

__attribute__((visibility("default"))) long syscall(long number, ...)
{
	static long (*next)(long number, ...);
	long a[6];
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_bpf && (a[0] == BPF_MAP_UPDATE_ELEM || a[0] == BPF_MAP_UPDATE_BATCH)) {
		int error = refuse_this();

		if (error) {
			errno = error;
			return -1;
		}
	}
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
