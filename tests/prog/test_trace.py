#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Explanations, events in the ring and in the perf array, and ways out over other interfaces."""

import ctypes
import socket

from harness import libbpf, netns
from harness.libbpf import lib
from harness.prelude import *
from harness.program import VERDICTS

NONCE = 0x0123456789ABCDEF
NUMBER = {name: number for number, (name, _) in enumerate(VERDICTS)}
ALL = (1 << layout.MAX_VERDICTS) - 1

RING_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
PERF_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
LOST_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint64)

for name, result, arguments in (
    ("ring_buffer__new", ctypes.c_void_p, (ctypes.c_int, RING_FN, ctypes.c_void_p, ctypes.c_void_p)),
    ("ring_buffer__consume", ctypes.c_int, (ctypes.c_void_p,)),
    ("perf_buffer__new", ctypes.c_void_p,
     (ctypes.c_int, ctypes.c_size_t, PERF_FN, LOST_FN, ctypes.c_void_p, ctypes.c_void_p)),
    ("perf_buffer__consume", ctypes.c_int, (ctypes.c_void_p,)),
):  # fmt: skip
    function = getattr(lib, name)
    function.restype, function.argtypes = result, arguments


class Shared:
    """A traced program, with both readers."""

    def __init__(self):
        netns.enter("link add other type veth peer name far")
        self.program = cluster.cluster()
        cluster.configure(self.program, {"flags": layout.TRACING})
        self.events, self.raw = [], []
        self.on_ring = RING_FN(self.take_ring)
        self.on_perf = PERF_FN(self.take_perf)
        self.on_lost = LOST_FN(lambda context, cpu, count: None)
        fds = self.program.map_fds
        self.ring = lib.ring_buffer__new(fds["steer_ring"], self.on_ring, None, None)
        self.perf = lib.perf_buffer__new(
            fds["steer_events"], 64, self.on_perf, self.on_lost, None, None
        )
        if not self.ring or not self.perf:
            raise OSError("no ring or perf buffer")

    def take_ring(self, context, data, size):
        expect(size, ctypes.sizeof(layout.steer_event), "size of an event")
        self.events.append(layout.steer_event.from_buffer_copy(ctypes.string_at(data, size)))
        return 0

    def take_perf(self, context, cpu, data, size):
        self.raw.append(ctypes.string_at(data, size))

    def traced(self, frame, tracer, **filter_fields):
        """The events of one packet with this filter."""
        tracing = layout.steer_tracing(nonce=0)
        tracing.filter[tracer] = layout.steer_trace_filter.of(filter_fields)
        self.program.set_tracing(tracing)
        self.events.clear()
        self.raw.clear()
        _, out = self.program.run(frame)
        lib.ring_buffer__consume(self.ring)
        lib.perf_buffer__consume(self.perf)
        return out


def bit(verdict):
    return 1 << NUMBER[verdict]


def check_event(shared, flow, verdict, target):
    frame = flow.frame(b"event" * 60)
    out = shared.traced(frame, layout.TRACER_RING, verdicts=bit(verdict))
    expect(len(shared.events), 1, "events")
    expect(len(shared.raw), 0, "perf events")
    event = shared.events[0]
    head = event.head
    expect(head.verdict, NUMBER[verdict], "verdict")
    expect(head.frame_bytes, len(out), "frame bytes")
    expect(head.packet_bytes, 256, "packet bytes")
    expect(bytes(event.packet), out[:256], "packet")
    expect(bytes(head.flow.src) + bytes(head.flow.dst), mapped(flow.src) + mapped(flow.dst), "flow")
    expect((bytes(head.flow.sport), bytes(head.flow.dport), head.flow.protocol),
           (flow.sport.to_bytes(2, "big"), flow.dport.to_bytes(2, "big"), flow.protocol), "ports")  # fmt: skip
    if verdict == "pass_no_service":
        expect((head.service, head.pool, head.row), (layout.NO_SERVICE, layout.NO_POOL,
                                                     layout.NO_ROW), "service")  # fmt: skip
        return
    expect(head.service, cluster.service_of(flow), "service")
    expect(head.hash, flow.digest, "hash")
    expect(head.target, target, "target")
    # and in the perf array, the same head and as much of the packet
    out = shared.traced(frame, layout.TRACER_PERF, verdicts=bit(verdict))
    expect((len(shared.events), len(shared.raw)), (0, 1), "events")
    size = ctypes.sizeof(layout.steer_event_head)
    perf = layout.steer_event_head.from_buffer_copy(shared.raw[0][:size])
    expect(shared.raw[0][size : size + 256], out[:256], "packet")
    for field in ("verdict", "service", "pool", "row", "hash", "owner", "target", "frame_bytes"):
        expect(getattr(perf, field), getattr(head, field), field)


