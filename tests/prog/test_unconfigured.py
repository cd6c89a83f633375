#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""A program that no daemon has configured passes everything."""

from harness.prelude import *

MAC = "02:00:00:00:fe:01"
ARP_REQUEST = Ether(src=MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(hwsrc=MAC, psrc="192.0.2.1", pdst=VIP4)
FRAMES = [
    ("14 bytes", bytes(12) + b"\x08\0"),
    ("ARP", bytes(ARP_REQUEST)),
    ("cut IPv4", Flow(VIP4, PORT_L2).frame()[:30]),
]
for family, vip, own in (("v4", VIP4, SELF4), ("v6", VIP6, SELF6)):
    for port, name in ((PORT_L2, "l2"), (PORT_GUE4, "gue"), (PORT_NOBODY, "nobody's")):
        FRAMES.append((f"{family} to a service, {name}", Flow(vip, port).frame()))
    FRAMES.append((f"{family} GUE", Flow(own, GUE_PORT, UDP_).frame(b"g" * 60)))
    FRAMES.append((f"{family} S-BFD", Flow(own, SBFD_PORT, UDP_).frame(b"s" * 200, ttl=255)))


def half_configured():
    """Everything but "who am I", which the daemon writes last."""
    program = Program()
    cluster.configure(program, {"self": 0})
    return program


class Both:
    """Two programs, made when the first test needs them."""

    def __init__(self):
        self.empty = Program()
        self.half = half_configured()


suite = Suite(Both)
for name, frame in FRAMES:
    for which in ("empty", "half"):
        frame_case(suite, f"{which} maps, {name}", frame, "pass_unconfigured", of=which)
suite.run()
