#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Second chances: which sockets of this host count as the connection of a packet."""

import socket

from harness.layout import ramping
from harness.prelude import *
from harness.second import (
    ALL,
    DRAINS,
    FAR4,
    FAR6,
    HOME,
    PEER_MAC,
    POOL,
    PORT,
    SERVICE,
    VIPS,
    G,
    L,
    frame_of,
    prepare,
)


TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21  # linux/tcp.h


def next_sequence(sock):
    """The number of the next byte that a socket will send."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, 2)
    number = sock.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, -1)
    return number & 0xFFFFFFFF


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
        seq = None
        if state == "TIME_WAIT":
            server.close()
            client.recv(1)
            seq = next_sequence(client) + 1  # behind the FIN
            client.close()
        elif state == "FIN_WAIT2":
            server.shutdown(socket.SHUT_WR)
            client.recv(1)
        frame = frame_of(vip, sport=sport, seq=seq)[1]
        try:
            check_frame(program, frame, "local_owner", None, SERVICE)
            other = frame_of(vip, sport=sport ^ 1)
            out = cluster.forwarded(other[1], other[0], NODES[L], cluster.chance(1))
            check_frame(program, other[1], "forward_second_chance", out, SERVICE, L)
            # Another node that owns it has sent it here, and it is here
            program.set_table(POOL, [L])
            from_peer = frame_of(vip, src_mac=PEER_MAC, sport=sport, seq=seq)[1]
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
            flow, frame = frame_of(vip, sport=sport, seq=seq)
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


def expect_here(program, vip, here, **how):
    """Delivered, or on to the next node: somebody else's connection."""
    flow, frame = frame_of(vip, **how)
    if here:
        check_frame(program, frame, "local_owner", None, SERVICE)
        return
    out = cluster.forwarded(frame, flow, NODES[L], cluster.chance(1))
    check_frame(program, frame, "forward_second_chance", out, SERVICE, L)


def check_port_again(program, vip):
    """The client uses its port again, and this node has only the old connection's TIME_WAIT."""
    program.set_table(POOL, [SELF, L])
    program.set_states(POOL, ALL)
    family = socket.AF_INET6 if ":" in vip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((vip, PORT))
        listener.listen()
        client_address = CLIENT6 if ":" in vip else CLIENT4
        client = socket.create_connection((vip, PORT), 5, (client_address, 0))
        sport = client.getsockname()[1]
        listener.accept()[0].close()
        client.recv(1)
        expected = next_sequence(client) + 1
        client.close()
        # An acknowledgement, the FIN again, the FIN with the last data again
        for before, here in ((0, True), (1, True), (1 << 24, True), ((1 << 24) + 1, False),
                             (-1, False), (-100000, False), (1 << 31, False)):  # fmt: skip
            expect_here(program, vip, here, sport=sport, seq=expected - before)
        # A reset is somebody else's, too, and nobody else is asked if there is nobody
        expect_here(program, vip, False, flags="R", sport=sport, seq=expected + 5)
        program.set_table(POOL, [SELF])
        expect_here(program, vip, True, sport=sport, seq=expected + 5)


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
        ours = {"src": far, "sport": 45679, "ack": syn_ack_to(vip, 45679, 1000, far) + 1}
        flow, frame = frame_of(vip, **ours)
        program.set_states(POOL, {SELF: DRAINS, L: HOME})
        # Who came before the owner asks him first
        program.set_table(POOL, [SELF, L])
        out = cluster.forwarded(frame, flow, NODES[L])
        check_frame(program, frame, "forward_l2", out, SERVICE, L)
        # and has it if he does not
        asked = frame_of(vip, src_mac=alias_of(PEER_MAC, cluster.chance(0)), **ours)
        check_frame(program, asked[1], "local_forwarded", None, SERVICE)
        program.set_states(POOL, ALL)
        expect_here(program, vip, True, **ours)
        # Not an answer to what this node has sent: the client has opened it on another node
        expect_here(program, vip, False, **{**ours, "ack": ours["ack"] + 1})
        expect_here(program, vip, False, **{**ours, "ack": ours["ack"] - 1})


suite = Suite(prepare)
for vip in VIPS:
    for state in ("LISTEN", "ESTABLISHED", "FIN_WAIT2", "TIME_WAIT"):
        suite.add(f"{vip}: socket in {state}", check_socket, vip, state)
    suite.add(f"{vip}: port used again after TIME_WAIT", check_port_again, vip)
    suite.add(f"{vip}: socket in SYN_RECV", check_opening, vip)
    suite.add(f"{vip}: SYN cookies", check_cookie, vip)
suite.run()
