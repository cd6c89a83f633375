#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Flow tables: who was chosen for a flow stays it, as long as he lives."""

from harness.prelude import *

PORT, SERVICE, POOL = 7200, 72, 52
L, G = NODE_L2, NODE_GUE4
VERDICT = {SELF: "local_owner", L: "forward_l2", G: "forward_gue"}


def prepare():
    program = cluster.cluster()
    protocols = layout.VIP_TCP | layout.VIP_UDP | layout.VIP_SCTP
    for vip, address in ((1, VIP4), (2, VIP6)):
        program.add_vip(address, vip, protocols)
        for protocol in (TCP_, UDP_, SCTP_):
            program.add_service(vip, protocol, PORT, SERVICE, POOL, flags=layout.SERVICE_FLOWS)
    return program


def key_of(flow):
    return layout.steer_flow.of({
        "src": mapped(flow.src),
        "dst": mapped(flow.dst),
        "sport": flow.sport.to_bytes(2, "big"),
        "dport": flow.dport.to_bytes(2, "big"),
        "protocol": flow.protocol,
    })  # fmt: skip


def begin(program, ranks, states):
    program.set_table(POOL, ranks)
    program.set_states(POOL, states)
    program.set_states(layout.POOL_CLUSTER, {})  # no other node could be a home
    program.set_flow_table(SERVICE)


def goes(program, flow, frame, node, counted, entry=None):
    """The packet goes to node; counted: what it adds to hits, misses and moved."""
    before = program.count_flows(SERVICE)
    out = None if node == SELF else cluster.forwarded(frame, flow, NODES[node])
    target = None if node == SELF else node
    check_frame(program, frame, VERDICT[node], out, SERVICE, target)
    now = program.count_flows(SERVICE)
    expect(tuple(b - a for a, b in zip(before, now)), counted, "hits, misses, moved")
    expect(program.find_flow(SERVICE, key_of(flow)), entry or node, "entry")


HIT, MISS, MOVED, NOTHING = (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)


def check_stays(program, vip, protocol):
    """A better owner does not move the flow."""
    begin(program, [L], {L: WELL})
    flow = Flow(vip, PORT, protocol)
    frame = flow.frame(b"x")
    goes(program, flow, frame, L, MISS)
    goes(program, flow, frame, L, HIT)
    program.set_table(POOL, [G, L])
    program.set_states(POOL, {G: WELL, L: WELL})
    goes(program, flow, frame, L, HIT)
    other = Flow(vip, PORT, protocol, sport=40001)
    goes(program, other, other.frame(b"x"), G, MISS)


def check_state(program, vip, state, stays):
    """An entry is good for as long as its node is."""
    begin(program, [L, G], {L: WELL})
    flow = Flow(vip, PORT, UDP_)
    frame = flow.frame(b"x")
    goes(program, flow, frame, L, MISS)
    program.set_states(POOL, {L: state, G: WELL})
    if stays:
        goes(program, flow, frame, L, HIT)
        return
    goes(program, flow, frame, G, MOVED)
    # and does not come back with it
    program.set_states(POOL, {L: WELL, G: WELL})
    goes(program, flow, frame, G, HIT)


def check_gone(program, vip):
    """The node has left the pool."""
    begin(program, [L], {L: WELL})
    flow = Flow(vip, PORT, UDP_)
    program.set_flow(SERVICE, key_of(flow), 77)
    goes(program, flow, flow.frame(b"x"), L, MOVED)


def check_syn(program, vip):
    """A connection that begins chooses anew, whoever had the last one of its ports."""
    begin(program, [L, G], {L: WELL, G: WELL})
    flow = Flow(vip, PORT)
    frame = flow.frame()
    goes(program, flow, frame, L, MISS)
    program.set_states(POOL, {L: LIVE | DRAINING, G: WELL})
    goes(program, flow, frame, L, HIT)
    packet = flow.packet()
    packet["TCP"].flags = "S"
    syn = bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / packet).ljust(60, b"\0")
    goes(program, flow, syn, G, NOTHING)
    goes(program, flow, frame, G, HIT)


def check_plain(program, vip):
    """Without second chances, too: of a connection that has no socket here as of any other."""
    number = 1 if "." in vip else 2
    plain = layout.SERVICE_FLOWS | layout.SERVICE_PLAIN
    program.add_service(number, TCP_, PORT, SERVICE, POOL, flags=plain)
    try:
        begin(program, [SELF, L], {SELF: WELL, L: WELL})
        flow = Flow(vip, PORT)
        frame = flow.frame()
        goes(program, flow, frame, SELF, MISS)
        goes(program, flow, frame, SELF, HIT)
        program.set_states(POOL, {L: WELL})
        goes(program, flow, frame, L, MOVED)
        program.set_states(POOL, {SELF: WELL, L: WELL})
        goes(program, flow, frame, L, HIT)
    finally:
        program.add_service(number, TCP_, PORT, SERVICE, POOL, flags=layout.SERVICE_FLOWS)


