#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""DOC: in the place of journald: writes each entry to FILE as a line of JSON: journald.py FILE

Binds /run/systemd/journal/socket, so it belongs in a mount namespace of its own.
"""

import json
import socket
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/systemd/journal/socket")
with open(sys.argv[1], "w", encoding="utf-8") as out:
    while True:
        entry = s.recv(65536).decode().splitlines()
        print(json.dumps(dict(f.split("=", 1) for f in entry)), file=out, flush=True)
