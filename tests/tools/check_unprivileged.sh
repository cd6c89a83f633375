#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# DOC: a check's command that is well if it runs as user and group steer, and without capabilities.

[ "$(id -un) $(id -Gn)" = "steer steer" ] &&
	grep -q '^CapEff:.0000000000000000$' /proc/self/status &&
	grep -q '^CapPrm:.0000000000000000$' /proc/self/status
