/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_KEYFILE_H
#define STEER_CONFIG_KEYFILE_H

#include <stdint.h>

#include "config/errors.h"

/**
 * DOC: the cluster's secret: a file of 64 hexadecimal digits that nobody else can read.
 */
#define KEYFILE_BYTES 32

/**
 * keyfile_read - read the key.
 * @path: absolute or relative to the current directory
 * @at: where the configuration names it, for errors
 *
 * Return: 0; -EINVAL with an error added.
 */
int keyfile_read(const char *path, struct position at, struct errors *errors,
		 uint8_t ret_key[KEYFILE_BYTES]);

#endif
