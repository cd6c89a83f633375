# SPDX-License-Identifier: GPL-2.0
"""What most packet tests use, in one import: from harness.prelude import *

A name that one or two tests use alone is imported there. The lists below are the whole API:

suite         Suite(prepare), expect(), say(), Failure
a packet      check_frame() at once, frame_case() as a case of a suite
the cluster   cluster.suite(), Flow, Node, addresses, ports and nodes of harness/cluster.py
the result    oracle.encap() and others; Gue, gue_tag() of harness/wire.py
the program   Program, layout
packets       layers of scapy
"""

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
)
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

from . import cluster, layout, oracle
from .cases import check_frame, frame_case
from .cluster import (
    AUTH_KEY,
    CLIENT4,
    CLIENT6,
    EPOCH,
    FLOW_KEY,
    MTU_BYTES,
    NODE_DOWN,
    NODE_GUE4,
    NODE_GUE6,
    NODE_IPIP4,
    NODE_IPIP6,
    NODE_L2,
    NODE_UNRESOLVED,
    NODES,
    OTHER_MACS,
    PORT_BOTH,
    PORT_FOREIGN,
    PORT_GUE4,
    PORT_GUE6,
    PORT_L2,
    PORT_NO_TABLE,
    PORT_NOBODY,
    PORT_SELF,
    PORT_UNRESOLVED,
    ROUTER_MAC,
    SCTP_,
    SECOND_KEY,
    SELF,
    SELF4,
    SELF6,
    SELF_MAC,
    TCP_,
    UDP_,
    VIP4,
    VIP6,
    Flow,
    Node,
    alias_of,
    mac_bytes,
)
from .layout import DRAINING, HEALTHY, HOP_OWNER, LIVE, SERVING, WELL
from .program import Program
from .tap import Failure, Suite, expect, say
from .wire import GUE_PORT, SBFD_PORT, Gue, flow_hash, gue_tag, mapped, packed, source_hash
