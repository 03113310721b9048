#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks every faulty kernel of the fixtures on a device and prints which verdict each one got beside the expected one.

Usage: check_faulty.py BIN_FOLDER [--device D] [--honest]

A faulty kernel names its task and the verdicts that are right for it in `// task:` and `// expect:` lines. With --honest,
the fixtures' right variants are checked instead, of which each must get `ok`. The exit code is 1 when one got anything else.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"


def head_of(path):
    fields = {}
    for line in path.read_text().splitlines():
        for name in ("expect", "task"):
            if line.startswith(f"// {name}:"):
                fields[name] = line.split(":", 1)[1].split()
    return fields


def faulty_cases():
    for path in sorted((FIXTURES / "faulty").glob("*.cu")):
        fields = head_of(path)
        yield path, fields["task"][0], fields["expect"]


def honest_cases():
    for path in sorted((FIXTURES / "variants").glob("*/*.cu")):
        yield path, path.parent.name, ["ok"]


def check(arguments, path, task):
    command = [str(pathlib.Path(arguments.bin) / "warploom-cli"), "check", str(ROOT / "kernels" / task), "--variant", str(path),
               "--device", arguments.device, "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = result.stdout.strip().splitlines()
    if not lines:
        return f"exit {result.returncode}", result.stderr.strip()
    answer = json.loads(lines[-1])
    return answer["verdict"], answer["message"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--honest", action="store_true")
    arguments = parser.parse_args()
    total = right = 0
    for path, task, expected in honest_cases() if arguments.honest else faulty_cases():
        start = time.monotonic()
        verdict, message = check(arguments, path, task)
        total += 1
        right += verdict in expected
        mark = " " if verdict in expected else "!"
        name = f"{task}/{path.stem}"
        message = message.splitlines()[0][:90] if message else ""
        print(f"{mark} {name:<36} {'|'.join(expected):<28} {verdict:<16} {time.monotonic() - start:5.1f} s  {message}", flush=True)
    print(f"{right} of {total} as expected on {arguments.device}")
    return 0 if right == total else 1


if __name__ == "__main__":
    sys.exit(main())
