#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# DOC: a check's command that does what a file says: check_as_told.sh DIR
#
# Runs the shell commands in DIR/app-NODE; without that file the service is well.

[ -e "$1/app-$STEER_NODE" ] || exit 0
# shellcheck source=/dev/null
. "$1/app-$STEER_NODE"
