// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: a steady stream of packets in which a hole can be seen.
 *
 *   pulse SOCKET DATAGRAMS_PER_S SYNS_PER_S ADDRESS ECHO_PORT SYN_PORT
 *   pulse report SOCKET
 *
 * Sends datagrams from many ports to echo, and TCP SYNs from many ports, which the client's kernel
 * takes back by a reset as soon as they are answered. Each datagram has a number; one that is not
 * answered within a second is lost. The report is one JSON object: how many datagrams were sent,
 * how many of these are settled (answered, or given up), how many of the settled ones are lost, how
 * many were answered after they had been given up, and how many SYNs were sent. IPv4.
 */
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "echo.h"
#include "report.h"

#define FLOWS 1024
#define SYN_FLOWS 512
#define SYN_PORT_FIRST 65001 /* the bed's clients take theirs from below */
#define TICK_NS 1000000LL
#define PATIENCE_NS 1000000000LL
#define REMEMBERED (1U << 18) /* more than are sent within PATIENCE_NS */
#define BURST_MAX 32 /* what a late tick makes up for: more would not fit into veth's rings */

struct datagram {
	int64_t sent_ns;
	bool answered;
};

/* So many packets of a kind are due by now. */
struct rate {
	uint64_t per_s;
	uint64_t sent;
	int64_t since_ns;
	uint64_t since; /* sent by then */
};

struct pseudo_header {
	uint32_t source, destination;
	uint8_t zero, protocol;
	uint16_t length; /* all big-endian */
	struct tcphdr tcp;
};
_Static_assert(sizeof(struct pseudo_header) == 32, "wire layout");

static struct {
	int epoll;
	int flow[FLOWS];
	int syn_fd;
	struct endpoint syn_to;
	struct pseudo_header syn;
	struct rate datagrams, syns;
	struct datagram datagram[REMEMBERED]; /* by number */
	uint64_t settled, lost, late;
} pulse;

static uint64_t rate_due(struct rate *rate, int64_t now)
{
	uint64_t due = rate->since + (uint64_t)(now - rate->since_ns) * rate->per_s / 1000000000;

	if (due - rate->sent <= BURST_MAX)
		return due - rate->sent;
	/* Too late for all of them: a new beginning. */
	rate->since_ns = now;
	rate->since = rate->sent + BURST_MAX;
	return BURST_MAX;
}

static void datagram_send(int64_t now)
{
	uint64_t number = pulse.datagrams.sent;
	struct echo_message message = { number % FLOWS, number };

	/* The only one in the slot that is not settled would be a second old. */
	pulse.datagram[number % REMEMBERED] = (struct datagram){ .sent_ns = now };
	if (send(pulse.flow[number % FLOWS], &message, sizeof(message), 0) < 0 &&
	    errno != ECONNREFUSED)
		die("send");
	pulse.datagrams.sent++;
}

static void datagram_answer(int fd)
{
	struct echo_answer answer;

	while (recv(fd, &answer, sizeof(answer), 0) == (ssize_t)sizeof(answer)) {
		uint64_t number = answer.echo.sequence;

		if (number >= pulse.datagrams.sent)
			continue;
		if (number < pulse.settled)
			pulse.late++;
		else
			pulse.datagram[number % REMEMBERED].answered = true;
	}
}

static void datagrams_settle(int64_t now)
{
	for (; pulse.settled < pulse.datagrams.sent; pulse.settled++) {
		const struct datagram *datagram = &pulse.datagram[pulse.settled % REMEMBERED];

		if (!datagram->answered && now - datagram->sent_ns < PATIENCE_NS)
			break;
		pulse.lost += !datagram->answered;
	}
}

