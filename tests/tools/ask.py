#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A router's S-BFD initiator, once: ask.py [-t TTL] ADDRESS DISCRIMINATOR

Prints what the reflector answers as JSON; "null" if it says nothing within a second.
"""

import argparse
import json
import socket
import struct

PORT, MY_DISCRIMINATOR, DOWN, DEMAND = 7784, 0xFEDCBA98, 1, 0x02
IP_RECVTTL = 12  # Python does not know it
STATES = ("admin down", "down", "init", "up")

parser = argparse.ArgumentParser()
parser.add_argument("-t", "--ttl", type=int, default=255)
parser.add_argument("address")
parser.add_argument("discriminator", type=int)
args = parser.parse_args()

probe = struct.pack(
    "!BBBB5I", 1 << 5, DOWN << 6 | DEMAND, 3, 24, MY_DISCRIMINATOR, args.discriminator, 50000, 0, 0
)
v6 = ":" in args.address
with socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM) as sock:
    if v6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, args.ttl)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, args.ttl)
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    sock.settimeout(1)
    sock.sendto(probe, (args.address, PORT))
    try:
        answer, control, _, sender = sock.recvmsg(512, 64)
    except (TimeoutError, ConnectionRefusedError):
        print("null")
        raise SystemExit(0)

_, flags, multiplier, length, mine, yours, min_tx, min_rx, min_echo = struct.unpack(
    "!BBBB5I", answer[:24]
)
print(
    json.dumps(
        {
            "from": sender[0],
            "port": sender[1],
            "ttl": struct.unpack("i", control[0][2])[0],
            "bytes": len(answer),
            "length": length,
            "state": STATES[flags >> 6],
            "flags": flags & 0x3F,
            "multiplier": multiplier,
            "my_discriminator": mine,
            "is_mine": yours == MY_DISCRIMINATOR,
            "min_tx_us": min_tx,
            "min_rx_us": min_rx,
            "min_echo_us": min_echo,
        }
    )
)
