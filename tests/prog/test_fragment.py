#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Fragments: to the fragment owner, from there as their first one goes; what no service has passes."""

import time

from harness.cluster import chance
from harness.layout import HOP_FRAGMENT, HOP_LIMIT, POOL_CLUSTER
from harness.prelude import *
from harness.siphash import siphash13

PEER_MAC = NODES[NODE_L2].dst_mac
WAYS = ((PORT_L2, NODE_L2, "forward_l2"), (PORT_GUE4, NODE_GUE4, "forward_gue"),
        (PORT_GUE6, NODE_GUE6, "forward_gue"))  # fmt: skip
FIRST, LATER = "first", "later"
PORT_CHANCE, SERVICE_CHANCE, POOL_CHANCE = 7000, 70, 50


def prepare():
    program = cluster.cluster()
    for vip in (1, 2):
        program.add_service(vip, TCP_, PORT_CHANCE, SERVICE_CHANCE, POOL_CHANCE)
    program.set_table(POOL_CHANCE, [SELF, NODE_L2])
    program.set_states(POOL_CHANCE, (SELF, NODE_L2))
    return program


class Datagram:
    """A datagram of a flow, in two fragments, with an identification of its own."""

    last = 1000

    def __init__(self, vip, port, protocol=UDP_, first_bytes=64):
        Datagram.last += 1
        self.id = Datagram.last
        self.flow = Flow(vip, port, protocol)
        self.ipv6 = ":" in vip
        self.whole = bytes(self.flow.l4() / Raw(b"fragment" * 20))
        self.first_bytes = first_bytes

    def packet(self, piece, extra=None):
        first = piece == FIRST
        payload = Raw(self.whole[: self.first_bytes] if first else self.whole[self.first_bytes :])
        offset = 0 if first else self.first_bytes // 8
        src, dst = self.flow.src, self.flow.dst
        if not self.ipv6:
            flags = "MF" if first else 0
            return IP(src=src, dst=dst, id=self.id, flags=flags, frag=offset,
                      proto=self.flow.protocol) / payload  # fmt: skip
        header = IPv6ExtHdrFragment(id=self.id, m=int(first), offset=offset, nh=self.flow.protocol)
        if extra is not None:
            header.nh = 60
            if first:
                payload = extra / payload
        return IPv6(src=src, dst=dst) / header / payload

    def frame(self, piece, src_mac=ROUTER_MAC, extra=None):
        return bytes(Ether(src=src_mac, dst=SELF_MAC) / self.packet(piece, extra)).ljust(60, b"\0")

    @property
    def key(self):
        return layout.steer_fragment_key.of({
            "src": mapped(self.flow.src),
            "dst": mapped(self.flow.dst),
            "id": self.id.to_bytes(4 if self.ipv6 else 2, "big").ljust(4, b"\0"),
            "protocol": 0 if self.ipv6 else self.flow.protocol,
        })  # fmt: skip

    @property
    def digest(self):
        """Names the fragment owner."""
        size, protocol = (4, 0) if self.ipv6 else (2, self.flow.protocol)
        tail = self.id.to_bytes(size, "big").ljust(4, b"\0") + bytes([protocol])
        return siphash13(FLOW_KEY, packed(self.flow.src) + packed(self.flow.dst) + tail)


def here(program):
    """This node collects."""
    program.set_table(POOL_CLUSTER, [SELF])
    program.set_states(POOL_CLUSTER, (SELF,))


def service_of(flow):
    return SERVICE_CHANCE if flow.dport == PORT_CHANCE else cluster.service_of(flow)


def sent_on(datagram, frame, node, hop, piece, hash_of_flow=True):
    digest = datagram.flow.digest if hash_of_flow else datagram.digest
    if node.forward == layout.FORWARD_L2:
        return oracle.forward_l2(frame, node.dst_mac, alias_of(node.src_mac, hop))
    return oracle.encap(
        frame, node, datagram.flow, digest, AUTH_KEY, hop, ports=piece == FIRST
    )


def check_follow(program, vip, protocol, port, node, verdict, src_mac, **how):
    """First, later, later again: all go where the flow goes."""
    here(program)
    datagram = Datagram(vip, port, protocol, **how)
    service = service_of(datagram.flow)
    for piece in (FIRST, LATER, LATER):
        frame = datagram.frame(piece, src_mac)
        out = sent_on(datagram, frame, NODES[node], HOP_OWNER, piece) if node else None
        check_frame(program, frame, verdict, out, service, node)


def check_extra(program, port, node, verdict):
    """IPv6: destination options behind the fragment header, which only the first one shows."""
    here(program)
    datagram = Datagram(VIP6, port)
    for piece in (FIRST, LATER):
        frame = datagram.frame(piece, extra=IPv6ExtHdrDestOpt(nh=UDP_))
        out = sent_on(datagram, frame, NODES[node], HOP_OWNER, piece) if node else None
        check_frame(program, frame, verdict, out, service_of(datagram.flow), node)


