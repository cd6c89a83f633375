#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""ICMP errors go to the node that has the flow they quote; other ICMP to a VIP stays here."""

from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6PacketTooBig,
    ICMPv6ParamProblem,
    ICMPv6TimeExceeded,
)

from harness.prelude import *

ETHER = Ether(src=ROUTER_MAC, dst=SELF_MAC)
ROUTER4, ROUTER6 = "198.51.100.254", "2001:db8:c::fe"
WAYS = ((PORT_L2, NODE_L2, "forward_l2"), (PORT_GUE4, NODE_GUE4, "forward_gue"),
        (PORT_GUE6, NODE_GUE6, "forward_gue"))  # fmt: skip
ERRORS4 = (
    ("port unreachable", ICMP(type=3, code=3)),
    ("frag needed", ICMP(type=3, code=4, nexthopmtu=1400)),
    ("time exceeded", ICMP(type=11)),
    ("parameter problem", ICMP(type=12, ptr=20)),
)
ERRORS6 = (
    ("unreachable", ICMPv6DestUnreach(code=4)),
    ("packet too big", ICMPv6PacketTooBig(mtu=1280)),
    ("time exceeded", ICMPv6TimeExceeded()),
    ("parameter problem", ICMPv6ParamProblem(ptr=6)),
)


def answer_of(flow, payload=b"answer", options=None, extensions=()):
    """A packet that the service sends to the client: what is quoted."""
    l4 = flow.l4()
    l4.sport, l4.dport = flow.dport, flow.sport
    if ":" in flow.dst:
        packet = IPv6(src=flow.dst, dst=flow.src)
        for extension in extensions:
            packet = packet / extension.copy()
    else:
        packet = IP(src=flow.dst, dst=flow.src, options=options or [])
    return bytes(packet / l4 / Raw(payload))


def error_to(vip, icmp, quote, **fields):
    ip = IPv6(src=ROUTER6, dst=vip) if ":" in vip else IP(src=ROUTER4, dst=vip, **fields)
    return ip / icmp / Raw(quote)


def frame_of(packet):
    return bytes(ETHER / packet).ljust(60, b"\0")


suite = cluster.suite()


def steered(name, vip, icmp, protocol, quote_of, **fields):
    flow = Flow(vip, PORT_SELF, protocol)
    frame = frame_of(error_to(vip, icmp, quote_of(flow), **fields))
    service = cluster.service_of(flow)
    # Without a socket, and nobody else in the row, TCP stays here, too
    frame_case(suite, f"{name}, own", frame, "local_owner", service=service)
    for port, node, verdict in WAYS:
        flow = Flow(vip, port, protocol)
        frame = frame_of(error_to(vip, icmp, quote_of(flow), **fields))
        out = cluster.forwarded(frame, flow, NODES[node])
        title = f"{name} to node {node}"
        frame_case(
            suite, title, frame, verdict, out, service=cluster.service_of(flow), node=node
        )


def passes(name, vip, icmp, quote, verdict="pass_no_service"):
    frame_case(suite, name, frame_of(error_to(vip, icmp, quote)), verdict)


for vip, errors, header in ((VIP4, ERRORS4, 20), (VIP6, ERRORS6, 40)):
    for title, icmp in errors:
        for protocol in (TCP_, UDP_):
            for size in (header + 8, header + 20, 128, None):
                name = f"{vip}, {title}, protocol {protocol}, quote of {size or 'all'} bytes"
                steered(
                    name, vip, icmp, protocol,
                    lambda flow, size=size: answer_of(flow, b"a" * 200)[:size],
                )  # fmt: skip
    icmp = errors[1][1]
    nobody = Flow(vip, PORT_NOBODY)
    quote = answer_of(nobody)
    passes(f"{vip}, of no service", vip, icmp, answer_of(Flow(vip, PORT_FOREIGN)))
    # As if we had sent it as a client: the service's port is not the one the client talks to
    passes(f"{vip}, of a packet to a service", vip, icmp, bytes(nobody.packet()))
    other = "192.0.2.81" if vip == VIP4 else "2001:db8::81"
    passes(f"{vip}, quote of another source", vip, icmp, answer_of(Flow(other, PORT_NOBODY)))
    for size in (0, header - 1):
        passes(f"{vip}, quote of {size} bytes", vip, icmp, quote[:size].ljust(0), "pass_malformed")
    passes(f"{vip}, quote of {header + 3} bytes", vip, icmp, quote[: header + 3], "pass_malformed")
    echo = answer_of(nobody)
    odd = bytes([0x55 if vip == VIP4 else 0x40]) + echo[1:]
    passes(f"{vip}, quote of another version", vip, icmp, odd)
    at, no = (9, bytes([47])) if vip == VIP4 else (6, bytes([47]))
    passes(f"{vip}, quote of GRE", vip, icmp, echo[:at] + no + echo[at + 1 :])

