/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CLI_HANDOVER_H
#define STEER_CLI_HANDOVER_H

#include "cli/cli.h"

/* "steer pool handover POOL NODE". */
enum cli_exit handover_run(struct cli *cli, char **parameters);

#endif
