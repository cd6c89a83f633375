/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_LIVENESS_REALTIME_H
#define STEER_LIVENESS_REALTIME_H

#include <pthread.h>
#include <sched.h>
#include <sys/types.h>

/**
 * DOC: real-time scheduling and locked memory, so that probes are sent and judged on time on a busy
 * machine.
 *
 * All of it needs permission (CAP_SYS_NICE, CAP_IPC_LOCK or limits). Without it the daemon runs
 * with ordinary scheduling, and its caller logs that once.
 */

/**
 * realtime_start - start a thread under SCHED_FIFO, or under SCHED_OTHER if that is not permitted.
 * @ret_thread: the thread
 * @run: must block only in system calls made for waiting, and must not run long
 * @context: argument of @run
 * @ret_refused: 0: it runs under SCHED_FIFO; else the negative errno of why it does not
 *
 * The thread has all signals blocked and a small stack.
 *
 * Return: 0 or a negative errno.
 */
int realtime_start(pthread_t *ret_thread, void *(*run)(void *context), void *context,
		   int *ret_refused);

/* A thread that realtime_lend() can raise, and its own scheduling parameters. */
struct realtime_borrower {
	pid_t thread;
	int policy;
	struct sched_param param;
};

/* Take the calling thread and its present scheduling parameters. */
void realtime_borrower_init(struct realtime_borrower *ret_borrower);

/*
 * Raise the thread to SCHED_FIFO, one priority below realtime_start(), until
 * realtime_give_back(): for work that cannot wait behind ordinary processes but does not need a
 * real-time thread of its own. Child processes do not inherit it (SCHED_RESET_ON_FORK). Without
 * permission nothing happens.
 */
void realtime_lend(const struct realtime_borrower *borrower);
void realtime_give_back(const struct realtime_borrower *borrower);

/**
 * realtime_lock_memory - lock the present pages of the process, and later ones when first used.
 *
 * Only if locked memory is unlimited: under a limit, later allocations would fail.
 *
 * Return: 0, or a negative errno: -EPERM if there is a limit.
 */
int realtime_lock_memory(void);

/**
 * realtime_mutex - initialise a mutex with priority inheritance.
 *
 * Its holder runs at the highest priority of the threads that wait for it, so an ordinary thread
 * that holds it cannot delay a real-time one for long.
 *
 * Return: 0 or a negative errno.
 */
int realtime_mutex(pthread_mutex_t *ret_mutex);

#endif