# The quoted packet has options, extension headers, or is a fragment
for words in (1, 5, 10):
    steered(
        f"quoted {4 * words} bytes of options", VIP4, ERRORS4[1][1], UDP_,
        lambda flow, words=words: answer_of(flow, options=[IPOption_NOP()] * (4 * words)),
    )  # fmt: skip
for title, extensions in (
    ("hop-by-hop", [IPv6ExtHdrHopByHop()]),
    ("destination options", [IPv6ExtHdrDestOpt()]),
    ("first fragment", [IPv6ExtHdrFragment(m=1, id=3)]),
    ("hop-by-hop and first fragment", [IPv6ExtHdrHopByHop(), IPv6ExtHdrFragment(m=1, id=3)]),
):
    steered(
        f"quoted {title}", VIP6, ERRORS6[1][1], UDP_,
        lambda flow, extensions=extensions: answer_of(flow, extensions=extensions),
    )  # fmt: skip
later = [IPv6ExtHdrFragment(m=0, offset=100, id=3)]
quote = answer_of(Flow(VIP6, PORT_NOBODY), extensions=later)
passes("v6, quoted later fragment", VIP6, ERRORS6[1][1], quote)
quote = bytearray(answer_of(Flow(VIP4, PORT_NOBODY)))
quote[6:8] = b"\x20\x00"
steered(
    "quoted first fragment", VIP4, ERRORS4[1][1], UDP_,
    lambda flow: bytes(IP(src=flow.dst, dst=flow.src, flags="MF", proto=UDP_)
                       / UDP(sport=flow.dport, dport=flow.sport)),
)  # fmt: skip
quote[6:8] = b"\x00\x10"
passes("v4, quoted later fragment", VIP4, ERRORS4[1][1], bytes(quote))
# The error itself behind options
steered(
    "error with options", VIP4, ERRORS4[1][1], UDP_, answer_of, options=[IPOption_NOP()] * 8
)

# The error is to be within its packet, not in what stands behind it
frame = frame_of(error_to(VIP4, ERRORS4[1][1], answer_of(Flow(VIP4, PORT_NOBODY))[:28]))
short = bytearray(frame)
short[16:18] = (20 + 8 + 23).to_bytes(2, "big")
frame_case(suite, "v4, quote ends behind the packet", bytes(short), "pass_malformed")

# What is no error passes, to whatever port it may seem to be
for title, icmp in (
    ("echo", ICMP()),
    ("echo reply", ICMP(type=0)),
    ("redirect", ICMP(type=5)),
    ("source quench", ICMP(type=4)),
    ("timestamp", ICMP(type=13)),
):
    passes(f"v4 {title}", VIP4, icmp, answer_of(Flow(VIP4, PORT_NOBODY)))
for title, icmp in (("echo", ICMPv6EchoRequest()), ("echo reply", ICMPv6EchoReply())):
    passes(f"v6 {title}", VIP6, icmp, answer_of(Flow(VIP6, PORT_NOBODY)))
short = IP(src=ROUTER4, dst=VIP4, proto=1) / Raw(bytes([3, 4, 0, 0]))
frame_case(suite, "v4 ICMP of 4 bytes", frame_of(short), "pass_malformed")
# Whose it is not
frame_case(
    suite, "v4 error to another host",
    frame_of(IP(src=ROUTER4, dst=CLIENT4) / ICMP(type=3) / Raw(answer_of(Flow(VIP4, PORT_SELF)))),
    "pass_no_vip",
)  # fmt: skip

# From another node in GUE: the tag covers the quoted flow, as its client would send it
for vip, own, peer, icmp in (
    (VIP4, SELF4, "203.0.113.3", ERRORS4[1][1]),
    (VIP6, SELF6, "2001:db8:a::3", ERRORS6[1][1]),
):
    for protocol in (TCP_, UDP_):
        flow = Flow(vip, PORT_SELF, protocol)
        inner = bytes(error_to(vip, icmp, answer_of(flow)))
        for title, tag, verdict in (
            ("right tag", gue_tag(AUTH_KEY, flow.digest, 2, 0), "local_decapsulated"),
            ("tag of no ports", gue_tag(AUTH_KEY, flow.later_digest, 2, 0), "drop_gue_tag"),
        ):
            gue = Gue(protocol=4 if inner[0] >> 4 == 4 else 41, hop=2, tag=tag)
            outer = IPv6(src=peer, dst=own) if ":" in own else IP(src=peer, dst=own)
            packet = outer / UDP(sport=50000, dport=GUE_PORT) / gue / Raw(inner)
            frame = frame_of(packet)
            good = verdict == "local_decapsulated"
            frame_case(
                suite, f"{vip}, protocol {protocol} in GUE, {title}", frame, verdict,
                oracle.decap(frame, inner) if good else None,
                service=cluster.service_of(flow) if good else None,
            )  # fmt: skip
suite.run()