def check_error(program, vip):
    """ICMP errors follow entries, and make none."""
    begin(program, [L, G], {L: WELL, G: WELL})
    flow = Flow(vip, PORT, UDP_)
    l4 = flow.l4()
    l4.sport, l4.dport = flow.dport, flow.sport
    if ":" in vip:
        quote = bytes(IPv6(src=vip, dst=flow.src) / l4)
        packet = IPv6(src="2001:db8:c::fe", dst=vip) / ICMPv6DestUnreach(code=4) / Raw(quote)
    else:
        quote = bytes(IP(src=vip, dst=flow.src) / l4)
        packet = IP(src="198.51.100.254", dst=vip) / ICMP(type=3, code=3) / Raw(quote)
    frame = bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / packet).ljust(60, b"\0")
    out = cluster.forwarded(frame, flow, NODES[L])
    check_frame(program, frame, "forward_l2", out, SERVICE, L)
    expect(program.find_flow(SERVICE, key_of(flow)), None, "entry")
    program.set_flow(SERVICE, key_of(flow), G)
    goes(program, flow, frame, G, HIT)


def check_hops(program, vip):
    """What another node has sent on to this one is its choice, for TCP."""
    begin(program, [L, SELF], {L: WELL, SELF: WELL})
    flow = Flow(vip, PORT)
    packet = flow.packet()
    packet["TCP"].flags = "S"
    for hop in (layout.HOP_OWNER, layout.HOP_LIMIT):
        ether = Ether(src=alias_of(NODES[L].dst_mac, hop), dst=SELF_MAC)
        frame = bytes(ether / packet).ljust(60, b"\0")
        check_frame(program, frame, "local_forwarded", None, SERVICE)
    expect(program.find_flow(SERVICE, key_of(flow)), None, "entry")


# --- flows with a home: all but TCP ---

H, A = NODE_GUE6, NODE_IPIP4  # A runs no Steer


def at_home(program, ranks, states, steer=(SELF, L, G, H), flags=0):
    """A table of its own, and which nodes are live and run the program."""
    begin(program, ranks, states)
    program.set_states(layout.POOL_CLUSTER, {node: LIVE for node in steer})
    cluster.configure(program, {"flags": flags})


def moves(program, vip, hop, verdict, node=None, way=None, entry="same", asked=0, sender=L):
    """A packet on a hop (0: from the router) has the verdict, and goes to a node on the next hop."""
    flow = Flow(vip, PORT, UDP_)
    source = alias_of(NODES[sender].dst_mac, hop, 0) if hop else ROUTER_MAC
    frame = flow.frame(b"x", src_mac=source)
    before = program.find_flow(SERVICE, key_of(flow))
    out = cluster.forwarded(frame, flow, NODES[node], way, 0) if node else None
    check_frame(program, frame, verdict, out, SERVICE, node)
    expect(program.find_flow(SERVICE, key_of(flow)), before if entry == "same" else entry, "entry")
    if entry != "same" and entry is not None:
        expect(program.is_asked(SERVICE, key_of(flow)), asked, "asked")


def check_way_home(program, vip):
    """From the router to the first node of the row that is live and runs the program."""
    for ranks, fallback, steer, home in (
        ([L, G], [], (SELF, L, G), L),
        ([L, G], [], (SELF, G), G),
        ([A, G], [], (SELF, G), G),
        ([A], [G, L], (SELF, G, L), G),
    ):
        at_home(program, ranks, {node: WELL for node in (L, G, A)}, steer)
        program.set_table(POOL, ranks, fallback)
        moves(program, vip, 0, VERDICT[home], home, layout.HOP_OWNER, None)
        # whatever its check says
        program.set_states(POOL, {node: LIVE for node in (L, G, A)})
        moves(program, vip, 0, VERDICT[home], home, layout.HOP_OWNER, None)
    # There is none but this node
    at_home(program, [A], {A: WELL}, (SELF,))
    flow = Flow(vip, PORT, UDP_)
    frame = flow.frame(b"x")
    out = cluster.forwarded(frame, flow, NODES[A])
    check_frame(program, frame, "forward_ipip", out, SERVICE, A)
    expect(program.find_flow(SERVICE, key_of(flow)), A, "entry")


