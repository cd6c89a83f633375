/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_FILTER_H
#define STEER_DATAPATH_FILTER_H

#include "datapath/content.h"

/**
 * DOC: the bits of steer_filter, kept true to the maps they stand for (include/steer/filter.h).
 */

/* Before these VIPs are written: their bits are set, too. */
int filter_add_vips(const struct datapath *datapath, const struct content *vips);

/* After all others are gone: theirs alone are set. */
int filter_set_vips(const struct datapath *datapath, const struct content *vips);

/* Before a MAC is written. */
int filter_add_mac(const struct datapath *datapath, const struct steer_mac_key *key);

/* After one is gone: the bits of all that are left. */
int filter_update_macs(const struct datapath *datapath);

#endif
