// SPDX-License-Identifier: GPL-2.0
#include "health/path_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <string.h>

#include "steer/byte_order.h"

#include "config/address.h"

#define TTL 64
#define WINDOW 1024

/* Internet checksum (RFC 1071) of an even number of bytes. */
static uint32_t sum_words(const void *data, size_t bytes, uint32_t sum)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < bytes; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return steer_raw16(htons((uint16_t)~sum));
}

static void build_tcp(const struct path_segment *segment, uint8_t *at)
{
	size_t offset = address_is_ipv4(&segment->source) ? 12 : 0;
	size_t length = sizeof(segment->source) - offset;
	struct tcphdr tcp = {
		.th_sport = htons(segment->source_port),
		.th_dport = htons(segment->destination_port),
		.th_seq = htonl(segment->sequence),
		.th_ack = htonl(segment->acknowledgement),
		.th_off = sizeof(tcp) / 4,
		.th_flags = segment->flags,
		.th_win = htons(WINDOW),
	};
	uint32_t sum = IPPROTO_TCP + sizeof(tcp);

	sum = sum_words((const uint8_t *)&segment->source + offset, length, sum);
	sum = sum_words((const uint8_t *)&segment->destination + offset, length, sum);
	tcp.th_sum = fold(sum_words(&tcp, sizeof(tcp), sum));
	memcpy(at, &tcp, sizeof(tcp));
}

static size_t build_ipv4(const struct path_segment *segment, uint8_t *packet)
{
	struct ip ip = {
		.ip_v = 4,
		.ip_hl = sizeof(ip) / 4,
		.ip_len = htons(sizeof(ip) + sizeof(struct tcphdr)),
		.ip_off = htons(IP_DF),
		.ip_ttl = TTL,
		.ip_p = IPPROTO_TCP,
		.ip_src.s_addr = segment->source.word[3],
		.ip_dst.s_addr = segment->destination.word[3],
	};

	ip.ip_sum = fold(sum_words(&ip, sizeof(ip), 0));
	memcpy(packet, &ip, sizeof(ip));
	return sizeof(ip);
}

static size_t build_ipv6(const struct path_segment *segment, uint8_t *packet)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6U << 28),
		.ip6_plen = htons(sizeof(struct tcphdr)),
		.ip6_nxt = IPPROTO_TCP,
		.ip6_hlim = TTL,
	};

	memcpy(&ip.ip6_src, &segment->source, sizeof(ip.ip6_src));
	memcpy(&ip.ip6_dst, &segment->destination, sizeof(ip.ip6_dst));
	memcpy(packet, &ip, sizeof(ip));
	return sizeof(ip);
}

size_t path_packet_build(const struct path_segment *segment, uint8_t ret_packet[PATH_PACKET_MAX])
{
	size_t header = address_is_ipv4(&segment->source) ? build_ipv4(segment, ret_packet)
							  : build_ipv6(segment, ret_packet);

	build_tcp(segment, ret_packet + header);
	return header + sizeof(struct tcphdr);
}

static int parse_ipv4(const uint8_t *packet, size_t bytes, struct path_segment *segment)
{
	struct ip ip;
	size_t header;

	if (bytes < sizeof(ip))
		return -EBADMSG;
	memcpy(&ip, packet, sizeof(ip));
	header = ip.ip_hl * 4U;
	if (ip.ip_p != IPPROTO_TCP || header < sizeof(ip) || ntohs(ip.ip_off) & IP_OFFMASK)
		return -EBADMSG;
	segment->source = (struct steer_addr){ .word = { 0, 0, htonl(0xffff), ip.ip_src.s_addr } };
	segment->destination =
		(struct steer_addr){ .word = { 0, 0, htonl(0xffff), ip.ip_dst.s_addr } };
	return (int)header;
}

static int parse_ipv6(const uint8_t *packet, size_t bytes, struct path_segment *segment)
{
	struct ip6_hdr ip;

	if (bytes < sizeof(ip))
		return -EBADMSG;
	memcpy(&ip, packet, sizeof(ip));
	if (ip.ip6_nxt != IPPROTO_TCP)
		return -EBADMSG;
	memcpy(&segment->source, &ip.ip6_src, sizeof(ip.ip6_src));
	memcpy(&segment->destination, &ip.ip6_dst, sizeof(ip.ip6_dst));
	return sizeof(ip);
}

int path_packet_parse(const uint8_t *packet, size_t bytes, struct path_segment *ret_segment)
{
	struct path_segment segment = {};
	struct tcphdr tcp;
	int header = -EBADMSG;

	if (bytes && packet[0] >> 4 == 4)
		header = parse_ipv4(packet, bytes, &segment);
	else if (bytes && packet[0] >> 4 == 6)
		header = parse_ipv6(packet, bytes, &segment);
	if (header < 0 || bytes < (size_t)header + sizeof(tcp))
		return -EBADMSG;
	memcpy(&tcp, packet + header, sizeof(tcp));
	segment.source_port = ntohs(tcp.th_sport);
	segment.destination_port = ntohs(tcp.th_dport);
	segment.sequence = ntohl(tcp.th_seq);
	segment.acknowledgement = ntohl(tcp.th_ack);
	segment.flags = tcp.th_flags;
	*ret_segment = segment;
	return 0;
}
