#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a right kernel while the places that programs write to are broken; it must be right everywhere.

Usage: broken_places.py BIN_FOLDER [--device D]

Full and read-only places are small file systems of their own, mounted where an unprivileged user may do so (unshare -rm);
elsewhere those rows are skipped.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOUNTING = ["unshare", "-r", "-m"]


def can_mount(folder):
    command = [*MOUNTING, "mount", "-t", "tmpfs", "none", str(folder)]
    return shutil.which("unshare") is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0


def check(arguments, environment, mounts):
    cli = str(pathlib.Path(arguments.bin).resolve() / "warploom-cli")
    command = [cli, "check", str(ROOT / "kernels" / "vector_add"), "--device", arguments.device, "--json"]
    if mounts:
        command = [*MOUNTING, "sh", "-ec", mounts + '; exec "$@"', "sh", *command]
    start = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120,
                            env={**os.environ, "WARPLOOM_LOG": "warn", **environment})
    lines = result.stdout.strip().splitlines()
    verdict = json.loads(lines[-1])["verdict"] if lines else f"exit {result.returncode}"
    return verdict, time.monotonic() - start, (result.stderr.strip().splitlines() or [""])[-1]


def spoil(folder):
    """Every cached kernel loses its second half."""
    spoilt = 0
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            path.write_bytes(content[:len(content) // 2])
            spoilt += 1
    return spoilt


def cases(folder):
    cache = folder / "cache"
    missing = str(folder / "missing")
    (folder / "file").write_text("no folder")
    (folder / "place").mkdir()
    place = str(folder / "place")
    full = f"mount -t tmpfs -o size=16k none {place}; dd if=/dev/zero of={place}/all bs=1k count=64 2>/dev/null || true"
    yield "as it should be", {"WARPLOOM_CACHE": str(cache)}, None
    yield f"cache: {spoil(cache)} entries cut in half", {"WARPLOOM_CACHE": str(cache)}, None
    yield "cache: a file", {"WARPLOOM_CACHE": str(folder / "file")}, None
    yield "cache: cannot be made", {"WARPLOOM_CACHE": "/proc/no/cache"}, None
    yield "cache: full", {"WARPLOOM_CACHE": place}, full
    yield "cache: read-only", {"WARPLOOM_CACHE": place}, f"mount -t tmpfs -o ro none {place}"
    yield "temp: deleted", {"TMPDIR": missing, "WARPLOOM_CACHE": missing + "1"}, None
    yield "temp: full", {"TMPDIR": place, "WARPLOOM_CACHE": missing + "2"}, full
    yield "home: none", {"HOME": missing + "3", "XDG_CACHE_HOME": "", "WARPLOOM_DATA": data_folder()}, None
    yield "runtime folder: read-only", {"XDG_RUNTIME_DIR": place, "WARPLOOM_CACHE": missing + "4"}, \
        f"mount -t tmpfs -o ro none {place}"


def data_folder():
    home = pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local" / "share")
    return os.environ.get("WARPLOOM_DATA") or str(home / "warploom")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--device", default="emulator")
    arguments = parser.parse_args()
    rows = right = skipped = 0
    with tempfile.TemporaryDirectory(prefix="warploom-places-") as name:
        folder = pathlib.Path(name)
        mountable = can_mount(folder)
        for title, environment, mounts in cases(folder):
            if mounts and not mountable:
                skipped += 1
                print(f"- {title:<34} skipped: this user cannot mount")
                continue
            verdict, seconds, words = check(arguments, environment, mounts)
            rows += 1
            right += verdict == "ok"
            print(f"{' ' if verdict == 'ok' else '!'} {title:<34} {verdict:<16} {seconds:5.1f} s  {words[:80]}", flush=True)
    print(f"{right} of {rows} right, {skipped} skipped")
    return 0 if right == rows else 1


if __name__ == "__main__":
    sys.exit(main())
