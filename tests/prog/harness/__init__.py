# SPDX-License-Identifier: GPL-2.0
"""Packet tests of the shipped object through BPF_PROG_TEST_RUN.

prelude  what most tests use, in one import
tap      test cases and their output
layout   the shared structs as this side sees them, checked against the object's BTF
libbpf   the few calls of libbpf.so.1 that are needed
program  one loaded object: its maps, one packet through it, what the counters did
siphash  SipHash-c-d, written from the paper
wire     GUE and S-BFD as scapy layers, tags
oracle   what must come out: built by scapy, checksums and all
cluster  the small cluster most tests use
netns    a network namespace for one test
second   the row and the service of the tests of second chances
cases    one packet against its expected verdict, bytes and counters

Nothing here is derived from bpf/: only the verdict list is read from include/, as it is a list of
names. Formats are written anew, so that a test fails when the program's idea of them changes.
"""
