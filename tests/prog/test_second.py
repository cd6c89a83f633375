#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Second chances: TCP that finds no connection here goes on to the node that may have it, once."""

from harness.prelude import *
from harness.second import (
    ALL,
    DRAINS,
    HOME,
    PEER_MAC,
    POOL,
    PORT,
    SERVICE,
    VIPS,
    G,
    H,
    L,
    chance_of,
    frame_of,
    prepare,
)


def check_choice(program, vip, ranks, states, fallback, target, verdict="forward_second_chance"):
    """A packet of a connection that is not here, at a node that may own it."""
    program.set_table(POOL, ranks, fallback)
    program.set_states(POOL, states)
    flow, frame = frame_of(vip)
    out, node = None, None
    if target:
        hop = chance_of(target, ranks, fallback) if verdict == "forward_second_chance" else HOP_OWNER
        out, node = cluster.forwarded(frame, flow, NODES[target], hop), target
    check_frame(program, frame, verdict, out, SERVICE, node)


def check_stays(program, vip, verdict, states=None, owner=SELF, **how):
    """There is somewhere to go, and still the packet is delivered here."""
    program.set_table(POOL, [owner, NODE_L2 if owner == SELF else NODE_GUE4])
    program.set_states(POOL, states or {SELF: HOME, NODE_L2: HOME, NODE_GUE4: HOME})
    check_frame(program, frame_of(vip, **how)[1], verdict, None, SERVICE)


def check_plain(program, vip):
    """A service without second chances: its sockets are in another namespace."""
    number = 1 if "." in vip else 2
    program.set_table(POOL, [SELF, L])
    program.set_states(POOL, ALL)
    program.add_service(number, TCP_, PORT, SERVICE, POOL, flags=layout.SERVICE_PLAIN)
    try:
        check_frame(program, frame_of(vip)[1], "local_owner", None, SERVICE)
        program.set_table(POOL, [L, SELF])
        flow, frame = frame_of(vip)
        out = cluster.forwarded(frame, flow, NODES[L])
        check_frame(program, frame, "forward_l2", out, SERVICE, L)
        sent = frame_of(vip, src_mac=PEER_MAC)[1]
        check_frame(program, sent, "local_forwarded", None, SERVICE)
    finally:
        program.add_service(number, TCP_, PORT, SERVICE, POOL)


def check_moves(program, vip, flags):
    program.set_table(POOL, [SELF, L])
    program.set_states(POOL, ALL)
    flow, frame = frame_of(vip, flags)
    out = cluster.forwarded(frame, flow, NODES[L], cluster.chance(1))
    check_frame(program, frame, "forward_second_chance", out, SERVICE, L)


def check_better(program, vip, src_mac, fallback, expected):
    """A node takes us for the owner, we take another for it, and a better rank drains: that one."""
    program.set_table(POOL, [NODE_GUE4, NODE_L2, SELF], fallback)
    program.set_states(POOL, {NODE_GUE4: DRAINS, NODE_L2: HOME, SELF: HOME})
    flow, frame = frame_of(vip, src_mac=src_mac)
    hop, verdict = HOP_OWNER, "forward_l2"
    if src_mac != ROUTER_MAC:
        hop, verdict = cluster.chance(0), "forward_second_chance"
    out = cluster.forwarded(frame, flow, NODES[expected], hop)
    check_frame(program, frame, verdict, out, SERVICE, expected)


def check_other_owner(program, vip, owner, flags="PA", protocol=TCP_):
    """From a node that takes us for the owner: to whom we take for it, unless it may be ours."""
    program.set_table(POOL, [owner])
    program.set_states(POOL, {L: LIVE, owner: HOME})
    flow, frame = frame_of(vip, flags, PEER_MAC, protocol)
    if flags == "S" or protocol == UDP_:
        check_frame(program, frame, "local_forwarded", None, SERVICE)
    else:
        out = cluster.forwarded(frame, flow, NODES[owner], cluster.chance(0))
        check_frame(program, frame, "forward_second_chance", out, SERVICE, owner)


def check_new_flow(program, vip, flags, protocol, ranks, fallback):
    """A new flow goes to its owner, also from a node that drains or was the owner before."""
    program.set_table(POOL, ranks, fallback)
    program.set_states(POOL, {SELF: DRAINS, L: HOME})
    flow, frame = frame_of(vip, flags, protocol=protocol)
    out = cluster.forwarded(frame, flow, NODES[L])
    check_frame(program, frame, "forward_l2", out, SERVICE, L)


