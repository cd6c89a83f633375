/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_SOCKET_H
#define STEER_BPF_SOCKET_H

#include <linux/tcp.h>

#include "parse.h"

/**
 * DOC: Socket lookup: does this node's stack know the connection?
 *
 * Only TCP packets that do not open a connection are looked up. A socket that has the connection
 * is its own. What a client has only begun here, or has closed here, is so if the packet's numbers
 * fit: else the client has opened the connection on another node, or uses the port again, and the
 * connection lives there. If there is only a listener, it accepts the packet only with a valid SYN
 * cookie (RFC 4987).
 */

/* The kernel's, as far as they are read. */
#if __has_attribute(preserve_access_index)
#define STEER_KERNEL_STRUCT __attribute__((preserve_access_index))
#else
#define STEER_KERNEL_STRUCT
#endif

struct sock_common {
	__u32 skc_tw_rcv_nxt;
} STEER_KERNEL_STRUCT;

struct inet_timewait_sock {
	struct sock_common __tw_common;
} STEER_KERNEL_STRUCT;

struct tcp_timewait_sock {
	struct inet_timewait_sock tw_sk;
} STEER_KERNEL_STRUCT;

struct tcp_request_sock {
	__u32 snt_isn;
} STEER_KERNEL_STRUCT;

/* How far behind the next expected byte a packet of a closed connection begins, at most: a FIN that
 * is sent again, and the data of a window before it. */
#define STEER_LAST_BYTES (1 << 24)

static __always_inline int steer_accepts_cookie(const struct xdp_md *ctx, struct bpf_sock *sk,
						const struct steer_packet *p)
{
	struct tcphdr *tcp = steer_l4_at(ctx, p, sizeof(*tcp));
	void *ip;

	if (p->is_error || p->piece != STEER_WHOLE || !tcp)
		return 0;
	if (p->ipv4) {
		ip = steer_ip_at(ctx, p, sizeof(struct iphdr));
		if (!ip)
			return 0;
		return bpf_tcp_check_syncookie(sk, ip, sizeof(struct iphdr), tcp, sizeof(*tcp)) ==
		       0;
	}
	ip = steer_ip_at(ctx, p, sizeof(struct ipv6hdr));
	if (!ip)
		return 0;
	return bpf_tcp_check_syncookie(sk, ip, sizeof(struct ipv6hdr), tcp, sizeof(*tcp)) == 0;
}

static __always_inline struct bpf_sock *steer_lookup_socket(struct xdp_md *ctx,
							    const struct steer_packet *p)
{
	struct bpf_sock_tuple tuple;

	if (p->ipv4) {
		tuple.ipv4.saddr = p->flow.src.word[3];
		tuple.ipv4.daddr = p->flow.dst.word[3];
		tuple.ipv4.sport = p->flow.sport;
		tuple.ipv4.dport = p->flow.dport;
		return bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	}
	__builtin_memcpy(tuple.ipv6.saddr, &p->flow.src, sizeof(tuple.ipv6.saddr));
	__builtin_memcpy(tuple.ipv6.daddr, &p->flow.dst, sizeof(tuple.ipv6.daddr));
	tuple.ipv6.sport = p->flow.sport;
	tuple.ipv6.dport = p->flow.dport;
	return bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
}

/* Whether a packet belongs to the connection that was closed here. A connection that uses its port
 * again has other sequence numbers: Linux begins behind the last one (RFC 6191, RFC 6528). */
static __always_inline int steer_fits_time_wait(const struct xdp_md *ctx, struct bpf_sock *sk,
						const struct steer_packet *p)
{
	struct tcp_timewait_sock *closed = bpf_skc_to_tcp_timewait_sock(sk);
	const struct tcphdr *tcp = steer_l4_at(ctx, p, sizeof(*tcp));

	if (!closed || !tcp || p->is_error || p->piece != STEER_WHOLE)
		return 1;
	return closed->tw_sk.__tw_common.skc_tw_rcv_nxt - bpf_ntohl(tcp->seq) <= STEER_LAST_BYTES;
}

/* Whether a packet answers the SYN-ACK that was sent from here. */
static __always_inline int steer_fits_request(const struct xdp_md *ctx, struct bpf_sock *sk,
					      const struct steer_packet *p)
{
	struct tcp_request_sock *begun = bpf_skc_to_tcp_request_sock(sk);
	const struct tcphdr *tcp = steer_l4_at(ctx, p, sizeof(*tcp));

	if (!begun || !tcp || p->is_error || p->piece != STEER_WHOLE || !tcp->ack)
		return 1;
	return bpf_ntohl(tcp->ack_seq) == begun->snt_isn + 1;
}

enum steer_socket {
	STEER_SOCKET_NONE,
	STEER_SOCKET_OPENING, /* or closed: the client may have opened the connection elsewhere, as
				 it got no answer or used its port again */
	STEER_SOCKET_OPEN,
};

/* The state of the connection on this node; only for packets that need a socket. */
__global_fn int steer_find_socket(struct xdp_md *ctx, const struct steer_packet *p)
{
	int found = STEER_SOCKET_OPEN;
	struct bpf_sock *sk;

	if (!p)
		return STEER_SOCKET_NONE;
	sk = steer_lookup_socket(ctx, p);
	if (!sk)
		return STEER_SOCKET_NONE;
	if (sk->state == BPF_TCP_NEW_SYN_RECV)
		found = steer_fits_request(ctx, sk, p) ? STEER_SOCKET_OPENING : STEER_SOCKET_NONE;
	else if (sk->state == BPF_TCP_TIME_WAIT)
		found = steer_fits_time_wait(ctx, sk, p) ? STEER_SOCKET_OPENING : STEER_SOCKET_NONE;
	else if (sk->state == BPF_TCP_LISTEN)
		found = steer_accepts_cookie(ctx, sk, p) ? STEER_SOCKET_OPENING : STEER_SOCKET_NONE;
	bpf_sk_release(sk);
	return found;
}

#endif
