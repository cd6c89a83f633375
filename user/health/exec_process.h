/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_EXEC_PROCESS_H
#define STEER_HEALTH_EXEC_PROCESS_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * DOC: a child process, with the processes that it starts and leaves in its process group.
 *
 * It has a session and process group of its own, the root directory as working directory, /dev/null
 * as input, a pipe as output and error output, default signal dispositions, and no other
 * descriptor. The daemon never blocks until it ends.
 */
struct exec_process {
	pid_t pid; /* 0: not running */
	int pidfd; /* readable when the process has ended; its owner closes it; -1: none */
};

/**
 * exec_process_start - run a program.
 * @arguments: its absolute path and its arguments, each with its terminating NUL
 * @n: their length in bytes
 * @environment: a list that ends with NULL
 * @ret_process: the process
 * @ret_output: reading end of the pipe, non-blocking
 *
 * Return: 0; a negative errno if this node lacks a resource. A program that cannot be executed is a
 * process that writes "cannot be run: ..." and exits with status 127.
 */
int exec_process_start(const char *arguments, size_t n, char *const *environment,
		       struct exec_process *ret_process, int *ret_output);

/* Kill the process and its group with SIGKILL. exec_process_end() still has to reap it. */
void exec_process_kill(const struct exec_process *process);

/* Kill a process that was just started and reap it. It waits: a new process cannot be stuck yet. */
void exec_process_abort(struct exec_process *process);

/**
 * exec_process_end - reap a process that has ended, and kill the rest of its group.
 * @ret_code: CLD_EXITED, CLD_KILLED or CLD_DUMPED
 * @ret_status: exit status or signal
 *
 * Return: 0 if it was reaped; -EAGAIN if it is still running.
 */
int exec_process_end(struct exec_process *process, int *ret_code, int *ret_status);

#endif
