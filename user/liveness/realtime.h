/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_REALTIME_H
#define STEER_LIVENESS_REALTIME_H

#include <pthread.h>
#include <sched.h>
#include <sys/types.h>

/**
 * DOC: running when it is time, whatever else the machine does.
 *
 * All of it is by permission: who may not have it goes on without, and says so once.
 */

/**
 * realtime_start - start a thread under SCHED_FIFO, or without if that is not permitted.
 * @run: must not block but in system calls made for waiting, and not run long
 * @ret_refused: 0: it has it; else the negative errno of why not
 *
 * The thread has all signals blocked, and a small stack. Return: 0, or a negative errno.
 */
int realtime_start(pthread_t *ret_thread, void *(*run)(void *context), void *context,
		   int *ret_refused);

/* A thread that is lent urgency, and what it has without. */
struct realtime_borrower {
	pid_t thread;
	int policy;
	struct sched_param param;
};

/* The calling thread. */
void realtime_borrower_init(struct realtime_borrower *ret_borrower);

/*
 * Lend it urgency, just below that of realtime_start(), until it gives it back: for what cannot
 * wait behind ordinary processes, but is not worth a real-time thread. Children do not inherit it.
 */
void realtime_lend(const struct realtime_borrower *borrower);
void realtime_give_back(const struct realtime_borrower *borrower);

/**
 * realtime_lock_memory - what the process has in memory stays there, and what it touches later.
 *
 * Only where it may have as much as it likes: with a limit, later allocations would fail.
 *
 * Return: 0, or a negative errno: -EPERM if there is a limit.
 */
int realtime_lock_memory(void);

/* A mutex whose holder runs as urgently as the most urgent of those who wait. */
int realtime_mutex(pthread_mutex_t *ret_mutex);

#endif
