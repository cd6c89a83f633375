// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: how many packets per second come through: the user side of mpps.bpf.c.
 *
 *   mpps swap OBJECT INTERFACE     attach the floor; the attachment ends with the interface
 *   mpps run OBJECT ROUNDS PACKETS FLOWS NAME:KIND:INTERFACE...
 *       for each of these ways: send so many packets, of so many flows, out by the interface, count
 *       at the same one what comes back, as swapped, l2, nat or gue; in turns, ROUNDS times. One
 *       round more, the first, does not count: whoever keeps state of flows has it then.
 *
 * All of it happens on one CPU: what a packet costs on its whole way is the time between two.
 * Prints
 * {"NAME": {"median": …, "min": …, "max": …, "lost": …}, …} in millions per second. Fails if
 * anything else came back than it should: then the figure would be of something else.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <jansson.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include "clock.h"
#include "mpps.h"

#define MAX_WAYS 16
#define MAX_ROUNDS 1000
#define MAX_PACKETS 100000000
#define MAX_CPUS 1024
#define MIN_FLOWS 64 /* fewer might leave a node out */
#define BATCH 64     /* no more at once than a veth's ring holds */
#define SETTLE_MS 2000

struct way {
	const char *name;
	enum mpps_kind kind;
	__u32 ifindex;
	struct bpf_object *object;
	int sender_fd, seen_fd;
	double mpps[MAX_ROUNDS];
	double lost; /* the largest share */
};

static const char *const kinds[MPPS_KINDS] = { "swapped", "l2", "nat", "gue" };

