// SPDX-License-Identifier: GPL-2.0
#include "daemon/start.h"

int main(int argc, char **argv)
{
	struct daemon_options options;
	enum daemon_exit code;

	if (options_parse(argc, argv, &options, &code))
		return code;
	return run_daemon(&options);
}