def check_filter(shared, wanted, fields):
    """A packet to another node, with a filter that takes it or does not."""
    frame = Flow(VIP4, PORT_L2, UDP_).frame(b"filter")
    for tracer in (layout.TRACER_RING, layout.TRACER_PERF):
        shared.traced(frame, tracer, **{"verdicts": ALL, **fields})
        expect(len(shared.events) + len(shared.raw), int(wanted), "events")


def check_sample(shared):
    frame = Flow(VIP4, PORT_L2, UDP_).frame()
    seen = 0
    for _ in range(1000):
        shared.traced(frame, layout.TRACER_RING, verdicts=ALL, sample=10)
        seen += len(shared.events)
    if not 40 <= seen <= 180:  # 100 by chance, 9.5 standard deviations at most
        raise AssertionError(f"{seen} of 1000 packets, one in 10 wanted")


def check_short(shared):
    """A frame of less than what is captured, and one that is not IP."""
    for frame in (Flow(VIP4, PORT_SELF).frame(pad=False), bytes(14)):
        shared.traced(frame, layout.TRACER_RING, verdicts=ALL)
        head = shared.events[0].head
        expect((head.frame_bytes, head.packet_bytes), (len(frame), len(frame)), "bytes")
        expect(bytes(shared.events[0].packet)[: len(frame)], frame, "packet")


def check_off(shared):
    """Without the flag in the settings, filters do not matter; nor does a nonce."""
    tracing = layout.steer_tracing(nonce=NONCE)
    tracing.filter[layout.TRACER_RING] = layout.steer_trace_filter(verdicts=ALL)
    cluster.configure(shared.program)
    frame = Flow(VIP4, PORT_L2, UDP_).frame()
    shared.traced(frame, layout.TRACER_RING, verdicts=ALL)
    expect(len(shared.events), 0, "events")
    shared.program.set_tracing(tracing)
    before = shared.program.counts()
    explanation, _ = shared.program.explain(frame, NONCE)
    expect(bytes(explanation), bytes(layout.steer_explanation(nonce=NONCE)), "metadata")
    expect(len((shared.program.counts() - before).verdicts), 1, "counted")
    cluster.configure(shared.program, {"flags": layout.TRACING})


def check_explain(shared, flow, verdict, owner, target, hop):
    program = shared.program
    program.set_tracing(layout.steer_tracing(nonce=NONCE))
    before = program.counts()
    explanation, out = program.explain(flow.frame(), NONCE)
    moved = program.counts() - before
    expect((moved.verdicts, moved.services, moved.nodes), ({}, {}, {}), "counted")
    expect(explanation.verdict, NUMBER[verdict], "verdict")
    known = verdict.startswith(("local", "forward", "drop"))
    expect(explanation.service, cluster.service_of(flow) if known else layout.NO_SERVICE, "service")
    if known:
        expect(explanation.hash, flow.digest, "hash")
        expect(explanation.row & 0xFFFF, explanation.row, "row")
        if owner:
            expect(explanation.row, flow.digest & 0xFFFF, "row")
    expect((explanation.owner, explanation.target, explanation.hop), (owner, target, hop), "way")
    if verdict.startswith("forward"):
        expect(out, cluster.forwarded(flow.frame(), flow, NODES[target]), "packet")
    # A nonce that is not the one: a packet like any other
    before = program.counts()
    explanation, _ = program.explain(flow.frame(), NONCE ^ 1)
    expect(bytes(explanation), bytes(layout.steer_explanation(nonce=NONCE ^ 1)), "metadata")
    expect((program.counts() - before).verdicts, {verdict: (1, len(flow.frame()))}, "counted")


def check_explain_leaves_nothing(shared):
    """No entry of a flow table, and no fragment."""
    program = shared.program
    program.set_tracing(layout.steer_tracing(nonce=NONCE))
    program.add_service(1, UDP_, 7400, 74, NODE_L2, flags=layout.SERVICE_FLOWS)
    program.set_flow_table(74)
    flow = Flow(VIP4, 7400, UDP_)
    before = program.count_flows(74)
    explanation, _ = program.explain(flow.frame(), NONCE)
    expect(explanation.target, NODE_L2, "target")
    expect(program.count_flows(74), before, "counted")
    key = layout.steer_flow.of({
        "src": mapped(flow.src), "dst": mapped(VIP4), "sport": flow.sport.to_bytes(2, "big"),
        "dport": (7400).to_bytes(2, "big"), "protocol": UDP_,
    })  # fmt: skip
    expect(program.find_flow(74, key), None, "entry")
    first = flow.frame(b"x" * 16, flags="MF", id=99)
    program.explain(first, NONCE)
    key = layout.steer_fragment_key.of({
        "src": mapped(flow.src), "dst": mapped(VIP4), "id": b"\0\x63\0\0", "protocol": UDP_,
    })  # fmt: skip
    expect(program.find_fragment(key), None, "fragment")


OTHER_MAC = "02:00:00:00:00:aa"


