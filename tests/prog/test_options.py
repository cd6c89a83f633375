#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""What may stand between an IP header and the ports: IPv4 options, IPv6 extension headers; SCTP."""

from scapy.layers.inet6 import HBHOptUnknown, IPv6ExtHdrRouting, IPv6ExtHdrSegmentRouting, PadN
from scapy.layers.ipsec import AH

from harness.prelude import *

ETHER = Ether(src=ROUTER_MAC, dst=SELF_MAC)
WAYS = ((PORT_L2, NODE_L2, "forward_l2"), (PORT_GUE4, NODE_GUE4, "forward_gue"),
        (PORT_GUE6, NODE_GUE6, "forward_gue"))  # fmt: skip
BOUND = 6  # extension headers


def prepare():
    program = cluster.cluster()
    protocols = layout.VIP_TCP | layout.VIP_UDP | layout.VIP_SCTP
    for vip, address in ((1, VIP4), (2, VIP6)):
        program.add_vip(address, vip, protocols)
        for port in (PORT_SELF, *(way[0] for way in WAYS)):
            service, pool = cluster.SERVICES[port]
            program.add_service(vip, SCTP_, port, service + 60, pool)
    return program


def service_of(flow):
    return cluster.service_of(flow) + (60 if flow.protocol == SCTP_ else 0)


suite = cluster.Suite(prepare)


def steered(name, flow_of, build):
    """build(flow) makes the packet; it goes where the flow goes."""
    flow = flow_of(PORT_SELF)
    frame = bytes(ETHER / build(flow)).ljust(60, b"\0")
    frame_case(suite, f"{name}, own", frame, "local_owner", service=service_of(flow))
    for port, node, verdict in WAYS:
        flow = flow_of(port)
        frame = bytes(ETHER / build(flow)).ljust(60, b"\0")
        out = cluster.forwarded(frame, flow, NODES[node])
        title = f"{name} to node {node}"
        frame_case(suite, title, frame, verdict, out, service=service_of(flow), node=node)


def passes(name, packet, verdict="pass_no_service"):
    frame_case(suite, name, bytes(ETHER / packet).ljust(60, b"\0"), verdict)


# IPv4: all lengths of options
for words in range(1, 11):
    for protocol in (TCP_, UDP_):
        steered(
            f"{4 * words} bytes of options, protocol {protocol}",
            lambda port, protocol=protocol: Flow(VIP4, port, protocol),
            lambda flow, words=words: flow.ip(options=[IPOption_NOP()] * (4 * words))
            / flow.l4()
            / Raw(b"data"),
        )

# IPv6: every extension header that may stand there, alone and together
HOPS, DESTINATION = IPv6ExtHdrHopByHop, IPv6ExtHdrDestOpt
LONG = DESTINATION(options=[PadN(optdata=bytes(100))])
ATOMIC = IPv6ExtHdrFragment(offset=0, m=0, id=77)
ROUTED = IPv6ExtHdrRouting(segleft=0, addresses=["2001:db8::1"])
SEGMENTS = IPv6ExtHdrSegmentRouting(segleft=0, addresses=["2001:db8::1"])
CHAINS = (
    ("hop-by-hop", [HOPS()]),
    ("hop-by-hop with an unknown option", [HOPS(options=[HBHOptUnknown(otype=30, optdata=b"xy")])]),
    ("destination options", [DESTINATION()]),
    ("long destination options", [LONG]),
    ("routing, at its end", [ROUTED]),
    ("segment routing, at its end", [SEGMENTS]),
    ("atomic fragment", [ATOMIC]),
    ("hop-by-hop, destination, routing, fragment", [HOPS(), DESTINATION(), ROUTED, ATOMIC]),
    ("as many as allowed", [HOPS()] + [DESTINATION()] * (BOUND - 1)),
)


def chained(headers, flow, **fields):
    packet = IPv6(src=flow.src, dst=flow.dst, **fields)
    for header in headers:
        packet = packet / header.copy()
    return packet / flow.l4() / Raw(b"data")


for name, headers in CHAINS:
    for protocol in (TCP_, UDP_, SCTP_):
        steered(
            f"{name}, protocol {protocol}",
            lambda port, protocol=protocol: Flow(VIP6, port, protocol),
            lambda flow, headers=headers: chained(headers, flow),
        )

nobody = Flow(VIP6, PORT_NOBODY)
for name, headers in (
    ("one more than allowed", [HOPS()] + [DESTINATION()] * BOUND),
    ("routing, not at its end", [IPv6ExtHdrRouting(segleft=1, addresses=["2001:db8::1"])]),
    ("segment routing, not at its end",
     [IPv6ExtHdrSegmentRouting(segleft=1, addresses=["2001:db8::1"])]),
):  # fmt: skip
    passes(name, chained(headers, nobody))
passes("AH before TCP", IPv6(src=nobody.src, dst=VIP6, nh=51) / AH(spi=1) / nobody.l4())
passes("no next header behind options", IPv6(dst=VIP6, nh=60) / DESTINATION(nh=59))

# Headers longer than the packet, or than the program looks
for name, length, verdict in (
    ("header longer than the packet", 9, "pass_malformed"),
    ("header beyond what is looked at", 255, "pass_malformed"),
):
    header = bytes([6, length]) + bytes(6)
    packet = IPv6(src=nobody.src, dst=VIP6, nh=0) / Raw(header + bytes(nobody.l4()))
    passes(name, packet, verdict)
packet = bytes(ETHER / chained([HOPS(), DESTINATION()], nobody))
for cut in (55, 61, 62, 69, 70, 73):
    # the frame ends there, and the IP header agrees
    short = bytearray(packet[:cut])
    short[18:20] = (cut - 54).to_bytes(2, "big")
    frame_case(suite, f"extensions cut to {cut - 54} bytes", bytes(short), "pass_malformed")
    # what stands behind the packet's end is not its own
    frame = bytes(short) + packet[cut:]
    frame_case(suite, f"extensions end after {cut - 54} bytes", frame, "pass_malformed")
# A jumbogram says a length of 0
jumbo = bytearray(bytes(ETHER / chained([HOPS()], nobody)))
jumbo[18:20] = b"\0\0"
frame_case(suite, "payload length 0", bytes(jumbo), "pass_malformed")

# SCTP: as any other, without second chances
for vip in (VIP4, VIP6):
    steered(
        f"SCTP to {vip}",
        lambda port, vip=vip: Flow(vip, port, SCTP_),
        lambda flow: flow.packet(b"chunk"),
    )
    flow = Flow(vip, PORT_NOBODY, SCTP_)
    passes(f"SCTP to {vip}, no such service", flow.packet(b"chunk"))
    for length in (4, 8, 11):
        field = "nh" if ":" in vip else "proto"
        packet = flow.ip(**{field: SCTP_}) / Raw(bytes(flow.l4())[:length])
        passes(f"SCTP to {vip}, {length} bytes", packet, "pass_malformed")
suite.run()
