# SPDX-License-Identifier: GPL-2.0
"""What must come out, built by scapy from the input; scapy computes lengths and checksums."""

import ipaddress

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from .wire import (
    GUE_PORT,
    PROTOCOL_INNER4,
    PROTOCOL_INNER6,
    SBFD_ANSWER,
    SBFD_MIN_RX_US,
    SbfdAuth,
    Bfd,
    Gue,
    gue_tag,
    packed,
    sbfd_tag,
)

ENTROPY_PORTS = 1 << 14


VLAN_TYPES = (b"\x81\x00", b"\x88\xa8")


def split(frame):
    """The Ethernet header with its VLAN tags, the IP packet, and what stands behind it."""
    at = 12
    while frame[at : at + 2] in VLAN_TYPES:
        at += 4
    start = at + 2
    if frame[at:start] == b"\x08\x00":
        end = start + int.from_bytes(frame[start + 2 : start + 4], "big")
    else:
        end = start + 40 + int.from_bytes(frame[start + 4 : start + 6], "big")
    return frame[:start], frame[start:end], frame[end:]


def ethernet(head, dst_mac, src_mac, ip):
    """An Ethernet header with the tags that head has, in front of an IP packet."""
    macs = bytes.fromhex((dst_mac + src_mac).replace(":", ""))
    return macs + head[12:-2] + (b"\x08\x00" if ip[0] >> 4 == 4 else b"\x86\xdd")


def forward_l2(frame, dst_mac, src_mac):
    """The owner's MAC, one hop less, and nothing else."""
    ether, packet, padding = split(frame)
    ether = ethernet(ether, dst_mac, src_mac, packet)
    if packet[0] >> 4 == 6:
        ip = IPv6(packet[:40])
        ip.hlim -= 1
        ip.payload = Raw(packet[40:])
        ip.plen = int.from_bytes(packet[4:6], "big")
        return ether + bytes(ip)[:40] + packet[40:] + padding
    size = 4 * (packet[0] & 15)
    head = bytearray(packet[:size])
    head[8] -= 1
    ip = IP(bytes(head))
    del ip.chksum
    return ether + bytes(ip)[:size] + packet[size:] + padding


def outer_header(node, packet, digest, protocol):
    """The outer IP header, with the hash where it has room for it."""
    tos = packet[1] if packet[0] >> 4 == 4 else IPv6(packet[:40]).tc
    entropy = (digest >> 16) & ((1 << node.entropy_bits) - 1)
    source = int.from_bytes(packed(node.source), "big")
    source = source >> node.entropy_bits << node.entropy_bits | entropy
    if ":" in node.addr:
        source = str(ipaddress.IPv6Address(source))
        label = digest >> 32 & 0xFFFFF
        return IPv6(src=source, dst=node.addr, tc=tos, fl=label, hlim=64, nh=protocol)
    source = str(ipaddress.IPv4Address(source))
    return IP(src=source, dst=node.addr, tos=tos, id=0, flags="DF", ttl=64, proto=protocol)


def encap(frame, node, flow, digest, auth_key, hop=2, epoch=0, gue_port=GUE_PORT, ports=True):
    """
    GUE around the packet, to the node; what stands behind the packet stays there. ports: False for
    a later fragment, whose tag covers none.
    """
    ether, packet, padding = split(frame)
    gue = Gue(
        protocol=PROTOCOL_INNER4 if packet[0] >> 4 == 4 else PROTOCOL_INNER6,
        hop=hop,
        epoch=epoch,
        tag=gue_tag(auth_key, flow.digest if ports else flow.later_digest, hop, epoch),
    )
    udp = UDP(sport=65536 - ENTROPY_PORTS + (digest >> 50), dport=gue_port, chksum=0)
    outer = bytes(outer_header(node, packet, digest, 17) / udp / gue / Raw(packet))
    return ethernet(ether, node.dst_mac, node.src_mac, outer) + outer + padding


def encap_ip(frame, node, digest):
    """IP in IP, for a host without Steer."""
    ether, packet, padding = split(frame)
    protocol = PROTOCOL_INNER4 if packet[0] >> 4 == 4 else PROTOCOL_INNER6
    outer = bytes(outer_header(node, packet, digest, protocol) / Raw(packet))
    return ethernet(ether, node.dst_mac, node.src_mac, outer) + outer + padding


def decap(frame, inner):
    """The inner packet behind the MACs and tags the frame came with."""
    ether, _, _ = split(frame)
    return ether[:-2] + (b"\x08\x00" if inner[0] >> 4 == 4 else b"\x86\xdd") + inner


def pmtu_reply(frame, mtu_bytes):
    """What tells a packet's sender the MTU, from the virtual address."""
    ether, packet, _ = split(frame)
    quote = Raw(packet[:512])
    if packet[0] >> 4 == 4:
        ip = IP(packet[:20])
        answer = IP(src=ip.dst, dst=ip.src, tos=0xC0, id=0, flags="DF", ttl=64)
        answer = answer / ICMP(type=3, code=4, nexthopmtu=mtu_bytes) / quote
    else:
        ip = IPv6(packet[:40])
        answer = IPv6(src=ip.dst, dst=ip.src, hlim=64) / ICMPv6PacketTooBig(mtu=mtu_bytes) / quote
    return ether[6:12] + ether[:6] + ether[12:] + bytes(answer)


def reflect(probe, state, announced=None, auth_key=None):
    """
    The answer to a probe (a scapy packet): its UDP checksum is computed over all of it. announced:
    None for a router's probe, which has no authentication section.
    """
    answer = probe.copy()
    answer[Ether].src, answer[Ether].dst = probe[Ether].dst, probe[Ether].src
    ip = IP if IP in probe else IPv6
    answer[ip].src, answer[ip].dst = probe[ip].dst, probe[ip].src
    answer[UDP].sport, answer[UDP].dport = probe[UDP].dport, probe[UDP].sport
    if probe[UDP].chksum != 0:
        del answer[UDP].chksum
    bfd = answer[Bfd]
    bfd.state, bfd.diagnostic = state, 0
    bfd.final, bfd.poll = probe[Bfd].poll, 0
    bfd.demand = bfd.independent = 0
    bfd.min_rx_us, bfd.min_echo_rx_us = SBFD_MIN_RX_US, 0
    bfd.my_disc, bfd.your_disc = probe[Bfd].your_disc, probe[Bfd].my_disc
    if not announced:
        return bytes(answer)
    auth = answer[SbfdAuth]
    for field in (
        "node",
        "admin",
        "load_percent",
        "generation",
        "pools_digest",
        "table_digest",
        "admin_digest",
    ):
        setattr(auth, field, getattr(announced, field))
    auth.health, auth.active = announced.health, announced.active
    auth.body_tag = announced.body_tag
    auth.auth_tag = sbfd_tag(
        auth_key, SBFD_ANSWER, bfd.my_disc, bfd.your_disc, auth.sequence, auth.body_tag
    )
    return bytes(answer)
