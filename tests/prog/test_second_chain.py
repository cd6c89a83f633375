#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Second chances, node after node: the order in which a row is asked, and what if it is lost."""

from harness.cluster import HOP_LIMIT
from harness.layout import CONVERGING, ROW_FORMER
from harness.prelude import *
from harness.second import (
    ALL,
    HOME,
    PEER_MAC,
    POOL,
    SERVICE,
    VIPS,
    G,
    H,
    L,
    chance_of,
    frame_of,
    prepare,
)


def from_node(vip, hop, epoch, encapsulated):
    """A packet another node has sent on, and the frame it is when it has been decapsulated."""
    flow, frame = frame_of(vip, src_mac=alias_of(PEER_MAC, hop, epoch))
    if not encapsulated:
        return flow, frame, frame
    inner = bytes(flow.packet())
    tag = gue_tag(AUTH_KEY, flow.digest, hop, epoch)
    gue = Gue(protocol=41 if ":" in vip else 4, hop=hop, epoch=epoch, tag=tag)
    outer = IP(src=NODES[G].addr, dst=SELF4) / UDP(sport=50000, dport=GUE_PORT, chksum=0)
    frame = bytes(cluster.Ether(src=ROUTER_MAC, dst=SELF_MAC) / outer / gue / inner)
    return flow, frame, oracle.decap(frame, inner)


def check_chain(program, vip, ranks, fallback, hop, target, verdict, gue):
    """From a node that has been asked in vain, or has asked: the row's next one, in its order."""
    program.set_table(POOL, ranks, fallback)
    program.set_states(POOL, ALL)
    flow, frame, decapsulated = from_node(vip, hop, EPOCH, gue)
    out, node = decapsulated if gue else None, None
    if target:
        way = chance_of(target, ranks, fallback)
        out, node = cluster.forwarded(decapsulated, flow, NODES[target], way), target
    check_frame(program, frame, verdict, out, SERVICE, node)


def check_marks(program, vip):
    """A node in a row may be marked; the mark is no part of its id."""
    ranks, fallback = [SELF, 0, G | ROW_FORMER, L], [H | ROW_FORMER]
    program.set_table(POOL, ranks, fallback)
    for states, target, way in ((ALL, H, 2), ({SELF: HOME, G: HOME}, G, 4)):
        program.set_states(POOL, states)
        flow, frame = frame_of(vip)
        out = cluster.forwarded(frame, flow, NODES[target], cluster.chance(way))
        check_frame(program, frame, "forward_second_chance", out, SERVICE, target)
    for owner in (G, H):
        program.set_states(POOL, {owner: HOME})
        flow, frame = frame_of(vip, "S")
        out = cluster.forwarded(frame, flow, NODES[owner], HOP_OWNER)
        check_frame(program, frame, "forward_gue", out, SERVICE, owner)


def check_former(program, vip, ranks, former, hop, way, gue, verdict="forward_second_chance"):
    """Behind the row's end come the former owners that it has no room for."""
    program.set_table(POOL, ranks)
    program.set_states(POOL, ALL)
    if former:
        program.set_former(POOL, former)
    flow, frame, decapsulated = from_node(vip, hop, EPOCH, gue)
    out, node = decapsulated if gue else None, None
    if verdict == "forward_second_chance":
        node = former[way - 8]
        out = cluster.forwarded(decapsulated, flow, NODES[node], cluster.chance(way))
    elif verdict == "drop_converging":
        out = None
    try:
        check_frame(program, frame, verdict, out, SERVICE, node)
    finally:
        if former:
            program.delete_former(POOL)


def check_lost(program, vip, ranks, hop, epoch, gue, expected):
    """Without a epoch: to each of the expected (node, hop), by chance; None: dropped."""
    program.set_table(POOL, ranks)
    program.set_states(POOL, ALL)
    flow, frame, decapsulated = from_node(vip, hop, epoch, gue)
    ways = {
        way and cluster.forwarded(decapsulated, flow, NODES[way[0]], way[1], 0): way
        for way in expected
    }
    seen = set()
    for _ in range(300):
        action, out = program.run(frame)
        if action == "XDP_DROP":
            out = None
        if out not in ways:
            raise AssertionError(f"not to {expected}: {out and out.hex()}")
        seen.add(ways[out])
    if seen != expected:
        raise AssertionError(f"always to {seen}")


def check_from_dead(program, vip):
    """From a node that we take to be dead, and that lives: we are not sure of anything."""
    program.set_table(POOL, [SELF, L, G])
    program.set_states(POOL, {SELF: HOME, G: HOME})
    flow, frame, _ = from_node(vip, HOP_OWNER, 0, False)
    out = cluster.forwarded(frame, flow, NODES[G], HOP_OWNER + 1, 0)
    check_frame(program, frame, "forward_second_chance", out, SERVICE, G)