suite = Suite(prepare)
for vip in VIPS:
    for name, ranks, states, fallback, target, *verdict in (
        ("better rank drains", [L, SELF, G], {**ALL, L: DRAINS}, 0, L),
        ("better rank drains, by GUE over v4", [G, SELF, L], {**ALL, G: DRAINS}, 0, G),
        ("better rank drains, by GUE over v6", [H, SELF, L], {**ALL, H: DRAINS}, 0, H),
        ("two better ranks drain", [L, G, SELF], {SELF: HOME, L: DRAINS, G: DRAINS}, 0, L),
        ("better rank before who left", [L, SELF, G], {**ALL, L: DRAINS}, H, L),
        ("better rank is dead, who left", [L, SELF, H], {SELF: HOME, H: HOME, G: HOME}, G, G),
        ("next rank before who left", [SELF, L], ALL, G, L),
        ("who left before the third rank", [SELF, 0, L], ALL, G, G),
        ("who left is dead, third rank", [SELF, 0, L], {SELF: HOME, L: HOME}, G, L),
        ("two who left, the first", [SELF, 0, L], ALL, [G, H], G),
        ("two who left, one is dead", [SELF, 0, L], {SELF: HOME, L: HOME, H: HOME}, [G, H], H),
        ("this node is fallback itself, next rank", [SELF, L], ALL, SELF, L),
        ("a substitute has no ranks that serve", [L, G], {SELF: HOME, G: DRAINS}, SELF, G),
        ("next rank", [SELF, L, G], ALL, 0, L),
        ("next rank is dead, the one behind", [SELF, L, G], {SELF: HOME, G: HOME}, 0, G),
        ("empty rank between", [SELF, 0, G], ALL, 0, G),
        ("all others dead", [SELF, L, G], {SELF: HOME}, H, 0, "local_owner"),
        ("alone", [SELF], ALL, 0, 0, "local_owner"),
        ("next rank has no way", [SELF, NODE_UNRESOLVED], {SELF: HOME, NODE_UNRESOLVED: HOME}, 0, 0,
         "local_owner"),
        ("owner is another: the first hop", [L, SELF], ALL, G, L, "forward_l2"),
    ):
        arguments = (vip, ranks, states, fallback, target, *verdict)
        suite.add(f"{vip}: {name}", check_choice, *arguments)

    for flags in ("S", "SE", "SEC", "SF", "SP"):
        suite.add(
            f"{vip}: {flags} is a first packet",
            lambda program, vip=vip, flags=flags: check_stays(
                program, vip, "local_owner", flags=flags
            ),
        )
    for flags in ("A", "F", "FA", "R", "RA", "SA", "", "U"):
        suite.add(
            f"{vip}: {flags or 'no flag'} is none",
            lambda program, vip=vip, flags=flags: check_moves(program, vip, flags),
        )
    for name, verdict, how in (
        ("UDP", "local_owner", {"protocol": UDP_}),
        ("flooded", "pass_other_host", {"dst_mac": "02:00:00:00:77:77"}),
    ):
        suite.add(
            f"{vip}: {name} stays",
            lambda program, vip=vip, verdict=verdict, how=how: check_stays(
                program, vip, verdict, **how
            ),
        )
    suite.add(f"{vip}: from a node, better rank drains", check_better, vip, PEER_MAC, 0, G)
    suite.add(f"{vip}: from a node, we were the owner", check_better, vip, PEER_MAC, SELF, G)
    suite.add(f"{vip}: from a router, better rank drains", check_better, vip, ROUTER_MAC, 0, L)
    suite.add(f"{vip}: from a router, we were the owner", check_better, vip, ROUTER_MAC, SELF, L)
    for owner in (L, G, H):
        for flags, protocol in (("PA", TCP_), ("S", TCP_), ("PA", UDP_)):
            name = f"{vip}: from a node, owner {owner}, protocol {protocol} {flags}"
            suite.add(name, check_other_owner, vip, owner, flags, protocol)
for vip in VIPS:
    for flags, protocol in (("S", TCP_), ("", UDP_)):
        for ranks, fallback in (([SELF, L], 0), ([L], SELF)):
            suite.add(
                f"{vip}: new flow {flags or 'UDP'} at a former owner, ranks {ranks}",
                check_new_flow, vip, flags, protocol, ranks, fallback,
            )  # fmt: skip
for vip in VIPS:
    suite.add(f"{vip}: no second chance", check_plain, vip)
suite.run()
