#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The S-BFD reflector: answers to the byte, and what is not for it."""

from harness.prelude import *
from harness.wire import SBFD_PROBE, Bfd, SbfdAuth, sbfd_body_tag, sbfd_tag

ADMIN_DOWN, DOWN, UP = 0, 1, 3
DISCRIMINATOR = 0x0A0B0C0D
PROBER = NODE_L2  # a node names itself by its id
PEER_MAC = NODES[NODE_L2].dst_mac
SEQUENCE = 0x0102030405060708
ROUTERS = {"v4": "203.0.113.250", "v6": "2001:db8:a::fe"}

FAMILIES = {
    "v4": IP(src="203.0.113.2", dst=SELF4, ttl=255, tos=0xC0),
    "v6": IPv6(src="2001:db8:a::2", dst=SELF6, hlim=255, tc=0xC0, fl=0x12345),
}

# No node's addresses, one that names the node in the other family's form, and nobody's
SOURCES = {
    "v4": ("203.0.113.99", "203.0.113.3", "0.0.0.0", "255.255.255.255", "224.0.0.1", SELF4),
    "v6": ("2001:db8:a::99", "2001:db8:a::3", "::", "ff02::1", "::ffff:203.0.113.2", SELF6),
}

NEW_SOURCES = ("203.0.113.99", "2001:db8:a::99")

ANNOUNCED = SbfdAuth(
    node=1,
    admin=1,
    load_percent=42,
    generation=0x00012345,
    pools_digest=0x1122334455667788,
    table_digest=0x99AABBCCDDEEFF00,
    admin_digest=0x0102030405060708,
    health=bytes(range(128)),
    active=bytes(range(100, 132)),
)
ANNOUNCED.body_tag = sbfd_body_tag(AUTH_KEY, ANNOUNCED)


def set_reflector(program, state=UP, discriminator=DISCRIMINATOR):
    answer = layout.steer_sbfd_auth.from_buffer_copy(bytes(ANNOUNCED))
    fields = {
        "discriminator": discriminator,
        "state": state,
        "answer": bytes(answer),
        "body_tag_second": sbfd_body_tag(SECOND_KEY, ANNOUNCED).to_bytes(8, "big"),
    }
    program.set_reflector(fields)


def prepare():
    program = cluster.cluster()
    for router in ROUTERS.values():
        program.add_router(router)
    set_reflector(program)
    return program


def probe(ip, bfd=None, auth=None, sport=49152, chksum=None, key=AUTH_KEY, tags=None):
    """A peer's probe with the right tag. bfd, auth: fields that differ; tags: of VLANs."""
    control = Bfd(**{"my_disc": PROBER, "your_disc": DISCRIMINATOR, "state": UP, **(bfd or {})})
    section = SbfdAuth(**{"sequence": SEQUENCE, **(auth or {})})
    if "tag" not in section.fields:
        section.tag = sbfd_tag(
            key, SBFD_PROBE, control.my_disc, control.your_disc, section.sequence, 0
        )
    udp = UDP(sport=sport, dport=SBFD_PORT, chksum=chksum)
    ether = Ether(src=PEER_MAC, dst=SELF_MAC)
    return (ether / tags if tags else ether) / ip.copy() / udp / control / section


suite = Suite(prepare)


def answered(name, packet, state=UP, key=AUTH_KEY):
    def check(program):
        set_reflector(program, state)
        announced = ANNOUNCED.copy()
        announced.body_tag = sbfd_body_tag(key, ANNOUNCED)
        out = oracle.reflect(packet, state, announced, key)
        check_frame(program, bytes(packet), "reflect_sbfd", out)

    suite.add(f"{name}: reflect_sbfd", check)


def refused(name, packet, verdict="pass_no_vip"):
    def check(program):
        set_reflector(program)
        check_frame(program, bytes(packet), verdict)

    suite.add(f"{name}: {verdict}", check)


