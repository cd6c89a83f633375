// SPDX-License-Identifier: GPL-2.0
#include "health/exec_process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cleanup.h"

/**
 * DOC: by fork(), although posix_spawn() copies less: the latter holds us up until the child has
 * got a CPU to call exec() on, which takes seconds where all are busy, and longer where the program
 * is on a file system that does not answer. Between fork() and exec() only calls that are safe in
 * signal handlers are made, as we may have threads.
 */
#define EXEC_FAILED 127 /* as shells say it */

/* What we block, ignore or have as a priority is nothing to it. */
static void reset_signals_and_priority(void)
{
	const struct sched_param parameters = {};
	sigset_t none;
	int number;

	for (number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sched_setscheduler(0, SCHED_OTHER, &parameters);
}

/* Whatever libraries have opened without close-on-exec must not get there. */
static int set_files(int output)
{
	int null = open("/dev/null", O_RDONLY);

	output = fcntl(output, F_DUPFD, 3); /* out of the way */
	if (null < 0 || output < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 ||
	    dup2(output, 2) < 0 || close_range(3, ~0U, 0) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(EXEC_FAILED);
}

/* The child. Its output is the place for what goes wrong. */
static _Noreturn void become(char *const *arguments, char *const *environment, int output,
			     pid_t parent)
{
	const char *why;

	setsid();
	/* If we are killed, nobody else would end it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || set_files(output) < 0)
		_exit(EXEC_FAILED);
	reset_signals_and_priority();
	execve(arguments[0], arguments, environment);
	why = strerrordesc_np(errno);
	say("cannot be run: ");
	say(why ? why : "unknown error");
	_exit(EXEC_FAILED);
}

/* Return: a list into arguments, to be freed; NULL: no memory. */
static char **make_list(const char *arguments, size_t n)
{
	size_t count = 0, i = 0, at;
	char **list;

	for (at = 0; at < n; at++)
		count += !arguments[at];
	list = calloc(count + 1, sizeof(*list));
	for (at = 0; list && at < n; at += strlen(arguments + at) + 1)
		list[i++] = (char *)arguments + at;
	return list;
}

int exec_process_start(const char *arguments, size_t n, char *const *environment,
		       struct exec_process *ret_process, int *ret_output)
{
	_cleanup_(cleanup_close) int reading = -1;
	_cleanup_(cleanup_close) int writing = -1;
	_cleanup_(cleanup_free) char **list = make_list(arguments, n);
	struct exec_process process;
	pid_t parent = getpid();
	int pipe_fds[2], r;

	if (!list)
		return -ENOMEM;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	reading = pipe_fds[0];
	writing = pipe_fds[1];
	if (fcntl(reading, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	process.pid = fork();
	if (process.pid < 0)
		return -errno;
	if (!process.pid)
		become(list, environment, writing, parent);
	process.pidfd = pidfd_open(process.pid, 0);
	if (process.pidfd < 0) {
		r = -errno;
		exec_process_abort(&process);
		return r;
	}
	*ret_process = process;
	*ret_output = TAKE_FD(reading);
	return 0;
}

void exec_process_kill(const struct exec_process *process)
{
	kill(-process->pid, SIGKILL);
	kill(process->pid, SIGKILL); /* it may not have got so far as to have a group */
}

void exec_process_abort(struct exec_process *process)
{
	exec_process_kill(process);
	waitpid(process->pid, NULL, 0);
	process->pid = 0;
}

int exec_process_end(struct exec_process *process, int *ret_code, int *ret_status)
{
	siginfo_t info = {};
	int r;

	r = waitid(P_PIDFD, process->pidfd, &info, WEXITED | WNOHANG | WNOWAIT);
	if (r == 0 && !info.si_pid)
		return -EAGAIN;
	if (r == 0) {
		/* As long as nobody has taken its status, the number is no other process's. */
		exec_process_kill(process);
		waitid(P_PIDFD, process->pidfd, &info, WEXITED | WNOHANG);
	}
	process->pid = 0;
	*ret_code = r == 0 ? info.si_code : CLD_EXITED;
	*ret_status = r == 0 ? info.si_status : EXIT_FAILURE;
	return 0;
}
