#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Which service claims a packet: exact port before any port, exact address before prefixes.

With the index of services and without it, which must not make a difference.
"""

from harness.prelude import *

EXACT, ANY, LONG, SHORT, PREFIX_EXACT, INDEXED = 101, 102, 103, 104, 105, 106  # services
PORT_INDEXED = 7

# family: exact address, prefixes short and long, and in the long one an exact address again
PREFIXES = {
    "v4": ("192.0.2.200", ("198.51.100.0", 24), ("198.51.100.128", 25), "198.51.100.129"),
    "v6": ("2001:db8::200", ("2001:db8:f::", 48), ("2001:db8:f:8000::", 49), "2001:db8:f:8000::1"),
}


def prepare(flags=layout.HAVE_PREFIXES):
    program = cluster.Program()
    cluster.configure(program, {"flags": flags})
    for number, (exact, short, long, inside) in enumerate(PREFIXES.values()):
        vip = 10 + 10 * number
        program.add_vip(exact, vip)
        program.add_prefix(*short, vip + 1)
        program.add_prefix(*long, vip + 2)
        program.add_vip(inside, vip + 3)
        program.add_service(vip, TCP_, 443, EXACT, SELF)
        program.add_service(vip, TCP_, 0, ANY, SELF)
        program.add_service(vip + 1, UDP_, 0, SHORT, SELF)
        program.add_service(vip + 2, UDP_, 0, LONG, SELF)
        program.add_service(vip + 3, UDP_, 443, PREFIX_EXACT, SELF)
    return program


class Shared:
    def __init__(self):
        self.prefixes = prepare()
        self.none = prepare(flags=0)
        self.unindexed = prepare()
        self.unindexed.drop_index()
        # What is in the index alone shows that it is asked, first and for all of the key
        self.index = prepare()
        service = layout.steer_service(id=INDEXED, pool=SELF)
        self.index.services.add(INDEXED)
        for exact, *_ in PREFIXES.values():
            self.index.set_indexed(mapped(exact), UDP_, PORT_INDEXED, service)
            self.index.set_indexed(mapped(exact), TCP_, 443, service)


suite = Suite(Shared)


def case(name, dst, port, protocol, service, verdict="local_owner", of="prefixes"):
    frame = Flow(dst, port, protocol).frame()
    frame_case(suite, name, frame, verdict, of=of, service=service)
    if of == "prefixes":
        frame_case(suite, f"{name}, no index", frame, verdict, of="unindexed", service=service)


for family, (exact, short, long, inside) in PREFIXES.items():
    last = "198.51.100.255" if family == "v4" else "2001:db8:f:ffff:ffff:ffff:ffff:ffff"
    middle = "198.51.100.127" if family == "v4" else "2001:db8:f:7fff:ffff:ffff:ffff:ffff"
    outside = "198.51.101.0" if family == "v4" else "2001:db8:10::"
    case(f"{family} exact port beats any", exact, 443, TCP_, EXACT)
    for port in (0, 1, 442, 444, 65535):
        case(f"{family} any port takes {port}", exact, port, TCP_, ANY)
    case(f"{family} any port is of its protocol", exact, 443, UDP_, None, "pass_no_service")
    case(f"{family} prefix, first address", short[0], 1, UDP_, SHORT)
    case(f"{family} prefix, last before a longer one", middle, 1, UDP_, SHORT)
    case(f"{family} longer prefix beats shorter, first", long[0], 1, UDP_, LONG)
    case(f"{family} longer prefix beats shorter, last", last, 1, UDP_, LONG)
    case(f"{family} behind the prefix", outside, 1, UDP_, None, "pass_no_vip")
    case(f"{family} exact address beats prefixes", inside, 443, UDP_, PREFIX_EXACT)
    case(f"{family} exact address hides the prefix", inside, 1, UDP_, None, "pass_no_service")
    case(f"{family} prefix, other protocol", last, 1, TCP_, None, "pass_no_service")
    case(f"{family} prefixes are off by their flag", last, 1, UDP_, None, "pass_no_vip", "none")
    case(f"{family} exact address without prefixes", exact, 443, TCP_, EXACT, of="none")

    case(f"{family} only the index has it", exact, PORT_INDEXED, UDP_, INDEXED, of="index")
    case(f"{family} other protocol", exact, PORT_INDEXED, TCP_, ANY, of="index")
    case(f"{family} other port", exact, PORT_INDEXED + 1, TCP_, ANY, of="index")
    case(f"{family} the index before the maps", exact, 443, TCP_, INDEXED, of="index")

# TCP and UDP on the same port are two services
for family, vip in (("v4", VIP4), ("v6", VIP6)):
    for protocol, node, verdict in (
        (TCP_, cluster.NODE_GUE4, "forward_gue"),
        (UDP_, cluster.NODE_L2, "forward_l2"),
    ):
        flow = Flow(vip, PORT_BOTH, protocol)
        frame = flow.frame()
        out = cluster.forwarded(frame, flow, cluster.NODES[node])
        frame_case(
            suite,
            f"{family} port {PORT_BOTH} of protocol {protocol}",
            frame,
            verdict,
            out,
            of="none",
            service=cluster.service_of(flow),
            node=node,
        )
# The source port has no say
flow = Flow(VIP4, PORT_L2, sport=PORT_BOTH)
frame = flow.frame()
out = cluster.forwarded(frame, flow, cluster.NODES[cluster.NODE_L2])
frame_case(
    suite,
    "source port of another service",
    frame,
    "forward_l2",
    out,
    of="none",
    service=cluster.service_of(flow),
    node=cluster.NODE_L2,
)
suite.run()
