#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""GUE from another node: what is let in, what comes out, and what is refused as what."""

import functools

from harness.prelude import *

SENDER_MAC = NODES[NODE_L2].dst_mac
OUTER = {
    "v4": IP(src="203.0.113.3", dst=SELF4, flags="DF"),
    "v6": IPv6(src="2001:db8:a::3", dst=SELF6),
}
INNER = {"v4": VIP4, "v6": VIP6}

suite = cluster.suite()


def gue(flow, inner, hop=2, epoch=None, **fields):
    """The header in front of an inner packet, with the right tag."""
    epoch = cluster.epoch_on(hop) if epoch is None else epoch
    tag = gue_tag(AUTH_KEY, flow.digest, hop, epoch)
    protocol = 4 if inner[0] >> 4 == 4 else 41
    fields = {"protocol": protocol, "hop": hop, "epoch": epoch, "tag": tag, **fields}
    return Gue(**fields)


def envelop(outer, header, inner, behind=b""):
    """The frame as another node sends it."""
    ether = Ether(src=SENDER_MAC, dst=SELF_MAC)
    udp = UDP(sport=50000, dport=GUE_PORT, chksum=0)
    return bytes(ether / outer / udp / header / Raw(inner)) + behind


def encapsulated(family, flow, inner=None, outer=None, behind=b"", **fields):
    inner = bytes(flow.packet(b"inner")) if inner is None else inner
    return envelop(outer or OUTER[family], gue(flow, inner, **fields), inner, behind)


def let_in(name, family, flow, frame, inner, verdict="local_decapsulated"):
    out = oracle.decap(frame, inner)
    frame_case(suite, name, frame, verdict, out, service=cluster.service_of(flow))


def refused(name, frame, verdict, service=None):
    frame_case(suite, name, frame, verdict, service=service)


