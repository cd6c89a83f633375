#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""VLAN tags: read through, and kept by whatever is forwarded, encapsulated, decapsulated or answered."""

from harness.prelude import *

TAGS = (
    ("802.1Q", Dot1Q(vlan=7)),
    ("802.1Q, priority 5", Dot1Q(vlan=4094, prio=5, id=1)),
    ("priority tag", Dot1Q(vlan=0, prio=3)),
    ("802.1ad", Dot1AD(vlan=100)),
    ("802.1ad, 802.1Q", Dot1AD(vlan=100) / Dot1Q(vlan=7)),
    ("two 802.1Q", Dot1Q(vlan=100) / Dot1Q(vlan=7)),
)
FAMILIES = (("v4", VIP4, SELF4, "203.0.113.3"), ("v6", VIP6, SELF6, "2001:db8:a::3"))
WAYS = (
    (NODE_L2, "forward_l2"),
    (NODE_GUE4, "forward_gue"),
    (NODE_GUE6, "forward_gue"),
    (NODE_IPIP4, "forward_ipip"),
    (NODE_IPIP6, "forward_ipip"),
)
PORT_IPIP4, PORT_IPIP6 = 8101, 8102
PORTS = {NODE_L2: 8002, NODE_GUE4: 8003, NODE_GUE6: 8004, NODE_IPIP4: PORT_IPIP4, NODE_IPIP6: PORT_IPIP6}


def prepare():
    program = cluster.cluster()
    for port, node in ((PORT_IPIP4, NODE_IPIP4), (PORT_IPIP6, NODE_IPIP6)):
        for vip in (1, 2):
            for protocol in (TCP_, UDP_):
                program.add_service(vip, protocol, port, port - 8000, node)
        program.set_table(node, [node])
        program.set_states(node, (node,))
    return program


def service_of(flow):
    return flow.dport - 8000 if flow.dport >= PORT_IPIP4 else cluster.service_of(flow)


def tagged(tags, packet, padded=64):
    return bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC) / tags / packet).ljust(padded, b"\0")


suite = cluster.Suite(prepare)
for name, tags in TAGS:
    for family, vip, own, peer in FAMILIES:
        for protocol in (TCP_, UDP_):
            what = f"{name}, {family}, protocol {protocol}"
            flow = Flow(vip, PORT_SELF, protocol)
            frame = tagged(tags, flow.packet(b"own"))
            frame_case(suite, f"{what}, own", frame, "local_owner", service=service_of(flow))
            frame = tagged(tags, Flow(vip, PORT_NOBODY, protocol).packet())
            service = service_of(Flow(vip, PORT_NOBODY, protocol))
            frame_case(suite, f"{what}, of nobody", frame, "drop_no_owner", service=service)
            frame = tagged(tags, Flow(vip, PORT_FOREIGN, protocol).packet())
            frame_case(suite, f"{what}, no service", frame, "pass_no_service")
            frame = tagged(tags, Flow(own, PORT_SELF, protocol).packet())
            frame_case(suite, f"{what}, no VIP", frame, "pass_no_vip")
            for node, verdict in WAYS:
                flow = Flow(vip, PORTS[node], protocol)
                for payload in (b"", b"payload" * 20):
                    frame = tagged(tags, flow.packet(payload))
                    out = cluster.forwarded(frame, flow, NODES[node])
                    title = f"{what}, {len(payload)} bytes to node {node}"
                    frame_case(
                        suite, title, frame, verdict, out, service=service_of(flow), node=node
                    )
        # Decapsulated, the inner packet has the tags the outer one came with
        flow = Flow(vip, PORT_SELF)
        inner = bytes(flow.packet(b"inner"))
        tag = gue_tag(AUTH_KEY, flow.digest, 2, 0)
        gue = Gue(protocol=4 if family == "v4" else 41, hop=2, epoch=0, tag=tag)
        for outer_family, _, own2, peer2 in FAMILIES:
            outer = IP(src=peer2, dst=own2) if outer_family == "v4" else IPv6(src=peer2, dst=own2)
            frame = tagged(tags, outer / UDP(sport=50000, dport=GUE_PORT) / gue / Raw(inner))
            title = f"{name}, {family} in {outer_family}"
            frame_case(
                suite, title, frame, "local_decapsulated", oracle.decap(frame, inner),
                service=service_of(flow),
            )  # fmt: skip
    # Cut within the tags, or behind them
    whole = tagged(tags, Flow(VIP4, PORT_NOBODY).packet())
    end = 14 + len(bytes(tags))
    for length in (14, 15, end - 1, end, end + 19):
        frame_case(suite, f"{name}, cut to {length} bytes", whole[:length], "pass_not_ip")
    arp = tagged(tags, Raw(bytes(46)))
    frame_case(suite, f"{name}, not IP", arp[: end - 2] + b"\x08\x06" + arp[end:], "pass_not_ip")
suite.run()
