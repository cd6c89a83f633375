# SPDX-License-Identifier: GPL-2.0
"""A network namespace for one test."""

import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000


def enter(*commands):
    """This process moves to a new one; each command is the rest of a line of ip(8)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, f"no network namespace: {os.strerror(error)}")
    for command in commands:
        subprocess.run(["ip", *command.split()], check=True)
