// SPDX-License-Identifier: GPL-2.0
#include "datapath/tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"

/* How long a writer of settings waits for a tracer, which may be stopped within its write. */
#define SETTINGS_WAIT_MS 50

static int open_directory(const struct pins *pins)
{
	int fd = open(pins->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_map(const struct pins *pins, enum schema_map map)
{
	char path[PINS_PATH_MAX + 64];

	return bpf_obj_get(pins_path(pins, map, path));
}

static int lock_directory(int fd, int wait_ms)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return -errno;
		if (wait_ms-- <= 0)
			return -EBUSY;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int tracing_lock(const struct pins *pins, int wait_ms, struct tracing *ret_tracing)
{
	struct tracing tracing = { -1, -1, -1 };
	int r;

	tracing.lock_fd = open_directory(pins);
	if (tracing.lock_fd < 0)
		return tracing.lock_fd;
	r = lock_directory(tracing.lock_fd, wait_ms);
	if (!r) {
		tracing.settings_fd = open_map(pins, SCHEMA_SETTINGS);
		r = tracing.settings_fd < 0 ? tracing.settings_fd : 0;
	}
	if (!r) {
		tracing.tracing_fd = open_map(pins, SCHEMA_TRACING);
		r = tracing.tracing_fd < 0 ? tracing.tracing_fd : 0;
	}
	if (r) {
		tracing_unlock(&tracing);
		return r;
	}
	*ret_tracing = tracing;
	return 0;
}

void tracing_unlock(struct tracing *tracing)
{
	cleanup_close(&tracing->tracing_fd);
	cleanup_close(&tracing->settings_fd);
	cleanup_close(&tracing->lock_fd);
	*tracing = (struct tracing){ -1, -1, -1 };
}

static struct flock lock_of(enum steer_tracer tracer, short type)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = tracer, .l_len = 1
	};
}

/* A directory cannot be opened for writing, so claims are read locks; F_OFD_GETLK needs no mode. */
static bool is_claimed(int directory_fd, enum steer_tracer tracer)
{
	struct flock lock = lock_of(tracer, F_WRLCK);

	return !fcntl(directory_fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

int tracing_claim(const struct pins *pins, enum steer_tracer tracer)
{
	struct flock lock = lock_of(tracer, F_RDLCK);
	_cleanup_(cleanup_close) int fd = open_directory(pins);

	if (fd < 0)
		return fd;
	if (is_claimed(fd, tracer))
		return -EBUSY;
	return fcntl(fd, F_OFD_SETLK, &lock) ? -errno : TAKE_FD(fd);
}

int tracing_read(const struct tracing *tracing, struct steer_tracing *ret_wanted)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(tracing->tracing_fd, &zero, ret_wanted);
}

static bool is_anything(const struct steer_tracing *wanted)
{
	for (size_t i = 0; i < STEER_TRACERS; i++)
		if (wanted->filter[i].verdicts)
			return true;
	return wanted->nonce;
}

static void set_flag(struct steer_settings *settings, bool on)
{
	settings->flags = on ? settings->flags | STEER_TRACING : settings->flags & ~STEER_TRACING;
}

static int write_flag(const struct tracing *tracing, bool on)
{
	struct steer_settings settings, before;
	__u32 zero = 0;
	int r;

	r = bpf_map_lookup_elem(tracing->settings_fd, &zero, &settings);
	if (r < 0)
		return r;
	before = settings;
	set_flag(&settings, on);
	if (!memcmp(&settings, &before, sizeof(settings)))
		return 0;
	return bpf_map_update_elem(tracing->settings_fd, &zero, &settings, BPF_ANY);
}

int tracing_settle(const struct pins *pins, const struct tracing *tracing,
		   struct steer_tracing *wanted)
{
	_cleanup_(cleanup_close) int directory_fd = open_directory(pins);
	struct steer_tracing now;
	__u32 zero = 0;
	int r;

	/* Through another open file: a lock does not conflict with those of its own open file. */
	for (size_t i = 0; i < STEER_TRACERS; i++)
		if (wanted->filter[i].verdicts && !is_claimed(directory_fd, i))
			wanted->filter[i] = (struct steer_trace_filter){};
	r = tracing_read(tracing, &now);
	if (!r && memcmp(&now, wanted, sizeof(now)) != 0)
		r = bpf_map_update_elem(tracing->tracing_fd, &zero, wanted, BPF_ANY);
	return r ? r : write_flag(tracing, is_anything(wanted));
}

int tracing_write_settings(const struct datapath *datapath, const struct steer_settings *settings)
{
	struct steer_settings merged = *settings;
	struct tracing tracing = { -1, -1, -1 };
	struct steer_tracing wanted = {};
	__u32 zero = 0;
	int r;

	/* Settings matter more than a tracer's flag: write them even without the lock. */
	tracing_lock(&datapath->pins, SETTINGS_WAIT_MS, &tracing);
	if (bpf_map_lookup_elem(datapath->map[SCHEMA_TRACING], &zero, &wanted))
		wanted = (struct steer_tracing){};
	set_flag(&merged, is_anything(&wanted));
	r = bpf_map_update_elem(datapath->map[SCHEMA_SETTINGS], &zero, &merged, BPF_ANY);
	tracing_unlock(&tracing);
	return r;
}

int datapath_trace_reap(struct datapath *datapath)
{
	struct tracing tracing;
	struct steer_tracing wanted;
	int r;

	/* The process that has the lock runs and writes steer_tracing itself. */
	r = tracing_lock(&datapath->pins, 0, &tracing);
	if (r < 0)
		return r == -EBUSY ? 0 : r;
	r = tracing_read(&tracing, &wanted);
	if (!r) {
		wanted.nonce = 0; /* "steer explain" keeps the lock while it uses one */
		r = tracing_settle(&datapath->pins, &tracing, &wanted);
	}
	tracing_unlock(&tracing);
	return r;
}