def check_home(program, vip):
    """The home keeps who has the flow, through failure, drain and return."""
    for hop in (0, layout.HOP_OWNER):
        at_home(program, [SELF, L, G], {SELF: WELL, L: WELL, G: WELL})
        moves(program, vip, hop, "local_owner", entry=SELF)
        program.set_states(POOL, {SELF: LIVE, L: WELL, G: WELL})  # its check fails
        moves(program, vip, hop, "forward_l2", L, layout.FLOW_HERE, L)
        program.set_states(POOL, {SELF: WELL, L: WELL, G: WELL})  # it is well again
        moves(program, vip, hop, "forward_l2", L, layout.FLOW_HERE)
        program.set_states(POOL, {SELF: WELL, L: LIVE | DRAINING, G: WELL})
        moves(program, vip, hop, "forward_l2", L, layout.FLOW_HERE)
        program.set_states(POOL, {SELF: LIVE, L: 0, G: WELL})
        moves(program, vip, hop, "forward_gue", G, layout.FLOW_HERE, G)


def check_new_home(program, vip):
    """It asks who had its flows meanwhile, and takes those that nobody knows."""
    at_home(program, [SELF, L, G], {SELF: WELL, L: WELL, G: WELL}, flags=layout.ASKING)
    for _ in range(2):
        moves(program, vip, layout.HOP_OWNER, "forward_l2", L, layout.FLOW_ASK, L, 1, sender=G)
    moves(program, vip, layout.FLOW_BACK, "local_owner", entry=SELF)
    moves(program, vip, layout.HOP_OWNER, "local_owner")
    # It is not asked about a flow whose node is gone, and nobody is asked if nobody is left
    program.set_flow(SERVICE, key_of(Flow(vip, PORT, UDP_)), 99)
    moves(program, vip, 0, "local_owner", entry=SELF)
    at_home(program, [SELF, L], {SELF: WELL, L: WELL}, (SELF,), layout.ASKING)
    moves(program, vip, 0, "local_owner", entry=SELF)
    # This node is unhealthy: the flow that nobody knows goes to one that is not
    at_home(program, [SELF, L, G], {SELF: LIVE, L: LIVE, G: WELL}, flags=layout.ASKING)
    moves(program, vip, 0, "forward_l2", L, layout.FLOW_ASK, L, 1)
    moves(program, vip, layout.FLOW_BACK, "forward_gue", G, layout.FLOW_LAST, G)


def check_asked(program, vip):
    """The node that is asked has the flow, knows who has it, or sends it back."""
    at_home(program, [L, SELF, G], {SELF: WELL, L: WELL, G: WELL})
    flow = key_of(Flow(vip, PORT, UDP_))
    moves(program, vip, layout.FLOW_ASK, "forward_l2", L, layout.FLOW_BACK, None)
    program.set_flow(SERVICE, flow, G)
    moves(program, vip, layout.FLOW_ASK, "forward_gue", G, layout.FLOW_ASKED)
    program.set_flow(SERVICE, flow, SELF)
    moves(program, vip, layout.FLOW_ASK, "local_forwarded")
    program.set_states(POOL, {SELF: WELL, L: WELL, G: 0})
    program.set_flow(SERVICE, flow, G)
    moves(program, vip, layout.FLOW_ASK, "forward_l2", L, layout.FLOW_BACK)


def check_handed(program, vip):
    """What the home sends here is here from now on."""
    for hop in (layout.FLOW_HERE, layout.FLOW_ASKED, layout.FLOW_LAST):
        at_home(program, [L, SELF], {SELF: WELL, L: LIVE})
        moves(program, vip, hop, "local_owner", entry=SELF)
        program.set_states(POOL, {SELF: LIVE | DRAINING, L: WELL})
        moves(program, vip, hop, "local_forwarded")


def check_nobody(program, vip):
    """Nobody serves: no entry, and the old one's node is not asked."""
    begin(program, [L], {})
    flow = Flow(vip, PORT, UDP_)
    check_frame(program, flow.frame(b"x"), "drop_no_owner", None, SERVICE)
    expect(program.find_flow(SERVICE, key_of(flow)), None, "entry")


def check_other_host(program, vip):
    """A frame that is not for this node makes no entry, and none is asked for it."""
    begin(program, [L], {L: WELL})
    flow = Flow(vip, PORT, UDP_)
    before = program.count_flows(SERVICE)
    for mac in OTHER_MACS:
        check_frame(program, flow.frame(b"x", dst_mac=mac), "pass_other_host")
    expect(program.count_flows(SERVICE), before, "hits, misses, moved")
    expect(program.find_flow(SERVICE, key_of(flow)), None, "entry")