static uint16_t checksum(const void *data, size_t bytes)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < bytes / 2; i++)
		sum += word[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void syn_send(void)
{
	struct pseudo_header *syn = &pulse.syn;

	syn->tcp.source = htons((uint16_t)(SYN_PORT_FIRST + pulse.syns.sent % SYN_FLOWS));
	syn->tcp.seq = htonl((uint32_t)pulse.syns.sent << 8);
	syn->tcp.check = 0;
	syn->tcp.check = checksum(syn, sizeof(*syn));
	if (sendto(pulse.syn_fd, &syn->tcp, sizeof(syn->tcp), 0,
		   (struct sockaddr *)&pulse.syn_to.address, pulse.syn_to.length) < 0 &&
	    errno != ENOBUFS)
		die("SYN");
	pulse.syns.sent++;
}

static void pulse_tick(int64_t now)
{
	uint64_t datagrams = rate_due(&pulse.datagrams, now), syns = rate_due(&pulse.syns, now);

	/* By turns, so that no kind comes in a lump. */
	while (datagrams || syns) {
		if (datagrams) {
			datagram_send(now);
			datagrams--;
		}
		if (syns) {
			syn_send();
			syns--;
		}
	}
	datagrams_settle(now);
}

static void flows_open(const struct endpoint *to)
{
	for (int i = 0; i < FLOWS; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

		if (fd < 0 || connect(fd, (const struct sockaddr *)&to->address, to->length))
			die("connect");
		pulse.flow[i] = fd;
		epoll_add(pulse.epoll, fd, EPOLLIN, &pulse.flow[i]);
	}
}

/* What is the same in all of them, with the pseudo header of the checksum in front. */
static void syn_prepare(const struct endpoint *to)
{
	const struct sockaddr_in *destination = (const struct sockaddr_in *)&to->address;
	struct sockaddr_in source;
	socklen_t length = sizeof(source);

	if (getsockname(pulse.flow[0], (struct sockaddr *)&source, &length))
		die("getsockname");
	pulse.syn_fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_TCP);
	if (pulse.syn_fd < 0)
		die("raw socket");
	/* Only to send from: what all of TCP receives would pile up in it. */
	shutdown(pulse.syn_fd, SHUT_RD);
	setsockopt(pulse.syn_fd, SOL_SOCKET, SO_RCVBUF, &(int){ 1 }, sizeof(int));
	pulse.syn_to = *to;
	pulse.syn = (struct pseudo_header){
		.source = source.sin_addr.s_addr,
		.destination = destination->sin_addr.s_addr,
		.protocol = IPPROTO_TCP,
		.length = htons(sizeof(struct tcphdr)),
		.tcp = { .dest = destination->sin_port,
			 .doff = sizeof(struct tcphdr) / 4,
			 .syn = 1,
			 .window = htons(1024) },
	};
}

static json_t *pulse_report(void)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "now_ns", (json_int_t)clock_now_ns(),
			 "sent", (json_int_t)pulse.datagrams.sent, "settled",
			 (json_int_t)pulse.settled, "lost", (json_int_t)pulse.lost, "late",
			 (json_int_t)pulse.late, "syns", (json_int_t)pulse.syns.sent);
}

static int tick_timer(void)
{
	const struct itimerspec spec = { { 0, TICK_NS }, { 0, TICK_NS } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL))
		die("timer");
	return fd;
}

static void pulse_main(char **argv)
{
	struct endpoint echo = parse_endpoint(argv[3], argv[4]);
	struct endpoint syn = parse_endpoint(argv[3], argv[5]);
	struct epoll_event events[256];
	int listener = report_listen(argv[0]);
	int timer = tick_timer();
	int64_t now = clock_now_ns();

	pulse.epoll = epoll_create1(0);
	pulse.datagrams = (struct rate){ .per_s = (uint64_t)atoi(argv[1]), .since_ns = now };
	pulse.syns = (struct rate){ .per_s = (uint64_t)atoi(argv[2]), .since_ns = now };
	flows_open(&echo);
	syn_prepare(&syn);
	epoll_add(pulse.epoll, listener, EPOLLIN, &listener);
	epoll_add(pulse.epoll, timer, EPOLLIN, &timer);

	for (;;) {
		int n = epoll_wait(pulse.epoll, events, 256, -1);

		for (int i = 0; i < n; i++) {
			uint64_t expirations;

			if (events[i].data.ptr == &listener)
				report_give(listener, pulse_report());
			else if (events[i].data.ptr != &timer)
				datagram_answer(*(int *)events[i].data.ptr);
			else if (read(timer, &expirations, sizeof(expirations)) > 0)
				pulse_tick(clock_now_ns());
		}
	}
}

int main(int argc, char **argv)
{
	const struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 3 && !strcmp(argv[1], "report"))
		return report_print(argv[2]);
	if (argc == 7 && atoi(argv[2]) >= 0 && atoi(argv[3]) >= 0)
		pulse_main(argv + 1);
	fprintf(stderr,
		"usage: pulse SOCKET DATAGRAMS_PER_S SYNS_PER_S ADDRESS ECHO_PORT SYN_PORT | "
		"report SOCKET\n");
	return 2;
}