for family, ip in FAMILIES.items():
    for mac in OTHER_MACS:
        other = probe(ip)
        other[Ether].dst = mac
        refused(f"{family}, frame to {mac}", other, "pass_other_host")


def edited(packet, at, data):
    """The frame with some bytes written over, at an offset from the UDP header."""
    frame = bytearray(bytes(packet))
    start = 14 + (20 if IP in packet else 40) + at
    frame[start : start + len(data)] = data
    return bytes(frame)


for family, ip in FAMILIES.items():
    for state, name in ((UP, "up"), (DOWN, "down"), (ADMIN_DOWN, "admin down")):
        for poll in (0, 1):
            packet = probe(ip, {"poll": poll})
            answered(f"{family}, {name}, poll {poll}", packet, state)
    for asked in (ADMIN_DOWN, DOWN, 2):
        answered(f"{family}, prober's state {asked}", probe(ip, {"state": asked}))
    for sequence in (0, 1, 0xFFFFFFFF, 1 << 32, 1 << 63, (1 << 64) - 1):
        answered(f"{family}, sequence {sequence:#x}", probe(ip, auth={"sequence": sequence}))
    for sport in (1, 3784, 49153, 65535):
        answered(f"{family}, source port {sport}", probe(ip, sport=sport))
    for disc in (1, NODE_GUE4, NODE_L2 << 16, 0xFFFFFFFF, DISCRIMINATOR):
        refused(f"{family}, from another node's address, {disc:#x}", probe(ip, {"my_disc": disc}),
                "drop_sbfd_unknown_peer")  # fmt: skip
    for source in SOURCES[family]:
        elsewhere = ip.copy()
        elsewhere.src = source
        refused(f"{family}, from {source}", probe(elsewhere), "drop_sbfd_unknown_peer")
    other = {"detect_mult": 7, "min_tx_us": 0xFFFFFFFF, "min_rx_us": 9, "min_echo_rx_us": 5}
    answered(f"{family}, other timers", probe(ip, other))
    answered(f"{family}, key id", probe(ip, auth={"key_id": 200}))
    answered(f"{family}, reserved", probe(ip, auth={"reserved": 0xFFFFFFFF}))
    rest = {"node": 0xFFFF, "admin": 255, "health": b"\xff" * 128, "active": b"\xff" * 32}
    rest["body_tag"] = (1 << 64) - 1
    answered(f"{family}, a body that is not empty", probe(ip, auth=rest))
    answered(f"{family}, no UDP checksum", probe(ip, chksum=0))
    # The answer is signed as the probe was
    answered(f"{family}, second key", probe(ip, key=SECOND_KEY), key=SECOND_KEY)
    for tags in (Dot1Q(vlan=7), Dot1AD(vlan=100) / Dot1Q(vlan=7)):
        answered(f"{family}, {tags.summary()}", probe(ip, tags=tags))
    answered(f"{family}, diagnostic", probe(ip, {"diagnostic": 7}))
    # From a node that is not configured here yet: only from what may be a host's address
    new = {"my_disc": 900}
    for source in SOURCES[family]:
        elsewhere = ip.copy()
        elsewhere.src = source
        if source in NEW_SOURCES:
            answered(f"{family}, new node, from {source}", probe(elsewhere, new))
        else:
            refused(f"{family}, new node, from {source}", probe(elsewhere, new),
                    "drop_sbfd_unknown_peer")  # fmt: skip
    elsewhere = ip.copy()
    elsewhere.src = NEW_SOURCES[family == "v6"]
    for disc in (1024, 0xFFFFFFFF):
        refused(f"{family}, no node's id {disc:#x}", probe(elsewhere, {"my_disc": disc}),
                "drop_sbfd_unknown_peer")  # fmt: skip

    # Through routers
    for ttl in (0, 1, 64, 254):
        far = ip.copy()
        setattr(far, "ttl" if family == "v4" else "hlim", ttl)
        answered(f"{family}, ttl {ttl}", probe(far))

    # Not for the reflector
    for fields in (
        {"version": 0},
        {"version": 2},
        {"length": 24},
        {"length": 247},
        {"length": 249},
        {"auth": 0},
        {"demand": 0},
        {"multipoint": 1},
        {"detect_mult": 0},
        {"my_disc": 0},
        {"your_disc": DISCRIMINATOR + 1},
        {"your_disc": 0},
    ):
        text = ", ".join(f"{field} {value}" for field, value in fields.items())
        refused(f"{family}, BFD {text}", probe(ip, fields))
    for fields in (
        {"type": 4},
        {"type": 0},
        {"length": 223},
        {"length": 24},
        {"version": 2},
        {"version": 4},
        {"version": 0},
    ):
        text = ", ".join(f"{field} {value}" for field, value in fields.items())
        refused(f"{family}, section {text}", probe(ip, auth=fields))
    head = Ether(src=PEER_MAC, dst=SELF_MAC) / ip
    plain = Bfd(length=24, auth=0, my_disc=PROBER, your_disc=DISCRIMINATOR)
    padded = plain / Raw(bytes(224))
    refused(f"{family}, plain, padded", head / UDP(sport=49152, dport=SBFD_PORT) / padded)
    whole = bytes(probe(ip))
    l3 = 20 if family == "v4" else 40
    for length in (0, 1, 23, 24, 247):
        short = head / UDP(sport=49152, dport=SBFD_PORT) / Raw(whole[14 + l3 + 8 :][:length])
        refused(f"{family}, {length} bytes of BFD", short)
    refused(f"{family}, another UDP port", edited(probe(ip), 2, (3784).to_bytes(2, "big")))
    elsewhere = ip.copy()
    elsewhere.dst = "203.0.113.9" if family == "v4" else "2001:db8:a::9"
    refused(f"{family}, to another node", probe(elsewhere))
    # The packet claims to end before the probe does: what follows is padding, not probe
    for length in (8, 32, 247):
        claims = edited(probe(ip, chksum=0), 4, length.to_bytes(2, "big"))
        refused(f"{family}, UDP length {length}", claims)
    claims = bytearray(bytes(probe(ip, chksum=0)))
    if family == "v4":
        packet = IP(bytes(claims[14:]))
        packet.len, packet.chksum = 20 + 8 + 24, None
        refused("v4, total length ends within the probe", bytes(claims[:14]) + bytes(packet))
    else:
        claims[18:20] = (8 + 24).to_bytes(2, "big")
        refused("v6, payload length ends within the probe", bytes(claims))

    # Tags
    good = probe(ip)[SbfdAuth].tag
    for bit in (0, 7, 31, 32, 63):
        bad = probe(ip, auth={"tag": good ^ 1 << bit})
        refused(f"{family}, tag bit {bit}", bad, "drop_sbfd_tag")
    refused(f"{family}, tag zero", probe(ip, auth={"tag": 0}), "drop_sbfd_tag")
    stale = {"sequence": SEQUENCE + 1, "tag": good}
    refused(f"{family}, sequence changed", probe(ip, auth=stale), "drop_sbfd_tag")
    refused(f"{family}, prober changed", probe(ip, {"my_disc": 1}, {"tag": good}), "drop_sbfd_tag")
    other_key = sbfd_tag(bytes(16), SBFD_PROBE, PROBER, DISCRIMINATOR, SEQUENCE, 0)
    refused(f"{family}, tag of another key", probe(ip, auth={"tag": other_key}), "drop_sbfd_tag")
    # An answer is no probe, or two reflectors would play with each other
    answer = oracle.reflect(probe(ip), UP, ANNOUNCED, AUTH_KEY)
    answer = Ether(answer[6:12] + answer[:6] + answer[12:])
    l4 = 14 + l3 + 8
    for demand, verdict in ((0, "pass_no_vip"), (1, "drop_sbfd_tag")):
        both = {"my_disc": DISCRIMINATOR, "your_disc": DISCRIMINATOR, "demand": demand}
        back = bytes(probe(ip, both))[: l4 + 24] + bytes(answer)[l4 + 24 :]
        refused(f"{family}, an answer sent back, demand {demand}", back, verdict)


