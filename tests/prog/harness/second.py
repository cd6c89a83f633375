# SPDX-License-Identifier: GPL-2.0
"""What the tests of second chances share: a service, a row of nodes, and sockets that are real."""

from . import netns
from .prelude import *

PORT, SERVICE, POOL = 7000, 70, 50
HOME = SERVING | LIVE
DRAINS = LIVE | DRAINING
PEER_MAC = NODES[NODE_L2].dst_mac

VIPS = (VIP4, VIP6)
FAR4, FAR6 = "198.51.100.222", "2001:db8:c::222"  # clients that answer nothing

L, G, H = NODE_L2, NODE_GUE4, NODE_GUE6
ALL = {SELF: HOME, L: HOME, G: HOME, H: HOME}


def prepare():
    """In a network namespace of its own, where the addresses are at home."""
    netns.enter(
        "link set lo up",
        f"address add {VIP4}/32 dev lo",
        f"address add {CLIENT4}/32 dev lo",
        f"-6 address add {VIP6}/128 dev lo nodad",
        f"-6 address add {CLIENT6}/128 dev lo nodad",
        "link add far type veth peer name nobody",
        "link set far up",
        "link set nobody up",
        f"route add {FAR4} dev far src {VIP4}",
        f"neighbour add {FAR4} lladdr 02:00:00:00:00:99 dev far nud permanent",
        f"-6 route add {FAR6} dev far src {VIP6}",
        f"-6 neighbour add {FAR6} lladdr 02:00:00:00:00:99 dev far nud permanent",
    )
    program = cluster.cluster()
    for vip in (1, 2):
        program.add_service(vip, TCP_, PORT, SERVICE, POOL)
        program.add_service(vip, UDP_, PORT, SERVICE, POOL)
    return program


def frame_of(vip, flags="PA", src_mac=ROUTER_MAC, protocol=TCP_, dst_mac=SELF_MAC, seq=None,
             ack=None, **how):  # fmt: skip
    flow = Flow(vip, PORT, protocol, **how)
    packet = flow.packet()
    if protocol == TCP_:
        packet["TCP"].flags = flags
        if seq is not None:
            packet["TCP"].seq = seq & 0xFFFFFFFF
        if ack is not None:
            packet["TCP"].ack = ack & 0xFFFFFFFF
    ether = cluster.Ether(src=src_mac, dst=dst_mac)
    return flow, bytes(ether / packet).ljust(60, b"\0")


def chance_of(target, ranks, fallback):
    """The hop to a candidate, by its place in the row."""
    r = [*ranks, 0, 0, 0, 0]
    f = [*(fallback if isinstance(fallback, list) else [fallback]), 0, 0, 0, 0]
    return cluster.chance([*r[:2], *f[:2], *r[2:4], *f[2:4]].index(target))
