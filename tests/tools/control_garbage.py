#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""DOC: requests that are none, to the control socket: control_garbage.py SOCKET

The daemon answers each of them or closes the connection, and plain nonsense gets an answer that says
what it is: otherwise the exit status is 1. Two clients go away before their answer.
"""

import json
import os
import socket
import sys

PATIENCE_S = 60  # under valgrind, too

REQUESTS = {
    "200000 random bytes": os.urandom(200000),
    "no JSON": b"nonsense\n",
    "deep nesting": b"[" * 70000,
    "20 requests at once": b'{"schema":1,"command":"status"}\n' * 20,
}
LEFT = (
    b'{"schema":1',
    b'{"schema":1,"command":"events","arguments":{"since":99999,"wait_ms":60000}}\n',
)
LEAVE_S = 0.5


def answer(request):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(PATIENCE_S)
        s.connect(sys.argv[1])
        try:
            s.sendall(request)
            s.shutdown(socket.SHUT_WR)
            return s.makefile("rb").read()
        except (BrokenPipeError, ConnectionResetError):
            return b""


def leave(request):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(LEAVE_S)
        s.connect(sys.argv[1])
        s.sendall(request)
        try:
            s.recv(65536)
        except TimeoutError:
            pass


for request in LEFT:
    leave(request)
answers = {name: answer(request) for name, request in REQUESTS.items()}
code = json.loads(answers["no JSON"])["code"]
sys.exit(0 if code == 1 else f"nonsense has code {code}, not 1")
