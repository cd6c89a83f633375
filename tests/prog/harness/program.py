# SPDX-License-Identifier: GPL-2.0
"""One loaded object: its maps, a packet through it, and what its counters did.

Each Program is a node of its own; two of them in one test are two nodes.
"""

import ctypes
import functools
import os

from dataclasses import dataclass, field

from . import layout, libbpf
from .libbpf import lib
from .tap import object_path, root_path
from .wire import mapped

ACTIONS = ("XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT")
CLASS_ACTION = {
    "PASS": "XDP_PASS",
    "LOCAL": "XDP_PASS",
    "FORWARD": "XDP_TX",
    "REFLECT": "XDP_TX",
    "DROP": "XDP_DROP",
}

VERDICTS = layout.verdicts(root_path("include", "steer", "verdict.h"))
CLASS_OF = dict(VERDICTS)


@dataclass
class Counts:
    """What a packet did to the counters: only what moved, as (packets, bytes)."""

    verdicts: dict = field(default_factory=dict)
    services: dict = field(default_factory=dict)
    nodes: dict = field(default_factory=dict)

    def __sub__(self, before):
        return Counts(
            _moved(self.verdicts, before.verdicts),
            _moved(self.services, before.services),
            _moved(self.nodes, before.nodes),
        )


def _moved(now, before):
    moved = {}
    for key, (packets, size) in now.items():
        old_packets, old_size = before.get(key, (0, 0))
        if (packets, size) != (old_packets, old_size):
            moved[key] = packets - old_packets, size - old_size
    return moved