def check_converging(program, vip):
    """While tables change, a connection that is not found gets no reset."""
    cluster.configure(program, {"flags": CONVERGING})
    program.set_table(POOL, [SELF])
    program.set_states(POOL, {SELF: HOME})
    check_frame(program, frame_of(vip)[1], "drop_converging", None, SERVICE)
    check_frame(program, frame_of(vip, "S")[1], "local_owner", None, SERVICE)
    cluster.configure(program)


suite = Suite(prepare)
for vip in VIPS:
    # The order of a row: two ranks, two fallback ones, two ranks, two fallback ones
    for name, ranks, fallback, place, target, verdict in (
        ("best rank, was asked first", [SELF, L, G], [], 0, L, "forward_second_chance"),
        ("best rank, before the next rank", [SELF, L], [G, H], 0, L, "forward_second_chance"),
        ("best rank, before who left", [SELF, 0, L], [G, H], 0, G, "forward_second_chance"),
        ("next rank", [L, SELF], [G], 1, G, "forward_second_chance"),
        ("first fallback one", [L, 0, G], [SELF, H], 2, H, "forward_second_chance"),
        ("second fallback one", [L, 0, G], [H, SELF], 3, G, "forward_second_chance"),
        ("third rank", [L, G, SELF, H], [], 4, H, "forward_second_chance"),
        ("fourth rank", [L, G, 0, SELF], [0, 0, H], 5, H, "forward_second_chance"),
        ("third fallback one", [L, G], [0, 0, SELF, H], 6, H, "forward_second_chance"),
        ("last fallback one", [L, G, H], [0, 0, 0, SELF], 7, 0, "local_forwarded"),
        ("last rank, nobody fallback", [L, G, H, SELF], [], 5, 0, "local_forwarded"),
        ("last one there is", [L, G, SELF], [], 4, 0, "local_forwarded"),
    ):
        for gue in (False, True):
            suite.add(f"{vip}: asked as {name}, {'GUE' if gue else 'l2'}", check_chain, vip, ranks,
                      fallback, cluster.chance(place), target, verdict, gue)  # fmt: skip
    ROW = [L, G, SELF, H]
    # Asked by a node of another epoch: on to anybody, back only if there is nobody else
    for gue, sender, other in ((False, L, G), (True, G, L)):
        for name, ranks, hop, epoch, ways in (
            ("asked with another epoch", ROW, 7, EPOCH + 1, {(other, 8), (H, 8)}),
            ("not where the hop says", ROW, 5, EPOCH, {(other, 6), (H, 6)}),
            ("not in the row", [L, G, H], 5, EPOCH, {(other, 6), (H, 6)}),
            ("asked with another epoch, last hop", ROW, HOP_LIMIT, EPOCH + 1, {None}),
            ("asked with no epoch", ROW, 7, 0, {(other, 8), (H, 8)}),
            ("asked with no epoch, last hop is next", ROW, 14, 0, {(other, 15), (H, 15)}),
            ("asked with no epoch, alone", [SELF], 3, 0, {(sender, 4)}),
            ("asked with no epoch, alone with the sender", [SELF, sender], 3, 0, {(sender, 4)}),
            ("asked with no epoch, last hop", ROW, HOP_LIMIT, 0, {None}),
        ):  # fmt: skip
            suite.add(f"{vip}: {'GUE' if gue else 'l2'}, {name}", check_lost, vip, ranks, hop, epoch,
                      gue, ways)  # fmt: skip
    for name, ranks, former, place, way, *verdict in (
        ("the row has no other", [SELF], [L, G], -1, 8),
        ("the row has no other that is live", [SELF, 99], [98, G], -1, 9),
        ("asked as the row's last", [L, G, H, SELF], [99, L], 5, 9),
        ("asked as the first former owner", [L], [SELF, 0, H], 8, 10),
        ("asked as a later one", [L], [G, SELF, SELF, 0, H], 10, 12),
        ("asked as the last one", [L], [G, H, 0, 0, SELF], 12, 0, "local_forwarded"),
        ("not where the hop says", [L], [G], 8, 0, "drop_converging"),
        ("none where the hop says", [L], [], 9, 0, "drop_converging"),
    ):
        for gue in (False, True):
            hop = HOP_OWNER if place < 0 else cluster.chance(place)
            suite.add(f"{vip}: former owners, {'GUE' if gue else 'l2'}: {name}", check_former, vip,
                      ranks, former, hop, way, gue, *verdict)  # fmt: skip
    suite.add(f"{vip}: marks", check_marks, vip)
    suite.add(f"{vip}: converging", check_converging, vip)
    suite.add(f"{vip}: from a node that is taken to be dead", check_from_dead, vip)
suite.run()
