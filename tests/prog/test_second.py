#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Second chances: TCP that finds no connection here goes on to the node that may have it, once."""

import ctypes
import socket
import subprocess

from harness.cluster import HOP_LIMIT
from harness.layout import CONVERGING, ramping
from harness.prelude import *

CLONE_NEWNET = 0x40000000
PORT, SERVICE, POOL = 7000, 70, 50
HOME = SERVING | LIVE
DRAINS = LIVE | DRAINING
PEER_MAC = NODES[NODE_L2].dst_mac

VIPS = (VIP4, VIP6)
FAR4, FAR6 = "198.51.100.222", "2001:db8:c::222"  # clients that answer nothing


def prepare():
    """In a network namespace of its own, where the addresses are at home: sockets are real."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    for command in (
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
    ):
        subprocess.run(["ip", *command.split()], check=True)
    program = cluster.cluster()
    for vip in (1, 2):
        program.add_service(vip, TCP_, PORT, SERVICE, POOL)
        program.add_service(vip, UDP_, PORT, SERVICE, POOL)
    return program


def frame_of(vip, flags="PA", src_mac=ROUTER_MAC, protocol=TCP_, dst_mac=SELF_MAC, **how):
    flow = Flow(vip, PORT, protocol, **how)
    packet = flow.packet()
    if protocol == TCP_:
        packet["TCP"].flags = flags
    ether = cluster.Ether(src=src_mac, dst=dst_mac)
    return flow, bytes(ether / packet).ljust(60, b"\0")


def chance_of(target, ranks, fallback):
    """The hop to a candidate, by its place in the row."""
    r = [*ranks, 0, 0, 0, 0]
    f = [*(fallback if isinstance(fallback, list) else [fallback]), 0, 0, 0, 0]
    return cluster.chance([*r[:2], *f[:2], *r[2:4], *f[2:4]].index(target))


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


def check_divergence(program, vip, owner, flags="PA", protocol=TCP_):
    """From a node that takes us for the owner: to whom we take for it, unless it may be ours."""
    program.set_table(POOL, [owner])
    program.set_states(POOL, {L: LIVE, owner: HOME})
    flow, frame = frame_of(vip, flags, PEER_MAC, protocol)
    if flags == "S" or protocol == UDP_:
        check_frame(program, frame, "local_forwarded", None, SERVICE)
    else:
        out = cluster.forwarded(frame, flow, NODES[owner], cluster.chance(0))
        check_frame(program, frame, "forward_second_chance", out, SERVICE, owner)


suite = Suite(prepare)

L, G, H = NODE_L2, NODE_GUE4, NODE_GUE6
ALL = {SELF: HOME, L: HOME, G: HOME, H: HOME}
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
            suite.add(name, check_divergence, vip, owner, flags, protocol)


def check_moves(program, vip, flags):
    program.set_table(POOL, [SELF, L])
    program.set_states(POOL, ALL)
    flow, frame = frame_of(vip, flags)
    out = cluster.forwarded(frame, flow, NODES[L], cluster.chance(1))
    check_frame(program, frame, "forward_second_chance", out, SERVICE, L)


def check_socket(program, vip, state):
    """A socket in this state is the connection's own."""
    program.set_table(POOL, [SELF, L])
    program.set_states(POOL, ALL)
    family = socket.AF_INET6 if ":" in vip else socket.AF_INET
    client_address = CLIENT6 if ":" in vip else CLIENT4
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((vip, PORT))
        listener.listen()
        if state == "LISTEN":
            flow, frame = frame_of(vip)
            out = cluster.forwarded(frame, flow, NODES[L], cluster.chance(1))
            check_frame(program, frame, "forward_second_chance", out, SERVICE, L)
            return
        client = socket.create_connection((vip, PORT), 5, (client_address, 0))
        sport = client.getsockname()[1]
        server = listener.accept()[0]
        listener.close()
        frame = frame_of(vip, sport=sport)[1]
        if state == "TIME_WAIT":
            server.close()
            client.recv(1)
            client.close()
        elif state == "FIN_WAIT2":
            server.shutdown(socket.SHUT_WR)
            client.recv(1)
        try:
            check_frame(program, frame, "local_owner", None, SERVICE)
            other = frame_of(vip, sport=sport ^ 1)
            out = cluster.forwarded(other[1], other[0], NODES[L], cluster.chance(1))
            check_frame(program, other[1], "forward_second_chance", out, SERVICE, L)
            # Another node that owns it has sent it here, and it is here
            program.set_table(POOL, [L])
            from_peer = frame_of(vip, src_mac=PEER_MAC, sport=sport)[1]
            check_frame(program, from_peer, "local_forwarded", None, SERVICE)
            # This node drains, or was the owner under the table before: it keeps what it has
            for ranks, fallback in (([SELF, L], 0), ([G, SELF, L], 0), ([L], SELF), ([L, G], SELF)):
                program.set_table(POOL, ranks, fallback)
                program.set_states(POOL, {SELF: DRAINS, L: HOME})
                if state == "TIME_WAIT":  # the client's port may be in use again, on the owner
                    flow = frame_of(vip, sport=sport)[0]
                    out = cluster.forwarded(frame, flow, NODES[L])
                    check_frame(program, frame, "forward_l2", out, SERVICE, L)
                else:
                    check_frame(program, frame, "local_draining", None, SERVICE)
                out = cluster.forwarded(other[1], other[0], NODES[L])
                check_frame(program, other[1], "forward_l2", out, SERVICE, L)
            # but a node that serves does not ask: the owner will send back what is here
            program.set_table(POOL, [L, SELF], G)
            flow, frame = frame_of(vip, sport=sport)
            out = cluster.forwarded(frame, flow, NODES[L])
            for states in (ALL, {**ALL, SELF: ramping(HOME, 15)}):
                program.set_states(POOL, states)
                check_frame(program, frame, "forward_l2", out, SERVICE, L)
        finally:
            client.close()
            server.close()


