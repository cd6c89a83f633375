# SPDX-License-Identifier: GPL-2.0
"""What must come out, built by scapy from the input; scapy computes lengths and checksums."""

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from .wire import (
    GUE_PORT,
    PROTOCOL_INNER4,
    PROTOCOL_INNER6,
    SBFD_ANSWER,
    SbfdAuth,
    Bfd,
    Gue,
    gue_tag,
    sbfd_tag,
)

ENTROPY_PORTS = 1 << 14


def ip_bytes(frame):
    """The IP packet of a frame and what stands behind it (padding)."""
    if frame[12:14] == b"\x08\x00":
        end = 14 + int.from_bytes(frame[16:18], "big")
    else:
        end = 14 + 40 + int.from_bytes(frame[18:20], "big")
    return frame[14:end], frame[end:]


def forward_l2(frame, dst_mac, src_mac):
    """The owner's MAC, one hop less, and nothing else."""
    packet, padding = ip_bytes(frame)
    ether = Ether(src=src_mac, dst=dst_mac, type=int.from_bytes(frame[12:14], "big"))
    if packet[0] >> 4 == 6:
        ip = IPv6(packet)
        head, payload = IPv6(packet[:40]), packet[40:]
        head.hlim = ip.hlim - 1
        head.payload = Raw(payload)
        return bytes(ether / head) + padding
    size = 4 * (packet[0] & 15)
    head = bytearray(packet[:size])
    head[8] -= 1
    ip = IP(bytes(head))
    del ip.chksum
    return bytes(ether) + bytes(ip)[:size] + packet[size:] + padding


def wrap(frame, node, flow, digest, generation, tag_key, hop=1, gue_port=GUE_PORT):
    """GUE around the packet, to the node; what stands behind the packet stays there."""
    packet, padding = ip_bytes(frame)
    tos = packet[1] if packet[0] >> 4 == 4 else IPv6(packet).tc
    if ":" in node.addr:
        outer = IPv6(src=node.source, dst=node.addr, tc=tos, fl=0, hlim=64)
    else:
        outer = IP(src=node.source, dst=node.addr, tos=tos, id=0, flags="DF", ttl=64)
    gue = Gue(
        protocol=PROTOCOL_INNER4 if packet[0] >> 4 == 4 else PROTOCOL_INNER6,
        hop=hop,
        generation=generation & 0xFFFF,
        tag=gue_tag(tag_key, flow.src, flow.dst, flow.sport, flow.dport, hop, generation & 0xFFFF),
    )
    sport = 65536 - ENTROPY_PORTS + (digest >> 50)
    udp = UDP(sport=sport, dport=gue_port, chksum=0)
    ether = Ether(src=node.src_mac, dst=node.dst_mac)
    return bytes(ether / outer / udp / gue / Raw(packet)) + padding


def unwrap(frame, inner):
    """The inner packet behind the MACs the frame came with."""
    ether = Ether(frame[:14])
    ether.type = 0x0800 if inner[0] >> 4 == 4 else 0x86DD
    return bytes(ether) + inner


def reflect(probe, state, announced, tag_key):
    """The answer to a probe (a scapy packet): its UDP checksum is computed over all of it."""
    answer = probe.copy()
    answer[Ether].src, answer[Ether].dst = probe[Ether].dst, probe[Ether].src
    ip = IP if IP in probe else IPv6
    answer[ip].src, answer[ip].dst = probe[ip].dst, probe[ip].src
    answer[UDP].sport, answer[UDP].dport = probe[UDP].dport, probe[UDP].sport
    if probe[UDP].chksum != 0:
        del answer[UDP].chksum
    bfd, auth = answer[Bfd], answer[SbfdAuth]
    bfd.state = state
    bfd.final, bfd.poll = probe[Bfd].poll, 0
    bfd.demand = 0
    bfd.my_disc, bfd.your_disc = probe[Bfd].your_disc, probe[Bfd].my_disc
    for field in ("node", "admin", "load_percent", "generation", "pools_digest", "table_digest"):
        setattr(auth, field, getattr(announced, field))
    auth.health, auth.body_tag = announced.health, announced.body_tag
    auth.tag = sbfd_tag(
        tag_key, SBFD_ANSWER, bfd.my_disc, bfd.your_disc, auth.sequence, auth.body_tag
    )
    return bytes(answer)
