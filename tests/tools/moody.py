#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A health endpoint of changing moods: moody.py ADDRESS PORT FILE

FILE names the mood: "well", "slow" (a byte each second), "silent", "garbage" (no HTTP), "huge" (headers
and a body without an end, until the client has enough) or "closed" (hangs up). Without it, it is well.
"""

import os
import socketserver
import sys
import time

LIMIT_BYTES = 64 << 20
LIMIT_S = 20


class Moody(socketserver.BaseRequestHandler):
    def mood(self):
        try:
            with open(sys.argv[3], encoding="ascii") as file:
                return file.read().strip()
        except FileNotFoundError:
            return "well"

    def handle(self):
        try:
            self.request.settimeout(LIMIT_S)
            self.request.recv(4096)
            getattr(self, self.mood())()
        except OSError:
            pass

    def well(self):
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")

    def slow(self):
        for byte in b"HTTP/1.1 200 OK\r\n":
            self.request.sendall(bytes([byte]))
            time.sleep(1)

    def silent(self):
        self.request.recv(4096)

    def garbage(self):
        self.request.sendall(os.urandom(20000))

    def huge(self):
        self.request.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-Large: " + 300000 * b"x" + b"\r\n\r\n")
        for _ in range(LIMIT_BYTES >> 20):
            self.request.sendall((1 << 20) * b"y")

    def closed(self):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server((sys.argv[1], int(sys.argv[2])), Moody).serve_forever()
