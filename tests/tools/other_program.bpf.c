// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: the program of another version: the same maps, other instructions, so another tag.
 *
 * It gives up a row later when nobody in a row serves; else it does the same.
 */
#include "steer/limits.h"

#undef STEER_PROBE_ROWS
#define STEER_PROBE_ROWS 4

#include "../../bpf/steer.bpf.c"
