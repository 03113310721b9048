#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the window without a display on a workspace, or on none, and prints how long it took to be up, what it and its
host use while nobody does anything, and its memory.

Usage: window_idle.py BIN_FOLDER [WORKSPACE] [--seconds S]
"""
import argparse
import os
import pathlib
import subprocess
import time

SETTLE_SECONDS = 4


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


def hosts_of(workspace):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"serve\0{workspace}".encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("workspace", nargs="?")
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    command = [str(pathlib.Path(arguments.bin).resolve() / "warploom"), "--fresh"]
    workspace = str(pathlib.Path(arguments.workspace).resolve()) if arguments.workspace else ""
    if workspace:
        command.append(workspace)
    window = subprocess.Popen(command, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    try:
        time.sleep(SETTLE_SECONDS)
        watched = {"window": window.pid}
        for number, pid in enumerate(hosts_of(workspace) if workspace else []):
            watched[f"host {number + 1}"] = pid
        start_up = processor_seconds(window.pid)
        before = {name: processor_seconds(pid) for name, pid in watched.items()}
        time.sleep(arguments.seconds)
        print(f"{'start-up':<10} {start_up:6.2f} s of processor time in the first {SETTLE_SECONDS} s")
        for name, pid in watched.items():
            share = 100 * (processor_seconds(pid) - before[name]) / arguments.seconds
            print(f"{name:<10} {share:6.2f} % of one core idle over {arguments.seconds:.0f} s, {resident_mib(pid):5.0f} MiB resident")
    finally:
        window.kill()
        window.wait()


if __name__ == "__main__":
    main()
