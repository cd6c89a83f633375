/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BENCH_SCENE_H
#define STEER_BENCH_SCENE_H

#include <stdbool.h>

#include <linux/types.h>

#include "plan.h"
#include "world.h"

/**
 * DOC: what is measured: a kind of packet and what has to become of it (scene), and how many flows,
 * services and nodes there are (scale).
 */
enum scene_wrap {
	SCENE_ALONE, /* without a wrapper: a program that leaves the frame as good as it was */
	SCENE_V4,
	SCENE_V6,
	SCENE_GUE, /* IPv4 in GUE, from another node */
	SCENE_WRAPS,
};

enum scene_flows {
	SCENE_NO_FLOWS,
	SCENE_HIT,
	SCENE_MISS,
};

struct scene {
	const char *name;
	const char *floor; /* a program of floors.bpf.c; NULL: Steer's */
	enum scene_wrap wrap;
	enum world_forward forward;
	__u8 protocol;
	__u8 foreign; /* to no virtual address */
	__u16 port;
	__s16 grows; /* bytes that the frame is longer by afterwards */
	__u8 turned; /* the MACs are swapped */
	__u8 action;
	__u8 verdict;
	__u8 flows; /* enum scene_flows */
	__u8 sockets;
	__u8 scales; /* bit 1 << enum scene_scale */
	__u8 hidden; /* measured to be subtracted: always, and not shown */
};

enum scene_scale {
	SCALE_1,
	SCALE_100K,
	SCALE_1M,
	SCALE_SERVICES,
	SCALE_NODES,
	SCALE_ALL,
	SCALE_TABLES, /* the same, but each pool has a table of its own */
	SCALES,
};

struct scale {
	const char *name;
	int flows, services, nodes;
	int tables; /* one for each pool */
};

extern const struct scene scenes[];
extern const size_t n_scenes;
extern const struct scale scales[SCALES];

#define SCENE_FRAME_BYTES 256

/* The frame and how it is to be changed. Return: the frame's length. */
int scene_build(const struct scene *scene, const struct scale *scale,
		__u8 ret_frame[SCENE_FRAME_BYTES], struct targets *ret_plan);

/* The tags of GUE frames, by turn. */
void scene_fill_tags(const struct targets *plan, __u32 *ret_tags);

#endif
