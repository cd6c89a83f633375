/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_CONTROL_LIMITS_H
#define STEER_CONTROL_LIMITS_H

/* Constants of the control protocol; server.h describes it. */
#define CONTROL_SCHEMA 1
#define CONTROL_SOCKET "/run/steer/control.sock"
#define CONTROL_CLIENTS_MAX 32
#define CONTROL_WAITING_MAX (CONTROL_CLIENTS_MAX / 2)
#define CONTROL_IDLE_MS 10000
#define CONTROL_WAIT_MAX_MS 60000

#endif