def ask(family, bfd=None, src=None, sport=49152, chksum=None, tags=None, more=b"", **ip_fields):
    """A router's probe, without an authentication section; more: bytes behind it."""
    fields = {"my_disc": PROBER, "your_disc": DISCRIMINATOR, "length": 24, "auth": 0}
    control = Bfd(**{**fields, **(bfd or {})})
    ip = FAMILIES[family].copy()
    ip.src = src or ROUTERS[family]
    for field, value in ip_fields.items():
        setattr(ip, field, value)
    ether = Ether(src=cluster.ROUTER_MAC, dst=SELF_MAC)
    udp = UDP(sport=sport, dport=SBFD_PORT, chksum=chksum)
    return (ether / tags if tags else ether) / ip / udp / control / Raw(more)


def answered_plain(name, packet, state=UP):
    def check(program):
        set_reflector(program, state)
        check_frame(program, bytes(packet), "reflect_sbfd", oracle.reflect(packet, state))

    suite.add(f"{name}: reflect_sbfd", check)


for family in FAMILIES:
    ttl = "ttl" if family == "v4" else "hlim"
    for state, name in ((UP, "up"), (ADMIN_DOWN, "admin down")):
        for poll in (0, 1):
            answered_plain(f"{family}, router, {name}, poll {poll}", ask(family, {"poll": poll}), state)
    for asked in (ADMIN_DOWN, DOWN, 2, UP):
        answered_plain(f"{family}, router, its state {asked}", ask(family, {"state": asked}))
    other = {"detect_mult": 255, "min_tx_us": 0xFFFFFFFF, "min_rx_us": 9, "min_echo_rx_us": 5}
    other.update({"diagnostic": 31, "independent": 1, "final": 1, "my_disc": 1})
    answered_plain(f"{family}, router, other fields", ask(family, other))
    answered_plain(f"{family}, router, no UDP checksum", ask(family, chksum=0))
    for sport in (1, SBFD_PORT, 65535):
        answered_plain(f"{family}, router, source port {sport}", ask(family, sport=sport))
    answered_plain(f"{family}, router, VLAN", ask(family, tags=Dot1Q(vlan=7)))

    # Not for the reflector
    strangers = {"v4": ("203.0.113.251", "203.0.113.2"), "v6": ("2001:db8:a::ff", "2001:db8:a::2")}
    for stranger in strangers[family]:
        refused(f"{family}, plain, from {stranger}", ask(family, src=stranger))
    for value in (0, 1, 254):
        refused(f"{family}, router, ttl {value}", ask(family, **{ttl: value}))
    for fields in (
        {"your_disc": DISCRIMINATOR + 1},
        {"your_disc": 0},
        {"my_disc": 0},
        {"version": 0},
        {"version": 2},
        {"demand": 0},
        {"multipoint": 1},
        {"detect_mult": 0},
        {"length": 23},
        {"length": 25},
        {"length": 240},
        {"auth": 1},
    ):
        text = ", ".join(f"{field} {value}" for field, value in fields.items())
        refused(f"{family}, router, BFD {text}", ask(family, fields))
    for more in (1, 4, 216):
        refused(f"{family}, router, {more} bytes more", ask(family, more=bytes(more)))
    # Padding behind the packet is no part of it
    for length in (8, 31, 33):
        claims = edited(ask(family, chksum=0), 4, length.to_bytes(2, "big"))
        refused(f"{family}, router, UDP length {length}", claims + bytes(8))
    short = bytes(ask(family, chksum=0))[:-1]
    refused(f"{family}, router, cut short", short, "pass_not_ip")

