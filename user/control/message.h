/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_MESSAGE_H
#define STEER_CONTROL_MESSAGE_H

#include <jansson.h>
#include <stddef.h>

/**
 * DOC: requests and answers as lines of text; see server.h for their form. Pure.
 *
 * Both ends use the same functions, so that there is one place that knows the keys.
 */
#define CONTROL_REQUEST_MAX (64 * 1024)
#define CONTROL_ANSWER_MAX (4 * 1024 * 1024) /* 1000 nodes or 4096 services are a quarter of it */
#define CONTROL_MESSAGE_MAX 512

struct control_request {
	json_t *root;
	const char *command;	 /* these two point into root */
	const json_t *arguments; /* an object */
};

void control_request_clear(struct control_request *request);

/**
 * control_request_parse - understand one line.
 * @line: without its newline, not terminated
 * @ret_request: free with control_request_clear()
 * @ret_reason: why it is refused, in words
 *
 * Return: 0, -EBADMSG, -ENOMEM.
 */
int control_request_parse(const char *line, size_t length, struct control_request *ret_request,
			  char ret_reason[CONTROL_MESSAGE_MAX]);

/**
 * control_request_format - a request's line, newline included.
 * @arguments: an object or NULL
 * Return: 0, -EMSGSIZE (longer than CONTROL_REQUEST_MAX), -ENOMEM.
 */
int control_request_format(const char *command, const json_t *arguments, char **ret_line);

/**
 * control_answer_format - an answer's line, newline included.
 * @data: an object or NULL
 *
 * Data too long to send is replaced by an error that says so. Return: 0, -ENOMEM.
 */
int control_answer_format(int code, const char *message, const json_t *data, char **ret_line);

/**
 * control_answer_parse - understand an answer.
 * @ret_data: a new reference, NULL if there is none
 * Return: 0, -EPROTO.
 */
int control_answer_parse(const char *line, size_t length, int *ret_code,
			 char ret_message[CONTROL_MESSAGE_MAX], json_t **ret_data);

#endif
