# SPDX-License-Identifier: GPL-2.0
"""Test cases, collected first and run then, spoken as TAP."""

import os
import sys
import traceback

from . import libbpf


class Failure(Exception):
    """A test has failed; the text explains it, one fact per line."""


class Skip(Exception):
    """A test cannot run here; the text says why."""


def expect(actual, expected, what):
    if actual != expected:
        raise Failure(f"{what}: expected {expected!r}, got {actual!r}")


def diff_bytes(actual, expected):
    """The lines of a hexdump that differ, expected (-) above actual (+)."""
    lines = [f"output: expected {len(expected)} bytes, got {len(actual)}"]
    for at in range(0, max(len(actual), len(expected)), 16):
        want, got = expected[at : at + 16], actual[at : at + 16]
        if want != got:
            lines.append(f"- {at:04x}  {want.hex(' ')}")
            lines.append(f"+ {at:04x}  {got.hex(' ')}")
    return "\n".join(lines)


class Suite:
    """The cases of one file. prepare() builds what they share and is passed to each."""

    def __init__(self, prepare=None):
        self.prepare = prepare
        self.cases = []

    def add(self, name, function, *args):
        self.cases.append((name, function, args))

    def run(self):
        why = libbpf.unusable()
        print(f"1..{len(self.cases)}", flush=True)
        if why:
            for number, (name, _, _) in enumerate(self.cases, 1):
                print(f"ok {number} - {name} # SKIP {why}")
            sys.exit(0)
        try:
            shared = [self.prepare()] if self.prepare else []
        except Exception as error:
            print(f"Bail out! {error}")
            raise
        failed = 0
        for number, (name, function, args) in enumerate(self.cases, 1):
            try:
                function(*shared, *args)
                print(f"ok {number} - {name}", flush=True)
            except Skip as why:
                print(f"ok {number} - {name} # SKIP {why}", flush=True)
            except Exception as error:  # a broken test must not hide those behind it
                failed += 1
                text = str(error) if isinstance(error, Failure) else traceback.format_exc()
                print(f"not ok {number} - {name}")
                for line in text.splitlines():
                    print(f"# {line}", flush=True)
        sys.stdout.flush()
        sys.exit(1 if failed else 0)


def say(text):
    """A diagnostic line."""
    print(f"# {text}")


def root_path(*parts):
    """A path in the source tree."""
    here = os.path.abspath(__file__)
    return os.path.join(os.path.dirname(here), "..", "..", "..", *parts)


def object_path():
    """The object under test, in the build directory $B."""
    return root_path(os.environ.get("B", "build"), "steer.bpf.o")
