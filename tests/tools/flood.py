#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A flood on the control socket: flood.py SOCKET SEED

As many clients as the daemon takes, and more: some ask and do not read, some send a byte now and then, some
send garbage, some nothing. Then all of them go, and the daemon must answer within some seconds.
"""

import json
import random
import socket
import sys
import time

CLIENTS = 40
FLOOD_S = 0.4
PATIENCE_S = 10


def client(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(0.05)
    s.connect(path)
    return s


def disturb(chance, kind, s):
    if kind == "garbage":
        s.sendall(chance.randbytes(chance.randrange(1, 70000)))
    elif kind == "deaf":
        s.sendall(20 * b'{"schema":1,"command":"pool.show"}\n')
    elif kind == "slow":
        s.sendall(b'{"schema":1,"command":"status"'[:1])
    elif kind == "long":
        s.sendall(b'"' + 4096 * b"x")


def flood(path, chance):
    clients = []
    end = time.monotonic() + FLOOD_S
    while time.monotonic() < end:
        if len(clients) < CLIENTS:
            try:
                clients.append((chance.choice(["garbage", "deaf", "slow", "long", "idle"]), client(path)))
            except OSError:
                pass
        time.sleep(0.001)
        kind, s = chance.choice(clients) if clients else (None, None)
        try:
            disturb(chance, kind, s)
        except OSError:
            clients.remove((kind, s))
            s.close()
    for _, s in clients:
        s.close()


def ask(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(PATIENCE_S)
        s.connect(path)
        try:
            s.sendall(b'{"schema":1,"command":"status"}\n')
            return json.loads(s.makefile("rb").readline())
        except (BrokenPipeError, ConnectionResetError):
            return {"message": "turned away; try again"}


if __name__ == "__main__":
    flood(sys.argv[1], random.Random(int(sys.argv[2])))
    end = time.monotonic() + PATIENCE_S
    answer = ask(sys.argv[1])
    # It may not have noticed yet that they are gone.
    while "try again" in answer.get("message", "") and time.monotonic() < end:
        time.sleep(0.05)
        answer = ask(sys.argv[1])
    if "data" not in answer:
        sys.exit(f"flood.py: the answer is {answer}")
