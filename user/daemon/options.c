// SPDX-License-Identifier: GPL-2.0
#include "daemon/options.h"

#include <ctype.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/server.h"

#define OPTIONS_CONFIG "/etc/steer/steer.yaml"
#define OPTIONS_STATE_DIR "/var/lib/steer"

static const char options_help[] =
	"steerd: keeps the packet steering program's maps up to date\n"
	"\n"
	"usage: steerd [options]\n"
	"  -c, --config FILE     configuration (" OPTIONS_CONFIG ")\n"
	"  -n, --node NAME       which of the nodes this is (the file's self, else the host name)\n"
	"  -s, --socket PATH     control socket (" CONTROL_SOCKET ")\n"
	"  -p, --pin-dir DIR     where maps are pinned (" DATAPATH_PIN_ROOT ")\n"
	"  -d, --state-dir DIR   what survives a reboot (" OPTIONS_STATE_DIR ")\n"
	"  -o, --object FILE     the program (" STEER_OBJECT ")\n"
	"  -m, --mode MODE       native (default) or generic\n"
	"  -D, --dispatcher WHEN auto (default), on or off: libxdp's, for other programs beside\n"
	"  -g, --operators GROUP who may change something over the socket, besides root\n"
	"                        (whoever can connect)\n"
	"  -V, --version\n"
	"  -h, --help\n"
	"\n"
	"SIGHUP reads the configuration anew and keeps the old one if the new one is wrong. "
	"SIGTERM ends\n"
	"the daemon; the program stays and steers on.\n";

static const struct option options_long[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "node", required_argument, NULL, 'n' },
	{ "socket", required_argument, NULL, 's' },
	{ "pin-dir", required_argument, NULL, 'p' },
	{ "state-dir", required_argument, NULL, 'd' },
	{ "object", required_argument, NULL, 'o' },
	{ "mode", required_argument, NULL, 'm' },
	{ "dispatcher", required_argument, NULL, 'D' },
	{ "operators", required_argument, NULL, 'g' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int options_parse_mode(const char *text, enum datapath_mode *ret_mode)
{
	if (!strcmp(text, "native"))
		*ret_mode = DATAPATH_MODE_NATIVE;
	else if (!strcmp(text, "generic"))
		*ret_mode = DATAPATH_MODE_GENERIC;
	else
		return -1;
	return 0;
}

/* Asked once: later the directory of groups might not answer. */
static int options_parse_group(const char *text, gid_t *ret_gid)
{
	const struct group *group = getgrnam(text);
	unsigned long number;
	char *end;

	if (group) {
		*ret_gid = group->gr_gid;
		return 0;
	}
	number = strtoul(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && number < (gid_t)-1) {
		*ret_gid = number;
		return 0;
	}
	fprintf(stderr,
		"steerd: --operators %s: there is no such group; \"groupadd --system %s\" makes "
		"it\n",
		text, text);
	return -1;
}

int options_parse(int argc, char **argv, struct daemon_options *ret_options,
		  enum daemon_exit *ret_exit)
{
	struct daemon_options o = {
		.config_path = OPTIONS_CONFIG,
		.socket_path = CONTROL_SOCKET,
		.state_dir = OPTIONS_STATE_DIR,
		.datapath = { .object = STEER_OBJECT },
		.mode = DATAPATH_MODE_NATIVE,
	};
	int c;

	*ret_exit = DAEMON_EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "c:n:s:p:d:o:m:D:g:Vh", options_long, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.config_path = optarg;
			break;
		case 'n':
			o.node_name = optarg;
			break;
		case 's':
			o.socket_path = optarg;
			break;
		case 'p':
			o.datapath.pin_root = optarg;
			break;
		case 'd':
			o.state_dir = optarg;
			break;
		case 'o':
			o.datapath.object = optarg;
			break;
		case 'm':
			if (options_parse_mode(optarg, &o.mode) == 0)
				break;
			fprintf(stderr, "steerd: --mode %s: give native or generic\n", optarg);
			return 1;
		case 'D':
			if (datapath_parse_dispatcher(optarg, &o.datapath.dispatcher) == 0)
				break;
			fprintf(stderr, "steerd: --dispatcher %s: give auto, on or off\n", optarg);
			return 1;
		case 'g':
			if (options_parse_group(optarg, &o.operators_gid) < 0)
				return 1;
			o.operators = optarg;
			break;
		case 'V':
			printf("steerd %s (schema %d)\n", STEER_VERSION, STEER_SCHEMA);
			*ret_exit = DAEMON_EXIT_OK;
			return 1;
		case 'h':
			fputs(options_help, stdout);
			*ret_exit = DAEMON_EXIT_OK;
			return 1;
		default:
			fprintf(stderr, "steerd: see steerd --help\n");
			return 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "steerd: %s: unexpected argument; see steerd --help\n",
			argv[optind]);
		return 1;
	}
	*ret_options = o;
	return 0;
}
