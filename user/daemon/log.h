/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_LOG_H
#define STEER_DAEMON_LOG_H

#include <stdbool.h>

/**
 * DOC: the daemon's log: lines on stderr, with the priority prefix systemd reads (sd-daemon(3))
 * when stderr is the journal, with the time otherwise. Only the daemon logs; modules return.
 */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with a priority of syslog(3). */
void log_line(int priority, const char *text);

/* Whether stderr is the systemd journal: then that can take fields, too. */
bool log_is_journald(void);

#endif
