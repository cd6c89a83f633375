#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Random bytes and mutated packets: what is not ours passes untouched, and everything is counted.

What tests/fuzz/fuzz_packet.c does to the parsers on the host, to the program in the kernel, for a minute;
its corpus is among what is mutated here. STEER_TEST_SEED repeats a run, and is printed;
STEER_TEST_SECONDS=5 for those who try things.
"""

import itertools
import os
import pathlib
import random
import time

from harness.cluster import SERVICES
from harness.prelude import *
from harness.program import CLASS_ACTION, CLASS_OF

SEED = int(os.environ.get("STEER_TEST_SEED", time.time_ns() // 10**9 % 10**6))
SECONDS = float(os.environ.get("STEER_TEST_SECONDS", "60"))  # of all kinds together
FRAMES = 10000  # from one seed, of a kind; that many at least
LONGEST = 3400
CORPUS = pathlib.Path(__file__).parent.parent / "fuzz" / "corpus" / "packet"

IP_TYPES = {IP: b"\x08\0", IPv6: b"\x86\xdd"}
VIPS = {packed(VIP4), packed(VIP6)}
PORTS = (*SERVICES, PORT_BOTH)  # of services
OURS = {packed(address) for address in (VIP4, VIP6, SELF4, SELF6)}
SENT = {mac_bytes(node.dst_mac) for node in NODES.values()}


def ip_at(frame):
    """Where the IP header is, behind up to two tags; if it is one."""
    at = 14
    while at <= 18 and frame[at - 2 : at] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    return at


def destination_at(frame):
    """Where the destination address begins and ends; None if there is none."""
    at = ip_at(frame)
    for ethertype, begin, end in ((b"\x08\x00", 16, 20), (b"\x86\xdd", 24, 40)):
        if frame[at - 2 : at] == ethertype and len(frame) >= at + end:
            return at + begin, at + end
    return None


def destination(frame):
    """The packed destination address, None if the frame is too short to have one or is not IP."""
    place = destination_at(frame)
    return bytes(frame[slice(*place)]) if place else None


def is_unclaimed(frame):
    """Is it to a VIP, plainly to a port there that no service has?"""
    if destination(frame) not in VIPS:
        return False
    at = ip_at(frame)
    if frame[at - 2] == 8:
        whole = not int.from_bytes(frame[at + 6 : at + 8], "big") & 0x3FFF
        protocol, size = frame[at + 9], 4 * (frame[at] & 15)
    else:
        whole, protocol, size = True, frame[at + 6], 40
    port = int.from_bytes(frame[at + size + 2 : at + size + 4], "big")
    return whole and protocol in (TCP_, UDP_) and port not in PORTS


def without_ecn(packet):
    """The packet without what a mark of congestion from outside changes (RFC 6040)."""
    packet = bytearray(packet)
    if len(packet) >= 20 and packet[0] >> 4 == 4:
        packet[1] &= 0xFC
        packet[10:12] = bytes(2)
    elif len(packet) >= 40:
        packet[1] &= 0xCF
    return packet


def is_end_of(frame, out):
    """Is it what decapsulation leaves: the frame's end?"""
    packet = out[ip_at(out) :]
    return without_ecn(frame[len(frame) - len(packet) :]) == without_ecn(packet)


def check_sent(frame, out):
    """What leaves is the packet that came: one hop older, encapsulated, or an answer."""
    if out[:6] == frame[6:12] and out[6:12] == frame[:6]:
        return  # answered: a probe, or what is too big
    if out[:6] not in SENT:
        raise Failure(f"sent to {out[:6].hex(':')}")
    at = ip_at(frame)
    if out[12:at] == frame[12:at] and len(out) == len(frame):
        size = 4 * (frame[at] & 15) if out[at - 2] == 8 else 40
        expect(out[at + size :], frame[at + size :], "payload")
    elif frame[at:] not in out and destination(frame) not in (packed(SELF4), packed(SELF6)):
        raise Failure("the packet is not in what was sent")


def check_one(program, number, frame):
    action, out = program.run(frame)
    try:
        if action in ("XDP_ABORTED", "XDP_REDIRECT"):
            raise Failure(action)
        if destination(frame) not in OURS or is_unclaimed(frame):
            expect(action, "XDP_PASS", "action for a packet that is not ours")
        if action == "XDP_PASS" and out != frame:
            # Only the decapsulation changes what passes, and what it leaves is the frame's end
            ours = destination(frame) in (packed(SELF4), packed(SELF6))
            if not ours or not is_end_of(frame, out):
                raise Failure("a packet that passes was changed")
        if action == "XDP_TX":
            check_sent(frame, out)
    except Failure as problem:
        text = f"frame {number}: {problem}\n{frame.hex()}\nout {out.hex()}"
        raise Failure(text) from None
    return action


def check_frames(program, make, rng):
    """FRAMES frames. Returns how many had which verdict."""
    before = program.count_verdicts()
    actions, total = {}, 0
    for number in range(FRAMES):
        frame = make(rng)
        action = check_one(program, number, frame)
        actions[action] = actions.get(action, 0) + 1
        total += len(frame)
    by_action, by_verdict, bytes_ = {}, {}, 0
    for verdict, (packets, size) in program.count_verdicts().items():
        packets -= before[verdict][0]
        bytes_ += size - before[verdict][1]
        if packets:
            by_verdict[verdict] = packets
            action = CLASS_ACTION[CLASS_OF[verdict]]
            by_action[action] = by_action.get(action, 0) + packets
    expect(sum(by_verdict.values()), FRAMES, "verdicts counted")
    expect(bytes_, total, "bytes counted")
    expect(by_action, actions, "verdicts and actions")
    return by_verdict


