/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_EVENT_H
#define STEER_EVENTS_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/**
 * DOC: an event: one state change, as data, as JSON and as a line of text. Pure.
 *
 * An event of severity warning or above is an alarm. The scope of an alarm tells an operator where
 * to look first: at one node, at the checks of a service, or at the network or configuration that
 * many nodes have in common.
 */

/* Kind, its name, and the MESSAGE_ID of its entries in the systemd journal, which never changes. */
#define EVENT_KINDS(X)                                                \
	X(DAEMON, "daemon", "165eac8c7c554010bccf7c579c83b35e")       \
	X(PROGRAM, "program", "757b3ff44f264f268ee3cb81d4d32346")     \
	X(CONFIG, "config", "b44ce56ddb634b2995ac202de7fdbf30")       \
	X(LIVENESS, "liveness", "7a2666f538a64706af0df3f019c51cb7")   \
	X(ADMIN, "admin", "3daff36fd21d447ebd87e699c17f1110")         \
	X(HEALTH, "health", "d8b3ee28ce114467a02b8a6e5fd06aa1")       \
	X(MEMBER, "member", "f1be8ed50184406bbee3d548d1c18f2a")       \
	X(ACTIVE, "active", "18b5dc1ada89415197fdb50a13437d0b")       \
	X(PANIC, "panic", "c55231f4129944f8aa7a703468af257e")         \
	X(ISOLATION, "isolation", "460bb62b36974ce5810ff6bab7bcc661") \
	X(TABLES, "tables", "20fca894847d4f0895264f9507a1f063")

#define EVENT_SCOPES(X)       \
	X(NODE, "node")       \
	X(SERVICE, "service") \
	X(SYSTEMIC, "systemic")

/* Severity, its name, and its priority of syslog(3). */
#define EVENT_SEVERITIES(X)                \
	X(INFO, "info", LOG_INFO)          \
	X(WARNING, "warning", LOG_WARNING) \
	X(ERROR, "error", LOG_ERR)

#define EVENT_ENUM_KIND(name, word, id) EVENT_##name,
enum event_kind { EVENT_KINDS(EVENT_ENUM_KIND) EVENT_KIND_COUNT };
#define EVENT_ENUM_SCOPE(name, word) EVENT_SCOPE_##name,
enum event_scope { EVENT_SCOPES(EVENT_ENUM_SCOPE) EVENT_SCOPE_COUNT };
#define EVENT_ENUM_SEVERITY(name, word, priority) EVENT_SEVERITY_##name,
enum event_severity { EVENT_SEVERITIES(EVENT_ENUM_SEVERITY) EVENT_SEVERITY_COUNT };

struct event {
	uint64_t sequence; /* 1, 2, 3 …, continued after restarts; 0: not recorded yet */
	uint64_t time_us;  /* CLOCK_REALTIME, when it was detected */
	enum event_kind kind;
	enum event_scope scope;
	enum event_severity severity;
	const char *node, *pool; /* NULL: none in particular */
	const char *old, *new;	 /* states; NULL: none */
	const char *cause;	 /* NULL: none known */
	uint64_t detection_us;	 /* time since the last sign of the old state; 0: not known */
	uint32_t generation;	 /* of the configuration at that time */
};

#define EVENT_CAUSE_MAX 512
#define EVENT_TEXT_MAX 1024
/*
 * The largest integer that all JSON parsers read exactly (RFC 8259, section 6). A larger sequence
 * number in the file is damage, and would leave no number for the next event.
 */
#define EVENT_SEQUENCE_MAX (1LL << 53)
/* More than an event's JSON can have: names and states have at most 64 bytes, escapes double. */
#define EVENT_LINE_MAX 4096

const char *event_kind_word(enum event_kind kind);
const char *event_kind_id(enum event_kind kind);
const char *event_scope_word(enum event_scope scope);
const char *event_severity_word(enum event_severity severity);
int event_priority(const struct event *event); /* of syslog(3) */
bool event_is_alarm(const struct event *event);

/* The scope with a name. Return: 0; -EINVAL for an unknown name. */
int event_scope_parse(const char *word, enum event_scope *ret_scope);

/**
 * event_copy - copy an event and its strings into one block of memory.
 *
 * Strings are cut to their limits and made one line of printable UTF-8, as a cause may contain what
 * a checked server sent.
 *
 * Return: the copy, to be freed with free(); NULL without memory.
 */
struct event *event_copy(const struct event *event);

/* The event as JSON, with the keys of docs/events.md: a new reference; NULL without memory. */
json_t *event_to_json(const struct event *event);

/* An event from JSON. Return: as event_copy(); NULL if the JSON is no event. */
struct event *event_from_json(const json_t *json);

/* "pool web: node n3: member serving → down: CAUSE, detected in 30.9 ms". Return: buffer. */
const char *event_text(const struct event *event, char buffer[EVENT_TEXT_MAX]);

#endif