for family, outer in OUTER.items():
    for inner_family, vip in INNER.items():
        for protocol in (TCP_, UDP_):
            flow = Flow(vip, PORT_SELF, protocol)
            name = f"{inner_family} in {family}, protocol {protocol}"
            for length in (0, 1, 100, 1300):
                inner = bytes(flow.packet(b"i" * length))
                frame = encapsulated(family, flow, inner)
                let_in(f"{name}, {length} bytes", family, flow, frame, inner)
            inner = bytes(flow.packet(b"inner", ttl=0))
            frame = encapsulated(family, flow, inner)
            let_in(f"{name}, ttl 0", family, flow, frame, inner)
            inner = bytes(flow.packet(b"inner"))
            for hop in (1, 2, 3):
                frame = encapsulated(family, flow, inner, hop=hop)
                let_in(f"{name}, hop {hop}", family, flow, frame, inner)
            frame = encapsulated(family, flow, inner, epoch=0xBE)
            let_in(f"{name}, another epoch", family, flow, frame, inner)
            frame = encapsulated(family, flow, inner, behind=b"padding")
            let_in(f"{name}, padding behind", family, flow, frame, inner + b"padding")

            # Wrong tags, in every field that the tag covers, and in each of its bytes
            good = gue(flow, inner)
            for at in range(4):
                tag = bytearray(good.tag)
                tag[at] ^= 0x80 >> at
                frame = encapsulated(family, flow, inner, tag=bytes(tag))
                refused(f"{name}, tag wrong in byte {at}", frame, "drop_gue_tag")
            for other, what in (
                (Flow(vip, PORT_SELF, protocol, sport=1), "source port"),
                (Flow(vip, PORT_GUE4, protocol), "destination port"),
                (Flow(vip, PORT_SELF, protocol, src=flow.src + "8"), "source"),
                (Flow(vip, PORT_SELF, TCP_ + UDP_ - protocol), "protocol"),
            ):
                frame = encapsulated(family, other, inner)
                refused(f"{name}, tag for another {what}", frame, "drop_gue_tag")
            frame = encapsulated(family, flow, inner, hop=1, tag=good.tag)
            refused(f"{name}, hop changed", frame, "drop_gue_tag")
            frame = encapsulated(family, flow, inner, epoch=7, tag=good.tag)
            refused(f"{name}, epoch changed", frame, "drop_gue_tag")
            other_key = gue_tag(bytes(16), flow.digest, 2, 0)
            frame = encapsulated(family, flow, inner, tag=other_key)
            refused(f"{name}, tag of another key", frame, "drop_gue_tag")

            for hop in (0, cluster.HOP_LIMIT + 1, 255):
                frame = encapsulated(family, flow, inner, hop=hop)
                refused(f"{name}, hop {hop}", frame, "drop_gue_hop_limit")

        # What is not Steer's GUE
        flow = Flow(vip, PORT_SELF)
        inner = bytes(flow.packet(b"inner"))
        name = f"{inner_family} in {family}"
        for fields in (
            {"version": 1},
            {"version": 3},
            {"control": 1},
            {"hlen": 0},
            {"hlen": 1},
            {"hlen": 3},
            {"hlen": 31},
            {"flags": 1},
            {"flags": 0x8000},
            {"private_type": 0x51},
            {"reserved": 1},
            {"private_type": 0},
        ):
            frame = encapsulated(family, flow, inner, **fields)
            text = ", ".join(f"{field} {value}" for field, value in fields.items())
            refused(f"{name}, {text}", frame, "pass_gue_foreign")
        for fields in (
            {"protocol": 41 if inner_family == "v4" else 4},
            {"protocol": 0},
            {"protocol": 6},
            {"protocol": 59},
        ):
            frame = encapsulated(family, flow, inner, **fields)
            text = ", ".join(f"{field} {value}" for field, value in fields.items())
            refused(f"{name}, {text}", frame, "drop_gue_malformed")
        for length in (0, 1, 19, len(inner) - 1):
            frame = encapsulated(family, flow, inner[:length] or b"\x45")
            refused(f"{name}, inner cut to {length}", frame, "drop_gue_malformed")
        # The inner packet needs padding that is behind the outer one
        cut = encapsulated(family, flow, inner[:-5], behind=inner[-5:])
        refused(f"{name}, inner ends in the padding", cut, "drop_gue_malformed")
        refused(f"{name}, no inner", envelop(outer, gue(flow, inner), b""), "drop_gue_malformed")
        for length in (0, 1, 4, 11):
            frame = bytes(Ether(src=SENDER_MAC, dst=SELF_MAC) / outer / UDP(dport=GUE_PORT))
            header = bytes(gue(flow, inner))[:length]
            ether_ip = Ether(src=SENDER_MAC, dst=SELF_MAC) / outer
            frame = bytes(ether_ip / UDP(dport=GUE_PORT, chksum=0) / Raw(header))
            refused(f"{name}, {length} bytes of GUE", frame, "pass_gue_foreign")

        # Well encapsulated, but of no service
        for dst, port, what in (
            (vip, PORT_FOREIGN, "of no service"),
            ("192.0.2.99" if inner_family == "v4" else "2001:db8::99", PORT_SELF, "to no VIP"),
        ):
            for protocol in (TCP_, UDP_):
                frame = encapsulated(family, Flow(dst, port, protocol))
                refused(f"{name}, {what}, protocol {protocol}", frame, "drop_gue_no_service")
        none = Flow(vip, 0, sport=0)
        if inner_family == "v4":
            fragment = bytes(IP(src=CLIENT4, dst=VIP4, flags="MF", proto=6) / Raw(bytes(24)))
            ping = bytes(IP(src=CLIENT4, dst=VIP4) / ICMP())
            short = bytes(IP(src=CLIENT4, dst=VIP4, proto=6) / Raw(bytes(19)))
        else:
            extension = IPv6ExtHdrFragment(m=1, nh=6)
            fragment = bytes(IPv6(src=CLIENT6, dst=VIP6) / extension / Raw(bytes(24)))
            ping = bytes(IPv6(src=CLIENT6, dst=VIP6, nh=58) / Raw(bytes(8)))
            short = bytes(IPv6(src=CLIENT6, dst=VIP6, nh=6) / Raw(bytes(19)))
        icmp = Flow(vip, 0, 1 if inner_family == "v4" else 58, sport=0)
        for flow, odd, what in (
            (none, fragment, "fragment"),
            (icmp, ping, "ping"),
            (none, short, "short TCP"),
        ):
            frame = encapsulated(family, flow, odd)
            refused(f"{name}, inner {what}", frame, "drop_gue_no_service")

        # A sender that takes this node for the owner of what is another's: on to the owner, hop 3
        for port, node in ((PORT_L2, NODE_L2), (PORT_GUE4, NODE_GUE4), (PORT_GUE6, NODE_GUE6)):
            flow = Flow(vip, port)
            inner = bytes(flow.packet(b"inner"))
            frame = encapsulated(family, flow, inner)
            plain = oracle.decap(frame, inner)
            frame_case(
                suite,
                f"{name}, of node {node}",
                frame,
                "forward_second_chance",
                cluster.forwarded(plain, flow, NODES[node], hop=3),
                service=cluster.service_of(flow),
                node=node,
            )
            last = encapsulated(family, flow, inner, hop=cluster.HOP_LIMIT)
            frame_case(
                suite, f"{name}, of node {node}, the last hop, not where it says", last,
                "drop_converging", service=cluster.service_of(flow),
            )  # fmt: skip
            udp = Flow(vip, port, UDP_)
            inner = bytes(udp.packet(b"inner"))
            frame = encapsulated(family, udp, inner)
            let_in(f"{name}, of node {node}, UDP", family, udp, frame, inner, "local_forwarded")
        flow = Flow(vip, PORT_UNRESOLVED)
        inner = bytes(flow.packet(b"inner"))
        frame = encapsulated(family, flow, inner)
        let_in(f"{name}, of an unresolved node", family, flow, frame, inner, "local_forwarded")
        flow = Flow(vip, PORT_NOBODY)
        frame = encapsulated(family, flow)
        service = cluster.service_of(flow)
        refused(f"{name}, nobody serves", frame, "drop_no_owner", service)

