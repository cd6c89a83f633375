# SPDX-License-Identifier: GPL-2.0
"""The cluster most tests use, seen from node 1.

Every pool has a table of one owner, so that a port chooses what becomes of a packet. Addresses are
those for documentation.
"""

from dataclasses import dataclass

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.layers.sctp import SCTP
from scapy.packet import Raw

from . import layout, oracle
from .program import Program
from .tap import Suite
from .wire import GUE_PORT, flow_hash, mapped

SELF = 1
GENERATION = 0x00012345
HOP_LIMIT = layout.HOP_LIMIT
FLOW_KEY = bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
AUTH_KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
SECOND_KEY = bytes.fromhex("a0b1c2d3e4f5061728394a5b6c7d8e9f")  # accepted, too

SELF_MAC = "02:00:00:00:00:01"
ROUTER_MAC = "02:00:00:00:fe:01"
OTHER_MACS = ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "02:00:00:00:77:77")
SELF4, SELF6 = "203.0.113.1", "2001:db8:a::1"
VIP4, VIP6 = "192.0.2.80", "2001:db8::80"
CLIENT4, CLIENT6 = "198.51.100.7", "2001:db8:c::7"
MTU_BYTES = 1500

TCP_, UDP_, SCTP_ = 6, 17, 132

# Ports: which pool, and so which node, the service behind has.
PORT_SELF, PORT_L2, PORT_GUE4, PORT_GUE6, PORT_UNRESOLVED, PORT_NOBODY, PORT_NO_TABLE = range(
    8001, 8008
)
PORT_BOTH = 53  # UDP to node 2, TCP to node 3
PORT_FOREIGN = 9999

NODE_L2, NODE_GUE4, NODE_GUE6, NODE_UNRESOLVED, NODE_DOWN = 2, 3, 4, 5, 6
NODE_IPIP4, NODE_IPIP6 = 7, 8
POOL_NO_TABLE = 900
EPOCH = 5


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def epoch_on(hop):
    """What a node whose search is sure says with this hop."""
    return EPOCH if hop >= layout.HOP_CHANCE else layout.EPOCH_NONE


def alias_of(mac, hop=HOP_LIMIT, epoch=None):
    """What a node sends from on a hop; by default the last one."""
    flip = ((hop - layout.HOP_OWNER) & 15 | (epoch_on(hop) if epoch is None else epoch) << 4) << 1
    return f"{int(mac[:2], 16) ^ flip:02x}{mac[2:]}"


def chance(place):
    """The hop to a candidate: 0 the best rank, 1 the last before it, 2 the next rank, …"""
    return layout.HOP_CHANCE + place


@dataclass
class Node:
    """The way to another node."""

    id: int
    forward: int = layout.FORWARD_L2
    addr: str = ""
    source: str = ""
    mtu_bytes: int = MTU_BYTES
    src_mac: str = SELF_MAC
    entropy_bits: int = 0
    ifindex: int = 1  # the one a test run's packets come in on

    @property
    def dst_mac(self):
        return f"02:00:00:00:{self.id >> 8:02x}:{self.id & 0xff:02x}"

    def configure(self, program):
        program.set_node(
            self.id,
            forward=self.forward,
            entropy_bits=self.entropy_bits,
            mtu_bytes=self.mtu_bytes,
            ifindex=self.ifindex,
            dst_mac=mac_bytes(self.dst_mac),
            src_mac=mac_bytes(self.src_mac),
            addr=mapped(self.addr) if self.addr else bytes(16),
            source=mapped(self.source) if self.source else bytes(16),
        )
        if self.forward == layout.FORWARD_IPIP:
            return
        program.add_mac(mac_bytes(self.dst_mac), self.id)


NODES = {
    node.id: node
    for node in (
        Node(NODE_L2),
        Node(NODE_GUE4, layout.FORWARD_GUE, "203.0.113.3", SELF4),
        Node(NODE_GUE6, layout.FORWARD_GUE, "2001:db8:a::4", SELF6),
        Node(NODE_DOWN),
        Node(NODE_IPIP4, layout.FORWARD_IPIP, "203.0.113.7", SELF4),
        Node(NODE_IPIP6, layout.FORWARD_IPIP, "2001:db8:a::8", SELF6),
    )
}
PEERS = (
    *(f"203.0.113.{node}" for node in range(1, 7)),
    *(f"2001:db8:a::{node}" for node in range(1, 7)),
)

# port: (service of TCP, pool)
SERVICES = {
    PORT_SELF: (11, SELF),
    PORT_L2: (12, NODE_L2),
    PORT_GUE4: (13, NODE_GUE4),
    PORT_GUE6: (14, NODE_GUE6),
    PORT_UNRESOLVED: (15, NODE_UNRESOLVED),
    PORT_NOBODY: (16, NODE_DOWN),
    PORT_NO_TABLE: (17, POOL_NO_TABLE),
}
UDP_SERVICES = 20  # a UDP service's id is that much above the TCP one's on the same port


