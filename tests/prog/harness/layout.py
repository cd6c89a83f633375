# SPDX-License-Identifier: GPL-2.0
"""The shared structs as this side sees them; check() compares them with the object's BTF.

Fields in network order are byte arrays here, and so are addresses, MACs and keys.
"""

import ctypes
import json
import re
import subprocess

from ctypes import c_uint8 as u8, c_uint16 as u16, c_uint32 as u32, c_uint64 as u64

MAX_NODES = 1024
BLOOM_VIPS = 1 << 15
BLOOM_MACS = 1 << 13
INDEX_SHIFT, INDEX_WAYS = 12, 4
TABLE_ROWS = 65536
RANKS = 4
FORMER = 5
ROW_FORMER = 0x8000  # the mark of a former owner in a row
NODE_NONE = 0

MAX_INTERFACES = 4
MAX_VERDICTS = 64
POOL_CLUSTER = 1023  # all nodes that run Steer

HASH_TUPLE, HASH_SOURCE, HASH_PREFIX, HASH_CID = 0, 1, 2, 3
FORWARD_NONE, FORWARD_L2, FORWARD_GUE, FORWARD_IPIP = 0, 1, 2, 3
HOP_NONE, HOP_FRAGMENT, HOP_OWNER, HOP_CHANCE = 0, 1, 2, 3
FLOW_HERE, FLOW_ASK, FLOW_BACK, FLOW_ASKED, FLOW_LAST = range(3, 8)
HOP_LIMIT = 15
EPOCH_NONE, EPOCHS = 0, 7
HAVE_PREFIXES, TRACING, CONVERGING, ASKING = 0x01, 0x02, 0x04, 0x08
VIP_TCP, VIP_UDP, VIP_SCTP = 0x01, 0x02, 0x04
SERVICE_FLOWS, SERVICE_PLAIN = 0x01, 0x02
TRACER_PERF, TRACER_RING = 0, 1
MATCH_SERVICE, MATCH_NODE, MATCH_ADDR = 0x01, 0x02, 0x04
TRACE_BYTES = 256
NO_SERVICE, NO_POOL, NO_ROW = 0xFFFF, 0xFFFF, 0xFFFFFFFF
SERVING, LIVE, HEALTHY, DRAINING = 0x01, 0x02, 0x04, 0x08
WELL = SERVING | LIVE | HEALTHY
BUCKETS = 16


def ramping(state, sixteenths):
    """A node that leaves so many sixteenths of its flows to the next rank."""
    return state | sixteenths << 4


CLASSES = ("PASS", "LOCAL", "FORWARD", "REFLECT", "DROP")


class Struct(ctypes.LittleEndianStructure):
    @classmethod
    def of(cls, fields):
        made = cls()
        for name, value in fields.items():
            if isinstance(value, (bytes, bytearray)):
                size = getattr(cls, name).size
                if len(value) != size:
                    raise ValueError(f"{cls.__name__}.{name} has {size} bytes, not {len(value)}")
                ctypes.memmove(ctypes.addressof(made) + getattr(cls, name).offset, value, size)
            else:
                setattr(made, name, value)
        return made


class steer_interface(Struct):
    _fields_ = [("mac", u8 * 6), ("pad", u8 * 2)]


class steer_settings(Struct):
    _fields_ = [
        ("schema", u32),
        ("generation", u32),
        ("self", u16),
        ("flags", u8),
        ("epoch", u8),
        ("gue_port", u8 * 2),
        ("pad1", u16),
        ("flow_key", u8 * 16),
        ("auth_key", u8 * 32),  # two
        ("addr4", u8 * 16),
        ("addr6", u8 * 16),
        ("interface", u8 * (8 * MAX_INTERFACES)),
    ]


class steer_prefix_key(Struct):
    _fields_ = [("prefix_bits", u32), ("addr", u8 * 16)]


class steer_vip(Struct):
    _fields_ = [("id", u32), ("protocols", u8), ("pad", u8 * 3)]


class steer_service_key(Struct):
    _fields_ = [("vip", u32), ("port", u8 * 2), ("protocol", u8), ("pad", u8)]


class steer_service(Struct):
    _fields_ = [
        ("id", u16),
        ("pool", u16),
        ("hash_kind", u8),
        ("flags", u8),
        ("prefix4_bits", u8),
        ("prefix6_bits", u8),
        ("cid_rotation", u8),
        ("cid_bytes", u8),
        ("pad", u8 * 2),
    ]


