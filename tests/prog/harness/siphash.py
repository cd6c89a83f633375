# SPDX-License-Identifier: GPL-2.0
"""SipHash-c-d (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012), over bytes."""

import struct

MASK = (1 << 64) - 1


def _rotate(x, bits):
    return ((x << bits) | (x >> (64 - bits))) & MASK


def _rounds(v0, v1, v2, v3, count):
    for _ in range(count):
        v0 = (v0 + v1) & MASK
        v2 = (v2 + v3) & MASK
        v1 = _rotate(v1, 13) ^ v0
        v3 = _rotate(v3, 16) ^ v2
        v0 = _rotate(v0, 32)
        v2 = (v2 + v1) & MASK
        v0 = (v0 + v3) & MASK
        v1 = _rotate(v1, 17) ^ v2
        v3 = _rotate(v3, 21) ^ v0
        v2 = _rotate(v2, 32)
    return v0, v1, v2, v3


def siphash(key, message, compress, finish):
    """The 64-bit hash of message under the 16 bytes of key."""
    k0, k1 = struct.unpack("<2Q", key)
    state = (
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    )
    tail = len(message) % 8
    padded = message + bytes(7 - tail) + bytes([len(message) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v0, v1, v2, v3 = state
        v0, v1, v2, v3 = _rounds(v0, v1, v2, v3 ^ word, compress)
        state = (v0 ^ word, v1, v2, v3)
    v0, v1, v2, v3 = state
    v0, v1, v2, v3 = _rounds(v0, v1, v2 ^ 0xFF, v3, finish)
    return v0 ^ v1 ^ v2 ^ v3


def siphash24(key, message):
    return siphash(key, message, 2, 4)


def siphash13(key, message):
    return siphash(key, message, 1, 3)
