# SPDX-License-Identifier: GPL-2.0
"""What goes over the wire between nodes: GUE and S-BFD as scapy layers, and their tags."""

import socket
import struct

from scapy.fields import (
    BitField,
    ByteField,
    IntField,
    ShortField,
    StrFixedLenField,
    XByteField,
    XLongField,
)
from scapy.packet import Packet

from .siphash import siphash13, siphash24

GUE_PORT = 6080
SBFD_PORT = 7784
SBFD_MIN_RX_US = 1000
PROTOCOL_INNER4 = 4
PROTOCOL_INNER6 = 41


def mapped(address):
    """16 bytes: an IPv6 address, or an IPv4 one as ::ffff:a.b.c.d."""
    if "." in address:
        return bytes(10) + b"\xff\xff" + socket.inet_pton(socket.AF_INET, address)
    return socket.inet_pton(socket.AF_INET6, address)


def packed(address):
    """The 4 or 16 bytes of an address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address)


class Gue(Packet):
    name = "GUE version 0 with Steer's private data"
    fields_desc = [
        BitField("version", 0, 2),
        BitField("control", 0, 1),
        BitField("hlen", 2, 5),
        ByteField("protocol", PROTOCOL_INNER4),
        ShortField("flags", 0),
        XByteField("private_type", 0x52),
        ByteField("hop", 1),
        ByteField("epoch", 0),
        ByteField("reserved", 0),
        StrFixedLenField("tag", bytes(4), 4),
    ]


def gue_tag(key, digest, hop, epoch):
    """digest: flow_hash() of the inner packet's flow."""
    message = digest.to_bytes(8, "little")[:5] + bytes([hop, epoch])
    return siphash13(key, message).to_bytes(8, "little")[:4]


def flow_hash(key, protocol, src, dst, sport, dport):
    """Of a 5-tuple: addresses of the family's size, ports as on the wire, protocol."""
    ports = struct.pack("!HHB", sport, dport, protocol)
    return siphash13(key, packed(src) + packed(dst) + ports)


def source_hash(key, src):
    return siphash13(key, packed(src))


class Bfd(Packet):
    name = "BFD control packet, RFC 5880 section 4.1"
    fields_desc = [
        BitField("version", 1, 3),
        BitField("diagnostic", 0, 5),
        BitField("state", 1, 2),
        BitField("poll", 0, 1),
        BitField("final", 0, 1),
        BitField("independent", 0, 1),
        BitField("auth", 1, 1),
        BitField("demand", 1, 1),
        BitField("multipoint", 0, 1),
        ByteField("detect_mult", 3),
        ByteField("length", 248),
        IntField("my_disc", 0),
        IntField("your_disc", 0),
        IntField("min_tx_us", 10000),
        IntField("min_rx_us", 0),
        IntField("min_echo_rx_us", 0),
    ]


class SbfdAuth(Packet):
    name = "Steer's authentication section"
    fields_desc = [
        XByteField("type", 0xF0),
        ByteField("length", 224),
        ByteField("key_id", 0),
        ByteField("version", 3),
        IntField("reserved", 0),
        XLongField("sequence", 0),
        ShortField("node", 0),
        ByteField("admin", 0),
        ByteField("load_percent", 0),
        IntField("generation", 0),
        XLongField("pools_digest", 0),
        XLongField("table_digest", 0),
        XLongField("admin_digest", 0),
        StrFixedLenField("health", bytes(128), 128),
        StrFixedLenField("active", bytes(32), 32),
        XLongField("body_tag", 0),
        XLongField("tag", 0),
    ]


SBFD_PROBE = 0x7072
SBFD_ANSWER = 0x616E


def sbfd_body_tag(key, auth):
    """Over what the node announces: from the node's id up to the tag itself."""
    return siphash24(key, bytes(auth)[16:208])


def sbfd_tag(key, domain, my_disc, your_disc, sequence, body_tag):
    words = struct.pack("<4Q", domain, my_disc << 32 | your_disc, sequence, body_tag)
    return siphash24(key, words)