def service_of(flow):
    base = 40 if flow.dport == PORT_BOTH else SERVICES[flow.dport][0]
    return base + (UDP_SERVICES if flow.protocol == UDP_ else 0)


def interfaces(*macs):
    """settings.interface of these MACs."""
    packed = b"".join(mac_bytes(mac) + bytes(2) for mac in macs)
    return packed.ljust(8 * layout.MAX_INTERFACES, b"\0")


def configure(program, settings=None):
    fields = {
        "schema": 1,
        "generation": GENERATION,
        "self": SELF,
        "epoch": EPOCH,
        "gue_port": GUE_PORT.to_bytes(2, "big"),
        "flow_key": FLOW_KEY,
        "auth_key": AUTH_KEY + SECOND_KEY,
        "addr4": mapped(SELF4),
        "addr6": mapped(SELF6),
        "interface": interfaces(SELF_MAC),
    }
    fields.update(settings or {})
    program.set_settings(fields)
    program.add_vip(VIP4, 1)
    program.add_vip(VIP6, 2)
    for vip in (1, 2):
        for port, (service, pool) in SERVICES.items():
            program.add_service(vip, TCP_, port, service, pool)
            program.add_service(vip, UDP_, port, service + UDP_SERVICES, pool)
        program.add_service(vip, TCP_, PORT_BOTH, 40, NODE_GUE4)
        program.add_service(vip, UDP_, PORT_BOTH, 40 + UDP_SERVICES, NODE_L2)
    for node in NODES.values():
        node.configure(program)
    for address in PEERS:
        program.add_peer(address, int(address.replace(":", ".").rsplit(".", 1)[1]))
    program.nodes.update((SELF, NODE_UNRESOLVED))
    # Who sends us something, as other nodes have it, lives
    live = {node: layout.LIVE for node in (SELF, NODE_L2, NODE_GUE4, NODE_GUE6)}
    for node in (SELF, NODE_L2, NODE_GUE4, NODE_GUE6, NODE_UNRESOLVED, NODE_DOWN):
        program.set_table(node, [node])
        program.set_states(node, {**live, node: 0 if node == NODE_DOWN else layout.WELL})


def cluster():
    program = Program()
    configure(program)
    return program


@dataclass
class Flow:
    """A client's flow, and frames of it."""

    dst: str
    dport: int
    protocol: int = TCP_
    src: str = ""
    sport: int = 40000

    def __post_init__(self):
        if not self.src:
            self.src = CLIENT6 if ":" in self.dst else CLIENT4

    @property
    def digest(self):
        return flow_hash(FLOW_KEY, self.protocol, self.src, self.dst, self.sport, self.dport)

    @property
    def later_digest(self):
        """Of a later fragment, which does not tell ports and protocol."""
        return flow_hash(FLOW_KEY, 0, self.src, self.dst, 0, 0)

    def l4(self):
        if self.protocol == TCP_:
            return TCP(sport=self.sport, dport=self.dport, flags="PA", seq=1, ack=1)
        if self.protocol == SCTP_:
            return SCTP(sport=self.sport, dport=self.dport, tag=1)
        return UDP(sport=self.sport, dport=self.dport)

    def ip(self, **fields):
        if ":" in self.dst:
            fields = {{"ttl": "hlim", "tos": "tc"}.get(k, k): v for k, v in fields.items()}
            return IPv6(src=self.src, dst=self.dst, **fields)
        return IP(src=self.src, dst=self.dst, **fields)

    def packet(self, payload=b"", **fields):
        return self.ip(**fields) / self.l4() / Raw(payload)

    def frame(self, payload=b"", src_mac=ROUTER_MAC, dst_mac=SELF_MAC, pad=True, **fields):
        frame = bytes(Ether(src=src_mac, dst=dst_mac) / self.packet(payload, **fields))
        return frame.ljust(60, b"\0") if pad else frame


def forwarded(frame, flow, node, hop=layout.HOP_OWNER, epoch=None):
    """The frame on its way to node."""
    epoch = epoch_on(hop) if epoch is None else epoch
    if node.forward == layout.FORWARD_L2:
        return oracle.forward_l2(frame, node.dst_mac, alias_of(node.src_mac, hop, epoch))
    if node.forward == layout.FORWARD_IPIP:
        return oracle.encap_ip(frame, node, flow.digest)
    return oracle.encap(frame, node, flow, flow.digest, AUTH_KEY, hop, epoch)


def suite():
    """A suite whose cases share one cluster."""
    return Suite(cluster)
