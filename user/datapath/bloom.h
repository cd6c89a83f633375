/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_BLOOM_H
#define STEER_DATAPATH_BLOOM_H

#include "datapath/map_sync.h"

/**
 * DOC: the bits of steer_bloom, kept true to the maps they stand for (include/steer/bloom.h).
 */

/* Before these VIPs are written: their bits are set, too. */
int bloom_add_vips(const struct datapath *datapath, const struct map_sync *vips);

/* After all others are gone: theirs alone are set. */
int bloom_set_vips(const struct datapath *datapath, const struct map_sync *vips);

/* Before a MAC is written. */
int bloom_add_mac(const struct datapath *datapath, const struct steer_mac_key *key);

/* After one is gone: the bits of all that are left. */
int bloom_update_macs(const struct datapath *datapath);

#endif