static int fail(const char *what, int error)
{
	fprintf(stderr, "mpps: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return 1;
}

static __sum16 ip_checksum(const struct iphdr *ip)
{
	const __be16 *word = (const void *)ip;
	__u32 sum = 0;

	for (size_t i = 0; i < sizeof(*ip) / 2; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* The UDP checksum is left out, as IPv4 allows: its port changes. */
static void fill_frame(__u64 frame[MPPS_FRAME_WORDS])
{
	size_t bytes = MPPS_FRAME_WORDS * sizeof(*frame);
	struct ethhdr *eth = (void *)frame;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	memset(frame, 0, bytes);
	eth->h_dest[0] = eth->h_source[0] = 0x02;
	eth->h_dest[5] = MPPS_SELF;
	eth->h_source[5] = MPPS_ROUTER;
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = htons(bytes - sizeof(*eth));
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = htonl(MPPS_CLIENT);
	ip->daddr = htonl(MPPS_VIP);
	ip->check = ip_checksum(ip);
	udp->dest = htons(MPPS_PORT);
	udp->len = htons(bytes - sizeof(*eth) - sizeof(*ip));
}

static int find_program(struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

static struct bpf_object *open_object(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);

	return object && bpf_object__load(object) == 0 ? object : NULL;
}

static int cmd_swap(int argc, char **argv)
{
	struct bpf_object *object;
	int r;

	if (argc != 2)
		return fail("swap", EINVAL);
	object = open_object(argv[0]);
	if (!object)
		return fail(argv[0], errno);
	r = bpf_xdp_attach((int)if_nametoindex(argv[1]), find_program(object, "mpps_swap"),
			   XDP_FLAGS_DRV_MODE, NULL);
	return r ? fail(argv[1], r) : 0;
}

/* NAME:KIND:INTERFACE */
static int parse_way(char *text, struct way *way)
{
	char *kind = strchr(text, ':'), *interface = kind ? strchr(kind + 1, ':') : NULL;

	if (!interface)
		return -EINVAL;
	*kind++ = *interface++ = '\0';
	way->name = text;
	way->ifindex = if_nametoindex(interface);
	while (way->kind < MPPS_KINDS && strcmp(kind, kinds[way->kind]) != 0)
		way->kind++;
	return way->kind < MPPS_KINDS && way->ifindex ? 0 : -EINVAL;
}

static int open_way(struct way *way, const char *path, __u32 flows)
{
	struct mpps_settings settings = {
		.ifindex = way->ifindex,
		.kind = way->kind,
		.flows = flows,
	};
	__u32 zero = 0;
	int r;

	way->object = open_object(path);
	if (!way->object)
		return -errno;
	fill_frame(settings.frame);
	r = bpf_map_update_elem(bpf_object__find_map_fd_by_name(way->object, "mpps_settings"),
				&zero, &settings, BPF_ANY);
	if (r)
		return r;
	way->sender_fd = find_program(way->object, "mpps_send");
	way->seen_fd = bpf_object__find_map_fd_by_name(way->object, "mpps_seen");
	return bpf_xdp_attach((int)way->ifindex, find_program(way->object, "mpps_sink"),
			      XDP_FLAGS_DRV_MODE, NULL);
}

static void add(struct mpps_seen *sum, const struct mpps_seen *one)
{
	for (size_t i = 0; i < MPPS_NODES; i++)
		sum->node[i] += one->node[i];
	sum->other += one->other;
	sum->moved += one->moved;
}

static int read_seen(const struct way *way, struct mpps_seen *ret_seen)
{
	static struct mpps_seen of_cpu[MAX_CPUS];
	struct mpps_seen seen = {};
	__u32 zero = 0;

	if (libbpf_num_possible_cpus() > MAX_CPUS)
		return -E2BIG;
	if (bpf_map_lookup_elem(way->seen_fd, &zero, of_cpu))
		return -errno;
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		add(&seen, &of_cpu[i]);
	*ret_seen = seen;
	return 0;
}

static __u64 count(const struct mpps_seen *seen)
{
	__u64 packets = 0;

	for (size_t i = 0; i < MPPS_NODES; i++)
		packets += seen->node[i];
	return packets;
}

/* What was sent last may still be in a ring: until nothing comes any more. */
static int await_rest(const struct way *way, __u64 expected, struct mpps_seen *ret_seen)
{
	long long end_ns = clock_now_ns() + SETTLE_MS * 1000000LL;
	struct mpps_seen seen = {};
	__u64 before = 0;
	int r, quiet = 0;

	while (quiet < 20 && clock_now_ns() < end_ns) {
		r = read_seen(way, &seen);
		if (r)
			return r;
		if (count(&seen) + seen.other >= expected)
			break;
		quiet = count(&seen) == before ? quiet + 1 : 0;
		before = count(&seen);
		usleep(1000);
	}
	*ret_seen = seen;
	return 0;
}

/* Return: 0; -EBADMSG, and it is said why: packets were not as they should be. */
static int judge(const struct way *way, const struct mpps_seen *seen)
{
	int one = way->kind == MPPS_SWAPPED;

	for (size_t i = one ? MPPS_SELF : MPPS_FIRST; i <= (one ? MPPS_SELF : MPPS_LAST); i++)
		if (!seen->node[i]) {
			fprintf(stderr, "mpps: %s: no packet for node %zu\n", way->name, i);
			return -EBADMSG;
		}
	if (!seen->other && !seen->moved)
		return 0;
	fprintf(stderr, "mpps: %s: %llu packets are not as they should be, %llu changed nodes\n",
		way->name, seen->other, seen->moved);
	return -EBADMSG;
}

static int measure(struct way *way, __u32 packets, double *ret_mpps)
{
	struct mpps_settings settings;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = settings.frame,
		    .data_size_in = sizeof(settings.frame), .repeat = (int)packets,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
	struct mpps_seen before, after;
	double lost;
	int r;

	fill_frame(settings.frame);
	r = read_seen(way, &before);
	if (r)
		return r;
	r = bpf_prog_test_run_opts(way->sender_fd, &opts);
	if (r == 0)
		r = await_rest(way, count(&before) + packets, &after);
	if (r == 0)
		r = judge(way, &after);
	if (r)
		return r;
	lost = 1 - (double)(count(&after) - count(&before)) / packets;
	*ret_mpps = (1 - lost) * 1e3 / opts.duration;
	way->lost = lost > way->lost ? lost : way->lost;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double rounded(double value)
{
	return (double)(long long)(value * 10000 + 0.5) / 10000;
}

static int print(struct way *ways, size_t n, size_t rounds)
{
	json_t *all = json_object();

	for (size_t i = 0; i < n; i++) {
		double *mpps = ways[i].mpps;

		qsort(mpps, rounds, sizeof(*mpps), compare);
		json_object_set_new(all, ways[i].name,
				    json_pack("{s:f, s:f, s:f, s:f}", "median",
					      rounded(mpps[rounds / 2]), "min", rounded(mpps[0]),
					      "max", rounded(mpps[rounds - 1]), "lost",
					      rounded(ways[i].lost)));
	}
	json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(all);
	return ferror(stdout) || fflush(stdout);
}

/* The last one: interrupts and other work are more often on the first. */
static int stay_on_one_cpu(void)
{
	cpu_set_t cpus;
	int last = -1;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return -errno;
	for (int i = 0; i < CPU_SETSIZE; i++)
		last = CPU_ISSET(i, &cpus) ? i : last;
	CPU_ZERO(&cpus);
	CPU_SET(last, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0;
}

static int cmd_run(int argc, char **argv)
{
	static struct way ways[MAX_WAYS];
	size_t n = argc > 4 ? argc - 4 : 0, rounds, i, round;
	unsigned long packets, flows;
	double first;
	int r = 0;

	rounds = n ? strtoul(argv[1], NULL, 10) : 0;
	packets = n ? strtoul(argv[2], NULL, 10) : 0;
	flows = n ? strtoul(argv[3], NULL, 10) : 0;
	if (n > MAX_WAYS || !rounds || rounds > MAX_ROUNDS || !packets || packets > MAX_PACKETS ||
	    flows < MIN_FLOWS || flows > MPPS_FLOWS || flows & (flows - 1))
		return fail("run", EINVAL);
	for (i = 0; i < n && r == 0; i++) {
		r = parse_way(argv[4 + i], &ways[i]);
		if (r == 0)
			r = open_way(&ways[i], argv[0], flows);
		if (r)
			return fail(argv[4 + i], r);
	}
	r = stay_on_one_cpu();
	for (round = 0; round <= rounds && r == 0; round++)
		for (i = 0; i < n && r == 0; i++)
			r = measure(&ways[i], packets, round ? &ways[i].mpps[round - 1] : &first);
	return r ? fail("run", r) : print(ways, n, rounds);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "swap") == 0)
		return cmd_swap(argc - 2, argv + 2);
	if (argc > 1 && strcmp(argv[1], "run") == 0)
		return cmd_run(argc - 2, argv + 2);
	fprintf(stderr, "usage: mpps swap OBJECT INTERFACE | "
			"run OBJECT ROUNDS PACKETS FLOWS NAME:KIND:INTERFACE...\n");
	return 2;
}