def check_early(program, vip, age_s, verdict):
    """The first is not there, or so old that it is another datagram's."""
    here(program)
    datagram = Datagram(vip, PORT_SELF)
    if age_s is not None:
        seen_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC) - int(age_s * 1e9)
        value = {"seen_ns": seen_ns, "sport": datagram.flow.sport.to_bytes(2, "big"),
                 "dport": PORT_SELF.to_bytes(2, "big"), "protocol": UDP_}  # fmt: skip
        program.set_fragment(datagram.key, layout.steer_fragment.of(value))
    known = verdict == "local_owner"
    service = service_of(datagram.flow) if known else None
    check_frame(program, datagram.frame(LATER), verdict, None, service)


def check_other_host(program, vip, mac):
    """A frame that is not for this node: nothing is remembered, nothing goes to the fragment owner."""
    for node in (SELF, NODE_L2):
        program.set_table(POOL_CLUSTER, [node])
        program.set_states(POOL_CLUSTER, (node,))
        datagram = Datagram(vip, PORT_L2)
        for piece in (FIRST, LATER):
            frame = cluster.mac_bytes(mac) + datagram.frame(piece)[6:]
            check_frame(program, frame, "pass_other_host")
        expect(program.find_fragment(datagram.key), None, "remembered")


def check_fragment_owner(program, vip, protocol, node_id):
    """All go to the fragment owner, which this node is not, and nothing is remembered."""
    program.set_table(POOL_CLUSTER, [NODE_DOWN, node_id])
    program.set_states(POOL_CLUSTER, (node_id,))
    node = NODES[node_id]
    # whoever owns the flow, and whether or not there is such a service
    for port in (PORT_SELF, PORT_L2, PORT_NOBODY, PORT_FOREIGN):
        datagram = Datagram(vip, port, protocol)
        for piece in (LATER, FIRST, LATER):
            frame = datagram.frame(piece)
            out = sent_on(datagram, frame, node, HOP_FRAGMENT, piece, hash_of_flow=False)
            check_frame(program, frame, "forward_fragment", out, None, node_id)
        expect(program.find_fragment(datagram.key), None, "remembered")


def check_collected(program, vip, encapsulated):
    """What comes to be collected is collected, even if another node is the fragment owner."""
    program.set_table(POOL_CLUSTER, [NODE_L2])
    program.set_states(POOL_CLUSTER, (NODE_L2,))
    for port, node_id, verdict in ((PORT_SELF, None, None), *WAYS):
        datagram = Datagram(vip, port)
        for piece in (FIRST, LATER):
            plain = datagram.frame(piece, alias_of(PEER_MAC, HOP_FRAGMENT)).rstrip(b"\0")
            packet = bytes(datagram.packet(piece))
            plain = plain[:14] + packet
            frame = in_gue(datagram, packet, piece, HOP_FRAGMENT) if encapsulated else plain
            if encapsulated:
                plain = oracle.decap(frame, packet)
            out = plain
            if node_id:
                out = sent_on(datagram, plain, NODES[node_id], HOP_OWNER, piece)
            here_verdict = "local_decapsulated" if encapsulated else "local_owner"
            check_frame(
                program, frame, verdict or here_verdict, out, service_of(datagram.flow), node_id
            )


def in_gue(datagram, packet, piece, hop):
    """piece: what the tag is of."""
    flow = datagram.flow
    tag = gue_tag(AUTH_KEY, flow.digest if piece == FIRST else flow.later_digest, hop, 0)
    gue = Gue(protocol=41 if datagram.ipv6 else 4, hop=hop, epoch=0, tag=tag)
    own, peer = (SELF6, "2001:db8:a::3") if datagram.ipv6 else (SELF4, "203.0.113.3")
    outer = IPv6(src=peer, dst=own) if datagram.ipv6 else IP(src=peer, dst=own)
    udp = UDP(sport=50000, dport=GUE_PORT)
    return bytes(Ether(src=PEER_MAC, dst=SELF_MAC) / outer / udp / gue / Raw(packet))


def check_tags(program, vip):
    """A later fragment's tag covers no ports, and one that does is wrong."""
    here(program)
    datagram = Datagram(vip, PORT_SELF)
    packet = bytes(datagram.packet(LATER))
    check_frame(program, in_gue(datagram, packet, FIRST, HOP_OWNER), "drop_gue_tag")
    # Here as the owner's, and its first one went another way: to the stack
    frame = in_gue(datagram, packet, LATER, HOP_OWNER)
    check_frame(program, frame, "local_fragment", oracle.decap(frame, packet))