options = FAMILIES["v4"].copy()
options.options = [IPOption_NOP()] * 8
answered("v4 with options", probe(options))
extension = Ether(src=PEER_MAC, dst=SELF_MAC) / FAMILIES["v6"] / IPv6ExtHdrDestOpt()
behind = extension / UDP(sport=49152, dport=SBFD_PORT) / Raw(bytes(248))
refused("v6 with an extension header", behind)


def check_trailer(program, ip):
    """Padding behind the probe stays where it is."""
    set_reflector(program)
    packet = probe(ip)
    out = oracle.reflect(packet, UP, ANNOUNCED, AUTH_KEY)
    check_frame(program, bytes(packet) + b"trailer", "reflect_sbfd", out + b"trailer")


def check_unset(program, ip):
    """No discriminator, no reflector: not even for a probe that asks for discriminator 0."""
    set_reflector(program, discriminator=0)
    check_frame(program, probe(ip), "pass_no_vip")
    check_frame(program, probe(ip, {"your_disc": 0}), "pass_no_vip")
    family = "v4" if IP in probe(ip) else "v6"
    check_frame(program, ask(family), "pass_no_vip")
    check_frame(program, ask(family, {"your_disc": 0}), "pass_no_vip")


def check_answer_is_no_probe(program, family):
    """A router that is a reflector, too, gets no answer to its answers."""
    set_reflector(program)
    out = Ether(oracle.reflect(ask(family), UP))
    out.src, out.dst = out.dst, out.src
    ip = IP if IP in out else IPv6
    out[ip].src, out[ip].dst = out[ip].dst, out[ip].src
    out[UDP].dport, out[UDP].chksum = SBFD_PORT, 0
    payload = bytearray(bytes(out[UDP].payload))
    payload[4:12] = payload[8:12] + payload[4:8]
    out[UDP].payload = Raw(bytes(payload))
    check_frame(program, bytes(out), "pass_no_vip")


