#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the program costs the verifier: a jump towards its limit is noticed here."""

import ctypes
import re
import sys

sys.dont_write_bytecode = True

from harness.program import Program
from harness.tap import Failure, Suite, say

LIMIT = 200_000  # instructions looked at; the verifier gives up at a million


def check_instructions():
    log = ctypes.create_string_buffer(1 << 16)
    Program(log).close()
    text = log.value.decode()
    found = re.search(r"processed (\d+) insns \(limit (\d+)\)", text)
    if not found:
        raise Failure(f"the verifier says:\n{text}")
    for line in text.splitlines():
        say(line)
    if int(found[1]) >= LIMIT:
        raise Failure(f"{found[1]} instructions, {LIMIT} allowed here")


suite = Suite()
suite.add(f"verified within {LIMIT} instructions", check_instructions)
suite.run()