def check_second(program, vip):
    """TCP that is not here gets its second chance, later fragments with it; but only one."""
    here(program)
    for src_mac, hop in (
        (ROUTER_MAC, None),
        (alias_of(PEER_MAC, HOP_FRAGMENT), HOP_FRAGMENT),
        (PEER_MAC, HOP_OWNER),
        (alias_of(PEER_MAC, HOP_LIMIT), HOP_LIMIT),
    ):
        datagram = Datagram(vip, PORT_CHANCE, TCP_)
        for piece in (FIRST, LATER):
            frame = datagram.frame(piece, src_mac)
            if hop == HOP_LIMIT:  # and this node is not where the hop says
                check_frame(program, frame, "drop_converging", None, SERVICE_CHANCE)
                continue
            out = sent_on(datagram, frame, NODES[NODE_L2], chance(1), piece)
            check_frame(program, frame, "forward_second_chance", out, SERVICE_CHANCE, NODE_L2)


def check_passes(program, vip, protocol, verdict="pass_no_service"):
    """No service of the VIP has the protocol: byte for byte, though there is a fragment owner."""
    program.set_table(POOL_CLUSTER, [NODE_L2])
    program.set_states(POOL_CLUSTER, (NODE_L2,))
    datagram = Datagram(vip, PORT_SELF)
    datagram.flow.protocol = protocol
    for piece in (FIRST, LATER):
        check_frame(program, datagram.frame(piece), verdict)


def check_no_service(program, vip):
    """At its fragment owner, a datagram to a port of no service is the stack's."""
    here(program)
    datagram = Datagram(vip, PORT_FOREIGN)
    for src_mac in (ROUTER_MAC, alias_of(PEER_MAC, HOP_FRAGMENT)):
        for piece in (FIRST, LATER):
            check_frame(program, datagram.frame(piece, src_mac), "pass_no_service")


def check_alone(program, vip, ranks, states):
    """Nobody to collect, or no way to him: this node does."""
    program.set_table(POOL_CLUSTER, ranks)
    program.set_states(POOL_CLUSTER, states)
    datagram = Datagram(vip, PORT_L2)
    for piece in (FIRST, LATER):
        frame = datagram.frame(piece)
        out = sent_on(datagram, frame, NODES[NODE_L2], HOP_OWNER, piece)
        service = service_of(datagram.flow)
        check_frame(program, frame, "forward_l2", out, service, NODE_L2)


def check_short(program, vip):
    """A first fragment of 8 bytes has the ports; that is all IP promises."""
    for first_bytes, protocol in ((8, TCP_), (8, UDP_), (16, TCP_)):
        check_follow(
            program, vip, protocol, PORT_L2, NODE_L2, "forward_l2", ROUTER_MAC,
            first_bytes=first_bytes,
        )  # fmt: skip


suite = cluster.Suite(prepare)
for vip in (VIP4, VIP6):
    for protocol in (TCP_, UDP_):
        for title, src_mac in (("router", ROUTER_MAC), ("node", alias_of(PEER_MAC, HOP_FRAGMENT))):
            for port, node, verdict in ((PORT_SELF, None, "local_owner"), *WAYS,
                                        (PORT_NOBODY, None, "drop_no_owner")):  # fmt: skip
                name = f"{vip}, protocol {protocol}, from a {title}, port {port}"
                suite.add(name, check_follow, vip, protocol, port, node, verdict, src_mac)
        for node in (NODE_L2, NODE_GUE4, NODE_GUE6):
            name = f"{vip}, protocol {protocol}: to fragment owner {node}"
            suite.add(name, check_fragment_owner, vip, protocol, node)
    for mac in OTHER_MACS:
        suite.add(f"{vip}: frames to {mac}", check_other_host, vip, mac)
    suite.add(f"{vip}: a later one first", check_early, vip, None, "local_fragment")
    suite.add(f"{vip}: first one seen 20 s ago", check_early, vip, 20, "local_owner")
    suite.add(f"{vip}: first one seen 31 s ago", check_early, vip, 31, "local_fragment")
    suite.add(f"{vip}: to be collected, by MAC", check_collected, vip, False)
    suite.add(f"{vip}: to be collected, in GUE", check_collected, vip, True)
    suite.add(f"{vip}: tags", check_tags, vip)
    suite.add(f"{vip}: second chance", check_second, vip)
    suite.add(f"{vip}: of no service", check_no_service, vip)
    suite.add(f"{vip}: short first ones", check_short, vip)
    for protocol in (1, 58, 47, 50, SCTP_):
        suite.add(f"{vip}: protocol {protocol} passes", check_passes, vip, protocol)
    for title, ranks, states in (
        ("no fragment owner serves", [NODE_DOWN], ()),
        ("no way to the fragment owner", [NODE_UNRESOLVED], (NODE_UNRESOLVED,)),
        ("unknown fragment owner", [900], (900,)),
    ):
        suite.add(f"{vip}: {title}", check_alone, vip, ranks, states)
for port, node, verdict in ((PORT_SELF, None, "local_owner"), *WAYS):
    suite.add(f"options behind the fragment header, port {port}", check_extra, port, node, verdict)
suite.run()
