#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Flow hash → row → owner, against the hash written from the paper."""

import random

from harness.layout import HASH_SOURCE, HASH_TUPLE, BUCKETS, TABLE_ROWS, ramping
from harness.prelude import *

SEED = 20261124
FLOWS = 500
STRIDE = 0x9E37  # to the next row when all ranks of one are down
PROBES = 4
FIRST = 100  # ids of the nodes, so that node 0 and this one stay out of it
OTHER_KEY = bytes(range(16))
PORT_TUPLE, PORT_SOURCE, PORT_RANKS = 80, 81, 82
LOW, HIGH, RANKS = 1, 2, 3  # pools; the first two tell both bytes of the row


def prepare():
    program = Program()
    cluster.configure(program)
    for node in range(FIRST, FIRST + 256):
        cluster.Node(node).configure(program)
    program.set_table(LOW, [[FIRST + (row & 0xFF)] for row in range(TABLE_ROWS)])
    program.set_table(HIGH, [[FIRST + (row >> 8)] for row in range(TABLE_ROWS)])
    for pool in (LOW, HIGH):
        program.set_states(pool, range(FIRST, FIRST + 256))
    return program


def set_services(program, pool):
    for vip in (1, 2):
        for protocol in (TCP_, UDP_):
            program.add_service(vip, protocol, PORT_TUPLE, 90, pool, HASH_TUPLE)
            program.add_service(vip, protocol, PORT_SOURCE, 91, pool, HASH_SOURCE)
            program.add_service(vip, protocol, PORT_RANKS, 92, RANKS, HASH_TUPLE)


def owner(program, frame):
    """The node a frame is sent to, or None if it stays or is dropped."""
    action, out = program.run(frame)
    if action != "XDP_TX":
        return None
    if out[6:12] != mac_bytes(SELF_MAC):
        raise Failure(f"sent from {out[6:12].hex(':')}")
    return int.from_bytes(out[4:6], "big")


def rows_of(program, flows):
    return rows_of_frames(program, [flow.frame() for flow in flows])


def rows_of_frames(program, frames):
    """The rows the program picks, found through two tables that tell half of it each."""
    halves = []
    for pool in (LOW, HIGH):
        set_services(program, pool)
        halves.append([owner(program, frame) - FIRST for frame in frames])
    return [low | high << 8 for low, high in zip(*halves)]


def random_flow(rng, vip, port):
    bits = 128 if ":" in vip else 32
    if bits == 32:
        src = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
    else:
        src = "2001:db8:" + ":".join(f"{rng.randrange(65536):x}" for _ in range(6))
    return Flow(vip, port, rng.choice((TCP_, UDP_)), src, rng.randrange(65536))


def row_of(flow, key=FLOW_KEY):
    if flow.dport == PORT_SOURCE:
        return source_hash(key, flow.src) % TABLE_ROWS
    return flow_hash(key, flow.protocol, flow.src, flow.dst, flow.sport, flow.dport) % TABLE_ROWS


def check_rows(program, vip, port):
    rng = random.Random(SEED)
    flows = [random_flow(rng, vip, port) for _ in range(FLOWS)]
    for flow, row in zip(flows, rows_of(program, flows)):
        expect(row, row_of(flow), f"row of {flow}")


def check_source_only(program, vip):
    """Neither ports nor protocol move a flow that is hashed by its source."""
    flows = [Flow(vip, PORT_SOURCE, p, sport=s) for p in (TCP_, UDP_) for s in (1, 2, 60000)]
    expect(len(set(rows_of(program, flows))), 1, "rows")


def check_key(program, vip):
    """Another key, other rows: what is left in place is chance."""
    flows = [random_flow(random.Random(number), vip, PORT_TUPLE) for number in range(FLOWS)]
    before = rows_of(program, flows)
    cluster.configure(program, {"flow_key": OTHER_KEY})
    for pool in (LOW, HIGH):
        restore_pool(program, pool)
    try:
        after = rows_of(program, flows)
    finally:
        cluster.configure(program)
        for pool in (LOW, HIGH):
            restore_pool(program, pool)
    for flow, row in zip(flows, after):
        expect(row, row_of(flow, OTHER_KEY), f"row of {flow}")
    same = sum(a == b for a, b in zip(before, after))
    if same > 3:
        raise Failure(f"{same} of {FLOWS} flows kept their row")


