// SPDX-License-Identifier: GPL-2.0
#include "daemon/ports.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"

#define PORTS_DEVS_MAX 16

static int ports_write_settings(struct daemon *daemon)
{
	struct steer_settings settings;
	int r;

	r = datapath_get_settings(daemon->datapath, &settings);
	if (r < 0 || settings.self == STEER_NODE_NONE)
		return r;
	memcpy(settings.interface, daemon->port, sizeof(settings.interface));
	return datapath_set_settings(daemon->datapath, &settings);
}

static size_t ports_add_dev(uint32_t *devs, size_t n, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (devs[i] == ifindex)
			return n;
	if (!ifindex || n == PORTS_DEVS_MAX)
		return n;
	devs[n] = ifindex;
	return n + 1;
}

/* Our own interfaces first, then those of ways that lead over others. */
void ports_write_devs(struct daemon *daemon)
{
	uint32_t devs[PORTS_DEVS_MAX];
	size_t n = 0, i;
	int r;

	for (i = 0; i < daemon->n_ports; i++)
		n = ports_add_dev(devs, n, daemon->port_ifindex[i]);
	for (i = 1; i < STEER_MAX_NODES; i++)
		if (daemon->peers[i].has_path)
			n = ports_add_dev(devs, n, daemon->peers[i].path.ifindex);
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

int ports_refresh(struct daemon *daemon)
{
	struct steer_interface port[STEER_MAX_INTERFACES] = {};
	int result = 0, r;
	size_t i;

	for (i = 0; i < daemon->n_ports; i++) {
		uint16_t mtu_bytes;

		r = neighbours_own_interface(daemon->port_name[i], &daemon->port_ifindex[i],
					     port[i].mac, &mtu_bytes);
		if (r < 0)
			result = r;
	}
	if (memcmp(port, daemon->port, sizeof(port)) != 0) {
		memcpy(daemon->port, port, sizeof(port));
		r = ports_write_settings(daemon);
		if (r < 0)
			log_error("steer_settings: the interfaces' MACs cannot be written: %s",
				  strerror(-r));
	}
	ports_write_devs(daemon);
	return result;
}
