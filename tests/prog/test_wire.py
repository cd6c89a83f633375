#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Between nodes: ECN, two tag keys, strangers, IP in IP and its entropy, packets that do not fit."""

import os

from harness.prelude import *

PEERS = {"v4": ("203.0.113.3", SELF4), "v6": ("2001:db8:a::3", SELF6)}
ECN = ("not ECN-capable", "ECT(1)", "ECT(0)", "CE")
PORT_IPIP = 8100
OVERHEAD = {NODE_GUE4: 40, NODE_GUE6: 60, NODE_IPIP4: 20, NODE_IPIP6: 40}
NEVER = bytes(range(16))  # a key nobody has

suite = cluster.suite()


def encapsulated(outer_family, flow, inner, key=AUTH_KEY, tos=0, source=None):
    gue = Gue(
        protocol=4 if inner[0] >> 4 == 4 else 41, hop=2, tag=gue_tag(key, flow.digest, 2, 0)
    )
    peer, own = PEERS[outer_family]
    if outer_family == "v4":
        outer = IP(src=source or peer, dst=own, tos=tos)
    else:
        outer = IPv6(src=source or peer, dst=own, tc=tos)
    packet = outer / UDP(sport=50000, dport=GUE_PORT) / gue / Raw(inner)
    return bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / packet)


def after(outer, inner):
    """RFC 6040, figure 4: what the inner field becomes; None: dropped."""
    if outer == 3:
        return None if inner == 0 else 3
    if outer == 1 and inner == 2:
        return 1
    return inner


for vip in (VIP4, VIP6):
    flow = Flow(vip, PORT_SELF)
    service = cluster.service_of(flow)
    for outer_family in PEERS:
        name = f"{vip} in {outer_family}"
        for outer in range(4):
            for inner in range(4):
                for dscp in (0, 0xB8):
                    frame = encapsulated(outer_family, flow, bytes(flow.packet(tos=dscp | inner)),
                                    tos=outer)  # fmt: skip
                    becomes = after(outer, inner)
                    title = f"{name}, {ECN[outer]} outside, {ECN[inner]} inside, DSCP {dscp:#x}"
                    if becomes is None:
                        frame_case(suite, title, frame, "drop_gue_ecn")
                        continue
                    out = oracle.decap(frame, bytes(flow.packet(tos=dscp | becomes)))
                    frame_case(suite, title, frame, "local_decapsulated", out, service=service)
        inner = bytes(flow.packet(b"key"))
        for title, key, verdict in (
            ("first key", AUTH_KEY, "local_decapsulated"),
            ("second key", SECOND_KEY, "local_decapsulated"),
            ("another key", NEVER, "drop_gue_tag"),
        ):
            frame = encapsulated(outer_family, flow, inner, key)
            good = verdict == "local_decapsulated"
            frame_case(
                suite, f"{name}, {title}", frame, verdict,
                oracle.decap(frame, inner) if good else None, service=service if good else None,
            )  # fmt: skip
        stranger = "203.0.113.99" if outer_family == "v4" else "2001:db8:a::99"
        for title, key in (("right tag", AUTH_KEY), ("wrong tag", NEVER)):
            frame = encapsulated(outer_family, flow, inner, key, source=stranger)
            frame_case(suite, f"{name}, from a stranger, {title}", frame, "pass_gue_foreign")


def check_ipip(program, vip, node_id, source, bits, protocol):
    node = Node(node_id, layout.FORWARD_IPIP, NODES[node_id].addr, source, entropy_bits=bits)
    node.configure(program)
    program.set_table(node_id, [node_id])
    program.set_states(node_id, (node_id,))
    for vip_id in (1, 2):
        program.add_service(vip_id, protocol, PORT_IPIP, 90, node_id)
    seen = set()
    for sport in range(41000, 41016):
        flow = Flow(vip, PORT_IPIP, protocol, sport=sport)
        for payload in (b"", b"tunnel" * 30):
            frame = flow.frame(payload, tos=0x2A)
            out = cluster.forwarded(frame, flow, node)
            check_frame(program, frame, "forward_ipip", out, 90, node_id)
            seen.add(out[26:30] if node_id == NODE_IPIP4 else out[18 + 4 : 18 + 20])
    if bits >= 8 and len(seen) < 8:
        raise AssertionError(f"only {len(seen)} sources for 16 flows")


