/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_MESSAGE_H
#define STEER_CONTROL_MESSAGE_H

#include <jansson.h>
#include <stddef.h>

/**
 * DOC: requests and answers as lines of JSON; server.h describes their format. Pure.
 *
 * Client and server use the same functions, so the keys are defined in one place.
 */
#define CONTROL_REQUEST_MAX (64 * 1024)	     /* bytes, with the newline */
#define CONTROL_ANSWER_MAX (4 * 1024 * 1024) /* four times that of 1000 nodes or 4096 services */
#define CONTROL_MESSAGE_MAX 512

struct control_request {
	json_t *root;
	const char *command;	 /* points into root */
	const json_t *arguments; /* an object, points into root */
};

void control_request_clear(struct control_request *request);

/**
 * control_request_parse - parse a request.
 * @line: without its newline; need not be terminated
 * @length: of the line, in bytes
 * @ret_request: free with control_request_clear()
 * @ret_reason: with -EBADMSG: why the request is refused, in words
 *
 * Return: 0; -EBADMSG if it is no valid request; -ENOMEM.
 */
int control_request_parse(const char *line, size_t length, struct control_request *ret_request,
			  char ret_reason[CONTROL_MESSAGE_MAX]);

/**
 * control_request_format - format a request as a line with its newline.
 * @command: name of the command
 * @arguments: an object or NULL
 * @ret_line: to be freed
 *
 * Return: 0; -EMSGSIZE if it is longer than CONTROL_REQUEST_MAX; -ENOMEM.
 */
int control_request_format(const char *command, const json_t *arguments, char **ret_line);

/**
 * control_answer_format - format an answer as a line with its newline.
 * @code: exit code of the command line
 * @message: may be empty
 * @data: an object or NULL
 * @ret_line: to be freed
 *
 * An answer longer than CONTROL_ANSWER_MAX is replaced by an error that says so.
 *
 * Return: 0, -ENOMEM.
 */
int control_answer_format(int code, const char *message, const json_t *data, char **ret_line);

/**
 * control_answer_parse - parse an answer.
 * @line: need not be terminated
 * @length: of the line, in bytes
 * @ret_code: exit code of the command line
 * @ret_message: empty if the answer has none
 * @ret_data: a new reference; NULL if the answer has none
 *
 * Return: 0; -EPROTO if it is no answer of a known schema.
 */
int control_answer_parse(const char *line, size_t length, int *ret_code,
			 char ret_message[CONTROL_MESSAGE_MAX], json_t **ret_data);

#endif
