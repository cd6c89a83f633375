/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_WALK_H
#define STEER_CONFIG_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "config/errors.h"

/**
 * DOC: strict reading of YAML mappings and sequences.
 *
 * A caller lists the keys it knows and gets their values; any other key is an error at its
 * position. Reading continues after an error, so that one run finds all. libyaml replaces aliases
 * by their nodes. As the walk never goes deeper than the format, an alias to an enclosing node is
 * an error of the wrong type, not an endless loop.
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
 * walk_quote - quote a scalar for an error message: shortened and printable.
 *
 * Return: buffer.
 */
const char *walk_quote(const yaml_node_t *scalar, char buffer[WALK_QUOTE_MAX]);

/* Add an error "CAUSE; REMEDY" at the position of a node. */
#define walk_error(walk, node, ...) errors_add((walk)->errors, walk_position(node), __VA_ARGS__)

/**
 * walk_mapping - read the values of a mapping.
 * @what: the object that it describes ("a node"), for errors
 * @keys: all keys that it may have
 * @n: their number
 * @ret_values: n values, NULL for an absent key
 *
 * Return: 0, also if a key was wrong or missing, with errors added; -EINVAL if the node is not a
 * mapping.
 */
int walk_mapping(const struct walk *walk, const yaml_node_t *node, const char *what,
		 const struct walk_key *keys, size_t n, const yaml_node_t **ret_values);

/**
 * walk_sequence - count the items of a sequence.
 * @what: the items ("nodes"), for errors
 * @max: the largest number allowed
 * @ret_n: their number, 1 to @max
 *
 * Return: 0; -EINVAL with an error added.
 */
int walk_sequence(const struct walk *walk, const yaml_node_t *node, const char *what, size_t max,
		  size_t *ret_n);

/* Item @i of a sequence. */
const yaml_node_t *walk_item(const struct walk *walk, const yaml_node_t *sequence, size_t i);

#endif