def check_even(program, vip):
    """Flows that differ by their source port alone spread evenly over both bytes of the row."""
    frame = Flow(vip, PORT_TUPLE).frame()
    at = 14 + (40 if ":" in vip else 20)
    ports = (port.to_bytes(2, "big") for port in range(20000, 24096))
    rows = rows_of_frames(program, [frame[:at] + port + frame[at + 2 :] for port in ports])
    for name, shift in (("low", 0), ("high", 8)):
        counts = [0] * 256
        for row in rows:
            counts[row >> shift & 0xFF] += 1
        mean = len(rows) / 256
        chi = sum((count - mean) ** 2 / mean for count in counts)
        say(f"chi-square of the {name} byte, 255 degrees of freedom: {chi:.0f}")
        if not 150 < chi < 370:  # beyond 4.5 sigma either side
            raise Failure(f"{name} byte of the row is not even: chi-square {chi:.0f}")


def check_ranks(program, ranks, states, expected, fallback=()):
    """The first rank that serves, whatever stands in the other bits."""
    program.set_table(RANKS, ranks, list(fallback))
    program.set_states(RANKS, states)
    set_services(program, LOW)
    expect(owner(program, Flow(VIP4, PORT_RANKS).frame()), expected, "owner")
    expect(owner(program, Flow(VIP6, PORT_RANKS).frame()), expected, "owner")


def check_probes(program, distance):
    """The flow's own row and those before are all down: the row at that many strides owns it."""
    flow = Flow(VIP4, PORT_RANKS)
    rows = [[FIRST]] * TABLE_ROWS
    for probe in range(PROBES):
        at = (row_of(flow) + probe * STRIDE) % TABLE_ROWS
        rows[at] = [FIRST + 1 + 4 * probe + rank for rank in range(4)]
    program.set_table(RANKS, rows)
    serving = FIRST + 1 + 4 * distance + 2
    program.set_states(RANKS, [FIRST, serving] if distance < PROBES else [FIRST])
    set_services(program, LOW)
    before = program.count_verdicts()["drop_no_owner"][0]
    got = owner(program, flow.frame())
    dropped = program.count_verdicts()["drop_no_owner"][0] - before
    expect(got, serving if distance < PROBES else None, "owner")
    expect(dropped, 0 if distance < PROBES else 1, "drop_no_owner")


def bucket_of(flow):
    """Of sixteen, which decides about flows that a node leaves to the next rank."""
    digest = flow_hash(FLOW_KEY, flow.protocol, flow.src, flow.dst, flow.sport, flow.dport)
    return digest >> 16 & BUCKETS - 1


def check_ramping(program, vip):
    """Step by step, a node takes its share of the flows, and never gives one back."""
    flows = [Flow(vip, PORT_RANKS, sport=sport) for sport in range(20000, 20000 + FLOWS)]
    frames = [flow.frame() for flow in flows]
    bucket = {flow.sport: bucket_of(flow) for flow in flows}
    program.set_table(RANKS, [A, B])
    set_services(program, LOW)
    before = set()
    for sixteenths in range(BUCKETS - 1, -1, -1):
        program.set_states(RANKS, {A: ramping(WELL, sixteenths), B: WELL})
        owners = [owner(program, frame) for frame in frames]
        taken = {flow.sport for flow, node in zip(flows, owners) if node == A}
        expect(set(owners) <= {A, B}, True, "another owner")
        expect(taken, {sport for sport, at in bucket.items() if at >= sixteenths}, f"ramping {sixteenths}")
        expect(before <= taken, True, "what it had stays")
        share = FLOWS * (BUCKETS - sixteenths) / BUCKETS
        if abs(len(taken) - share) > 4.5 * (FLOWS / 4) ** 0.5:
            raise Failure(f"{len(taken)} flows, {share:.0f} expected")
        before = taken


