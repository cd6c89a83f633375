#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""DOC: the last fragment of a UDP datagram, and no other: last_fragment.py ADDRESS"""

import logging
import sys

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import IP, UDP, fragment
from scapy.packet import Raw
from scapy.sendrecv import send

datagram = IP(dst=sys.argv[1], id=4711) / UDP(sport=999, dport=7100) / Raw(bytes(2000))
send(fragment(datagram, 1000)[-1], verbose=False)
