// SPDX-License-Identifier: GPL-2.0
#include "config/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "config/address.h"
#include "config/suggest.h"

#define NAME_CHARACTERS              \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789-_."

/* The text of a scalar. Empty text, null and NUL bytes are errors. */
static int scalar_text(const struct walk *walk, const yaml_node_t *node, const char *key,
		       const char **ret_text)
{
	const char *text;

	if (!node)
		return -ENOENT;
	if (node->type != YAML_SCALAR_NODE) {
		walk_error(walk, node, "%s is a %s; give a single value", key,
			   node->type == YAML_MAPPING_NODE ? "mapping" : "list");
		return -EINVAL;
	}
	text = (const char *)node->data.scalar.value;
	if (!*text || (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		       (!strcmp(text, "~") || !strcmp(text, "null")))) {
		walk_error(walk, node, "%s has no value; give one, or remove the key", key);
		return -EINVAL;
	}
	if (strlen(text) != node->data.scalar.length) {
		walk_error(walk, node, "%s has a NUL byte in it; remove it", key);
		return -EINVAL;
	}
	*ret_text = text;
	return 0;
}

int value_text(const struct walk *walk, const yaml_node_t *node, const char *key, size_t size,
	       char *ret_text)
{
	char quoted[WALK_QUOTE_MAX];
	const char *text;
	int r;

	r = scalar_text(walk, node, key, &text);
	if (r < 0)
		return r;
	if (strlen(text) >= size) {
		walk_error(walk, node, "%s %s is too long; use at most %zu bytes", key,
			   walk_quote(node, quoted), size - 1);
		return -EINVAL;
	}
	for (const char *at = text; *at; at++) {
		if (iscntrl((unsigned char)*at)) {
			walk_error(walk, node, "%s %s has control characters; remove them", key,
				   walk_quote(node, quoted));
			return -EINVAL;
		}
	}
	strcpy(ret_text, text);
	return 0;
}

int value_name(const struct walk *walk, const yaml_node_t *node, const char *key,
	       char ret_name[CLUSTER_NAME_MAX])
{
	char quoted[WALK_QUOTE_MAX], name[CLUSTER_NAME_MAX];
	int r;

	r = value_text(walk, node, key, sizeof(name), name);
	if (r < 0)
		return r;
	if (name[strspn(name, NAME_CHARACTERS)]) {
		walk_error(walk, node,
			   "%s %s is not a valid name; use letters, digits, \"-\", \"_\", \".\"",
			   key, walk_quote(node, quoted));
		return -EINVAL;
	}
	strcpy(ret_name, name);
	return 0;
}

/*
 * Parse the digits at the beginning of a text. Leading zeros are refused, as other YAML parsers
 * read them as octal. Beyond UINT32_MAX the result is inexact, but out of every range.
 */
static int parse_digits(const char *text, uint64_t *ret_number, const char **ret_end)
{
	uint64_t number = 0;
	const char *at = text;

	if (!isdigit((unsigned char)*at) || (*at == '0' && isdigit((unsigned char)at[1])))
		return -EINVAL;
	for (; isdigit((unsigned char)*at); at++)
		if (number < UINT32_MAX)
			number = 10 * number + (uint64_t)(*at - '0');
	*ret_number = number;
	*ret_end = at;
	return 0;
}

int value_number(const struct walk *walk, const yaml_node_t *node, const char *key, uint32_t min,
		 uint32_t max, uint32_t *ret_number)
{
	char quoted[WALK_QUOTE_MAX];
	const char *text, *end;
	uint64_t number;
	int r;

	r = scalar_text(walk, node, key, &text);
	if (r < 0)
		return r;
	if (parse_digits(text, &number, &end) < 0 || *end) {
		walk_error(walk, node, "%s %s is not a whole number; give %u to %u", key,
			   walk_quote(node, quoted), min, max);
		return -EINVAL;
	}
	if (number < min || number > max) {
		walk_error(walk, node, "%s %s is out of range; give %u to %u", key,
			   walk_quote(node, quoted), min, max);
		return -EINVAL;
	}
	*ret_number = (uint32_t)number;
	return 0;
}

int value_number_or_percent(const struct walk *walk, const yaml_node_t *node, const char *key,
			    uint32_t max, uint32_t *ret_number, bool *ret_percent)
{
	char quoted[WALK_QUOTE_MAX];
	const char *text, *end;
	uint64_t number;
	bool percent;
	int r;

	r = scalar_text(walk, node, key, &text);
	if (r < 0)
		return r;
	if (parse_digits(text, &number, &end) < 0 || (*end && strcmp(end, "%"))) {
		walk_error(walk, node,
			   "%s %s is neither a whole number nor a percentage; give 0 to %u, or 0%% "
			   "to 100%%",
			   key, walk_quote(node, quoted), max);
		return -EINVAL;
	}
	percent = *end;
	if (number > (percent ? 100 : max)) {
		walk_error(walk, node, "%s %s is out of range; give 0 to %u, or 0%% to 100%%", key,
			   walk_quote(node, quoted), max);
		return -EINVAL;
	}
	*ret_number = (uint32_t)number;
	*ret_percent = percent;
	return 0;
}

