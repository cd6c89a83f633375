// SPDX-License-Identifier: GPL-2.0
#include "cli/flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/address.h"

#define TTL 64
#define UDP_BYTES 8
#define SCTP_BYTES 12
#define ICMP_BYTES 8
#define ICMP_ECHO 8
#define ICMP6_ECHO 128

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "tcp", IPPROTO_TCP },	  { "udp", IPPROTO_UDP },	{ "sctp", IPPROTO_SCTP },
	{ "icmp", IPPROTO_ICMP }, { "icmpv6", IPPROTO_ICMPV6 },
};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

int flow_parse_protocol(const char *text, uint8_t *ret_protocol)
{
	unsigned long number;
	char *end;

	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (!strcmp(text, protocols[i].name)) {
			*ret_protocol = protocols[i].number;
			return 0;
		}
	}
	number = strtoul(text, &end, 10);
	if (!*text || *end || number > UINT8_MAX)
		return -EINVAL;
	*ret_protocol = number;
	return 0;
}

static int parse_port(const char *text, __be16 *ret_port)
{
	unsigned long port;
	char *end;

	port = strtoul(text, &end, 10);
	if (!*text || *end || port > UINT16_MAX)
		return -EINVAL;
	*ret_port = htons(port);
	return 0;
}

int flow_parse_endpoint(const char *text, struct steer_addr *ret_addr, __be16 *ret_port)
{
	char host[ADDRESS_TEXT_MAX];
	const char *colon = strrchr(text, ':'), *end = text + strlen(text);
	bool bracket = *text == '[';

	*ret_port = 0;
	if (bracket) {
		end = strchr(++text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		colon = end[1] ? end + 1 : NULL;
	} else if (colon && strchr(text, ':') != colon) {
		colon = NULL; /* IPv6 without brackets has no port */
	} else if (colon) {
		end = colon;
	}
	if ((size_t)(end - text) >= sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)(end - text), text);
	if (address_parse(host, ret_addr) < 0)
		return -EINVAL;
	return colon ? parse_port(colon + 1, ret_port) : 0;
}

const char *flow_format_endpoint(const struct steer_addr *addr, __be16 port,
				 char buffer[FLOW_TEXT_MAX])
{
	char text[ADDRESS_TEXT_MAX];

	address_format(addr, text);
	if (!port)
		snprintf(buffer, FLOW_TEXT_MAX, "%s", text);
	else
		snprintf(buffer, FLOW_TEXT_MAX, address_is_ipv4(addr) ? "%s:%u" : "[%s]:%u", text,
			 ntohs(port));
	return buffer;
}

const char *flow_format(const struct steer_flow *flow, char buffer[FLOW_TEXT_MAX])
{
	char src[FLOW_TEXT_MAX], dst[FLOW_TEXT_MAX], number[8];
	const char *name = number;

	buffer[0] = '\0';
	if (address_is_none(&flow->dst))
		return buffer;
	snprintf(number, sizeof(number), "%u", flow->protocol);
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (protocols[i].number == flow->protocol)
			name = protocols[i].name;
	flow_format_endpoint(&flow->src, flow->sport, src);
	flow_format_endpoint(&flow->dst, flow->dport, dst);
	snprintf(buffer, FLOW_TEXT_MAX, "%s%s%.70s > %.70s", flow->protocol ? name : "",
		 flow->protocol ? " " : "", src, dst);
	return buffer;
}

static uint16_t checksum(const void *data, size_t bytes)
{
	const uint16_t *half = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < bytes / 2; i++)
		sum += half[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static size_t build_l4(const struct steer_flow *flow, int syn, uint8_t *at)
{
	struct tcphdr tcp = {
		.th_off = sizeof(tcp) / 4,
		.th_flags = syn ? TH_SYN : TH_ACK,
		.th_win = htons(0xffff),
	};
	__be16 udp_bytes = htons(UDP_BYTES);

	memcpy(at, &flow->sport, sizeof(flow->sport));
	memcpy(at + 2, &flow->dport, sizeof(flow->dport));
	switch (flow->protocol) {
	case IPPROTO_TCP:
		memcpy(at + 4, (uint8_t *)&tcp + 4, sizeof(tcp) - 4);
		return sizeof(tcp);
	case IPPROTO_SCTP:
		return SCTP_BYTES;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		memset(at, 0, ICMP_BYTES);
		*at = flow->protocol == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO;
		return ICMP_BYTES;
	default:
		memcpy(at + 4, &udp_bytes, sizeof(udp_bytes));
		return UDP_BYTES;
	}
}

static size_t build_ipv4(const struct steer_flow *flow, int syn, uint8_t *at)
{
	size_t l4 = build_l4(flow, syn, at + sizeof(struct ip));
	struct ip ip = {
		.ip_v = 4,
		.ip_hl = sizeof(ip) / 4,
		.ip_len = htons(sizeof(ip) + l4),
		.ip_off = htons(IP_DF),
		.ip_ttl = TTL,
		.ip_p = flow->protocol,
		.ip_src.s_addr = flow->src.word[3],
		.ip_dst.s_addr = flow->dst.word[3],
	};

	ip.ip_sum = checksum(&ip, sizeof(ip));
	memcpy(at, &ip, sizeof(ip));
	return sizeof(ip) + l4;
}

static size_t build_ipv6(const struct steer_flow *flow, int syn, uint8_t *at)
{
	size_t l4 = build_l4(flow, syn, at + sizeof(struct ip6_hdr));
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6U << 28),
		.ip6_plen = htons(l4),
		.ip6_nxt = flow->protocol,
		.ip6_hlim = TTL,
	};

	memcpy(&ip.ip6_src, &flow->src, sizeof(ip.ip6_src));
	memcpy(&ip.ip6_dst, &flow->dst, sizeof(ip.ip6_dst));
	memcpy(at, &ip, sizeof(ip));
	return sizeof(ip) + l4;
}

size_t flow_build(const struct steer_flow *flow, int syn, const uint8_t mac[6],
		  uint8_t ret_frame[FLOW_FRAME_MAX])
{
	bool ipv4 = address_is_ipv4(&flow->dst);
	struct ether_header eth = { .ether_type = htons(ipv4 ? ETHERTYPE_IP : ETHERTYPE_IPV6) };
	uint8_t *at = ret_frame + sizeof(eth);
	size_t bytes;

	if (address_is_ipv4(&flow->src) != ipv4)
		return 0;
	memset(ret_frame, 0, FLOW_FRAME_MAX);
	memcpy(eth.ether_dhost, mac, sizeof(eth.ether_dhost));
	memcpy(ret_frame, &eth, sizeof(eth));
	bytes = sizeof(eth) + (ipv4 ? build_ipv4(flow, syn, at) : build_ipv6(flow, syn, at));
	return bytes < ETHER_MIN_LEN - ETHER_CRC_LEN ? ETHER_MIN_LEN - ETHER_CRC_LEN : bytes;
}