class steer_index_entry(Struct):
    _fields_ = [
        ("addr", u8 * 16),
        ("port", u8 * 2),
        ("protocol", u8),
        ("pad", u8),
        ("service", steer_service),
    ]


class steer_index_set(Struct):
    _fields_ = [("entry", steer_index_entry * INDEX_WAYS)]


class steer_flow(Struct):
    _fields_ = [
        ("src", u8 * 16),
        ("dst", u8 * 16),
        ("sport", u8 * 2),
        ("dport", u8 * 2),
        ("protocol", u8),
        ("pad", u8 * 3),
    ]


class steer_flow_entry(Struct):
    _fields_ = [("node", u16), ("asked", u16)]


class steer_fragment_key(Struct):
    _fields_ = [
        ("src", u8 * 16),
        ("dst", u8 * 16),
        ("id", u8 * 4),
        ("protocol", u8),
        ("pad", u8 * 3),
    ]


class steer_fragment(Struct):
    _fields_ = [
        ("seen_ns", u64),
        ("sport", u8 * 2),
        ("dport", u8 * 2),
        ("protocol", u8),
        ("pad", u8 * 3),
    ]


class steer_row(Struct):
    _fields_ = [("rank", u16 * RANKS), ("fallback", u16 * 4)]


class steer_former(Struct):
    _fields_ = [("node", u16 * FORMER), ("pad", u16)]


class steer_pool_states(Struct):
    _fields_ = [("node", u8 * MAX_NODES)]


class steer_node(Struct):
    _fields_ = [
        ("forward", u8),
        ("entropy_bits", u8),
        ("mtu_bytes", u16),
        ("ifindex", u32),
        ("dst_mac", u8 * 6),
        ("src_mac", u8 * 6),
        ("addr", u8 * 16),
        ("source", u8 * 16),
        ("pad1", u8 * 12),
    ]


class steer_mac_key(Struct):
    _fields_ = [("mac", u8 * 6), ("pad", u8 * 2)]


class steer_mac(Struct):
    _fields_ = [("node", u16), ("first", u8), ("pad", u8)]


class steer_peer(Struct):
    _fields_ = [("node", u16), ("pad", u16)]


class steer_counter(Struct):
    _fields_ = [("packets", u64), ("bytes", u64)]


class steer_service_stats(Struct):
    _fields_ = [
        ("by_class", steer_counter * len(CLASSES)),
        ("flow_hits", u64),
        ("flow_misses", u64),
        ("flow_moved", u64),
    ]


class steer_node_stats(Struct):
    _fields_ = [("sent", steer_counter), ("dropped", steer_counter)]


class steer_sbfd_auth(Struct):
    _fields_ = [
        ("type", u8),
        ("length", u8),
        ("key_id", u8),
        ("version", u8),
        ("reserved", u8 * 4),
        ("sequence", u8 * 8),
        ("node", u8 * 2),
        ("admin", u8),
        ("load_percent", u8),
        ("generation", u8 * 4),
        ("pools_digest", u8 * 8),
        ("table_digest", u8 * 8),
        ("admin_digest", u8 * 8),
        ("health", u8 * 128),
        ("active", u8 * 32),
        ("body_tag", u8 * 8),
        ("auth_tag", u8 * 8),
    ]


class steer_reflector(Struct):
    _fields_ = [
        ("discriminator", u32),
        ("state", u8),
        ("pad", u8 * 3),
        ("answer", steer_sbfd_auth),
        ("body_tag_second", u8 * 8),
    ]


class steer_tokens(Struct):
    _fields_ = [("refilled_ns", u64), ("tokens", u64)]


class steer_trace_filter(Struct):
    _fields_ = [
        ("verdicts", u64),
        ("sample", u32),
        ("service", u16),
        ("node", u16),
        ("addr", u8 * 16),
        ("addr_bits", u8),
        ("match", u8),
        ("pad", u8 * 6),
    ]


class steer_tracing(Struct):
    _fields_ = [("filter", steer_trace_filter * 2), ("nonce", u64), ("lost", u64)]


class steer_event_head(Struct):
    _fields_ = [
        ("time_ns", u64),
        ("hash", u64),
        ("row", u32),
        ("ifindex", u32),
        ("frame_bytes", u32),
        ("packet_bytes", u32),
        ("flow", steer_flow),
        ("service", u16),
        ("pool", u16),
        ("owner", u16),
        ("target", u16),
        ("verdict", u8),
        ("hop", u8),
        ("pad", u8 * 6),
    ]


class steer_event(Struct):
    _fields_ = [("head", steer_event_head), ("packet", u8 * TRACE_BYTES)]


