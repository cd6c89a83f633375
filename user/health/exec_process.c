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
 * DOC: child processes by fork(), although posix_spawn() copies less.
 *
 * posix_spawn() blocks its caller until the child calls exec(): seconds on a busy machine, and
 * longer if the program is on a file system that does not respond. As the daemon has threads, only
 * async-signal-safe functions are called between fork() and exec().
 */
#define EXEC_FAILED 127 /* exit status, as shells have it */

/* The child does not inherit the daemon's signal mask, ignored signals and scheduling. */
static void reset_signals_and_priority(void)
{
	const struct sched_param parameters = {};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sched_setscheduler(0, SCHED_OTHER, &parameters);
}

/* Descriptors that libraries opened without close-on-exec are closed, too. */
static int set_files(int output)
{
	int null = open("/dev/null", O_RDONLY);

	output = fcntl(output, F_DUPFD, 3); /* out of the way */
	if (null < 0 || output < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 ||
	    dup2(output, 2) < 0 || close_range(3, ~0U, 0) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

static void write_text(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(EXEC_FAILED);
}

/* The child. It writes its own failure to the output. */
static _Noreturn void become(char *const *arguments, char *const *environment, int output,
			     pid_t parent)
{
	const char *why;

	setsid();
	/* If the daemon is killed, its checks must not keep running. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || set_files(output) < 0)
		_exit(EXEC_FAILED);
	reset_signals_and_priority();
	execve(arguments[0], arguments, environment);
	why = strerrordesc_np(errno);
	write_text("cannot be run: ");
	write_text(why ? why : "unknown error");
	_exit(EXEC_FAILED);
}

/* Return: a list of pointers into arguments, to be freed; NULL without memory. */
static char **make_list(const char *arguments, size_t n)
{
	size_t count = 0, i = 0;
	char **list;

	for (size_t at = 0; at < n; at++)
		count += !arguments[at];
	list = calloc(count + 1, sizeof(*list));
	for (size_t at = 0; list && at < n; at += strlen(arguments + at) + 1)
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
	kill(process->pid, SIGKILL); /* it may not have called setsid() yet */
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
		/* Until it is reaped, no other process can get its pid. */
		exec_process_kill(process);
		waitid(P_PIDFD, process->pidfd, &info, WEXITED | WNOHANG);
	}
	process->pid = 0;
	*ret_code = r == 0 ? info.si_code : CLD_EXITED;
	*ret_status = r == 0 ? info.si_status : EXIT_FAILURE;
	return 0;
}
