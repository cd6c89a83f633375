# SPDX-License-Identifier: GPL-2.0
"""One packet against everything that must be true of it."""

from .libbpf import metadata_limit
from .program import CLASS_ACTION, CLASS_OF
from .tap import Failure, Skip, diff_bytes


def check_frame(program, frame, verdict, out=None, service=None, node=None, metadata=b""):
    """
    The frame gets this verdict and comes out as out: untouched by default, and it does not matter
    if it is dropped. Exactly one verdict counter moves, and of the services and nodes only the
    given ones, all by one packet and the frame's bytes as it arrived.
    """
    if len(metadata) > metadata_limit():
        raise Skip(f"this kernel takes {metadata_limit()} bytes of metadata")
    frame = bytes(frame)
    group = CLASS_OF[verdict]
    one = (1, len(frame))
    before = program.counts()
    action, got = program.run(frame, metadata)
    moved = program.counts() - before
    problems = []

    def compare(what, actual, expected):
        if actual != expected:
            problems.append(f"{what}: expected {expected}, got {actual}")

    compare("verdict", moved.verdicts, {verdict: one})
    compare("action", action, CLASS_ACTION[group])
    services = {}
    if service is not None and group in ("LOCAL", "FORWARD", "REFLECT", "DROP"):
        services[service, group] = one
    compare("service counters", moved.services, services)
    nodes = {}
    if node is not None and group in ("FORWARD", "DROP"):
        nodes[node, "sent" if group == "FORWARD" else "dropped"] = one
    compare("node counters", moved.nodes, nodes)
    expected = frame if out is None else bytes(out)
    if got != expected and group != "DROP":
        problems.append(diff_bytes(got, expected))
    if problems:
        problems.append(f"input: {frame[:160].hex()}")
        raise Failure("\n".join(problems))


def frame_case(suite, name, frame, verdict, out=None, of=None, **how):
    """Adds a case; check_frame() says what the arguments mean. of: which of the shared programs."""

    def run(shared):
        check_frame(getattr(shared, of) if of else shared, frame, verdict, out, **how)

    suite.add(f"{name}: {verdict}", run)
