/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_DOCUMENT_H
#define STEER_CONFIG_DOCUMENT_H

#include <yaml.h>

#include "config/errors.h"

/**
 * DOC: a YAML file as libyaml's tree of nodes, each with its place in the file.
 *
 * The file is read whole before it is parsed, up to a limit that no real configuration comes near,
 * so that a wrong file (an image, a device) is refused at once.
 */
#define DOCUMENT_BYTES_MAX (4u * 1024 * 1024)
#define DOCUMENT_DEPTH_MAX 16 /* the format needs 5 */
#define DOCUMENT_ANCHORS_MAX 256

/**
 * document_load - read and parse a file that holds one document.
 * @ret_document: free with yaml_document_delete()
 *
 * Return: 0; -EINVAL with an error added; -ENOMEM.
 */
int document_load(const char *path, struct errors *errors, yaml_document_t *ret_document);

#endif
