/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONFIG_DOCUMENT_H
#define STEER_CONFIG_DOCUMENT_H

#include <yaml.h>

#include "config/errors.h"

/**
 * DOC: parses a YAML file into libyaml's tree of nodes, each with its position in the file.
 *
 * The whole file is read before it is parsed, up to a limit far above any real configuration, so
 * that a wrong file (an image, a device) is refused at once.
 */
#define DOCUMENT_BYTES_MAX (4u * 1024 * 1024)
#define DOCUMENT_DEPTH_MAX 16 /* the format needs 5 */
#define DOCUMENT_ANCHORS_MAX 256

/**
 * document_load - read and parse a file with one YAML document.
 * @path: of the file
 * @errors: takes the error, with -EINVAL
 * @ret_document: free with yaml_document_delete()
 *
 * Return: 0; -EINVAL with an error added; -ENOMEM.
 */
int document_load(const char *path, struct errors *errors, yaml_document_t *ret_document);

#endif
