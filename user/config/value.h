/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_VALUE_H
#define STEER_CONFIG_VALUE_H

#include <stdint.h>

#include "config/cluster.h"
#include "config/walk.h"

/**
 * DOC: scalars to values, each with its range.
 *
 * All take the node of a value or NULL for an absent one, and the key's name for errors. All
 * return 0, -ENOENT (absent: the caller's default stays) or -EINVAL (an error was added).
 */

/* Text of at most size - 1 bytes, not empty. */
int value_text(const struct walk *walk, const yaml_node_t *node, const char *key, size_t size,
	       char *ret_text);

/* Letters, digits, "-", "_", "." */
int value_name(const struct walk *walk, const yaml_node_t *node, const char *key,
	       char ret_name[CLUSTER_NAME_MAX]);

int value_number(const struct walk *walk, const yaml_node_t *node, const char *key, uint32_t min,
		 uint32_t max, uint32_t *ret_number);

/* A whole number of things, max at most, or of percent, 100 at most. */
int value_number_or_percent(const struct walk *walk, const yaml_node_t *node, const char *key,
			    uint32_t max, uint32_t *ret_number, bool *ret_percent);

/* A whole number and its unit: ms, s or m. */
int value_duration(const struct walk *walk, const yaml_node_t *node, const char *key,
		   uint32_t min_ms, uint32_t max_ms, uint32_t *ret_ms);

/* One of some words; NULL after the last. Gives the word's number. */
int value_choice(const struct walk *walk, const yaml_node_t *node, const char *key,
		 const char *const *words, unsigned int *ret_choice);

int value_address(const struct walk *walk, const yaml_node_t *node, const char *key,
		  struct steer_addr *ret_addr);

/* An address or ADDRESS/LENGTH, no bits set behind the length. */
int value_prefix(const struct walk *walk, const yaml_node_t *node, const char *key,
		 struct steer_addr *ret_addr, uint8_t *ret_prefix_bits);

#endif
