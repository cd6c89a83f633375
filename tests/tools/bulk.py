#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Large transfers that last as long as a test: a download and an upload per node, every byte checked.

  bulk.py serve NAME PORT ADDRESS...
  bulk.py run PORT STOP-FILE BYTES-PER-SECOND NODES ADDRESS...

The server says its name first (16 bytes). A client asks with a letter and a seed: "d", and gets the
seed's random bytes until it closes its side; "u", sends them, closes its side and gets back their
number and digest. "run" opens connections until each of NODES (n1,n2,...) has one of both kinds,
transfers until STOP-FILE is there, and prints a JSON list: node, kind, family, bytes, and
if it broke, why and when (CLOCK_MONOTONIC).
"""

import hashlib
import json
import os
import random
import socket
import sys
import threading
import time

BLOCK = 16384
NAME = 16
STALL_S = 15  # longer than any disturbance is meant to last
CONNECT_S = 60


def blocks(seed):
    source = random.Random(seed)
    while True:
        yield source.randbytes(BLOCK)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def receive(s, size):
    data = b""
    while len(data) < size:
        part = s.recv(size - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


# --- server ---


def pace(s, seed, rate):
    """Sends until the other side has closed, at most that fast."""
    start, sent = time.monotonic(), 0
    for block in blocks(seed):
        s.sendall(block)
        sent += len(block)
        wait = max(0.001, start + sent / rate - time.monotonic())
        s.settimeout(wait)
        try:
            if not s.recv(1):
                return
        except TimeoutError:
            pass
        s.settimeout(None)


def answer(s, name):
    try:
        s.sendall(name.ljust(NAME).encode())
        request = receive(s, 13)
        seed, rate = int.from_bytes(request[1:9], "big"), int.from_bytes(request[9:], "big")
        if request[:1] == b"d":
            pace(s, seed, rate)
        else:
            digest, size = hashlib.sha256(), 0
            while part := s.recv(65536):
                digest.update(part)
                size += len(part)
            s.sendall(f"{size} {digest.hexdigest()}\n".encode())
    except OSError:
        pass
    s.close()


def serve(name, port, *addresses):
    def listen(address):
        with socket.create_server((address, int(port)), family=family_of(address), backlog=64) as s:
            while True:
                threading.Thread(target=answer, args=(s.accept()[0], name), daemon=True).start()

    for address in addresses[1:]:
        threading.Thread(target=listen, args=(address,), daemon=True).start()
    listen(addresses[0])


# --- client ---


class Transfer:
    def __init__(self, node, kind, address, s, rate, stop):
        self.node, self.kind, self.rate, self.stop, self.s = node, kind, rate, stop, s
        self.family = "v6" if ":" in address else "v4"
        self.seed = random.getrandbits(63)
        self.bytes, self.cause, self.at_ns = 0, None, None
        s.sendall(kind.encode() + self.seed.to_bytes(8, "big") + rate.to_bytes(4, "big"))

    def download(self):
        source, want, closing = blocks(self.seed), b"", False
        while data := self.s.recv(65536):
            while len(want) < len(data):
                want += next(source)
            if want[: len(data)] != data:
                raise ConnectionError("wrong data")
            want = want[len(data) :]
            self.bytes += len(data)
            if not closing and self.stop():
                self.s.shutdown(socket.SHUT_WR)
                closing = True
        if not closing:
            raise ConnectionError("closed")

    def upload(self):
        digest, start = hashlib.sha256(), time.monotonic()
        for block in blocks(self.seed):
            self.s.sendall(block)
            digest.update(block)
            self.bytes += len(block)
            if self.stop():
                break
            time.sleep(max(0, start + self.bytes / self.rate - time.monotonic()))
        self.s.shutdown(socket.SHUT_WR)
        said = self.s.makefile().readline().split()
        if said != [str(self.bytes), digest.hexdigest()]:
            raise ConnectionError(f"wrong data: {said}, sent {self.bytes}")

    def run(self):
        try:
            self.s.settimeout(STALL_S)
            (self.download if self.kind == "d" else self.upload)()
        except OSError as error:
            self.cause, self.at_ns = str(error) or type(error).__name__, time.monotonic_ns()
        self.s.close()

    def report(self):
        return {
            "node": self.node,
            "kind": {"d": "download", "u": "upload"}[self.kind],
            "family": self.family,
            "bytes": self.bytes,
            "cause": self.cause,
            "at_ns": self.at_ns,
        }


def run(port, stop_file, rate, nodes, *addresses):
    wanted = [(node, kind) for node in nodes.split(",") for kind in "du"]
    transfers, threads, number = [], [], 0
    end = time.monotonic() + CONNECT_S

    def stop():
        return os.path.exists(stop_file)

    while wanted and time.monotonic() < end:
        address = addresses[number % len(addresses)]
        number += 1
        s = socket.create_connection((address, int(port)), STALL_S)
        node = receive(s, NAME).decode().strip()
        kind = next((kind for name, kind in wanted if name == node), None)
        if not kind:
            s.close()
            continue
        wanted.remove((node, kind))
        transfers.append(Transfer(node, kind, address, s, int(rate), stop))
        threads.append(threading.Thread(target=transfers[-1].run))
        threads[-1].start()
    if wanted:
        print(f"never reached: {wanted}", file=sys.stderr)
    print("open", file=sys.stderr, flush=True)
    for thread in threads:
        thread.join()
    print(json.dumps([transfer.report() for transfer in transfers]))


if __name__ == "__main__":
    {"serve": serve, "run": run}[sys.argv[1]](*sys.argv[2:])
