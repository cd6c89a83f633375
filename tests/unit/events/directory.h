/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_UNIT_EVENTS_DIRECTORY_H
#define TESTS_UNIT_EVENTS_DIRECTORY_H

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/store.h"

/* A state directory of the test's own. */
struct directory {
	char path[64], file[PATH_MAX], old[PATH_MAX];
};

static inline int directory_make(void **state)
{
	struct directory *d = calloc(1, sizeof(*d));

	strcpy(d->path, "/tmp/steer-test-events-XXXXXX");
	if (!mkdtemp(d->path))
		return -1;
	snprintf(d->file, sizeof(d->file), "%s/" STORE_FILE, d->path);
	snprintf(d->old, sizeof(d->old), "%s/" STORE_FILE ".1", d->path);
	*state = d;
	return 0;
}

static inline int directory_remove(void **state)
{
	struct directory *d = *state;
	int r;

	unlink(d->file);
	unlink(d->old);
	r = rmdir(d->path);
	free(d);
	return r;
}

static inline long directory_size(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : (long)st.st_size;
}

#endif
