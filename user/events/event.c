// SPDX-License-Identifier: GPL-2.0
#include "events/event.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "events/printable.h"

#define EVENT_WORD_MAX 64 /* bytes of names and states, with the terminating NUL */

#define WORD_OF_KIND(name, word, id) word,
static const char *const kind_words[] = { EVENT_KINDS(WORD_OF_KIND) };
#define ID_OF_KIND(name, word, id) id,
static const char *const kind_ids[] = { EVENT_KINDS(ID_OF_KIND) };
#define WORD_OF_SCOPE(name, word) word,
static const char *const scope_words[] = { EVENT_SCOPES(WORD_OF_SCOPE) };
#define WORD_OF_SEVERITY(name, word, priority) word,
static const char *const severity_words[] = { EVENT_SEVERITIES(WORD_OF_SEVERITY) };
#define PRIORITY_OF_SEVERITY(name, word, priority) priority,
static const int severity_priorities[] = { EVENT_SEVERITIES(PRIORITY_OF_SEVERITY) };

const char *event_kind_word(enum event_kind kind)
{
	return kind_words[kind];
}

const char *event_kind_id(enum event_kind kind)
{
	return kind_ids[kind];
}

const char *event_scope_word(enum event_scope scope)
{
	return scope_words[scope];
}

const char *event_severity_word(enum event_severity severity)
{
	return severity_words[severity];
}

int event_priority(const struct event *event)
{
	return severity_priorities[event->severity];
}

bool event_is_alarm(const struct event *event)
{
	return event_priority(event) <= LOG_WARNING;
}

/* Return: the index of a word in a list, or -EINVAL. */
static int find_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; word && i < n; i++)
		if (!strcmp(words[i], word))
			return i;
	return -EINVAL;
}

int event_scope_parse(const char *word, enum event_scope *ret_scope)
{
	int scope = find_word(scope_words, EVENT_SCOPE_COUNT, word);

	if (scope < 0)
		return scope;
	*ret_scope = scope;
	return 0;
}

static size_t length_of(const char *text, size_t max)
{
	size_t length = text ? strnlen(text, max - 1) : 0;

	/* Never cut within a character. */
	while (length && text[length] && (text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* Append a text to a block of memory. Return: the copy; NULL for an empty or absent text. */
static const char *keep(char **end, const char *text, size_t max)
{
	size_t length = length_of(text, max);
	char *kept = *end;

	if (!length)
		return NULL;
	memcpy(kept, text, length);
	kept[length] = '\0';
	printable_clean(kept);
	*end += length + 1;
	return kept;
}

struct event *event_copy(const struct event *event)
{
	size_t bytes = length_of(event->node, EVENT_WORD_MAX) + 1 +
		       length_of(event->pool, EVENT_WORD_MAX) + 1 +
		       length_of(event->old, EVENT_WORD_MAX) + 1 +
		       length_of(event->new, EVENT_WORD_MAX) + 1 +
		       length_of(event->cause, EVENT_CAUSE_MAX) + 1;
	struct event *copy = malloc(sizeof(*copy) + bytes);
	char *end;

	if (!copy)
		return NULL;
	end = (char *)(copy + 1);
	*copy = *event;
	copy->node = keep(&end, event->node, EVENT_WORD_MAX);
	copy->pool = keep(&end, event->pool, EVENT_WORD_MAX);
	copy->old = keep(&end, event->old, EVENT_WORD_MAX);
	copy->new = keep(&end, event->new, EVENT_WORD_MAX);
	copy->cause = keep(&end, event->cause, EVENT_CAUSE_MAX);
	return copy;
}

json_t *event_to_json(const struct event *event)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:b, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:o, s:I}",
			 "sequence", (json_int_t)event->sequence, "time_us",
			 (json_int_t)event->time_us, "kind", event_kind_word(event->kind),
			 "severity", event_severity_word(event->severity), "alarm",
			 event_is_alarm(event), "scope", event_scope_word(event->scope), "node",
			 event->node, "pool", event->pool, "old", event->old, "new", event->new,
			 "cause", event->cause, "detection_ms",
			 event->detection_us ? json_real(event->detection_us / 1e3) : json_null(),
			 "generation", (json_int_t)event->generation);
}

struct event *event_from_json(const json_t *json)
{
	const char *kind, *severity, *scope;
	json_int_t sequence, time_us, generation;
	struct event event = {};
	json_t *detection = NULL;
	int found[3];

	/* Keys that a later version adds are ignored. These keys are required. */
	if (json_unpack((json_t *)json, "{s:I, s:I, s:s, s:s, s:s, s:I, s?o}", "sequence",
			&sequence, "time_us", &time_us, "kind", &kind, "severity", &severity,
			"scope", &scope, "generation", &generation, "detection_ms", &detection))
		return NULL;
	found[0] = find_word(kind_words, EVENT_KIND_COUNT, kind);
	found[1] = find_word(severity_words, EVENT_SEVERITY_COUNT, severity);
	found[2] = find_word(scope_words, EVENT_SCOPE_COUNT, scope);
	if (found[0] < 0 || found[1] < 0 || found[2] < 0 || sequence <= 0 ||
	    sequence > EVENT_SEQUENCE_MAX || time_us < 0)
		return NULL;
	event.sequence = sequence;
	event.time_us = time_us;
	event.kind = found[0];
	event.severity = found[1];
	event.scope = found[2];
	event.generation = generation;
	event.node = json_string_value(json_object_get(json, "node"));
	event.pool = json_string_value(json_object_get(json, "pool"));
	event.old = json_string_value(json_object_get(json, "old"));
	event.new = json_string_value(json_object_get(json, "new"));
	event.cause = json_string_value(json_object_get(json, "cause"));
	if (json_number_value(detection) > 0 && json_number_value(detection) < 1e12)
		event.detection_us = llround(json_number_value(detection) * 1e3);
	return event_copy(&event);
}

const char *event_text(const struct event *event, char buffer[EVENT_TEXT_MAX])
{
	FILE *out = fmemopen(buffer, EVENT_TEXT_MAX, "w");

	if (!out)
		return strcpy(buffer, event_kind_word(event->kind));
	if (event->pool)
		fprintf(out, "pool %s: ", event->pool);
	if (event->node)
		fprintf(out, "node %s: ", event->node);
	fprintf(out, "%s", event_kind_word(event->kind));
	if (event->old)
		fprintf(out, " %s", event->old);
	if (event->new)
		fprintf(out, "%s %s", event->old ? " →" : "", event->new);
	if (event->cause)
		fprintf(out, ": %s", event->cause);
	if (event->detection_us)
		fprintf(out, ", detected in %.1f ms", event->detection_us / 1e3);
	fclose(out);
	return buffer;
}
