/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_HEALTH_PRINTABLE_H
#define STEER_HEALTH_PRINTABLE_H

/**
 * DOC: text from outside (a script's output, a certificate's name) on its way to a log, a terminal
 * or JSON. Pure.
 */

/**
 * printable_clean - replace what is no printable UTF-8 by question marks, byte by byte.
 * Control characters are not printable, line ends included: the text stays one line.
 */
void printable_clean(char *text);

#endif
