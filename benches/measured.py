"""Runs a command and measures it."""

import os
import subprocess
import sys
import time


def measured(command: list[str], status: int = 0) -> tuple[float, float, float]:
    """Seconds, seconds of processor time, MiB at the peak; it must end with `status`."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, ended, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(ended)
    if process.returncode != status:
        sys.exit(f"{command} ended with {process.returncode}, not {status}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
