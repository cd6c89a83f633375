#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The tests' idea of structs, maps and hashes, against the object and published vectors."""

import ctypes

from harness import layout, siphash
from harness.libbpf import lib
from harness.program import Program
from harness.tap import Suite, expect, object_path

btf = layout.Btf(object_path())


def check_struct(struct):
    expect(layout.fields(struct), btf.fields(struct.__name__), "fields")
    expect(ctypes.sizeof(struct), btf.struct(struct.__name__)["size"], "size")


def check_map(program, name):
    found = program.maps[name]
    key_bytes, value_bytes, entries = layout.MAPS[name]
    expect(lib.bpf_map__key_size(found), key_bytes, "key")
    expect(lib.bpf_map__value_size(found), value_bytes, "value")
    expect(lib.bpf_map__max_entries(found), entries or lib.libbpf_num_possible_cpus(), "entries")


def check_siphash24():
    """The vector of the paper's appendix A."""
    expect(siphash.siphash24(bytes(range(16)), bytes(range(15))), 0xA129CA6149BE45E5, "hash")


def check_siphash13():
    """Low halves: the vectors the kernel tests its own with, for 0, 1 and 2 bytes."""
    for length, low in enumerate((0x050FC4DC, 0x7D57CA93, 0x4DC7D44D)):
        digest = siphash.siphash13(bytes(range(16)), bytes(range(length)))
        expect(digest & 0xFFFFFFFF, low, f"hash of {length} bytes")


def no_program(check):
    return lambda _, *arguments: check(*arguments)


suite = Suite(Program)
for struct in layout.STRUCTS:
    suite.add(f"layout of {struct.__name__}", no_program(check_struct), struct)
for name in layout.MAPS:
    suite.add(f"map {name}", check_map, name)
suite.add("SipHash-2-4, the paper's vector", no_program(check_siphash24))
suite.add("SipHash-1-3, the kernel's vectors", no_program(check_siphash13))
suite.run()
