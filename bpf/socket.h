/* SPDX-License-Identifier: GPL-2.0 */
#ifndef STEER_BPF_SOCKET_H
#define STEER_BPF_SOCKET_H

#include <linux/tcp.h>

#include "parse.h"

/**
 * DOC: Socket lookup: does this node's stack know the connection?
 *
 * Only TCP packets that do not open a connection are looked up. A socket in any state but LISTEN is
 * the connection's own, TIME_WAIT and SYN_RECV included. If there is only a listener, it accepts
 * the packet only with a valid SYN cookie (RFC 4987).
 */

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

enum steer_socket {
	STEER_SOCKET_NONE,
	STEER_SOCKET_OPENING, /* or closed: the client may have opened the connection elsewhere, as
				 it got no answer or used its port again */
	STEER_SOCKET_OPEN,
};

/* The state of the connection on this node; only for packets that need a socket. */
static __always_inline int steer_find_socket(struct xdp_md *ctx, const struct steer_packet *p)
{
	struct bpf_sock *sk = steer_lookup_socket(ctx, p);
	int found = STEER_SOCKET_OPEN;

	if (!sk)
		return STEER_SOCKET_NONE;
	if (sk->state == BPF_TCP_NEW_SYN_RECV || sk->state == BPF_TCP_TIME_WAIT)
		found = STEER_SOCKET_OPENING;
	else if (sk->state == BPF_TCP_LISTEN)
		found = steer_accepts_cookie(ctx, sk, p) ? STEER_SOCKET_OPENING : STEER_SOCKET_NONE;
	bpf_sk_release(sk);
	return found;
}

#endif
