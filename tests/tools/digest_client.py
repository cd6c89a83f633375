#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""DOC: which node got all of it: digest_client.py udp|tcp ADDRESS FIRST-PORT LAST-PORT BYTES

Sends BYTES from each client port to a digest_server.py and prints the name in its answer, a line for each
port; "none" if there is no answer, or its digest is not that of what was sent.
"""

import hashlib
import random
import socket
import sys

UDP_PORT, TCP_PORT = 7100, 7101
ATTEMPTS = 3  # a datagram that is too big once teaches the sender the path's MTU


def ask(s, kind, data):
    s.sendall(data)
    if kind == "tcp":
        s.shutdown(socket.SHUT_WR)
    name, digest = s.recv(100).decode().split()
    if digest != hashlib.sha256(data).hexdigest():
        raise ValueError(f"{name} has got other bytes")
    return name


def send(kind, address, port, size):
    data = random.Random(port).randbytes(size)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", port))
        s.settimeout(2 if kind == "udp" else 20)
        s.connect((address, UDP_PORT if kind == "udp" else TCP_PORT))
        for attempt in range(ATTEMPTS):
            try:
                return ask(s, kind, data)
            except OSError:
                if kind == "tcp" or attempt == ATTEMPTS - 1:
                    raise


kind, address = sys.argv[1:3]
first, last, size = map(int, sys.argv[3:6])
for port in range(first, last + 1):
    try:
        print(send(kind, address, port, size))
    except (OSError, ValueError) as error:
        print(f"port {port}: {error}", file=sys.stderr)
        print("none")