for vip in (VIP4, VIP6):
    for protocol in (TCP_, UDP_):
        for node, source, sizes in (
            (NODE_IPIP4, "198.51.100.0", (0, 1, 8, 16)),
            (NODE_IPIP6, "2001:db8:7::", (0, 1, 16, 32)),
        ):
            for bits in sizes:
                name = f"IP in IP, {vip} to node {node}, protocol {protocol}, entropy {bits}"
                suite.add(name, check_ipip, vip, node, source, bits, protocol)


def too_big_case(name, flow, frame, node, **how):
    out = oracle.pmtu_reply(frame, MTU_BYTES - OVERHEAD[node])

    def run(program):
        program.refill_tokens()
        check_frame(program, frame, "reflect_too_big", out, cluster.service_of(flow), **how)

    suite.add(name, run)


for vip in (VIP4, VIP6):
    for port, node in ((PORT_GUE4, NODE_GUE4), (PORT_GUE6, NODE_GUE6)):
        for protocol in (TCP_, UDP_):
            flow = Flow(vip, port, protocol)
            name = f"{vip}, protocol {protocol} to node {node}"
            for size in (1440, 1473, 2500):
                too_big_case(f"{name}, {size} bytes", flow, flow.frame(b"b" * size), node)
            frame = bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / Dot1Q(vlan=9)
                          / flow.packet(b"b" * 1440))  # fmt: skip
            too_big_case(f"{name}, in a VLAN", flow, frame, node)
            too_big_case(f"{name}, with a trailer", flow, flow.frame(b"b" * 1440) + bytes(9), node)
options = Flow(VIP4, PORT_GUE4)
frame = bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC)
              / options.ip(options=[IPOption_NOP()] * 40) / options.l4() / Raw(b"o" * 1440))  # fmt: skip
too_big_case("IPv4 with options", options, frame, NODE_GUE4)


def check_small_mtu(program, vip):
    """A way that narrow is told nobody: there is not enough to quote."""
    node = Node(NODE_GUE4, layout.FORWARD_GUE, NODES[NODE_GUE4].addr, SELF4, mtu_bytes=400)
    node.configure(program)
    flow = Flow(vip, PORT_GUE4, UDP_)
    frame = flow.frame(b"s" * 380)
    check_frame(program, frame, "drop_too_big", None, cluster.service_of(flow), NODE_GUE4)
    NODES[NODE_GUE4].configure(program)


def check_error_is_not_answered(program):
    """No error about an error."""
    flow = Flow(VIP4, PORT_GUE4, UDP_)
    quote = bytes(IP(src=VIP4, dst=flow.src) / UDP(sport=PORT_GUE4, dport=flow.sport))
    packet = IP(src="198.51.100.254", dst=VIP4) / ICMP(type=3, code=4) / Raw(quote + bytes(1450))
    frame = bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / packet)
    check_frame(program, frame, "drop_too_big", None, cluster.service_of(flow), NODE_GUE4)


def check_later_fragment(program, vip):
    """No error about a later fragment."""
    program.set_table(layout.POOL_CLUSTER, [NODE_GUE4])
    program.set_states(layout.POOL_CLUSTER, (NODE_GUE4,))
    if ":" in vip:
        head = bytes([17, 0, 0x05, 0x00, 0, 0, 0, 9])
        packet = IPv6(src=cluster.CLIENT6, dst=vip, nh=44) / Raw(head + bytes(1444))
    else:
        packet = IP(src=cluster.CLIENT4, dst=vip, frag=160, proto=17, id=9) / Raw(bytes(1460))
    frame = bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / packet)
    check_frame(program, frame, "drop_too_big", None, None, NODE_GUE4)
    program.set_states(layout.POOL_CLUSTER, ())


def check_limit(program):
    """1000 a second and CPU."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    program.refill_tokens()
    flow = Flow(VIP4, PORT_GUE4, UDP_)
    frame = flow.frame(b"b" * 1473)
    before = program.count_verdicts()
    for _ in range(4000):
        program.run(frame)
    counts = program.count_verdicts()
    moved = {v: counts[v][0] - before[v][0] for v in ("reflect_too_big", "drop_too_big")}
    expect(sum(moved.values()), 4000, "packets")
    # 4000 runs take a fraction of a second; a slow machine may begin a second or two anew
    if not 1000 <= moved["reflect_too_big"] <= 3000:
        raise AssertionError(f"{moved}")


for vip in (VIP4, VIP6):
    suite.add(f"{vip}, a way too narrow to quote", check_small_mtu, vip)
    suite.add(f"{vip}, later fragment too big", check_later_fragment, vip)
suite.add("ICMP error too big", check_error_is_not_answered)
suite.add("too big too often", check_limit)
suite.run()