def check_without(program, vip):
    """A service without a flow table, and one whose table is not there yet."""
    flow = Flow(vip, PORT_L2, UDP_)
    service = cluster.service_of(flow)
    program.set_flow_table(service)
    frame = flow.frame(b"x")
    out = cluster.forwarded(frame, flow, NODES[L])
    check_frame(program, frame, "forward_l2", out, service, L)
    expect(program.find_flow(service, key_of(flow)), None, "entry")
    program.add_service(1 if "." in vip else 2, UDP_, 7201, 73, POOL, flags=layout.SERVICE_FLOWS)
    program.set_table(POOL, [L])
    program.set_states(POOL, {L: WELL})
    flow = Flow(vip, 7201, UDP_)
    frame = flow.frame(b"x")
    check_frame(program, frame, "forward_l2", cluster.forwarded(frame, flow, NODES[L]), 73, L)


def check_named(program, vip):
    """A QUIC connection id comes before the entry and changes it, if its node can have the flow."""
    program.add_service(
        1 if "." in vip else 2, UDP_, PORT, SERVICE, POOL, layout.HASH_CID,
        flags=layout.SERVICE_FLOWS, cid_rotation=1, cid_bytes=2,
    )  # fmt: skip
    try:
        begin(program, [L], {L: WELL, G: WELL, NODE_UNRESOLVED: LIVE})
        flow = Flow(vip, PORT, UDP_)
        named, nobody, never = (
            flow.frame(b"\x40\x20" + node.to_bytes(2, "big") + bytes(20))
            for node in (G, 999, NODE_UNRESOLVED)
        )
        goes(program, flow, flow.frame(b"\xc0 a long header"), L, MISS)
        goes(program, flow, named, G, NOTHING)
        goes(program, flow, named, G, HIT)
        goes(program, flow, nobody, G, HIT)
        goes(program, flow, never, G, HIT)  # lives, but was never a member
        program.set_states(POOL, {L: WELL, G: LIVE | DRAINING})
        goes(program, flow, named, G, HIT)
        program.set_states(POOL, {L: WELL, G: 0})
        goes(program, flow, named, L, MOVED)
    finally:
        program.add_service(
            1 if "." in vip else 2, UDP_, PORT, SERVICE, POOL, flags=layout.SERVICE_FLOWS
        )


def check_eviction(program, vip):
    """A full table forgets the oldest flows, and goes on."""
    begin(program, [L], {L: WELL})
    program.set_flow_table(SERVICE, 64)
    before = program.count_flows(SERVICE)
    flows = [Flow(vip, PORT, UDP_, sport=42000 + n) for n in range(500)]
    for flow in flows:
        frame = flow.frame(b"x")
        check_frame(
            program, frame, "forward_l2", cluster.forwarded(frame, flow, NODES[L]), SERVICE, L
        )
    expect(program.count_flows(SERVICE)[1] - before[1], 500, "misses")
    left = sum(program.find_flow(SERVICE, key_of(flow)) == L for flow in flows)
    if not 0 < left <= 64 + 128 * program.cpus:  # what each CPU holds ready comes on top
        raise AssertionError(f"{left} entries of 64")
    expect(program.find_flow(SERVICE, key_of(flows[0])), None, "the oldest")


suite = cluster.Suite(prepare)
for vip in (VIP4, VIP6):
    for protocol in (TCP_, UDP_, SCTP_):
        suite.add(f"{vip}, protocol {protocol}: stays", check_stays, vip, protocol)
    for title, state, stays in (
        ("serves", WELL, True),
        ("drains", LIVE | DRAINING, True),
        ("drains, unhealthy", LIVE | HEALTHY | DRAINING, True),
        ("healthy, in maintenance", LIVE | HEALTHY, True),
        ("unhealthy", LIVE, False),
        ("dead", 0, False),
        ("dead, though it was drained", DRAINING, False),
    ):
        suite.add(f"{vip}: node {title}", check_state, vip, state, stays)
    suite.add(f"{vip}: node left", check_gone, vip)
    suite.add(f"{vip}: SYN", check_syn, vip)
    suite.add(f"{vip}: no second chances", check_plain, vip)
    suite.add(f"{vip}: ICMP error", check_error, vip)
    suite.add(f"{vip}: from a node", check_hops, vip)
    suite.add(f"{vip}: the way home", check_way_home, vip)
    suite.add(f"{vip}: at home", check_home, vip)
    suite.add(f"{vip}: at a new home", check_new_home, vip)
    suite.add(f"{vip}: asked", check_asked, vip)
    suite.add(f"{vip}: handed here", check_handed, vip)
    suite.add(f"{vip}: nobody serves", check_nobody, vip)
    suite.add(f"{vip}: a frame for another host", check_other_host, vip)
    suite.add(f"{vip}: no flow table", check_without, vip)
    suite.add(f"{vip}: named by a connection id", check_named, vip)
    suite.add(f"{vip}: full", check_eviction, vip)
suite.run()