def check_plain_checksums(program, family):
    set_reflector(program)
    for my_disc in range(1, 300):
        packet = ask(family, {"my_disc": my_disc * 0x01010101 & 0xFFFFFFFF})
        check_frame(program, bytes(packet), "reflect_sbfd", oracle.reflect(packet, UP))


def check_checksums(program, ip):
    """All carries of the checksum: many sums, of which one is zero and must be sent as 0xffff."""
    set_reflector(program)
    for sequence in range(300):
        packet = probe(ip, auth={"sequence": sequence})
        out = oracle.reflect(packet, UP, ANNOUNCED, AUTH_KEY)
        check_frame(program, bytes(packet), "reflect_sbfd", out)
    # A field that is only copied turns the answer's sum to what we want
    packet = probe(ip)
    out = oracle.reflect(packet, UP, ANNOUNCED, AUTH_KEY)
    at = 14 + (20 if IP in packet else 40) + 6
    turn = int.from_bytes(out[at : at + 2], "big")
    for wanted in (0, 1, 0xFFFE):
        packet = probe(ip, {"min_tx_us": 10000 + (turn - wanted) % 0xFFFF})
        out = oracle.reflect(packet, UP, ANNOUNCED, AUTH_KEY)
        expected = (wanted or 0xFFFF).to_bytes(2, "big")
        if out[at : at + 2] != expected:
            raise AssertionError(f"checksum {out[at:at+2].hex()}, wanted {expected.hex()}")
        check_frame(program, bytes(packet), "reflect_sbfd", out)


for family, ip in FAMILIES.items():
    suite.add(f"{family}, trailer", check_trailer, ip)
    suite.add(f"{family}, no reflector", check_unset, ip)
    suite.add(f"{family}, checksums", check_checksums, ip)
    suite.add(f"{family}, router, an answer sent back", check_answer_is_no_probe, family)
    suite.add(f"{family}, router, checksums", check_plain_checksums, family)
suite.run()