class steer_explanation(Struct):
    _fields_ = [
        ("nonce", u64),
        ("hash", u64),
        ("row", u32),
        ("service", u16),
        ("pool", u16),
        ("owner", u16),
        ("target", u16),
        ("verdict", u8),
        ("hop", u8),
        ("pad", u16),
    ]


class steer_bloom(Struct):
    _fields_ = [("vips", u64 * (BLOOM_VIPS // 64)), ("macs", u64 * (BLOOM_MACS // 64))]


def bloom_bit(number, places):
    return (number * 0x9E3779B1 & 0xFFFFFFFF) * places >> 32


def index_set(address, protocol, port):
    """Where a service is in the index; @address as the maps have it, 16 bytes."""
    whole = 0xFFFFFFFFFFFFFFFF
    high, low = memoryview(address).cast("Q")
    number = int.from_bytes(port.to_bytes(2, "big"), "little") | protocol << 16
    x = high * 0x9FB21C651E98DF25 + low * 0xD6E8FEB86659FD93 + number * 0xA0761D6478BD642F
    x = (x ^ (x & whole) >> 32) & whole
    return (x * 0xD6E8FEB86659FD93 & whole) >> 64 - INDEX_SHIFT


STRUCTS = Struct.__subclasses__()

# name: (bytes of the key, bytes of the value, entries or None for "as many as there are CPUs")
MAPS = {
    "steer_settings": (4, 128, 1),
    "steer_reflector": (4, 240, 1),
    "steer_bloom": (4, 5120, 1),
    "steer_vips": (16, 8, 4096),
    "steer_prefixes": (20, 8, 4096),
    "steer_services": (8, 12, 4096),
    "steer_index": (4, 4, 1),
    "steer_tables": (4, 4, 1024),
    "steer_formers": (4, 4, 1024),
    "steer_states": (4, MAX_NODES, 1024),
    "steer_nodes": (4, 64, MAX_NODES),
    "steer_macs": (8, 4, 8 * MAX_NODES),
    "steer_own_macs": (8, 4, 256),
    "steer_peers": (16, 4, 2 * MAX_NODES),
    "steer_routers": (16, 4, 64),
    "steer_devs": (4, 4, 16),
    "steer_fragments": (40, 16, 8192),
    "steer_flows": (4, 4, 4096),
    "steer_tokens": (4, 16, 1),
    "steer_tracing": (4, 96, 1),
    "steer_events": (4, 4, None),
    "steer_ring": (0, 0, 1 << 20),
    "steer_verdicts": (4, 16 * MAX_VERDICTS, 1),
    "steer_svc_stats": (4, 104, 4096),
    "steer_node_stat": (4, 32, MAX_NODES),
}


class Btf:
    """The types of an object file, as bpftool prints them."""

    def __init__(self, path):
        dump = subprocess.run(
            ["bpftool", "-j", "btf", "dump", "file", path], check=True, capture_output=True
        )
        self.types = {t["id"]: t for t in json.loads(dump.stdout)["types"]}

    def struct(self, name):
        found = [t for t in self.types.values() if t["kind"] == "STRUCT" and t["name"] == name]
        return found[0] if len(found) == 1 else None

    def size(self, type_id):
        kind = self.types[type_id]
        if kind["kind"] in ("TYPEDEF", "CONST", "VOLATILE"):
            return self.size(kind["type_id"])
        if kind["kind"] == "ARRAY":
            return kind["nr_elems"] * self.size(kind["type_id"])
        return 8 if kind["kind"] == "PTR" else kind["size"]

    def fields(self, name):
        """[(field, offset, bytes)] or None if the object has no such struct."""
        struct = self.struct(name)
        if not struct:
            return None
        return [
            (m["name"], m["bits_offset"] // 8, self.size(m["type_id"])) for m in struct["members"]
        ]


def fields(struct):
    found = [(name, getattr(struct, name)) for name, _ in struct._fields_]
    return [(name, field.offset, field.size) for name, field in found]


def verdicts(path):
    """[(name, class)] in the order of their numbers, from the list in verdict.h."""
    with open(path, encoding="ascii") as header:
        text = header.read().replace("\\\n", " ")
    found = re.findall(r'\bX\(\s*(\w+),\s*(\w+),\s*(\w+),\s*"', text)
    for symbol, group, name in found:
        if symbol.lower() != name or group not in CLASSES:
            raise ValueError(f"{path}: {symbol}, {group}, {name}")
    return [(name, group) for _, group, name in found]
