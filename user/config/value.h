/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_VALUE_H
#define STEER_CONFIG_VALUE_H

#include <stdint.h>

#include "config/cluster.h"
#include "config/walk.h"

/**
 * DOC: values of YAML scalars, each checked against its range.
 *
 * All functions take the node of a value, NULL if it is absent, and the key's name for errors. All
 * return 0; -ENOENT for an absent value, and the caller's default stays; or -EINVAL, and an error
 * was added.
 */

/* A text of 1 to size - 1 bytes without control characters. */
int value_text(const struct walk *walk, const yaml_node_t *node, const char *key, size_t size,
	       char *ret_text);

/* A name of letters, digits, "-", "_" and ".". */
int value_name(const struct walk *walk, const yaml_node_t *node, const char *key,
	       char ret_name[CLUSTER_NAME_MAX]);

/* A whole number from @min to @max. */
int value_number(const struct walk *walk, const yaml_node_t *node, const char *key, uint32_t min,
		 uint32_t max, uint32_t *ret_number);

/* A whole number up to @max, or a percentage up to 100. */
int value_number_or_percent(const struct walk *walk, const yaml_node_t *node, const char *key,
			    uint32_t max, uint32_t *ret_number, bool *ret_percent);

/* A duration: a whole number with its unit ms, s or m. */
int value_duration(const struct walk *walk, const yaml_node_t *node, const char *key,
		   uint32_t min_ms, uint32_t max_ms, uint32_t *ret_ms);

/* One of the words of a list that ends with NULL. @ret_choice: its index. */
int value_choice(const struct walk *walk, const yaml_node_t *node, const char *key,
		 const char *const *words, unsigned int *ret_choice);

int value_address(const struct walk *walk, const yaml_node_t *node, const char *key,
		  struct steer_addr *ret_addr);

/* An address or ADDRESS/LENGTH, with no bits set behind the length; see address_parse_prefix(). */
int value_prefix(const struct walk *walk, const yaml_node_t *node, const char *key,
		 struct steer_addr *ret_addr, uint8_t *ret_prefix_bits);

#endif
