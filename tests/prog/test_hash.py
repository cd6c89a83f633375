#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""What a flow's owner is chosen by: source prefixes, QUIC connection ids."""

import ipaddress

from harness.layout import HASH_CID, HASH_PREFIX
from harness.prelude import *

PORT, SERVICE, POOL = 7300, 73, 53
NONCE = 0x1122334455667788
L, G = NODE_L2, NODE_GUE4


def prepare():
    program = cluster.cluster()
    settings = {"flags": layout.TRACING}
    cluster.configure(program, settings)
    program.set_tracing(layout.steer_tracing(nonce=NONCE))
    program.set_table(POOL, [SELF])
    program.set_states(POOL, (SELF,))
    return program


def serve(program, kind, **fields):
    for vip in (1, 2):
        for protocol in (TCP_, UDP_):
            program.add_service(vip, protocol, PORT, SERVICE, POOL, kind, **fields)


def digest_of(program, flow):
    return program.explain(flow.frame(), NONCE)[0].hash


def check_prefix(program, vip, bits, protocol):
    """All sources of a prefix have one hash: that of the prefix; others have others."""
    bits4, bits6 = (24, bits) if ":" in vip else (bits, 48)
    serve(program, HASH_PREFIX, prefix4_bits=bits4, prefix6_bits=bits6)
    width = 128 if ":" in vip else 32
    base = "2001:db8:cafe:f00d:1234:5678:9abc:def0" if ":" in vip else "198.51.100.77"
    number = int(ipaddress.ip_address(base))
    network = str(ipaddress.ip_network((base, bits), strict=False).network_address)
    expected = source_hash(FLOW_KEY, network)
    make = ipaddress.IPv6Address if ":" in vip else ipaddress.IPv4Address
    for flip in range(width):
        source = str(make(number ^ 1 << (width - 1 - flip)))
        if ":" in vip and source.startswith("::ffff:"):
            continue
        flow = Flow(vip, PORT, protocol, src=source, sport=40000 + flip)
        if flip >= bits:
            expect(digest_of(program, flow), expected, f"hash of {source}")
        elif digest_of(program, flow) == expected:
            raise AssertionError(f"{source} has the hash of {network}/{bits}")


def short_header(flow, cid, first=0x40, payload=b"protected" * 4):
    packet = flow.ip() / UDP(sport=flow.sport, dport=flow.dport) / Raw(bytes([first]) + cid + payload)
    return bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / packet).ljust(60, b"\0")


def server_id(rotation, node, size, low=0x1F):
    """First octet: config rotation, and anything below it; then the server id."""
    return bytes([rotation << 5 | low]) + node.to_bytes(size, "big")


def goes(program, flow, frame, node):
    if node == SELF:
        check_frame(program, frame, "local_owner", None, SERVICE)
        return
    verdict = "forward_l2" if node == L else "forward_gue"
    check_frame(program, frame, verdict, cluster.forwarded(frame, flow, NODES[node]), SERVICE, node)


def check_cid(program, vip, rotation, size):
    """The connection id names the node, whatever address the client has."""
    serve(program, HASH_CID, cid_rotation=rotation, cid_bytes=size)
    program.set_states(POOL, (SELF, L, G))
    for node in (L, G, SELF):
        for sport in range(40000, 40004):
            for low in (0, 0x15, 0x1F):
                flow = Flow(vip, PORT, UDP_, sport=sport)
                goes(program, flow, short_header(flow, server_id(rotation, node, size, low)), node)


def check_tuple(program, vip, name, states, make):
    """By the tuple, to who owns the row: this node."""
    serve(program, HASH_CID, cid_rotation=2, cid_bytes=2)
    program.set_states(POOL, states)
    flow = Flow(vip, PORT, UDP_)
    goes(program, flow, make(flow), SELF)


def check_drained(program, vip):
    """A draining node keeps its connections."""
    serve(program, HASH_CID, cid_rotation=2, cid_bytes=2)
    program.set_states(POOL, {SELF: WELL, L: LIVE | DRAINING})
    flow = Flow(vip, PORT, UDP_)
    goes(program, flow, short_header(flow, server_id(2, L, 2)), L)


def cut(flow, quic):
    packet = flow.ip() / UDP(sport=flow.sport, dport=flow.dport) / Raw(quic)
    return bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / packet).ljust(80, b"\x02")


suite = cluster.Suite(prepare)
for vip, sizes in ((VIP4, (0, 1, 8, 20, 24, 31, 32)), (VIP6, (0, 1, 31, 32, 33, 47, 48, 64, 65, 96, 127, 128))):
    for bits in sizes:
        for protocol in (TCP_, UDP_):
            suite.add(f"{vip}, protocol {protocol}: sources of /{bits}", check_prefix, vip, bits, protocol)
ALL = (SELF, L, G)
for vip in (VIP4, VIP6):
    for rotation in (0, 1, 6):
        for size in range(1, 9):
            suite.add(f"{vip}: rotation {rotation}, server id of {size} bytes", check_cid, vip, rotation, size)
    for name, states, make in (
        ("long header", ALL, lambda flow: short_header(flow, server_id(2, L, 2), first=0xC0)),
        ("long header without fixed bit", ALL,
         lambda flow: short_header(flow, server_id(2, L, 2), first=0x80)),
        ("other rotation", ALL, lambda flow: short_header(flow, server_id(3, L, 2))),
        ("no rotation", ALL, lambda flow: short_header(flow, server_id(7, L, 2))),
        ("id of nobody", ALL, lambda flow: short_header(flow, server_id(2, 900, 2))),
        ("id 0", ALL, lambda flow: short_header(flow, server_id(2, 0, 2))),
        ("id beyond all nodes", ALL, lambda flow: short_header(flow, server_id(2, 1024 + L, 2))),
        ("node of another pool", (SELF, G), lambda flow: short_header(flow, server_id(2, L, 2))),
        ("dead node", {SELF: WELL, L: DRAINING}, lambda flow: short_header(flow, server_id(2, L, 2))),
        ("ends in the server id", ALL, lambda flow: cut(flow, b"\x40" + server_id(2, L, 2)[:2])),
        ("ends before it", ALL, lambda flow: cut(flow, b"\x40" + server_id(2, L, 2)[:1])),
        ("empty datagram", ALL, lambda flow: cut(flow, b"")),
    ):  # fmt: skip
        suite.add(f"{vip}: {name}", check_tuple, vip, name, states, make)
    suite.add(f"{vip}: draining node", check_drained, vip)
suite.run()