class Program:
    def __init__(self, log=None):
        """log: a ctypes buffer for the verifier's statistics."""
        path = object_path()
        if not os.path.exists(path):
            raise FileNotFoundError(f"{path}: build it first: make build/steer.bpf.o")
        self.object = lib.bpf_object__open_file(path.encode(), None)
        if not self.object:
            libbpf.check(None, path)
        program = lib.bpf_object__find_program_by_name(self.object, b"steer")
        if not program:
            raise LookupError(f"{path}: no program steer")
        if log is not None:
            lib.bpf_program__set_log_level(program, 4)
            lib.bpf_program__set_log_buf(program, log, len(log))
        libbpf.check(lib.bpf_object__load(self.object), f"load {path}")
        self.fd = lib.bpf_program__fd(program)
        self.maps = {name: self._find(name) for name in layout.MAPS}
        self.map_fds = {name: lib.bpf_map__fd(found) for name, found in self.maps.items()}
        self.cpus = lib.libbpf_num_possible_cpus()
        self.bloom = layout.steer_bloom()
        self.vips = {}  # id: addresses
        self.indexed = {}  # (id, protocol, port): service
        self.index = libbpf.create_array(
            "steer_index", ctypes.sizeof(layout.steer_index_set), 1 << layout.INDEX_SHIFT,
            (self.object, "__u32", "steer_index_set"),
        )  # fmt: skip
        self._update("steer_index", 0, self.index.to_bytes(4, "little"))
        self.services = {0}
        self.nodes = {0}
        self.tables = {}
        self.flow_tables = {}

    def _find(self, name):
        found = lib.bpf_object__find_map_by_name(self.object, name.encode())
        if not found:
            raise LookupError(f"no map {name}")
        return found

    def close(self):
        for fd in (self.index, *self.tables.values(), *self.flow_tables.values()):
            os.close(fd)
        lib.bpf_object__close(self.object)
        self.object = None

    # --- what the daemon would write ---

    def _update(self, name, key, value):
        if isinstance(key, int):
            key = key.to_bytes(4, "little")
        libbpf.update(self.map_fds[name], bytes(key), bytes(value), name)

    def set_settings(self, fields):
        """fields: a dict, as one of them is called self."""
        self._update("steer_settings", 0, layout.steer_settings.of(fields))

    def _set_bloom(self, bits, place):
        bits[place // 64] |= 1 << place % 64
        self._update("steer_bloom", 0, self.bloom)

    def set_reflector(self, fields):
        self._update("steer_reflector", 0, layout.steer_reflector.of(fields))

    def add_vip(self, address, vip, protocols=layout.VIP_TCP | layout.VIP_UDP):
        value = layout.steer_vip(id=vip, protocols=protocols)
        words = memoryview(mapped(address)).cast("I")
        place = layout.bloom_bit(words[0] ^ words[1] ^ words[2] ^ words[3], layout.BLOOM_VIPS)
        self._set_bloom(self.bloom.vips, place)
        self._update("steer_vips", mapped(address), value)
        self.vips.setdefault(vip, set()).add(mapped(address))
        for (owner, protocol, port), service in self.indexed.items():
            if owner == vip:
                self.set_indexed(mapped(address), protocol, port, service)

    def set_indexed(self, address, protocol, port, service):
        """In its set of the index, if there is room."""
        place = layout.index_set(address, protocol, port).to_bytes(4, "little")
        raw = libbpf.lookup(self.index, place, ctypes.sizeof(layout.steer_index_set), "index")
        index_set = layout.steer_index_set.from_buffer_copy(raw)
        key = {"addr": address, "port": port.to_bytes(2, "big"), "protocol": protocol}
        wanted = layout.steer_index_entry.of(key)
        for entry in index_set.entry:
            if bytes(entry)[:20] in (bytes(20), bytes(wanted)[:20]):
                entry.addr, entry.port, entry.protocol = wanted.addr, wanted.port, protocol
                entry.service = service
                break
        libbpf.update(self.index, place, bytes(index_set), "index")

    def drop_index(self):
        """From here on the program has no index, only the maps."""
        libbpf.fill_array(
            self.index,
            bytes(ctypes.sizeof(layout.steer_index_set) << layout.INDEX_SHIFT),
            1 << layout.INDEX_SHIFT,
            "index",
        )

    def add_prefix(self, address, bits, vip, protocols=layout.VIP_TCP | layout.VIP_UDP):
        bits += 96 if "." in address else 0
        key = layout.steer_prefix_key.of({"prefix_bits": bits, "addr": mapped(address)})
        value = layout.steer_vip(id=vip, protocols=protocols)
        self._update("steer_prefixes", key, value)

    def add_service(
        self, vip, protocol, port, service, pool, hash_kind=layout.HASH_TUPLE, **fields
    ):
        """fields: what else struct steer_service has."""
        key = layout.steer_service_key.of(
            {"vip": vip, "port": port.to_bytes(2, "big"), "protocol": protocol}
        )
        value = layout.steer_service(id=service, pool=pool, hash_kind=hash_kind, **fields)
        self._update("steer_services", key, value)
        if port:
            self.indexed[vip, protocol, port] = value
            for address in self.vips.get(vip, ()):
                self.set_indexed(address, protocol, port, value)
        self.services.add(service)

    def set_node(self, node, **fields):
        self._update("steer_nodes", node, layout.steer_node.of(fields))
        self.nodes.add(node)

    def add_mac(self, mac, node):
        key = b"\0" + mac[1:] + b"\0\0"
        place = layout.bloom_bit(int.from_bytes(mac[2:], "little"), layout.BLOOM_MACS)
        self._set_bloom(self.bloom.macs, place)
        self._update("steer_macs", key, layout.steer_mac(node=node, first=mac[0]))

    def add_peer(self, address, node):
        self._update("steer_peers", mapped(address), layout.steer_peer(node=node))

    def add_router(self, address):
        self._update("steer_routers", mapped(address), bytes(4))

    def add_device(self, ifindex):
        self._update("steer_devs", ifindex, ifindex.to_bytes(4, "little"))

    def set_flow_table(self, service, entries=1024):
        """A new flow table of a service, instead of the one it has."""
        key, value = layout.steer_flow, layout.steer_flow_entry
        fd = libbpf.create_map(
            libbpf.MAP_LRU_HASH, "steer_flow", ctypes.sizeof(key), ctypes.sizeof(value), entries,
            (self.object, "steer_flow", "steer_flow_entry"),
        )  # fmt: skip
        self._update("steer_flows", service, fd.to_bytes(4, "little"))
        self.flow_tables[service] = fd

    def find_flow(self, service, flow):
        """The node in a flow's entry, None without one; flow: a layout.steer_flow."""
        raw = libbpf.find(self.flow_tables[service], bytes(flow), 4)
        return raw and layout.steer_flow_entry.from_buffer_copy(raw).node

    def is_asked(self, service, flow):
        raw = libbpf.find(self.flow_tables[service], bytes(flow), 4)
        return layout.steer_flow_entry.from_buffer_copy(raw).asked

    def set_flow(self, service, flow, node):
        value = layout.steer_flow_entry(node=node)
        libbpf.update(self.flow_tables[service], bytes(flow), bytes(value), "flow table")

    def find_fragment(self, key):
        raw = libbpf.find(self.map_fds["steer_fragments"], bytes(key), 16)
        return raw and layout.steer_fragment.from_buffer_copy(raw)

    def set_fragment(self, key, value):
        self._update("steer_fragments", key, value)

    def set_tracing(self, tracing):
        self._update("steer_tracing", 0, tracing)

    def refill_tokens(self):
        libbpf.update(
            self.map_fds["steer_tokens"], bytes(4), bytes(16 * self.cpus), "steer_tokens"
        )

    def set_table(self, pool, rows, fallback=layout.NODE_NONE):
        """rows: a list of ranks for each row, or one for all; fallback: a node, or up to four."""
        others = fallback if isinstance(fallback, (list, tuple)) else [fallback]

        @functools.cache
        def packed(ranks):
            row = layout.steer_row()
            row.fallback[: len(others)] = others
            row.rank[: len(ranks)] = ranks
            return bytes(row)

        if isinstance(rows[0], (list, tuple)):
            values = b"".join(packed(tuple(ranks)) for ranks in rows)
        else:
            values = packed(tuple(rows)) * layout.TABLE_ROWS
        if pool not in self.tables:
            size = ctypes.sizeof(layout.steer_row)
            fd = libbpf.create_array(
                "steer_table", size, layout.TABLE_ROWS, (self.object, "__u32", "steer_row")
            )
            self._update("steer_tables", pool, fd.to_bytes(4, "little"))
            self.tables[pool] = fd
        # In place: replacing an inner map waits for a grace period, and nothing runs meanwhile
        fd = self.tables[pool]
        libbpf.fill_array(fd, values, layout.TABLE_ROWS, f"table of pool {pool}")

    def set_former(self, pool, nodes):
        """nodes: former owners of all rows that the rows have no room for."""
        size = ctypes.sizeof(layout.steer_former)
        kind = (self.object, "__u32", "steer_former")
        fd = libbpf.create_array("steer_former", size, layout.TABLE_ROWS, kind)
        former = layout.steer_former()
        former.node[: len(nodes)] = nodes
        libbpf.fill_array(fd, bytes(former) * layout.TABLE_ROWS, layout.TABLE_ROWS, "former")
        self._update("steer_formers", pool, fd.to_bytes(4, "little"))
        os.close(fd)

    def delete_former(self, pool):
        libbpf.delete(self.map_fds["steer_formers"], pool.to_bytes(4, "little"), "steer_formers")

    def set_states(self, pool, states):
        """states: {node: bits}, or the nodes that are well."""
        if not isinstance(states, dict):
            states = {node: layout.WELL for node in states}
        value = layout.steer_pool_states()
        for node, bits in states.items():
            value.node[node] = bits
        self._update("steer_states", pool, value)

    # --- what the program did ---

    def run(self, frame, metadata=b""):
        """Returns (action, frame)."""
        action, out = libbpf.test_run(self.fd, bytes(frame), metadata)
        return ACTIONS[action], out[len(metadata) :]

    def explain(self, frame, nonce):
        """Returns (explanation, frame)."""
        metadata = layout.steer_explanation(nonce=nonce)
        _, out = libbpf.test_run(self.fd, bytes(frame), bytes(metadata))
        size = ctypes.sizeof(metadata)
        return layout.steer_explanation.from_buffer_copy(out[:size]), out[size:]

    def _sum(self, name, index, struct):
        """A per-CPU value as one list of 64-bit words."""
        size = ctypes.sizeof(struct)
        raw = libbpf.lookup(self.map_fds[name], index.to_bytes(4, "little"), size * self.cpus, name)
        words = memoryview(raw).cast("Q").tolist()
        return [sum(words[at :: size // 8]) for at in range(size // 8)]

    def count_verdicts(self):
        words = self._sum("steer_verdicts", 0, layout.steer_counter * layout.MAX_VERDICTS)
        return {
            name: tuple(words[2 * index : 2 * index + 2])
            for index, (name, _) in enumerate(VERDICTS)
        }

    def count_flows(self, service):
        """(hits, misses, moved) of a service's flow table."""
        return tuple(self._sum("steer_svc_stats", service, layout.steer_service_stats)[-3:])

    def counts(self):
        """All verdicts, and the services and nodes that were ever configured here."""
        counts = Counts(verdicts=self.count_verdicts())
        for service in self.services:
            words = self._sum("steer_svc_stats", service, layout.steer_service_stats)
            for index, name in enumerate(layout.CLASSES):
                counts.services[service, name] = tuple(words[2 * index : 2 * index + 2])
        for node in self.nodes:
            words = self._sum("steer_node_stat", node, layout.steer_node_stats)
            counts.nodes[node, "sent"] = tuple(words[:2])
            counts.nodes[node, "dropped"] = tuple(words[2:])
        return counts
