#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Nothing loops: nodes whose tables and states have nothing to do with each other, and packets.

Whatever a node sends is handed to the node it is addressed to, until somebody keeps or drops it.
STEER_TEST_SEED repeats a run, STEER_TEST_FRAMES makes it longer.
"""

import os
import random

from harness.prelude import *

SEED = int(os.environ.get("STEER_TEST_SEED", "20261124"))
FRAMES = int(os.environ.get("STEER_TEST_FRAMES", "20000"))
NODES = range(1, 6)
WORLDS = 40  # how often all tables and states are thrown anew
PORT, POOL = 8000, 1


def mac_of(node):
    return f"02:00:00:00:00:{node:02x}"


def own(node):
    return f"203.0.113.{node}", f"2001:db8:a::{node}"


def make(rng, self):
    """A node that has ways to all others, each by what chance says."""
    program = Program()
    own4, own6 = own(self)
    program.set_settings({
        "schema": 1, "generation": self, "self": self,
        "epoch": rng.randrange(1, layout.EPOCHS + 1), "gue_port": GUE_PORT.to_bytes(2, "big"),
        "flow_key": FLOW_KEY, "auth_key": AUTH_KEY * 2, "addr4": mapped(own4), "addr6": mapped(own6),
        "interface": cluster.interfaces(mac_of(self)),
    })  # fmt: skip
    for vip, address in ((1, VIP4), (2, VIP6)):
        program.add_vip(address, vip)
        for protocol in (TCP_, UDP_):
            program.add_service(vip, protocol, PORT, protocol, POOL)
    for node in NODES:
        for address in own(node):
            program.add_peer(address, node)
        if node == self:
            continue
        program.add_mac(mac_bytes(mac_of(node)), node)
        six = rng.random() < 0.5
        program.set_node(
            node, forward=rng.choice((layout.FORWARD_L2, layout.FORWARD_GUE)), mtu_bytes=1500,
            ifindex=1, dst_mac=mac_bytes(mac_of(node)), src_mac=mac_bytes(mac_of(self)),
            addr=mapped(own(node)[six]), source=mapped(own(self)[six]),
        )  # fmt: skip
    return program


def throw(rng, program):
    """Tables and states of a node's own."""
    for pool in (POOL, layout.POOL_CLUSTER):
        rows = [[rng.choice((0, *NODES)) for _ in range(layout.RANKS)] for _ in range(16)]
        program.set_table(pool, rows * (layout.TABLE_ROWS // 16), [rng.choice((0, *NODES)) for _ in range(4)])
        program.set_states(pool, {node: rng.randrange(16) for node in NODES})


def inject(rng):
    """(frame from a router, whether it is a fragment)"""
    vip = rng.choice((VIP4, VIP6))
    flow = Flow(vip, PORT, rng.choice((TCP_, UDP_)), sport=rng.randrange(1024, 65536))
    kind = rng.choice(("whole", "whole", "first", "later", "error"))
    ttl = rng.choice((2, 64, 64, 255))
    if kind == "whole":
        packet = flow.packet(rng.randbytes(rng.randrange(100)), ttl=ttl)
        if flow.protocol == TCP_:
            packet["TCP"].flags = rng.choice(("S", "A", "PA", "R", "SA"))
    elif kind == "error":
        l4 = flow.l4()
        l4.sport, l4.dport = flow.dport, flow.sport
        if ":" in vip:
            quote = IPv6(src=vip, dst=flow.src) / l4
            packet = IPv6(src="2001:db8:c::fe", dst=vip) / ICMPv6DestUnreach() / Raw(bytes(quote))
        else:
            quote = IP(src=vip, dst=flow.src) / l4
            packet = IP(src="198.51.100.254", dst=vip) / ICMP(type=3, code=4) / Raw(bytes(quote))
    else:
        more, offset, number = int(kind == "first"), 0 if kind == "first" else 8, rng.randrange(64)
        payload = Raw(bytes(flow.l4()) + bytes(64))
        if ":" in vip:
            head = IPv6ExtHdrFragment(id=number, m=more, offset=offset, nh=flow.protocol)
            packet = IPv6(src=flow.src, dst=vip, hlim=ttl) / head / payload
        else:
            packet = IP(src=flow.src, dst=vip, id=number, flags=more, frag=offset,
                        proto=flow.protocol, ttl=ttl) / payload  # fmt: skip
    return packet, kind in ("first", "later")


def addressee(frame):
    """The node whose MAC it carries; aliases are nobody's."""
    for node in NODES:
        if frame[:6] == mac_bytes(mac_of(node)):
            return node
    raise Failure(f"sent to {frame[:6].hex(':')}, who is nobody")


def travel(rng, programs, frame, fragment):
    """How many forwardings a frame makes, and where it ends."""
    limit = layout.HOP_LIMIT if fragment else layout.HOP_LIMIT - 1
    at = rng.choice(NODES)
    frame = mac_bytes(mac_of(at)) + frame[6:]
    way = [at]
    while True:
        action, out = programs[at].run(frame)
        if action in ("XDP_PASS", "XDP_DROP"):
            return len(way) - 1, action
        expect(action, "XDP_TX", f"action on the way {way}")
        at = addressee(out)
        way.append(at)
        if len(way) - 1 > limit:
            raise Failure(f"forwarded {len(way) - 1} times: {way}\n{frame.hex()}")
        frame = out


def check_all():
    rng = random.Random(SEED)
    programs = {node: make(rng, node) for node in NODES}
    hops, ends = {}, {}
    for number in range(FRAMES):
        if number % (FRAMES // WORLDS) == 0:
            for program in programs.values():
                throw(rng, program)
        packet, fragment = inject(rng)
        ether = Ether(src=ROUTER_MAC, dst=mac_of(1))
        if rng.random() < 0.2:
            ether = ether / Dot1Q(vlan=7)
        made, end = travel(rng, programs, bytes(ether / packet).ljust(60, b"\0"), fragment)
        key = ("fragment" if fragment else "whole", made)
        hops[key] = hops.get(key, 0) + 1
        ends[end] = ends.get(end, 0) + 1
    say(f"seed {SEED}, {FRAMES} packets, forwardings {sorted(hops.items())}, ends {ends}")
    # It was no still life: all that is allowed did happen
    for key in (("whole", 4), ("fragment", 5)):
        if not hops.get(key):
            raise Failure(f"no packet was forwarded as often as {key}")


suite = Suite()
suite.add("random tables, states and packets", check_all)
suite.run()
