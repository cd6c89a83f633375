#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""DOC: the names of the nodes that answer.

who_answers.py [-p FIRST[-LAST]] [-n TIMES] tcp|udp PORT ADDRESS...

Asks the echo servers (tests/tools/echo.c) at PORT of each address, once from each of the client ports, or
TIMES times from any port. A line for each answer has the node's name, or "none".
"""

import argparse
import socket
import struct
import sys

REQUEST = struct.pack("!QQ", 1, 1)  # comes back in front of the name
UDP_S, TCP_S = 3, 5


def client_ports(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def ask(kind, address, port, source):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as s:
        if source:
            s.bind(("", source))
        s.settimeout(TCP_S if kind == "tcp" else UDP_S)
        s.connect((address, port))
        s.sendall(REQUEST)
        return s.recv(100)[len(REQUEST) :].split(b"\0")[0].decode()


parser = argparse.ArgumentParser()
parser.add_argument("-p", "--ports", type=client_ports, default=[0])
parser.add_argument("-n", "--times", type=int, default=1)
parser.add_argument("kind", choices=("tcp", "udp"))
parser.add_argument("port", type=int)
parser.add_argument("addresses", nargs="+")
args = parser.parse_args()

for _ in range(args.times):
    for address in args.addresses:
        for source in args.ports:
            try:
                print(ask(args.kind, address, args.port, source))
            except OSError as error:
                print(f"{address} from port {source}: {error}", file=sys.stderr)
                print("none")