static const char *format_duration(uint32_t ms, char buffer[16])
{
	if (ms % 60000 == 0)
		snprintf(buffer, 16, "%um", ms / 60000);
	else if (ms % 1000 == 0)
		snprintf(buffer, 16, "%us", ms / 1000);
	else
		snprintf(buffer, 16, "%ums", ms);
	return buffer;
}

/* A unit in ms; 0 for an unknown one. */
static uint64_t unit_ms(const char *unit)
{
	if (!strcmp(unit, "ms"))
		return 1;
	if (!strcmp(unit, "s"))
		return 1000;
	if (!strcmp(unit, "m"))
		return 60000;
	return 0;
}

int value_duration(const struct walk *walk, const yaml_node_t *node, const char *key,
		   uint32_t min_ms, uint32_t max_ms, uint32_t *ret_ms)
{
	char quoted[WALK_QUOTE_MAX], least[16], most[16];
	const char *text, *unit;
	uint64_t number;
	int r;

	r = scalar_text(walk, node, key, &text);
	if (r < 0)
		return r;
	if (parse_digits(text, &number, &unit) < 0 || (*unit && !unit_ms(unit))) {
		walk_error(walk, node,
			   "%s %s is not a duration; write a whole number of ms, s or m", key,
			   walk_quote(node, quoted));
		return -EINVAL;
	}
	if (!*unit) {
		walk_error(walk, node, "%s %s has no unit; write %.12sms, %.12ss or %.12sm", key,
			   walk_quote(node, quoted), text, text, text);
		return -EINVAL;
	}
	if (number * unit_ms(unit) < min_ms || number * unit_ms(unit) > max_ms) {
		walk_error(walk, node, "%s %s is out of range; give %s to %s", key,
			   walk_quote(node, quoted), format_duration(min_ms, least),
			   format_duration(max_ms, most));
		return -EINVAL;
	}
	*ret_ms = (uint32_t)(number * unit_ms(unit));
	return 0;
}

static const char *choice_word(const void *context, size_t i)
{
	const char *const *words = context;

	return words[i];
}

int value_choice(const struct walk *walk, const yaml_node_t *node, const char *key,
		 const char *const *words, unsigned int *ret_choice)
{
	char quoted[WALK_QUOTE_MAX], suggestion[SUGGEST_TEXT_MAX];
	const char *text;
	int r;

	r = scalar_text(walk, node, key, &text);
	if (r < 0)
		return r;
	for (unsigned int i = 0; words[i]; i++) {
		if (!strcmp(text, words[i])) {
			*ret_choice = i;
			return 0;
		}
	}
	walk_error(walk, node, "unknown %s %s; %s", key, walk_quote(node, quoted),
		   suggest_text(text, choice_word, words, suggestion));
	return -EINVAL;
}

int value_address(const struct walk *walk, const yaml_node_t *node, const char *key,
		  struct steer_addr *ret_addr)
{
	char quoted[WALK_QUOTE_MAX];
	const char *text;
	int r;

	r = scalar_text(walk, node, key, &text);
	if (r < 0)
		return r;
	if (address_parse(text, ret_addr) < 0) {
		walk_error(walk, node, "%s %s is not an IP address; write it like %s", key,
			   walk_quote(node, quoted),
			   strchr(text, ':') ? "2001:db8::1" : "192.0.2.1");
		return -EINVAL;
	}
	return 0;
}

int value_prefix(const struct walk *walk, const yaml_node_t *node, const char *key,
		 struct steer_addr *ret_addr, uint8_t *ret_prefix_bits)
{
	char quoted[WALK_QUOTE_MAX], network_text[ADDRESS_TEXT_MAX];
	struct steer_addr addr, network;
	const char *text;
	uint8_t bits;
	int r;

	r = scalar_text(walk, node, key, &text);
	if (r < 0)
		return r;
	if (address_parse_prefix(text, &addr, &bits) < 0) {
		walk_error(walk, node, "%s %s is not an IP address or prefix; write it like %s",
			   key, walk_quote(node, quoted),
			   strchr(text, ':') ? "2001:db8::1 or 2001:db8::/64"
					     : "192.0.2.1 or 192.0.2.0/24");
		return -EINVAL;
	}
	network = address_network(&addr, bits);
	if (!address_equal(&network, &addr)) {
		walk_error(walk, node, "%s %s has bits set behind its length; write %s/%d", key,
			   walk_quote(node, quoted), address_format(&network, network_text),
			   address_is_ipv4(&addr) ? bits - 96 : bits);
		return -EINVAL;
	}
	*ret_addr = addr;
	*ret_prefix_bits = bits;
	return 0;
}
