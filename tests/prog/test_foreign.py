#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""What no service claims passes untouched, however odd it is."""

from scapy.contrib.lldp import LLDPDUChassisID, LLDPDUEndOfLLDPDU, LLDPDUPortID, LLDPDUTimeToLive
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NS
from scapy.layers.l2 import STP, Dot3, LLC
from scapy.layers.ipsec import AH, ESP

from harness.prelude import *

ETHER = Ether(src=ROUTER_MAC, dst=SELF_MAC)
JUMBO_BYTES = 3490  # about what one page of XDP holds

suite = cluster.suite()


def case(name, frame, verdict):
    frame_case(suite, name, frame, verdict)


def edit(frame, at, data):
    """The frame with some bytes written over."""
    return frame[:at] + data + frame[at + len(data) :]


def of_type(number, payload):
    return bytes(Ether(src=ROUTER_MAC, dst=SELF_MAC, type=number) / Raw(payload))


# Not IP at all, or too odd to be
tagged = Flow(VIP4, PORT_NOBODY).packet()
arp = ARP(hwsrc=ROUTER_MAC, psrc=CLIENT4, pdst=VIP4)
case("ARP for a VIP", bytes(Ether(src=ROUTER_MAC, dst="ff:ff:ff:ff:ff:ff") / arp), "pass_not_ip")
lldp = (
    LLDPDUChassisID(subtype=4, id=b"\2\0\0\0\xfe\1")
    / LLDPDUPortID(subtype=7, id=b"1")
    / LLDPDUTimeToLive(ttl=120)
    / LLDPDUEndOfLLDPDU()
)
lldp = Ether(src=ROUTER_MAC, dst="01:80:c2:00:00:0e", type=0x88CC) / lldp
case("LLDP", bytes(lldp), "pass_not_ip")
stp = Dot3(src=ROUTER_MAC, dst="01:80:c2:00:00:00") / LLC() / STP()
case("spanning tree", bytes(stp), "pass_not_ip")
tags = Dot1AD(vlan=7) / Dot1Q(vlan=8) / Dot1Q(vlan=9)
case("three VLANs to a VIP", bytes(ETHER / tags / tagged), "pass_not_ip")
case("MPLS", of_type(0x8847, b"\0\1\1\x40" + bytes(tagged)), "pass_not_ip")
case("PPPoE session", of_type(0x8864, bytes(60)), "pass_not_ip")
case("unknown type", of_type(0x88B5, bytes(60)), "pass_not_ip")

for family, vip in (("v4", VIP4), ("v6", VIP6)):
    # A service of nobody would drop it, so "pass" means that nothing was dropped before the lookup
    whole = Flow(vip, PORT_NOBODY).frame(b"x" * 40)
    header = 20 if family == "v4" else 40
    for length in (14, 15, 20, 14 + header - 1, 14 + header, 14 + header + 4, len(whole) - 1):
        case(f"{family} TCP cut to {length} bytes", whole[:length], "pass_not_ip")
    for version in (0, 5, 6 if family == "v4" else 4, 15):
        odd = edit(whole, 14, bytes([version << 4 | 5]))
        case(f"{family} type, version {version}", odd, "pass_not_ip")
    jumbo = Flow("203.0.113.99" if family == "v4" else "2001:db8:a::99", PORT_NOBODY)
    jumbo = jumbo.frame(b"j" * (JUMBO_BYTES - 14 - header - 20))
    case(f"{family} jumbo of {len(jumbo)} bytes to somebody", jumbo, "pass_no_vip")
    jumbo = Flow(vip, PORT_FOREIGN).frame(b"j" * (JUMBO_BYTES - 14 - header - 20))
    case(f"{family} jumbo of {len(jumbo)} bytes to a VIP", jumbo, "pass_no_service")

whole4 = Flow(VIP4, PORT_NOBODY).frame(b"x" * 40)
whole6 = Flow(VIP6, PORT_NOBODY).frame(b"x" * 40)
for ihl in range(5):
    case(f"v4 header of {4 * ihl} bytes", edit(whole4, 14, bytes([0x40 | ihl])), "pass_not_ip")
case("v4 header longer than the packet", edit(whole4[:60], 14, b"\x4f"), "pass_not_ip")
case("v4 header longer than its total length", edit(whole4, 14, b"\x4f\0\0\x37"), "pass_not_ip")
for total in (0, 19, len(whole4) - 14 + 1, 0xFFFF):
    odd = edit(whole4, 16, total.to_bytes(2, "big"))
    case(f"v4 total length {total} of {len(whole4) - 14}", odd, "pass_not_ip")
for payload in (len(whole6) - 54 + 1, 0xFFD7, 0xFFD8, 0xFFFF):
    odd = edit(whole6, 18, payload.to_bytes(2, "big"))
    case(f"v6 payload length {payload} of {len(whole6) - 54}", odd, "pass_not_ip")

# To a VIP, but cut short by its own headers
for family, vip, header in (("v4", VIP4, 20), ("v6", VIP6, 40)):
    for protocol, name, least in ((TCP_, "TCP", 20), (UDP_, "UDP", 8)):
        l4 = bytes(Flow(vip, PORT_NOBODY, protocol).l4())
        for length in (0, 1, 3, 4, least - 1):
            ip = Flow(vip, 0).ip(**{"proto" if family == "v4" else "nh": protocol})
            odd = bytes(ETHER / ip / Raw(l4[:length])).ljust(60 + 20, b"\0")
            case(f"{family} {name} of {length} bytes, padded", odd, "pass_malformed")