# IPv4 options in the outer header, up to all of them
for words in (1, 5, 10):
    outer = IP(src="203.0.113.3", dst=SELF4, options=[IPOption_NOP()] * (4 * words))
    for vip in (VIP4, VIP6):
        flow = Flow(vip, PORT_SELF)
        inner = bytes(flow.packet(b"inner"))
        frame = encapsulated("v4", flow, inner, outer)
        let_in(f"{4 * words} bytes of outer options, to {vip}", "v4", flow, frame, inner)
# and in the inner one
flow = Flow(VIP4, PORT_SELF)
inner = bytes(flow.packet(b"inner", options=[IPOption_NOP()] * 40))
let_in("40 bytes of inner options", "v4", flow, encapsulated("v4", flow, inner), inner)

# GUE to other addresses than this node's own is nobody's business
for family, other in (("v4", "203.0.113.9"), ("v6", "2001:db8:a::9")):
    outer = OUTER[family].copy()
    outer.dst = other
    frame = encapsulated(family, Flow(VIP4, PORT_SELF), outer=outer)
    refused(f"{family} GUE to {other}", frame, "pass_no_vip")
    fragment = OUTER[family].copy()
    if family == "v4":
        fragment.flags = "MF"
        frame = encapsulated("v4", Flow(VIP4, PORT_SELF), outer=fragment)
        refused("v4 outer fragment", frame, "pass_no_vip")


# nor is a frame to another MAC: it stays as it is
for family in OUTER:
    for mac in OTHER_MACS:
        frame = cluster.mac_bytes(mac) + encapsulated(family, Flow(VIP4, PORT_SELF))[6:]
        refused(f"{family} GUE, frame to {mac}", frame, "pass_other_host")


def check_unset(program, family, dst):
    """Without an address of ours nothing is for us, not even what is sent to the address zero."""
    cluster.configure(program, {"addr4": bytes(16), "addr6": bytes(16)})
    outer = OUTER[family].copy()
    outer.dst = dst
    try:
        frame = encapsulated(family, Flow(VIP4, PORT_SELF), outer=outer, tag=bytes(4))
        check_frame(program, frame, "pass_no_vip")
    finally:
        cluster.configure(program)


for family, dst in (("v4", SELF4), ("v4", "0.0.0.0"), ("v6", SELF6), ("v6", "::")):
    suite.add(f"no own address, GUE to {dst}: pass_no_vip", check_unset, family, dst)


def check_off(program):
    """GUE port 0: off."""
    cluster.configure(program, {"gue_port": bytes(2)})
    try:
        frame = encapsulated("v4", Flow(VIP4, PORT_SELF))
        check_frame(program, frame, "pass_no_vip")
        frame = frame[:36] + bytes(2) + frame[38:]
        check_frame(program, frame, "pass_no_vip")
    finally:
        cluster.configure(program)


suite.add("GUE is off: pass_no_vip", check_off)


@functools.cache
def peer_of(node):
    """The same cluster as that node sees it."""
    peer = Program()
    way = {"addr4": mapped(NODES[NODE_GUE4].addr), "addr6": mapped(NODES[NODE_GUE6].addr)}
    interface = cluster.interfaces(NODES[node].dst_mac)
    cluster.configure(peer, {"self": node, "interface": interface, **way})
    return peer


def check_round_trip(program, node, vip, protocol, length, fields):
    """What this node encapsulates, the owner decapsulates to the very packet, behind its own MACs."""
    flow = Flow(vip, PORT_GUE4 if node == NODE_GUE4 else PORT_GUE6, protocol)
    frame = flow.frame(b"r" * length, **fields)
    action, on_wire = program.run(frame)
    expect(action, "XDP_TX", "action of the sender")
    out = on_wire[:12] + frame[12:]
    check_frame(peer_of(node), on_wire, "local_decapsulated", out, cluster.service_of(flow))


for node in (NODE_GUE4, NODE_GUE6):
    for vip in (VIP4, VIP6):
        for protocol, length, fields in (
            (TCP_, 0, {}),
            (UDP_, 3, {"tos": 0xB9, "ttl": 1}),
            (TCP_, 1300, {"tos": 0x03}),
        ):
            name = f"round trip to node {node}, {vip}, protocol {protocol}, {length} bytes"
            suite.add(name, check_round_trip, node, vip, protocol, length, fields)
suite.run()
