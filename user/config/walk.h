/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_WALK_H
#define STEER_CONFIG_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "config/errors.h"

/**
 * DOC: the strict walk over mappings and sequences.
 *
 * A caller names the keys it knows and gets their values; whatever else is there becomes an error
 * at its place. Nothing stops at an error, so that one run finds them all. Aliases come out of
 * libyaml as the node they stand for; as a walk never goes deeper than the format does, an alias to
 * an enclosing node is just a value of the wrong kind.
 */
struct walk {
	yaml_document_t *document;
	struct errors *errors;
};

struct walk_key {
	const char *name;
	bool required;
};

#define WALK_QUOTE_MAX 80

struct position walk_position(const yaml_node_t *node);

/**
 * walk_quote - text of the file, fit for an error message: short, in quotes, printable.
 * Return: buffer.
 */
const char *walk_quote(const yaml_node_t *scalar, char buffer[WALK_QUOTE_MAX]);

/* Add "what; what to do" at a node. */
#define walk_error(walk, node, ...) errors_add((walk)->errors, walk_position(node), __VA_ARGS__)

/**
 * walk_mapping - pick a mapping's values.
 * @what: the thing described ("a node"), for errors
 * @keys: all keys it may have, n of them
 * @ret_values: a value per key; NULL where it is absent
 *
 * Return: 0, even if a key was wrong or missing; -EINVAL if the node is no mapping.
 */
int walk_mapping(const struct walk *walk, const yaml_node_t *node, const char *what,
		 const struct walk_key *keys, size_t n, const yaml_node_t **ret_values);

/**
 * walk_sequence - count a sequence's items.
 * @what: what they are ("nodes"), for errors
 * @max: how many there may be
 *
 * Return: 0, -EINVAL.
 */
int walk_sequence(const struct walk *walk, const yaml_node_t *node, const char *what, size_t max,
		  size_t *ret_n);

const yaml_node_t *walk_item(const struct walk *walk, const yaml_node_t *sequence, size_t i);

#endif