def check_ramping_ranks(program, ranks, states, expected, fallback=()):
    """A flow that all who might hold back from it do."""
    sport = next(s for s in range(20000, 21000) if bucket_of(Flow(VIP4, PORT_RANKS, sport=s)) == 6)
    program.set_table(RANKS, ranks, list(fallback))
    program.set_states(RANKS, states)
    set_services(program, LOW)
    expect(owner(program, Flow(VIP4, PORT_RANKS, sport=sport).frame()), expected, "owner")


def restore_pool(program, pool):
    shift = 0 if pool == LOW else 8
    program.set_table(pool, [[FIRST + (row >> shift & 0xFF)] for row in range(TABLE_ROWS)])
    program.set_states(pool, range(FIRST, FIRST + 256))


suite = Suite(prepare)
for vip in (VIP4, VIP6):
    for port, kind in ((PORT_TUPLE, "5-tuple"), (PORT_SOURCE, "source")):
        suite.add(f"rows of {FLOWS} flows to {vip} by {kind}", check_rows, vip, port)
    suite.add(f"source hash to {vip} knows only the source", check_source_only, vip)
    suite.add(f"another key, other rows, {vip}", check_key, vip)
    suite.add(f"ports spread evenly, {vip}", check_even, vip)

A, B, C, D = range(FIRST, FIRST + 4)
OTHER_BITS = layout.LIVE | layout.HEALTHY | layout.DRAINING
for name, ranks, states, expected in (
    ("all serve", [A, B, C, D], [A, B, C, D], A),
    ("first down", [A, B, C, D], [B, C, D], B),
    ("two down", [A, B, C, D], [C, D], C),
    ("three down", [A, B, C, D], [D], D),
    ("first lives, but does not serve", [A, B, C, D], {A: OTHER_BITS, B: SERVING}, B),
    ("serving with other bits", [A, B, C, D], {A: OTHER_BITS | SERVING}, A),
    ("empty ranks between", [0, B, 0, D], [D], D),
    ("empty ranks first", [0, 0, 0, D], [D], D),
    ("a stranger serves", [A, B, C, D], [D + 1], None),
    ("nobody serves", [A, B, C, D], [], None),
    ("empty row", [0, 0, 0, 0], [A], None),
):
    suite.add(f"ranks: {name}", check_ranks, ranks, states, expected)
E, F = FIRST + 4, FIRST + 5
for name, states, expected in (
    ("a rank before them", [D, E, F], D),
    ("the first", [E, F], E),
    ("the second", [F], F),
    ("the first drains", {E: OTHER_BITS, F: SERVING}, F),
    ("nobody", [F + 1], None),
):
    suite.add(f"fallback: {name}", check_ranks, [A, B, C, D], states, expected, (E, F))
ALL_LIVE = {node: OTHER_BITS for node in range(A, F + 1)}
for name, states, expected in (
    ("the first holds back", {A: 7, B: 0}, B),
    ("the first does not, by one", {A: 6, B: 0}, A),
    ("two hold back", {A: 15, B: 7, C: 0}, C),
    ("the second holds back less", {A: 7, B: 6, C: 0}, B),
    ("all hold back, the first takes it", {A: 7, B: 15, C: 8, D: 9}, A),
    ("all but who are down hold back", {C: 15, D: 7}, C),
    ("who holds back comes before fallback ones", {D: 15, E: 0}, D),
    ("a fallback one takes it nevertheless", {F: 15}, F),
):
    states = {**ALL_LIVE, **{n: ramping(WELL, h) for n, h in states.items()}}
    suite.add(f"slow start: {name}", check_ramping_ranks, [A, B, C, D], states, expected, (E, F))
suite.add("slow start, but not serving", check_ramping_ranks, [A, B],
          {A: ramping(OTHER_BITS, 0), B: ramping(OTHER_BITS, 15)}, None)  # fmt: skip
for vip in (VIP4, VIP6):
    suite.add(f"slow start: {FLOWS} flows to {vip}, in sixteen steps", check_ramping, vip)
for distance in range(PROBES + 1):
    suite.add(f"owner {distance} strides away", check_probes, distance)
suite.run()
