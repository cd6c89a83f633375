/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DAEMON_OPTIONS_H
#define STEER_DAEMON_OPTIONS_H

#include <sys/types.h>

#include "datapath/datapath.h"

/**
 * DOC: the daemon's command line.
 */
struct daemon_options {
	const char *config_path;
	const char *node_name; /* NULL: the file or the host name says */
	const char *socket_path;
	const char *state_dir;
	const char *operators; /* group of who may change something; NULL: whoever can connect */
	gid_t operators_gid;
	struct datapath_options datapath;
	enum datapath_mode mode;
};

/* Exit codes, the same as the command line's. */
enum daemon_exit {
	DAEMON_EXIT_OK = 0,
	DAEMON_EXIT_FAILED = 1,
	DAEMON_EXIT_USAGE = 2,
	DAEMON_EXIT_CONFIG = 4,
};

/**
 * options_parse - read the command line.
 * @ret_exit: when the process is to end right away (help, version, wrong usage), with what code
 *
 * Return: 0 to go on, 1 to end with @ret_exit.
 */
int options_parse(int argc, char **argv, struct daemon_options *ret_options,
		  enum daemon_exit *ret_exit);

#endif
