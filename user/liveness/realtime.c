// SPDX-License-Identifier: GPL-2.0
#include "liveness/realtime.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Above ordinary processes, but below the kernel's own threads (50). */
#define PRIORITY 10
/* Small, as locked memory is used memory; large enough for the sanitizers. */
#define STACK_BYTES (256 << 10)

static int start(pthread_t *ret_thread, bool fifo, void *(*run)(void *context), void *context)
{
	const struct sched_param param = { .sched_priority = PRIORITY };
	pthread_attr_t attributes;
	int r;

	r = -pthread_attr_init(&attributes);
	if (r < 0)
		return r;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	if (fifo) {
		pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
		pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
		pthread_attr_setschedparam(&attributes, &param);
	}
	r = -pthread_create(ret_thread, &attributes, run, context);
	pthread_attr_destroy(&attributes);
	return r;
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

void realtime_borrower_init(struct realtime_borrower *ret_borrower)
{
	ret_borrower->thread = gettid();
	/* Once set by realtime_lend(), the flag cannot be cleared without CAP_SYS_NICE: keep it. */
	ret_borrower->policy = sched_getscheduler(0) | SCHED_RESET_ON_FORK;
	if (sched_getparam(0, &ret_borrower->param) < 0)
		ret_borrower->param.sched_priority = 0;
}

void realtime_lend(const struct realtime_borrower *borrower)
{
	const struct sched_param param = { .sched_priority = PRIORITY - 1 };

	sched_setscheduler(borrower->thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

void realtime_give_back(const struct realtime_borrower *borrower)
{
	sched_setscheduler(borrower->thread, borrower->policy, &borrower->param);
}

/* CAP_IPC_LOCK lifts the limit of locked memory. */
static bool has_ipc_lock(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK);
}

int realtime_lock_memory(void)
{
	struct rlimit limit;

	if (!has_ipc_lock() &&
	    (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur != RLIM_INFINITY))
		return -EPERM;
	/* Read in all present pages, code above all; lock later ones when they are first used. */
	if (mlockall(MCL_CURRENT) < 0 || mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		return -errno;
	return 0;
}

int realtime_mutex(pthread_mutex_t *ret_mutex)
{
	pthread_mutexattr_t attributes;
	int r;

	r = -pthread_mutexattr_init(&attributes);
	if (r < 0)
		return r;
	r = -pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	if (r == 0)
		r = -pthread_mutex_init(ret_mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return r;
}
