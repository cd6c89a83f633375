/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_EXEC_PROCESS_H
#define STEER_HEALTH_EXEC_PROCESS_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * DOC: a process of ours, and what it has started itself and left in its group.
 *
 * It begins in a session and process group of its own, in the root directory, with nothing to read,
 * its output and errors in a pipe, signals as they are by default, and no other descriptor. Nothing
 * of ours waits for its end.
 */
struct exec_process {
	pid_t pid; /* 0: there is none, or no more */
	int pidfd; /* readable when it has ended; to be closed by its owner; -1: none */
};

/**
 * exec_process_start - run a program.
 * @arguments: its absolute path and its arguments, n bytes, each with the NUL behind it
 * @environment: NULL after the last
 * @ret_output: reading end of the pipe, non-blocking
 *
 * Return: 0 or a negative errno, for a lack of our own. A program that cannot be run is a process
 * that writes so and ends with status 127.
 */
int exec_process_start(const char *arguments, size_t n, char *const *environment,
		       struct exec_process *ret_process, int *ret_output);

/* Kill the process and its group, without asking. It still has to be taken note of. */
void exec_process_kill(const struct exec_process *process);

/* Kill one that has just begun, and wait for it: it has had no time to be held up anywhere. */
void exec_process_abort(struct exec_process *process);

/**
 * exec_process_end - take note that a process has ended, and kill what is left of its group.
 * @ret_code: CLD_EXITED, CLD_KILLED or CLD_DUMPED
 * @ret_status: exit status or signal
 *
 * Return: 0: there is none any more; -EAGAIN: it is still running.
 */
int exec_process_end(struct exec_process *process, int *ret_code, int *ret_status);

#endif
