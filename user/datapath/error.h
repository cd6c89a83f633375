/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_ERROR_H
#define STEER_DATAPATH_ERROR_H

#include "datapath/datapath.h"

/**
 * error_collect - from now on keep the reason that libbpf and libxdp would print, for
 * error_kernel().
 *
 * Nothing of theirs reaches stderr any more. What an earlier call had collected is forgotten. Per
 * thread.
 */
void error_collect(void);

/* What was collected since: a line, or "". */
const char *error_reason(void);

/**
 * error_say - put a sentence into @ret_error, which may be NULL.
 * Return: @error.
 */
int error_say(struct datapath_error *ret_error, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for what has succeeded otherwise than wanted: into its note. */
void error_note(struct datapath_error *ret_error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * error_kernel - like error_say(), for what the kernel or a library refused: adds the meaning of
 * @error, the capabilities that are missing if it is -EPERM, and error_reason().
 */
int error_kernel(struct datapath_error *ret_error, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
