// SPDX-License-Identifier: GPL-2.0
#include "config/walk.h"

#include <errno.h>
#include <string.h>

#include "config/suggest.h"

struct position walk_position(const yaml_node_t *node)
{
	return (struct position){ node->start_mark.line + 1, node->start_mark.column + 1 };
}

const char *walk_quote(const yaml_node_t *scalar, char buffer[WALK_QUOTE_MAX])
{
	const unsigned char *text = scalar->data.scalar.value;
	size_t length = scalar->data.scalar.length;
	size_t out = 0;

	buffer[out++] = '"';
	for (size_t i = 0; i < length; i++) {
		/* Cut between characters, with room for one more, the ellipsis and the quote. */
		if (out > WALK_QUOTE_MAX - 12 && (text[i] & 0xc0) != 0x80) {
			memcpy(buffer + out, "…", strlen("…"));
			out += strlen("…");
			break;
		}
		/* 0xc2 0x80 … 0x9f are control characters, too (C1). */
		if (text[i] < 0x20 || text[i] == 0x7f ||
		    (i && text[i - 1] == 0xc2 && text[i] < 0xa0)) {
			if (i && text[i - 1] == 0xc2 && text[i] >= 0x80)
				out--;
			buffer[out++] = '?';
		} else {
			buffer[out++] = (char)text[i];
		}
	}
	buffer[out++] = '"';
	buffer[out] = '\0';
	return buffer;
}

struct known_keys {
	const struct walk_key *keys;
	size_t n;
};

static const char *key_name(const void *context, size_t i)
{
	const struct known_keys *known = context;

	return i < known->n ? known->keys[i].name : NULL;
}

static bool has_default_tag(const yaml_node_t *node)
{
	static const char *const tags[] = {
		[YAML_SCALAR_NODE] = YAML_DEFAULT_SCALAR_TAG,
		[YAML_SEQUENCE_NODE] = YAML_DEFAULT_SEQUENCE_TAG,
		[YAML_MAPPING_NODE] = YAML_DEFAULT_MAPPING_TAG,
	};

	return !strcmp((const char *)node->tag, tags[node->type]);
}

static void read_pair(const struct walk *walk, const yaml_node_pair_t *pair, const char *what,
		      const struct walk_key *keys, size_t n, const yaml_node_t **values)
{
	const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
	const yaml_node_t *value = yaml_document_get_node(walk->document, pair->value);
	char quoted[WALK_QUOTE_MAX], suggestion[SUGGEST_TEXT_MAX];
	const char *text;

	if (key->type != YAML_SCALAR_NODE) {
		walk_error(walk, key, "a key of %s is not a scalar; write key: value", what);
		return;
	}
	text = (const char *)key->data.scalar.value;
	walk_quote(key, quoted);
	if (!strcmp(text, "<<")) {
		walk_error(walk, key, "merge keys are not supported; write the keys out in %s",
			   what);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp(text, keys[i].name) || strlen(text) != key->data.scalar.length)
			continue;
		if (values[i])
			walk_error(walk, key,
				   "%s is given twice in %s (first on line %zu); remove one",
				   quoted, what, walk_position(values[i]).line);
		else if (!has_default_tag(value))
			walk_error(walk, value, "tags like %.64s are not supported; remove it",
				   value->tag);
		/* Present, even if wrong: it must not be reported as missing, too. */
		values[i] = value;
		return;
	}
	walk_error(walk, key, "unknown key %s in %s; %s", quoted, what,
		   suggest_text(text, key_name, &(struct known_keys){ keys, n }, suggestion));
}

int walk_mapping(const struct walk *walk, const yaml_node_t *node, const char *what,
		 const struct walk_key *keys, size_t n, const yaml_node_t **ret_values)
{
	if (node->type != YAML_MAPPING_NODE) {
		walk_error(walk, node, "%s is not a mapping; write it as %s: …", what,
			   keys[0].name);
		return -EINVAL;
	}
	memset(ret_values, 0, n * sizeof(*ret_values));
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++)
		read_pair(walk, pair, what, keys, n, ret_values);
	for (size_t i = 0; i < n; i++)
		if (keys[i].required && !ret_values[i])
			walk_error(walk, node, "%s has no \"%s\"; add %s: …", what, keys[i].name,
				   keys[i].name);
	return 0;
}

int walk_sequence(const struct walk *walk, const yaml_node_t *node, const char *what, size_t max,
		  size_t *ret_n)
{
	size_t n;

	if (node->type != YAML_SEQUENCE_NODE) {
		walk_error(walk, node, "%s is not a list; write each item after a \"- \"", what);
		return -EINVAL;
	}
	n = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (n == 0) {
		walk_error(walk, node, "%s is empty; add at least one", what);
		return -EINVAL;
	}
	if (n > max) {
		walk_error(walk, node, "%zu %s are too many; the limit is %zu", n, what, max);
		return -EINVAL;
	}
	*ret_n = n;
	return 0;
}

const yaml_node_t *walk_item(const struct walk *walk, const yaml_node_t *sequence, size_t i)
{
	return yaml_document_get_node(walk->document, sequence->data.sequence.items.start[i]);
}
