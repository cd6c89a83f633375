/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLEANUP_H
#define STEER_CLEANUP_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/**
 * DOC: scope-bound ownership, by the compiler's cleanup attribute.
 *
 * _cleanup_(f) calls f(&variable) when the variable goes out of scope; TAKE_PTR and TAKE_FD hand
 * the value on and leave nothing to clean up.
 */
#define _cleanup_(function) __attribute__((cleanup(function)))

#define TAKE(variable, empty)                                    \
	({                                                       \
		__typeof__(variable) *_taken_from = &(variable); \
		__typeof__(variable) _taken = *_taken_from;      \
		*_taken_from = (empty);                          \
		_taken;                                          \
	})
#define TAKE_PTR(pointer) TAKE(pointer, NULL)
#define TAKE_FD(fd) TAKE(fd, -1)

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void cleanup_json(json_t **json)
{
	json_decref(*json);
}

#endif
