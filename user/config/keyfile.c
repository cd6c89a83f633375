// SPDX-License-Identifier: GPL-2.0
#include "config/keyfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

#define DIGITS (2 * KEYFILE_BYTES)
#define TEXT_MAX (DIGITS + 16) /* room for white space around, and to tell that it is too long */

/* Works with nothing but coreutils. */
#define HOW_TO_MAKE "(umask 077; od -An -v -tx1 -N32 /dev/urandom | tr -d ' \\n' > %s)"

static void cleanup_text(char (*text)[TEXT_MAX + 1])
{
	explicit_bzero(*text, sizeof(*text));
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
	if (status.st_uid != 0 && status.st_uid != geteuid()) {
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

/* Return: the number of digits; -EINVAL for anything but digits, with white space around them. */
static int parse_hex(const char *text, uint8_t key[KEYFILE_BYTES])
{
	const char *start = text + strspn(text, " \t\r\n");
	const char *at = start;

	for (; isxdigit((unsigned char)*at); at++) {
		size_t i = (size_t)(at - start);

		if (i < DIGITS)
			key[i / 2] = (uint8_t)(key[i / 2] << 4 | nibble(*at));
	}
	return at[strspn(at, " \t\r\n")] ? -EINVAL : (int)(at - start);
}

int keyfile_read(const char *path, struct position at, struct errors *errors,
		 uint8_t ret_key[KEYFILE_BYTES])
{
	_cleanup_(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_(cleanup_text) char text[TEXT_MAX + 1] = {};
	uint8_t key[KEYFILE_BYTES] = {};
	ssize_t length;
	int digits;

	if (fd < 0 && errno == ENOENT) {
		errors_add(errors, at,
			   "key file %s does not exist; copy it from another node, or make the "
			   "cluster's with: " HOW_TO_MAKE,
			   path, path);
		return -EINVAL;
	}
	if (fd < 0) {
		errors_add(errors, at, "key file %s cannot be opened: %m; check its path and mode",
			   path);
		return -EINVAL;
	}
	if (check_status(fd, path, at, errors) < 0)
		return -EINVAL;
	length = read(fd, text, TEXT_MAX);
	if (length < 0) {
		errors_add(errors, at, "key file %s cannot be read: %m; check it", path);
		return -EINVAL;
	}
	digits = strlen(text) == (size_t)length ? parse_hex(text, key) : -EINVAL;
	if (digits != DIGITS) {
		if (digits < 0)
			errors_add(errors, at,
				   "key file %s has more in it than digits; it must hold %d "
				   "hexadecimal digits",
				   path, DIGITS);
		else
			errors_add(errors, at,
				   "key file %s has %d%s hexadecimal digits; it must have %d", path,
				   digits, length == TEXT_MAX ? " or more" : "", DIGITS);
		explicit_bzero(key, sizeof(key));
		return -EINVAL;
	}
	memcpy(ret_key, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return 0;
}
