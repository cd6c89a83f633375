#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""To the owner: what stays, what goes by l2, what goes in GUE, to the byte."""

from scapy.layers.inet import IPOption_RR

from harness.prelude import *

WAYS = ((PORT_L2, NODE_L2), (PORT_GUE4, NODE_GUE4), (PORT_GUE6, NODE_GUE6))
OVERHEAD = {NODE_GUE4: 20 + 8 + 12, NODE_GUE6: 40 + 8 + 12}
FAMILIES = (("v4", VIP4), ("v6", VIP6))
PROTOCOLS = (("TCP", TCP_), ("UDP", UDP_))

suite = cluster.suite()


def case(name, flow, frame, verdict, out=None, node=None, metadata=b""):
    service = cluster.service_of(flow)
    frame_case(suite, name, frame, verdict, out, service=service, node=node, metadata=metadata)


def sent(name, flow, frame, node, metadata=b""):
    verdict = "forward_l2" if node == NODE_L2 else "forward_gue"
    out = cluster.forwarded(frame, flow, NODES[node])
    case(name, flow, frame, verdict, out, node, metadata)


for family, vip in FAMILIES:
    for l4, protocol in PROTOCOLS:
        # The same packet may be this node's, another's, or nobody's
        name = f"{family} {l4}"
        flow = Flow(vip, PORT_SELF, protocol)
        case(f"{name} own", flow, flow.frame(), "local_owner")
        for mac in ("ff:ff:ff:ff:ff:ff", "02:00:00:00:77:77"):
            case(f"{name} own, frame to {mac}", flow, flow.frame(dst_mac=mac), "pass_other_host")
        flow = Flow(vip, PORT_NOBODY, protocol)
        case(f"{name} nobody serves", flow, flow.frame(), "drop_no_owner")
        frame = flow.frame(dst_mac="02:00:00:00:77:77")
        case(f"{name} nobody serves, frame to another host", flow, frame, "pass_other_host")
        flow = Flow(vip, PORT_NO_TABLE, protocol)
        case(f"{name} pool without a table", flow, flow.frame(), "drop_no_owner")
        flow = Flow(vip, PORT_UNRESOLVED, protocol)
        case(f"{name} unresolved", flow, flow.frame(), "drop_unresolved", node=NODE_UNRESOLVED)

        for port, node in WAYS:
            flow = Flow(vip, port, protocol)
            way = f"{name} to node {node}"
            for length in (0, 1, 5, 6, 18, 64, 1000, 1359):
                sent(f"{way}, {length} bytes", flow, flow.frame(b"p" * length), node)
            sent(f"{way}, not padded", flow, flow.frame(pad=False), node)
            sent(f"{way}, long trailer", flow, flow.frame() + b"trailer" * 9, node)
            for tos in (0, 0x03, 0xB8, 0xFF):
                sent(f"{way}, tos {tos:#04x}", flow, flow.frame(tos=tos), node)
            for ttl in (1, 2, 64, 128, 255):
                sent(f"{way}, ttl {ttl}", flow, flow.frame(ttl=ttl), node)
            case(f"{way}, ttl 0", flow, flow.frame(ttl=0), "local_forwarded")
            for mac in ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "02:00:00:00:77:77"):
                frame = flow.frame(dst_mac=mac)
                case(f"{way}, frame to {mac}", flow, frame, "pass_other_host")
            sent(f"{way}, with metadata", flow, flow.frame(), node, metadata=bytes(range(32)))
        for port, node in WAYS[1:]:
            flow = Flow(vip, port, protocol)
            bare = len(flow.frame(pad=False)) - 14
            fits = MTU_BYTES - OVERHEAD[node] - bare
            way = f"{name} to node {node}"
            sent(f"{way}, as big as the MTU", flow, flow.frame(b"m" * fits), node)
            frame = flow.frame(b"m" * (fits + 1))
            out = oracle.pmtu_reply(frame, MTU_BYTES - OVERHEAD[node])
            case(f"{way}, a byte too big", flow, frame, "reflect_too_big", out)
            frame = flow.frame(b"m" * fits) + b"padding"
            sent(f"{way}, as big as the MTU, and a trailer", flow, frame, node)
            # A page has 256 bytes of headroom, 40 of them for the kernel's own use
            no_room = bytes(256 - 40 - OVERHEAD[node] + 4)
            case(f"{way}, no headroom", flow, flow.frame(), "drop_internal", None, node, no_room)
        # l2 has no overhead, so it has no limit of its own
        flow = Flow(vip, PORT_L2, protocol)
        sent(f"{name} l2, bigger than the MTU", flow, flow.frame(b"j" * 3300), NODE_L2)

# IPv6 flow label and traffic class are the packet's own
for port, node in WAYS:
    flow = Flow(VIP6, port)
    frame = flow.frame(fl=0xABCDE, tos=0x2E)
    sent(f"v6 with a flow label to node {node}", flow, frame, node)

# IPv4 options
for options, name in (
    ([IPOption_NOP()], "one word"),
    ([IPOption_RR(routers=["0.0.0.0"] * 9)], "ten words"),
):
    for port, node in WAYS:
        flow = Flow(VIP4, port)
        frame = flow.frame(b"options", options=options)
        sent(f"v4 options, {name}, to node {node}", flow, frame, node)
flow = Flow(VIP4, PORT_SELF)
case("v4 options, own", flow, flow.frame(options=[IPOption_NOP()] * 40), "local_owner")

# DF, id and the evil bit are none of our business
for flags in ("", "DF", "evil"):
    for port, node in WAYS:
        flow = Flow(VIP4, port)
        sent(f"v4 flags {flags!r} to node {node}", flow, flow.frame(id=4711, flags=flags), node)


def with_id(frame, number):
    """The IPv4 frame with another id, its checksum made anew."""
    ip = IP(frame[14:])
    ip.id = number
    del ip.chksum
    return frame[:14] + bytes(ip)


def check_checksums(program):
    """Every carry of the incremental checksum: the id turns it to all values about its wrap."""
    flow = Flow(VIP4, PORT_L2)
    frame = flow.frame(ttl=64, id=0)
    node = NODES[NODE_L2]
    at_zero = int.from_bytes(frame[24:26], "big")
    wanted = [0, 1, 2, 0xFE, 0xFF, 0x100, 0x101, *range(0xFDF0, 0xFFFF)]
    for check in wanted:
        # Adding to the id takes as much from the sum's complement, modulo 0xffff
        turned = with_id(frame, (at_zero - check) % 0xFFFF)
        expect(int.from_bytes(turned[24:26], "big"), check, "the input's checksum")
        out = oracle.forward_l2(turned, node.dst_mac, node.src_mac)
        check_frame(program, turned, "forward_l2", out, cluster.service_of(flow), NODE_L2)


suite.add("v4 header checksums around their wrap", check_checksums)


def check_gue_port(program):
    """Another UDP port for GUE, by the settings."""
    flow = Flow(VIP4, PORT_GUE4)
    frame = flow.frame()
    out = oracle.encap(
        frame,
        NODES[NODE_GUE4],
        flow,
        flow.digest,
        cluster.AUTH_KEY,
        gue_port=6666,
    )
    cluster.configure(program, {"gue_port": (6666).to_bytes(2, "big")})
    try:
        check_frame(program, frame, "forward_gue", out, cluster.service_of(flow), NODE_GUE4)
    finally:
        cluster.configure(program)


suite.add("GUE to another port", check_gue_port)
suite.run()
