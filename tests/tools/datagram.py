#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""DOC: one UDP datagram: datagram.py [-t TTL] [-x HEX] [-z ZEROS] ADDRESS PORT

Its payload is the bytes of HEX and then ZEROS zeros.
"""

import argparse
import socket

parser = argparse.ArgumentParser()
parser.add_argument("-t", "--ttl", type=int, default=64)
parser.add_argument("-x", "--hex", type=bytes.fromhex, default=b"")
parser.add_argument("-z", "--zeros", type=int, default=0)
parser.add_argument("address")
parser.add_argument("port", type=int)
args = parser.parse_args()

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, args.ttl)
s.sendto(args.hex + bytes(args.zeros), (args.address, args.port))
