#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""DOC: answers with its name and the SHA-256 of what it was sent: digest_server.py NAME ADDRESS...

Port 7100, UDP: of each datagram. Port 7101, TCP: of all that comes until the client ends its side.
"""

import hashlib
import socket
import sys
import threading


def answer(data):
    return (sys.argv[1] + " " + hashlib.sha256(data).hexdigest()).encode()


def datagrams(family, address):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.bind((address, 7100))
    while True:
        data, client = s.recvfrom(65536)
        s.sendto(answer(data), client)


def stream(s):
    data = b""
    while chunk := s.recv(65536):
        data += chunk
    s.sendall(answer(data))
    s.close()


def streams(family, address):
    s = socket.create_server((address, 7101), family=family, backlog=64)
    while True:
        threading.Thread(target=stream, args=(s.accept()[0],)).start()


for serve in datagrams, streams:
    for address in sys.argv[2:]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        threading.Thread(target=serve, args=(family, address)).start()
