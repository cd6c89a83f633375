/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_EVENTS_PRINTABLE_H
#define STEER_EVENTS_PRINTABLE_H

/**
 * DOC: makes text from outside (a script's output, a certificate's name) fit for a log, a terminal
 * or JSON. Pure.
 */

/**
 * printable_clean - replace every byte that is not printable UTF-8 by a question mark.
 *
 * Control characters are not printable, nor are line ends: the text becomes one line.
 */
void printable_clean(char *text);

#endif
