#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""DOC: a capture, counted as the tap counts: capture_as_tap.py TAP-JSON MAC <FIELDS

FIELDS are lines of tshark with frame.interface_name, frame.time_epoch and tcp.flags. Prints per interface
the packets since the tap's first one to MAC, and when the last packet and the last SYN came, as ns of the
monotonic clock.
"""

import json
import sys
import time

SLACK_NS = 100000  # two clocks are read one after the other

offset_ns = time.time_ns() - time.monotonic_ns()
first_ns = {e["from"]: e["first_ns"] for e in json.loads(sys.argv[1]) if e["to"] == sys.argv[2]}
ports = {}
for line in sys.stdin:
    name, seconds, flags = line.rstrip("\n").split("\t")
    whole, fraction = seconds.split(".")
    ns = int(whole) * 10**9 + int(fraction.ljust(9, "0")) - offset_ns
    port = ports.setdefault(name, {"packets": 0, "last_ns": 0, "last_syn_ns": 0})
    port["packets"] += ns > first_ns[name] - SLACK_NS
    port["last_ns"] = max(port["last_ns"], ns)
    if flags and int(flags, 16) & 0x12 == 0x02:
        port["last_syn_ns"] = max(port["last_syn_ns"], ns)
print(json.dumps(ports))
