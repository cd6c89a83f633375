// SPDX-License-Identifier: GPL-2.0
#include "daemon/own_interfaces.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"

static int write_macs(struct daemon *daemon)
{
	struct steer_settings settings;
	int r;

	r = datapath_get_settings(daemon->datapath, &settings);
	if (r < 0 || settings.self == STEER_NODE_NONE)
		return r;
	memcpy(settings.interface, daemon->macs, sizeof(settings.interface));
	return datapath_set_settings(daemon->datapath, &settings);
}

static size_t add_dev(uint32_t *devs, size_t n, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (devs[i] == ifindex)
			return n;
	if (!ifindex || n == DAEMON_DEVS_MAX)
		return n;
	devs[n] = ifindex;
	return n + 1;
}

/* Our own interfaces first, then those that other next hops are on. */
void own_interfaces_write_devs(struct daemon *daemon)
{
	uint32_t devs[DAEMON_DEVS_MAX];
	size_t n = 0, i;
	int r;

	for (i = 0; i < daemon->n_interfaces; i++)
		n = add_dev(devs, n, daemon->interface[i].ifindex);
	for (i = 1; i < STEER_MAX_NODES; i++)
		if (daemon->nexthop[i].known)
			n = add_dev(devs, n, daemon->nexthop[i].path.ifindex);
	if (n == daemon->n_devs && !memcmp(devs, daemon->devs, n * sizeof(*devs)))
		return;
	r = datapath_set_devs(daemon->datapath, devs, n);
	if (r < 0) {
		log_error("steer_devs: cannot be written, packets that leave by another interface "
			  "than they came in by are lost: %s",
			  strerror(-r));
		return;
	}
	memcpy(daemon->devs, devs, n * sizeof(*devs));
	daemon->n_devs = n;
}

int own_interfaces_refresh(struct daemon *daemon)
{
	struct steer_interface macs[STEER_MAX_INTERFACES] = {};
	int result = 0, r;
	size_t i;

	for (i = 0; i < daemon->n_interfaces; i++) {
		uint16_t mtu_bytes;

		r = neighbours_own_interface(daemon->interface[i].name,
					     &daemon->interface[i].ifindex, macs[i].mac,
					     &mtu_bytes);
		if (r < 0)
			result = r;
	}
	if (memcmp(macs, daemon->macs, sizeof(macs)) != 0) {
		memcpy(daemon->macs, macs, sizeof(macs));
		r = write_macs(daemon);
		if (r < 0)
			log_error("steer_settings: the interfaces' MACs cannot be written: %s",
				  strerror(-r));
	}
	own_interfaces_write_devs(daemon);
	return result;
}