def check_redirect(shared, vip, node_id, known):
    """A way out over another interface: redirected there, from that one's MAC."""
    program = shared.program
    kind = NODES[node_id]
    ifindex = socket.if_nametoindex("other") if known else 99
    node = Node(node_id, kind.forward, kind.addr, kind.source, src_mac=OTHER_MAC, ifindex=ifindex)
    node.configure(program)
    if known:
        program.add_device(ifindex)
    port = {NODE_L2: PORT_L2, NODE_GUE4: PORT_GUE4, NODE_GUE6: 8004}[node_id]
    flow = Flow(vip, port, UDP_)
    frame = flow.frame(b"over there")
    action, out = program.run(frame)
    kind.configure(program)
    # Of an interface that is in no map, the verdict stands, but the packet is dropped
    expect(action, "XDP_REDIRECT" if known else "XDP_DROP", "action")
    expect(out, cluster.forwarded(frame, flow, node), "packet")


def check_ports(shared, vip):
    """Any of our MACs may be asked to forward, none of others."""
    program = shared.program
    macs = [SELF_MAC, OTHER_MAC, "02:00:00:00:00:ab", "02:00:00:00:00:ac"]
    cluster.configure(program, {"interface": cluster.interfaces(*macs)})
    flow = Flow(vip, PORT_L2)
    for mac in macs:
        frame = flow.frame(dst_mac=mac)
        out = cluster.forwarded(frame, flow, NODES[NODE_L2])
        check_frame(program, frame, "forward_l2", out, cluster.service_of(flow), NODE_L2)
    frame = flow.frame(dst_mac="02:00:00:00:00:ad")
    check_frame(program, frame, "pass_other_host", None, None)
    cluster.configure(program, {"flags": layout.TRACING})


suite = cluster.Suite(Shared)
for vip in (VIP4, VIP6):
    for protocol in (TCP_, UDP_):
        for port, verdict, target in (
            (PORT_L2, "forward_l2", NODE_L2),
            (PORT_GUE4, "forward_gue", NODE_GUE4),
            (PORT_SELF, "local_owner", 0),
            (PORT_NOBODY, "drop_no_owner", 0),
            (PORT_UNRESOLVED, "drop_unresolved", NODE_UNRESOLVED),
            (PORT_FOREIGN, "pass_no_service", 0),
        ):
            flow = Flow(vip, port, protocol)
            suite.add(f"{vip}, protocol {protocol}, {verdict}: event", check_event, flow, verdict, target)
            owner = target or (SELF if verdict == "local_owner" else 0)
            hop = layout.HOP_OWNER if target else 0
            name = f"{vip}, protocol {protocol}, {verdict}: explanation"
            suite.add(name, check_explain, flow, verdict, owner, target, hop)
SERVICE = cluster.service_of(Flow(VIP4, PORT_L2, UDP_))
for name, wanted, fields in (
    ("nothing", False, {"verdicts": 0}),
    ("all", True, {}),
    ("its verdict", True, {"verdicts": bit("forward_l2")}),
    ("all other verdicts", False, {"verdicts": ALL & ~bit("forward_l2")}),
    ("its service", True, {"match": layout.MATCH_SERVICE, "service": SERVICE}),
    ("another service", False, {"match": layout.MATCH_SERVICE, "service": SERVICE + 1}),
    ("its node", True, {"match": layout.MATCH_NODE, "node": NODE_L2}),
    ("another node", False, {"match": layout.MATCH_NODE, "node": NODE_GUE4}),
    ("its source", True, {"match": layout.MATCH_ADDR, "addr": mapped("198.51.100.7"), "addr_bits": 128}),
    ("its destination", True, {"match": layout.MATCH_ADDR, "addr": mapped(VIP4), "addr_bits": 128}),
    ("its source's prefix", True,
     {"match": layout.MATCH_ADDR, "addr": mapped("198.51.100.0"), "addr_bits": 96 + 24}),
    ("another address", False, {"match": layout.MATCH_ADDR, "addr": mapped("198.51.100.8"), "addr_bits": 128}),
    ("another prefix", False,
     {"match": layout.MATCH_ADDR, "addr": mapped("198.51.101.0"), "addr_bits": 96 + 24}),
    ("its source, another service", False,
     {"match": layout.MATCH_ADDR | layout.MATCH_SERVICE, "addr": mapped("198.51.100.7"),
      "addr_bits": 128, "service": SERVICE + 1}),
):  # fmt: skip
    suite.add(f"filter: {name}", check_filter, wanted, fields)
suite.add("one in ten", check_sample)
suite.add("short frames", check_short)
suite.add("off", check_off)
suite.add("an explanation leaves nothing behind", check_explain_leaves_nothing)
for vip in (VIP4, VIP6):
    for node in (NODE_L2, NODE_GUE4, NODE_GUE6):
        for known in (True, False):
            name = f"{vip}: over {'another' if known else 'an unknown'} interface to node {node}"
            suite.add(name, check_redirect, vip, node, known)
    suite.add(f"{vip}: our MACs", check_ports, vip)
suite.run()
