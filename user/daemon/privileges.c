// SPDX-License-Identifier: GPL-2.0
#include "daemon/privileges.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "cleanup.h"

static const cap_value_t privileges_kept[] = {
	CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_NICE, CAP_IPC_LOCK,
};
#define PRIVILEGES_NEEDED 4 /* the first; in place of the others a limit will do */

static void privileges_freep(cap_t *caps)
{
	if (*caps)
		cap_free(*caps);
}

static void privileges_free_name(char **name)
{
	if (*name)
		cap_free(*name);
}

static bool privileges_is_kept(cap_value_t cap)
{
	size_t i;

	for (i = 0; i < sizeof(privileges_kept) / sizeof(privileges_kept[0]); i++)
		if (privileges_kept[i] == cap)
			return true;
	return false;
}

/* What no program that is run from now on can get, whatever its file says. */
static int privileges_bound(cap_t now)
{
	cap_flag_value_t may;
	cap_value_t cap;

	/* Without that right no_new_privs has to do, which it does. */
	if (cap_get_flag(now, CAP_SETPCAP, CAP_EFFECTIVE, &may) || may != CAP_SET)
		return 0;
	for (cap = 0; cap < cap_max_bits(); cap++)
		if (!privileges_is_kept(cap) && cap_get_bound(cap) > 0 && cap_drop_bound(cap))
			return -errno;
	return 0;
}

int privileges_drop(void)
{
	_cleanup_(privileges_freep) cap_t now = cap_get_proc();
	_cleanup_(privileges_freep) cap_t kept = cap_init();
	cap_flag_value_t have;
	size_t i;
	int r;

	if (!now || !kept)
		return -errno;
	for (i = 0; i < sizeof(privileges_kept) / sizeof(privileges_kept[0]); i++) {
		const cap_value_t *cap = &privileges_kept[i];

		if (cap_get_flag(now, *cap, CAP_PERMITTED, &have) || have != CAP_SET)
			continue;
		if (cap_set_flag(kept, CAP_PERMITTED, 1, cap, CAP_SET) ||
		    cap_set_flag(kept, CAP_EFFECTIVE, 1, cap, CAP_SET))
			return -errno;
	}
	r = privileges_bound(now);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || cap_reset_ambient() || cap_set_proc(kept))
		return -errno;
	return 0;
}

bool privileges_lacking(char ret_names[PRIVILEGES_TEXT_MAX])
{
	_cleanup_(privileges_freep) cap_t now = cap_get_proc();
	size_t length = 0, i;

	ret_names[0] = '\0';
	for (i = 0; now && i < PRIVILEGES_NEEDED; i++) {
		_cleanup_(privileges_free_name) char *name = NULL;
		cap_flag_value_t have;

		if (cap_get_flag(now, privileges_kept[i], CAP_EFFECTIVE, &have) || have == CAP_SET)
			continue;
		name = cap_to_name(privileges_kept[i]);
		for (char *c = name; c && *c; c++)
			*c = (char)toupper((unsigned char)*c);
		snprintf(ret_names + length, PRIVILEGES_TEXT_MAX - length, "%s%s",
			 length ? ", " : "", name ?: "?");
		length = strlen(ret_names);
	}
	return length;
}
