/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_DATAPATH_BLOOM_H
#define STEER_DATAPATH_BLOOM_H

#include "datapath/map_sync.h"

/**
 * DOC: the Bloom filter in front of steer_vips and steer_macs (include/steer/bloom.h).
 *
 * Its bits are set before keys are written and cleared after keys are deleted, so that a packet
 * never misses a key. All functions return 0 or a negative errno.
 */

/* Set the bits of these VIPs, before they are written. */
int bloom_add_vips(const struct datapath *datapath, const struct map_sync *vips);

/* Set the bits of these VIPs only, after all others were deleted. */
int bloom_set_vips(const struct datapath *datapath, const struct map_sync *vips);

/* Set the bit of a MAC, before it is written. */
int bloom_add_mac(const struct datapath *datapath, const struct steer_mac_key *key);

/* Set the bits of the MACs in steer_macs only, after one was deleted. */
int bloom_update_macs(const struct datapath *datapath);

#endif