def syn_ack_to(vip, sport, sequence, src=""):
    """The sequence number with which this host's stack answers a SYN to the VIP, sent raw."""
    ipv6 = ":" in vip
    flow = Flow(vip, PORT, src=src, sport=sport)
    packet = flow.packet()
    packet["TCP"].flags, packet["TCP"].seq, packet["TCP"].ack = "S", sequence, 0
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    with (
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3)) as sniffer,
        socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender,
    ):
        sniffer.settimeout(5)
        sender.sendto(bytes(packet), (vip, 0))
        while True:
            answer = sniffer.recv(200)
            tcp = answer[40 if ipv6 else 20 :]
            if tcp[2:4] == sport.to_bytes(2, "big") and tcp[13] & 0x12 == 0x12:
                return int.from_bytes(tcp[4:8], "big")


def check_cookie(program, vip):
    """Behind a listener without a socket of the connection: a valid SYN cookie, and no other."""
    program.set_table(POOL, [SELF, L])
    program.set_states(POOL, ALL)
    with open("/proc/sys/net/ipv4/tcp_syncookies", "w", encoding="ascii") as always:
        always.write("2")
    family = socket.AF_INET6 if ":" in vip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((vip, PORT))
        listener.listen()
        cookie = syn_ack_to(vip, 45678, 1000)
        flow = Flow(vip, PORT, sport=45678)
        # The last bits of a cookie are not secret: they name the MSS
        for ack, verdict in ((cookie + 1, "local_owner"), (cookie + 54321, "forward_second_chance")):
            packet = flow.packet()
            packet["TCP"].flags, packet["TCP"].seq = "A", 1001
            packet["TCP"].ack = ack & 0xFFFFFFFF
            ether = cluster.Ether(src=ROUTER_MAC, dst=SELF_MAC)
            frame = bytes(ether / packet).ljust(60, b"\0")
            out, node = None, None
            if verdict == "forward_second_chance":
                out, node = cluster.forwarded(frame, flow, NODES[L], cluster.chance(1)), L
            check_frame(program, frame, verdict, out, SERVICE, node)


def check_opening(program, vip):
    """A connection that a client has begun here, and whose last step has not come."""
    far = FAR6 if ":" in vip else FAR4
    family = socket.AF_INET6 if ":" in vip else socket.AF_INET
    with open("/proc/sys/net/ipv4/tcp_syncookies", "w", encoding="ascii") as never:
        never.write("0")
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((vip, PORT))
        listener.listen()
        syn_ack_to(vip, 45679, 1000, far)
        flow, frame = frame_of(vip, src=far, sport=45679)
        program.set_states(POOL, {SELF: DRAINS, L: HOME})
        # Who came before the owner asks him first
        program.set_table(POOL, [SELF, L])
        out = cluster.forwarded(frame, flow, NODES[L])
        check_frame(program, frame, "forward_l2", out, SERVICE, L)
        # and has it if he does not
        asked = frame_of(vip, src_mac=alias_of(PEER_MAC, cluster.chance(0)), src=far, sport=45679)
        check_frame(program, asked[1], "local_forwarded", None, SERVICE)
        program.set_states(POOL, ALL)
        check_frame(program, frame, "local_owner", None, SERVICE)


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


def check_new_flow(program, vip, flags, protocol, ranks, fallback):
    """A new flow goes to its owner, also from a node that drains or was the owner before."""
    program.set_table(POOL, ranks, fallback)
    program.set_states(POOL, {SELF: DRAINS, L: HOME})
    flow, frame = frame_of(vip, flags, protocol=protocol)
    out = cluster.forwarded(frame, flow, NODES[L])
    check_frame(program, frame, "forward_l2", out, SERVICE, L)


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
    suite.add(f"{vip}: converging", check_converging, vip)
    suite.add(f"{vip}: from a node that is taken to be dead", check_from_dead, vip)
for vip in VIPS:
    for flags, protocol in (("S", TCP_), ("", UDP_)):
        for ranks, fallback in (([SELF, L], 0), ([L], SELF)):
            suite.add(
                f"{vip}: new flow {flags or 'UDP'} at a former owner, ranks {ranks}",
                check_new_flow, vip, flags, protocol, ranks, fallback,
            )  # fmt: skip
for vip in VIPS:
    for state in ("LISTEN", "ESTABLISHED", "FIN_WAIT2", "TIME_WAIT"):
        suite.add(f"{vip}: socket in {state}", check_socket, vip, state)
    suite.add(f"{vip}: socket in SYN_RECV", check_opening, vip)
    suite.add(f"{vip}: SYN cookies", check_cookie, vip)
suite.run()
