#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""What the program costs the verifier: a jump towards its limit is noticed here."""

import os
import subprocess

from harness.tap import Failure, Suite, root_path, say

LIMIT = 250_000  # instructions looked at, on any kernel; the verifier gives up at a million
GROWTH = 1.1  # over what is kept of this kernel


def kept(release):
    with open(root_path("docs", "verifier.txt"), encoding="utf-8") as lines:
        for line in lines:
            if line.split()[0] == release:
                return int(line.split()[1])
    return None


def check_cost():
    tool = root_path("tools", "verifier-cost")
    run = subprocess.run([tool], capture_output=True, text=True, env=os.environ, check=False)
    if run.returncode:
        raise Failure(run.stderr)
    release, instructions, *_ = run.stdout.split()
    before = kept(release)
    say(f"kernel {release}: {instructions} instructions, {before or 'none'} kept")
    if int(instructions) >= LIMIT:
        raise Failure(f"{instructions} instructions, {LIMIT} allowed here")
    if before and int(instructions) > before * GROWTH:
        raise Failure(
            f"{instructions} instructions, {before} before; if that is worth it: "
            "tools/verifier-cost --update"
        )


suite = Suite()
suite.add(f"verified within {LIMIT} instructions, and not many more than before", check_cost)
suite.run()
