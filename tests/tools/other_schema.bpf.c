// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: a program whose maps are of another layout, which must not get the maps of this one.
 */
#include "steer/limits.h"

#undef STEER_MAX_ROUTERS
#define STEER_MAX_ROUTERS 8

#include "../../bpf/steer.bpf.c"
