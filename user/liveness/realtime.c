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

void realtime_borrower_init(struct realtime_borrower *ret_borrower)
{
	ret_borrower->thread = gettid();
	/* Once it has been lent anything, this flag may not be taken away without CAP_SYS_NICE. */
	ret_borrower->policy = sched_getscheduler(0) | SCHED_RESET_ON_FORK;
	if (sched_getparam(0, &ret_borrower->param) < 0)
		ret_borrower->param.sched_priority = 0;
}

void realtime_lend(const struct realtime_borrower *borrower)
{
	const struct sched_param param = { .sched_priority = REALTIME_PRIORITY - 1 };

	sched_setscheduler(borrower->thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

void realtime_give_back(const struct realtime_borrower *borrower)
{
	sched_setscheduler(borrower->thread, borrower->policy, &borrower->param);
}

/* Who has it is not limited. */
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
	/* What there is now, code above all, is read in; what comes later, once it is used. */
	if (mlockall(MCL_CURRENT) < 0 || mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		return -errno;
	return 0;
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
