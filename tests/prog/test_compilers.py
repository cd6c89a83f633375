#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Every clang makes a program that the verifier accepts and that steers.

What a compiler may assume and the verifier may not see differs from version to version. So the
object is built with each clang that is installed, as the Makefile builds it, and loaded; a packet
of each kind goes through it.

The objects stay in the build directory, and are built again when the sources have changed. With
--build, they are only built: a virtual machine with another kernel has them then.
"""

# Timeout: 600 s

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

from harness import cluster
from harness.cases import check_frame
from harness.cluster import NODE_GUE4, NODE_GUE6, NODE_L2, NODES, SELF4, VIP4, VIP6, Flow
from harness.program import Program
from harness.tap import Failure, Skip, Suite, root_path, say

OLDEST, NEWEST = 14, 19  # these are missed if they are not there; a newer one is tested, too
VERSIONS = range(OLDEST, NEWEST + 12)

loaded = []


def directory_of(compiler):
    return root_path(os.environ.get("B", "build"), "compilers", compiler)


def build(compiler):
    directory = os.path.abspath(directory_of(compiler))
    path = os.path.join(directory, "steer.bpf.o")
    command = ["make", "-s", "-C", root_path(), f"B={directory}", f"CLANG={compiler}", path]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise Failure(f"{compiler} does not build the program:\n{run.stdout}{run.stderr}")


def try_packets(program):
    cluster.configure(program)
    for vip in (VIP4, VIP6):
        foreign = Flow(SELF4 if vip == VIP4 else "2001:db8::99", cluster.PORT_SELF)
        check_frame(program, foreign.frame(), "pass_no_vip")
        flow = Flow(vip, cluster.PORT_SELF, cluster.UDP_)
        check_frame(program, flow.frame(), "local_owner", service=cluster.service_of(flow))
        for port, node, verdict in (
            (cluster.PORT_L2, NODE_L2, "forward_l2"),
            (cluster.PORT_GUE4, NODE_GUE4, "forward_gue"),
            (cluster.PORT_GUE6, NODE_GUE6, "forward_gue"),
        ):
            flow = Flow(vip, port)
            frame = flow.frame(b"payload")
            out = cluster.forwarded(frame, flow, NODES[node])
            check_frame(program, frame, verdict, out, cluster.service_of(flow), node)


def check_compiler(compiler):
    found = shutil.which(compiler)
    if not found:
        raise Skip(f"{compiler} is not installed")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    say(f"{compiler}: {version.stdout.splitlines()[0]}")
    build(compiler)
    kept = os.environ.get("B")
    os.environ["B"] = directory_of(compiler)
    try:
        program = Program()
        loaded.append(compiler)
        try_packets(program)
        program.close()
    finally:
        if kept is None:
            del os.environ["B"]
        else:
            os.environ["B"] = kept


def check_some():
    say(f"loaded: {' '.join(loaded) or 'none'}")
    if not loaded:
        raise Failure("no clang has made a program that loads")


def versions():
    return [n for n in VERSIONS if n <= NEWEST or shutil.which(f"clang-{n}")]


compilers = ["clang", *(f"clang-{n}" for n in versions())]
if sys.argv[1:] == ["--build"]:
    for compiler in filter(shutil.which, compilers):
        build(compiler)
    sys.exit(0)
suite = Suite()
for compiler in compilers:
    suite.add(f"{compiler}: verified, and packets go where they should", check_compiler, compiler)
suite.add("at least one compiler's program loads", check_some)
suite.run()