def check_all(program, name, make, share):
    end = time.monotonic() + SECONDS * share
    sums = {}
    for batch in itertools.count():
        try:
            found = check_frames(program, make, random.Random(f"{SEED} {name} {batch}"))
        except Failure as problem:
            raise Failure(f"seed {SEED}, batch {batch}: {problem}") from None
        for verdict, packets in found.items():
            sums[verdict] = sums.get(verdict, 0) + packets
        if time.monotonic() >= end:
            break
    say(f"{sum(sums.values())} frames: " + ", ".join(f"{v} {n}" for v, n in sums.items()))


def noise(rng):
    return rng.randbytes(rng.choice((14, rng.randrange(14, 128), rng.randrange(14, LONGEST))))


def noise_as_ip(rng):
    """Noise behind an IP header that makes the program look at it."""
    body = rng.randbytes(rng.choice((0, rng.randrange(64), rng.randrange(LONGEST - 60))))
    protocol = rng.choice((TCP_, UDP_, UDP_, rng.randrange(256)))
    ttl = rng.choice((255, 64, rng.randrange(256)))
    if rng.random() < 0.5:
        dst = rng.choice((VIP4, SELF4, "203.0.113.99"))
        ip = IP(src="198.51.100.9", dst=dst, proto=protocol, ttl=ttl)
    else:
        dst = rng.choice((VIP6, SELF6, "2001:db8:a::99"))
        ip = IPv6(src="2001:db8:c::9", dst=dst, nh=protocol, hlim=ttl)
    if rng.random() < 0.7:
        port = rng.choice((*PORTS, GUE_PORT, SBFD_PORT))
        body = body[:2] + port.to_bytes(2, "big") + body[4:]
    return mac_bytes(SELF_MAC) + mac_bytes(ROUTER_MAC) + IP_TYPES[type(ip)] + bytes(ip / Raw(body))


def seeds():
    """Valid packets of every kind."""
    arp = ARP(hwsrc=ROUTER_MAC, psrc="192.0.2.1", pdst=VIP4)
    found = [bytes(Ether(src=ROUTER_MAC, dst="ff:ff:ff:ff:ff:ff") / arp)]
    for vip, own in ((VIP4, SELF4), (VIP6, SELF6)):
        for protocol in (TCP_, UDP_):
            for port in (*SERVICES, PORT_FOREIGN):
                found.append(Flow(vip, port, protocol).frame(b"seed" * 8))
        flow = Flow(vip, cluster.PORT_SELF)
        ip4 = "." in own
        outer = IP(src="203.0.113.3", dst=own) if ip4 else IPv6(src="2001:db8:a::3", dst=own)
        tag = gue_tag(AUTH_KEY, flow.digest, 1, 0)
        gue = Gue(protocol=4 if ip4 else 41, tag=tag)
        inner = UDP(sport=50000, dport=GUE_PORT) / gue / flow.packet(b"inner")
        head = Ether(src=ROUTER_MAC, dst=SELF_MAC)
        found += [bytes(head / outer / inner)] * 4
        found += [bytes(head / outer / UDP(dport=SBFD_PORT) / Raw(bytes(200)))] * 4
    return found


VALID = seeds()


def mutate(rng, frame):
    """The frame with some bits flipped, bytes changed, cut or made longer."""
    for _ in range(rng.randrange(4)):
        at = rng.randrange(min(len(frame), 110))
        if rng.random() < 0.5:
            frame[at] ^= 1 << rng.randrange(8)
        else:
            frame[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    fate = rng.random()
    if fate < 0.2:
        del frame[rng.randrange(14, len(frame) + 1) :]
    elif fate < 0.4:
        frame += rng.randbytes(rng.randrange(64))
    return bytes(frame)


def mutated(rng):
    """A valid packet, somewhat changed."""
    return mutate(rng, bytearray(rng.choice(VALID)))


# Without their first byte, which tells the fuzzer what to do.
FOUND = [file.read_bytes()[1:] for file in sorted(CORPUS.iterdir())]


def of_corpus(rng):
    """What the parsers are fuzzed with, most of it to a service of ours, somewhat changed."""
    frame = bytearray(rng.choice(FOUND))
    place = destination_at(frame)
    if place and rng.random() < 0.8:
        ours = (VIP4, SELF4) if place[1] - place[0] == 4 else (VIP6, SELF6)
        frame[slice(*place)] = packed(rng.choice(ours))
        # Behind most headers; behind others, or in a quote, the bytes are of something else.
        at = ip_at(frame) + 2 + (20 if len(packed(ours[0])) == 4 else 40)
        if rng.random() < 0.7:
            frame[at : at + 2] = rng.choice((*PORTS, GUE_PORT, SBFD_PORT)).to_bytes(2, "big")
    return mutate(rng, frame)


def spliced(rng):
    """The head of one packet on the tail of another."""
    head, tail = rng.choice(VALID), rng.choice(VALID)
    at = rng.randrange(14, len(head))
    return head[:at] + tail[rng.randrange(len(tail)) :]


suite = cluster.suite()
say(f"seed {SEED}")
for name, make, share in (
    ("noise", noise, 0.1),
    ("noise that looks like IP", noise_as_ip, 0.2),
    ("mutated packets", mutated, 0.2),
    ("spliced packets", spliced, 0.2),
    ("packets of the fuzzer's corpus", of_corpus, 0.3),
):
    suite.add(name, check_all, name, make, share)
suite.run()