# VIPs, but no service
for family, vip in (("v4", VIP4), ("v6", VIP6)):
    for protocol, name in ((TCP_, "TCP"), (UDP_, "UDP")):
        for port in (0, 1, PORT_FOREIGN, 65535):
            flow = Flow(vip, port, protocol)
            case(f"{family} {name} port {port} of a VIP", flow.frame(), "pass_no_service")
ip4, ip6 = IP(src=CLIENT4, dst=VIP4), IPv6(src=CLIENT6, dst=VIP6)
case("v4 ping of a VIP", bytes(ETHER / ip4 / ICMP()), "pass_no_service")
case("v4 ESP to a VIP", bytes(ETHER / ip4 / ESP(spi=1, seq=1, data=bytes(32))), "pass_no_service")
case("v4 AH to a VIP", bytes(ETHER / ip4 / AH(spi=1) / TCP()), "pass_no_service")
sctp = IP(src=CLIENT4, dst=VIP4, proto=132) / Raw(bytes(32))
case("v4 SCTP to a VIP", bytes(ETHER / sctp), "pass_no_service")
case("v4 in v4 to a VIP", bytes(ETHER / ip4 / ip4 / TCP(dport=PORT_L2)), "pass_no_service")
empty = IP(src=CLIENT4, dst=VIP4, proto=47)
case("v4 empty packet to a VIP", bytes(ETHER / empty), "pass_no_service")
case("v6 ping of a VIP", bytes(ETHER / ip6 / ICMPv6EchoRequest()), "pass_no_service")
case("v6 ESP to a VIP", bytes(ETHER / ip6 / ESP(spi=1, seq=1, data=bytes(32))), "pass_no_service")
case("v6 no next header", bytes(ETHER / IPv6(src=CLIENT6, dst=VIP6, nh=59)), "pass_no_service")
tcp = TCP(dport=PORT_NOBODY)

# To others
for name, dst in (
    ("to this node", SELF4),
    ("multicast", "224.0.0.5"),
    ("broadcast", "255.255.255.255"),
):
    for protocol in (TCP_, UDP_):
        frame = Flow(dst, PORT_NOBODY, protocol).frame()
        case(f"v4 {name}, protocol {protocol}", frame, "pass_no_vip")
for name, dst in (("to this node", SELF6), ("multicast", "ff02::1"), ("unspecified", "::")):
    for protocol in (TCP_, UDP_):
        frame = Flow(dst, PORT_NOBODY, protocol).frame()
        case(f"v6 {name}, protocol {protocol}", frame, "pass_no_vip")
case("v4 from a VIP", bytes(ETHER / IP(src=VIP4, dst=CLIENT4) / tcp), "pass_no_vip")
case("v4 mDNS", bytes(ETHER / IP(src=CLIENT4, dst="224.0.0.251") / UDP(dport=5353)), "pass_no_vip")
solicitation = IPv6(src=CLIENT6, dst="ff02::1:ff00:80") / ICMPv6ND_NS(tgt=VIP6)
case("v6 neighbour solicitation", bytes(ETHER / solicitation), "pass_no_vip")
case("v4 neighbour of a VIP", Flow("192.0.2.81", PORT_NOBODY).frame(), "pass_no_vip")
case("v6 neighbour of a VIP", Flow("2001:db8::81", PORT_NOBODY).frame(), "pass_no_vip")
fragment = IP(src=CLIENT4, dst="203.0.113.99", flags="MF") / tcp
case("v4 fragment to somebody", bytes(ETHER / fragment), "pass_no_vip")
# ::ffff:192.0.2.80 on the wire is not the IPv4 address, though the maps write that one so
case("v6 to a v4 VIP's mapped form", Flow("::ffff:" + VIP4, PORT_NOBODY).frame(), "pass_no_vip")

# GUE and BFD that are not ours
for host in ("203.0.113.9", "2001:db8:a::9"):
    frame = Flow(host, GUE_PORT, UDP_).frame(b"g" * 40)
    case(f"GUE to another host, {host}", frame, "pass_no_vip")
case("v4 GUE to a VIP", Flow(VIP4, GUE_PORT, UDP_).frame(b"g" * 40), "pass_no_service")
case("v4 GUE port by TCP", Flow(SELF4, GUE_PORT, TCP_).frame(b"g" * 40), "pass_no_vip")
fragment = IP(src=CLIENT4, dst=SELF4, flags="MF") / UDP(dport=GUE_PORT) / Raw(bytes(40))
case("v4 GUE fragment to this node", bytes(ETHER / fragment), "pass_no_vip")
short = IP(src=CLIENT4, dst=SELF4, proto=17) / Raw(bytes(4))
case("v4 UDP of 4 bytes to this node", bytes(ETHER / short), "pass_no_vip")
case("v4 other port of this node", Flow(SELF4, 4789, UDP_).frame(b"v" * 40), "pass_no_vip")

suite.run()
