// SPDX-License-Identifier: GPL-2.0
#include "liveness/realtime.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Above ordinary processes is all that is wanted; not above the kernel's own threads (50). */
#define REALTIME_PRIORITY 10
/* Locked memory is memory used. Sanitizers want some. */
#define REALTIME_STACK_BYTES (256 << 10)

static int start(pthread_t *ret_thread, bool fifo, void *(*run)(void *context), void *context)
{
	const struct sched_param param = { .sched_priority = REALTIME_PRIORITY };
	pthread_attr_t attributes;
	int error;

	error = pthread_attr_init(&attributes);
	if (error)
		return -error;
	pthread_attr_setstacksize(&attributes, REALTIME_STACK_BYTES);
	if (fifo) {
		pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
		pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
		pthread_attr_setschedparam(&attributes, &param);
	}
	error = pthread_create(ret_thread, &attributes, run, context);
	pthread_attr_destroy(&attributes);
	return -error;
}

int realtime_start(pthread_t *ret_thread, void *(*run)(void *context), void *context,
		   int *ret_refused)
{
	sigset_t all, before;
	int refused = 0, r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = start(ret_thread, true, run, context);
	if (r == -EPERM) {
		refused = r;
		r = start(ret_thread, false, run, context);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r == 0)
		*ret_refused = refused;
	return r;
}

int realtime_lock_memory(void)
{
	const struct rlimit endless = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit limit;

	if (setrlimit(RLIMIT_MEMLOCK, &endless) < 0 &&
	    (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur != RLIM_INFINITY))
		return -EPERM;
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0;
}

int realtime_mutex(pthread_mutex_t *ret_mutex)
{
	pthread_mutexattr_t attributes;
	int error;

	error = pthread_mutexattr_init(&attributes);
	if (error)
		return -error;
	error = pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	if (!error)
		error = pthread_mutex_init(ret_mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return -error;
}
