// SPDX-License-Identifier: GPL-2.0
#include "daemon/own_interfaces.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "daemon/log.h"

static int write_macs(struct daemon *daemon,
		      const struct steer_interface macs[STEER_MAX_INTERFACES])
{
	struct steer_settings settings;
	int r;

	r = datapath_get_settings(daemon->datapath, &settings);
	if (r < 0 || settings.self == STEER_NODE_NONE)
		return r;
	memcpy(settings.interface, macs, sizeof(settings.interface));
	return datapath_set_settings(daemon->datapath, &settings);
}

static size_t add_dev(uint32_t *devs, size_t n, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (devs[i] == ifindex)
			return n;
	if (!ifindex || n > DAEMON_DEVS_MAX)
		return n;
	if (n < DAEMON_DEVS_MAX)
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
	if (n > DAEMON_DEVS_MAX) {
		n = DAEMON_DEVS_MAX;
		if (!daemon->too_many_devs)
			log_error(
				"steer_devs: nodes are reached by more than %d interfaces; packets "
				"to those behind the others are lost if they came in by another "
				"one",
				DAEMON_DEVS_MAX);
		daemon->too_many_devs = true;
	}
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

static bool has_mac(const struct steer_interface *macs, size_t n, const struct steer_interface *mac)
{
	for (size_t i = 0; i < n; i++)
		if (!memcmp(&macs[i], mac, sizeof(*mac)))
			return true;
	return false;
}

static void write_own_macs(struct daemon *daemon, const struct steer_interface *macs, size_t n)
{
	int r = datapath_set_own_macs(daemon->datapath, macs, n);

	if (r < 0)
		log_error("steer_own_macs: cannot be written, packets to further MACs of this host "
			  "are left to its stack: %s",
			  strerror(-r));
}

void own_interfaces_links_changed(void *context)
{
	struct steer_interface found[STEER_MAX_OWN_MACS], macs[STEER_MAX_OWN_MACS] = {};
	struct daemon *daemon = context;
	size_t n = 0;

	own_interfaces_refresh(daemon);
	for (size_t i = 0; i < daemon->n_interfaces; i++) {
		int count = neighbours_own_macs(daemon->interface[i].ifindex, found,
						STEER_MAX_OWN_MACS);

		/* As while links come and go: what is known stays until the next look. */
		if (count < 0)
			return;
		if (count > STEER_MAX_OWN_MACS)
			log_error("interface %s: %d further MACs, of which the first %d are known",
				  daemon->interface[i].name, count, STEER_MAX_OWN_MACS);
		for (int k = 0; k < count && k < STEER_MAX_OWN_MACS; k++)
			if (n < STEER_MAX_OWN_MACS && !has_mac(macs, n, &found[k]) &&
			    !has_mac(daemon->macs, STEER_MAX_INTERFACES, &found[k]))
				macs[n++] = found[k];
	}
	write_own_macs(daemon, macs, n);
}

/* The index under which the program was attached: it stays when the interface is renamed. */
static uint32_t ifindex_of(const struct daemon *daemon, size_t i)
{
	struct datapath_info info;

	datapath_get_info(daemon->datapath, i, &info);
	return info.ifindex;
}

static void follow_name(struct daemon *daemon, size_t i)
{
	struct own_interface *interface = &daemon->interface[i];
	char name[IF_NAMESIZE];

	if (!if_indextoname(ifindex_of(daemon, i), name) || !strcmp(name, interface->name))
		return;
	log_warning("interface %s: renamed to %s, and followed; write the new name into the "
		    "configuration, or the next start fails",
		    interface->name, name);
	memcpy(interface->name, name, sizeof(name));
}

void own_interfaces_refresh(struct daemon *daemon)
{
	struct steer_interface macs[STEER_MAX_INTERFACES];
	uint32_t own[STEER_MAX_INTERFACES];
	uint16_t mtu_bytes;
	int r;

	memcpy(macs, daemon->macs, sizeof(macs));
	for (size_t i = 0; i < daemon->n_interfaces; i++) {
		follow_name(daemon, i);
		r = neighbours_own_interface(daemon->interface[i].name,
					     &daemon->interface[i].ifindex, macs[i].mac,
					     &mtu_bytes);
		if (r < 0)
			daemon->interface[i].ifindex = 0;
	}
	if (memcmp(macs, daemon->macs, sizeof(macs)) != 0) {
		r = write_macs(daemon, macs);
		if (r == 0)
			memcpy(daemon->macs, macs, sizeof(macs));
		else
			log_error("steer_settings: the interfaces' MACs cannot be written: %s",
				  strerror(-r));
	}
	own_interfaces_write_devs(daemon);
	for (size_t i = 0; i < daemon->n_interfaces; i++)
		own[i] = daemon->interface[i].ifindex;
	neighbours_set_own(daemon->neighbours, own, daemon->n_interfaces);
}

/* The name by which an interface is looked for: the present one, or the configuration's. */
static const char *find_name(const struct daemon *daemon, size_t i)
{
	const char *names[] = { daemon->interface[i].name,
				state_self(daemon->state)->interfaces[i] };

	for (size_t k = 0; k < 2; k++)
		if (if_nametoindex(names[k]))
			return names[k];
	return NULL;
}

bool own_interfaces_is_gone(const struct daemon *daemon, size_t i)
{
	char name[IF_NAMESIZE];

	return !if_indextoname(ifindex_of(daemon, i), name) && !find_name(daemon, i);
}

int own_interfaces_attach_again(struct daemon *daemon, size_t i)
{
	const struct daemon_options *options = &daemon->options;
	struct own_interface *interface = &daemon->interface[i];
	const char *found = find_name(daemon, i);
	struct datapath_error error = {};
	char name[IF_NAMESIZE];
	int r;

	if (if_indextoname(ifindex_of(daemon, i), name) || !found)
		return -ENODEV;
	snprintf(name, sizeof(name), "%s", found);
	r = datapath_attach_again(daemon->datapath, &options->datapath, i, name, options->mode,
				  &error);
	if (r < 0 && !interface->refused)
		log_error("interface %s: it is back, but the program cannot be attached: %s", name,
			  error.text);
	interface->refused = r < 0;
	if (r < 0)
		return r;
	memcpy(interface->name, name, sizeof(name));
	own_interfaces_refresh(daemon);
	return 0;
}
