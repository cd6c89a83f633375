// SPDX-License-Identifier: GPL-2.0
#include "config/keyfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

#define TEXT_MAX 4096

/* Needs coreutils only. */
#define HOW_TO_MAKE "(umask 077; od -An -v -tx1 -N32 /dev/urandom | tr -d ' \\n' > %s)"

static void cleanup_text(char (*text)[TEXT_MAX + 1])
{
	explicit_bzero(*text, sizeof(*text));
}

struct keys {
	uint8_t flow[CLUSTER_KEY_BYTES];
	uint8_t tag[2][CLUSTER_KEY_BYTES];
	size_t n_flows, n_tags;
};

static void cleanup_keys(struct keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

/* The user of tools/steerd.service. Root may read the file of this user, too. */
#define SERVICE_USER "steer"

static bool may_own(uid_t uid)
{
	const struct passwd *service;

	if (uid == 0 || uid == geteuid())
		return true;
	service = getpwnam(SERVICE_USER);
	return service && service->pw_uid == uid;
}

static int check_status(int fd, const char *path, struct position at, struct errors *errors)
{
	struct stat status;

	if (fstat(fd, &status) < 0) {
		errors_add(errors, at, "key file %s: %m; check it", path);
		return -EINVAL;
	}
	if (!S_ISREG(status.st_mode)) {
		errors_add(errors, at, "key file %s is not a regular file; give the file", path);
		return -EINVAL;
	}
	if (status.st_mode & 0077) {
		errors_add(errors, at,
			   "key file %s has mode %04o, so others may use it; run: chmod 0600 %s",
			   path, status.st_mode & 07777, path);
		return -EINVAL;
	}
	if (!may_own(status.st_uid)) {
		errors_add(errors, at, "key file %s is owned by user %u; run: chown root %s", path,
			   status.st_uid, path);
		return -EINVAL;
	}
	return 0;
}

static int nibble(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Parse digits with white space around them. Return: their number; -EINVAL for other text. */
static int parse_hex(const char *text, uint8_t *key, size_t key_bytes)
{
	const char *start = text + strspn(text, " \t\r\n");
	const char *at = start;

	for (; isxdigit((unsigned char)*at); at++) {
		size_t i = (size_t)(at - start);

		if (i < 2 * key_bytes)
			key[i / 2] = (uint8_t)(key[i / 2] << 4 | nibble(*at));
	}
	return at[strspn(at, " \t\r\n")] ? -EINVAL : (int)(at - start);
}

/* Parse 64 digits: both keys. */
static int parse_plain(const char *text, const char *path, struct position at,
		       struct errors *errors, struct keys *keys)
{
	uint8_t both[2 * CLUSTER_KEY_BYTES] = {};
	int digits = parse_hex(text, both, sizeof(both));

	memcpy(keys->flow, both, sizeof(keys->flow));
	memcpy(keys->tag[0], both + sizeof(keys->flow), sizeof(keys->tag[0]));
	keys->n_tags = 1;
	explicit_bzero(both, sizeof(both));
	if (digits == 2 * (int)sizeof(both))
		return 0;
	if (digits < 0)
		errors_add(
			errors, at,
			"key file %s has other characters than digits; it must have %zu "
			"hexadecimal digits, or lines \"flow-key DIGITS\" and \"tag-key DIGITS\"",
			path, 2 * sizeof(both));
	else
		errors_add(errors, at, "key file %s has %d hexadecimal digits; it must have %zu",
			   path, digits, 2 * sizeof(both));
	return -EINVAL;
}

/* Parse "flow-key DIGITS" or "tag-key DIGITS". Empty lines and comments are skipped. */
static int parse_line(char *line, size_t number, const char *path, struct position at,
		      struct errors *errors, struct keys *keys)
{
	const char *word = line + strspn(line, " \t\r");
	size_t length = strcspn(word, " \t\r");
	uint8_t *key;
	int digits;

	if (!*word || *word == '#')
		return 0;
	if (length == strlen("flow-key") && !strncmp(word, "flow-key", length)) {
		if (keys->n_flows++)
			goto too_many;
		key = keys->flow;
	} else if (length == strlen("tag-key") && !strncmp(word, "tag-key", length)) {
		if (keys->n_tags == 2)
			goto too_many;
		key = keys->tag[keys->n_tags++];
	} else {
		errors_add(errors, at,
			   "key file %s, line %zu: begins with neither flow-key nor tag-key; "
			   "write \"tag-key DIGITS\"",
			   path, number);
		return -EINVAL;
	}
	digits = parse_hex(word + length, key, CLUSTER_KEY_BYTES);
	if (digits == 2 * CLUSTER_KEY_BYTES)
		return 0;
	errors_add(errors, at, "key file %s, line %zu: the key must be %d hexadecimal digits", path,
		   number, 2 * CLUSTER_KEY_BYTES);
	return -EINVAL;

too_many:
	errors_add(errors, at,
		   "key file %s, line %zu: there may be one flow-key and two tag-keys; remove one",
		   path, number);
	return -EINVAL;
}

static int parse_lines(char *text, const char *path, struct position at, struct errors *errors,
		       struct keys *keys)
{
	size_t number = 1;
	char *line;

	while ((line = strsep(&text, "\n")))
		if (parse_line(line, number++, path, at, errors, keys) < 0)
			return -EINVAL;
	if (keys->n_flows && keys->n_tags)
		return 0;
	errors_add(errors, at, "key file %s has no %s; add a line \"%s DIGITS\"", path,
		   keys->n_flows ? "tag-key" : "flow-key", keys->n_flows ? "tag-key" : "flow-key");
	return -EINVAL;
}

/* Read the file's text. Return: 0; -EINVAL with an error added. */
static int read_text(const char *path, struct position at, struct errors *errors,
		     char ret_text[TEXT_MAX + 1])
{
	_cleanup_(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t length;

	if (fd < 0 && errno == ENOENT) {
		errors_add(errors, at,
			   "key file %s does not exist; copy it from another node, or make the "
			   "cluster's with: " HOW_TO_MAKE,
			   path, path);
		return -EINVAL;
	}
	if (fd < 0 && errno == EACCES) {
		errors_add(errors, at, "key file %s cannot be opened: %m; run: chown %u %s", path,
			   geteuid(), path);
		return -EINVAL;
	}
	if (fd < 0) {
		errors_add(errors, at, "key file %s cannot be opened: %m; check its path and mode",
			   path);
		return -EINVAL;
	}
	if (check_status(fd, path, at, errors) < 0)
		return -EINVAL;
	length = read(fd, ret_text, TEXT_MAX);
	if (length < 0) {
		errors_add(errors, at, "key file %s cannot be read: %m; check it", path);
		return -EINVAL;
	}
	if (length == TEXT_MAX || strlen(ret_text) != (size_t)length) {
		errors_add(errors, at,
			   "key file %s is not a text of less than %d bytes; check that it is the "
			   "right file",
			   path, TEXT_MAX);
		return -EINVAL;
	}
	return 0;
}

int keyfile_read(const char *path, struct position at, struct errors *errors,
		 struct cluster *cluster)
{
	_cleanup_(cleanup_text) char text[TEXT_MAX + 1] = {};
	_cleanup_(cleanup_keys) struct keys keys = {};
	int r;

	if (read_text(path, at, errors, text) < 0)
		return -EINVAL;
	if (strchr(text, '-') || strchr(text, '#'))
		r = parse_lines(text, path, at, errors, &keys);
	else
		r = parse_plain(text, path, at, errors, &keys);
	if (r < 0)
		return r;
	memcpy(cluster->flow_key, keys.flow, sizeof(keys.flow));
	memcpy(cluster->auth_key, keys.tag, sizeof(keys.tag));
	cluster->n_auth_keys = keys.n_tags;
	return 0;
}
