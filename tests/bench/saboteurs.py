#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks the verdicts: checks every saboteur on a device and prints which verdict each got beside the expected ones.

Usage: saboteurs.py BIN_FOLDER [--device D] [--only PATTERN] [--honest | --all] [--jobs N] [--check-only]

A saboteur is a kernel that wants to be believed; what its head says is explained in tests/saboteurs/README.md. With
--honest, the fixtures' right variants are checked instead, of which each must get `ok`; with --all, both. Saboteurs
that only a time can give away run with `bench`, everything else with `check`. Files of one task share a process where
warploom-cli can do that. The exit code is 1 unless all are as expected.
"""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SABOTEURS = ROOT / "tests" / "saboteurs"
VARIANTS = ROOT / "tests" / "fixtures" / "variants"
FIELD = re.compile(r"// (task|cheat|expect|emulator|caught-by|neutralised|no-faster-than|run|set|missed): (.*)")
MARGIN = 1.04  # a speed-up may be this much above that of the honest kernel which it must not exceed: noise
LONGEST = 600  # seconds a process may take: a few timeouts in one


class Case:
    """One kernel with what its head says."""

    def __init__(self, path, emulated):
        self.path = path
        self.head = head_of(path)
        self.honest = path.is_relative_to(VARIANTS)
        self.task = path.parent.name if self.honest else self.head["task"]
        if self.honest:
            expected = self.head.get("emulator", "ok") if emulated else "ok"
        else:
            expected = self.head["emulator" if emulated else "expect"]
        self.expected = expected.split("(")[0].split()
        # The emulator's bench compares nothing that its check does not.
        self.timed = self.head.get("run") == "bench" and not emulated
        self.settings = self.head.get("set", "").split()
        # What an ok must not outrun: a kernel that is timed in the same process, and its speed-up.
        self.twin = None
        self.allowed = 1.0
        twin = self.head.get("no-faster-than", "baseline")
        if self.timed and twin != "baseline":
            self.twin = VARIANTS / self.task / f"{twin}.cu"
            self.allowed = None
        self.name = f"{self.task}/{path.stem}"
        self.answer = None
        self.seconds = 0.0

    def group(self):
        """Files that may share a process."""
        return self.task, self.timed, tuple(self.settings)

    def verdict(self):
        return self.answer["verdict"] if self.answer else "no answer"

    def is_too_fast(self):
        """An ok is without effect only if it buys nothing: right, but faster than an honest kernel, is not."""
        if "no-faster-than" not in self.head or self.verdict() != "ok" or "speedup" not in self.answer:
            return False
        return self.allowed is None or self.answer["speedup"] > MARGIN * self.allowed

    def is_right(self):
        return self.verdict() in self.expected and not self.is_too_fast()

    def complaint(self):
        if self.is_too_fast():
            honest = self.head["no-faster-than"]
            return f"ok, and {self.answer['speedup']:.2f}x where {honest} has {self.allowed or 0:.2f}x"
        return f"{self.verdict()}, expected {' or '.join(self.expected)}"


def head_of(path):
    """Fields of the comment at the top; a line that begins with five blanks continues the one before."""
    fields = {}
    last = None
    for line in path.read_text(encoding="utf-8").splitlines():
        found = FIELD.fullmatch(line)
        if found:
            last = found[1]
            fields[last] = found[2]
        elif last and line.startswith("//     "):
            fields[last] += " " + line[7:].strip()
        elif not line.startswith("//"):
            break
        else:
            last = None
    return fields


def cases(arguments):
    emulated = arguments.device == "emulator"
    paths = []
    if not arguments.honest or arguments.all:
        paths += sorted(SABOTEURS.glob("*.cu"))
    if arguments.honest or arguments.all:
        paths += sorted(VARIANTS.glob("*/*.cu"))
    chosen = [Case(path, emulated) for path in paths]
    return [case for case in chosen if fnmatch.fnmatch(case.name, f"*{arguments.only}*")]


def command_for(arguments, group, batch):
    task, timed, settings = group
    verb = "bench" if timed and not arguments.check_only else "check"
    command = [str(pathlib.Path(arguments.bin) / "warploom-cli"), verb, str(ROOT / "kernels" / task),
               "--device", arguments.device, "--json"]
    twins = {case.twin for case in batch if case.twin} if verb == "bench" else set()
    for path in [case.path for case in batch] + sorted(twins):
        command += ["--variant", str(path)]
    for setting in settings:
        command += ["--set", setting]
    return command


def answers_of(text):
    """The rows of bench, or the lines of check."""
    rows = []
    for line in text.splitlines():
        try:
            answer = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(answer, dict):
            rows += answer.get("variants", [answer])
    return rows


def run(arguments, group, batch):
    """One process for the batch. Cases that it does not answer keep none; stderr's first line comes back."""
    start = time.monotonic()
    try:
        result = subprocess.run(command_for(arguments, group, batch), capture_output=True, text=True, check=False,
                                timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return f"no end within {LONGEST} s"
    by_file = {row.get("variant", ""): row for row in answers_of(result.stdout)}
    seconds = (time.monotonic() - start) / max(1, len(by_file))
    for case in batch:
        case.answer = by_file.get(str(case.path))
        if case.twin:
            case.allowed = by_file.get(str(case.twin), {}).get("speedup")
        if case.answer:
            case.seconds = case.answer.get("seconds") or seconds
    said = result.stderr.strip().splitlines()
    return said[0] if said else f"exit {result.returncode}"


def run_group(arguments, group, batch):
    """All files at once, then those without an answer one by one: an older warploom-cli takes the first file only."""
    if len(batch) > 1:
        run(arguments, group, batch)
    for case in batch:
        if case.answer is None:
            said = run(arguments, group, [case])
            if case.answer is None:
                case.answer = {"verdict": "no answer", "trust": None, "message": said}
    return batch


def batches_of(chosen, width):
    """Groups cut into pieces of at most \\p width files, so that slow ones do not wait for each other."""
    groups = {}
    for case in chosen:
        groups.setdefault(case.group(), []).append(case)
    for group, members in groups.items():
        for first in range(0, len(members), width):
            yield group, members[first:first + width]


def print_case(case):
    mark = " " if case.is_right() else "!"
    message = case.answer.get("message") or ""
    message = message.splitlines()[0][:70] if message else ""
    if "speedup" in case.answer:
        message = f"{case.answer['speedup']:.2f}x {message}"
    trust = case.answer.get("trust")
    print(f"{mark} {case.name:<36} {'|'.join(case.expected):<32} {case.verdict():<16} {'-' if trust is None else trust}"
          f" {case.seconds:6.1f} s  {message}", flush=True)


def print_summary(chosen, device):
    saboteurs = [case for case in chosen if not case.honest]
    honest = [case for case in chosen if case.honest]
    caught = sum(case.is_right() for case in saboteurs)
    alarms = sum(not case.is_right() for case in honest)
    for case in chosen:
        if not case.is_right():
            print(f"! {case.name}: {case.complaint()}"
                  + (f"; to be caught by {case.head['caught-by']}" if not case.honest else ""))
    place = "card" if device.startswith("cuda") else "emulator"
    believed = [case for case in saboteurs if case.verdict() == "ok" and place in case.head.get("missed", "").split("(")[0]]
    for case in believed:
        print(f"believed although wrong, as its head says: {case.name}")
    caught -= sum(case.is_right() for case in believed)
    harmless = sum(case.is_right() and case.verdict() == "ok" for case in saboteurs if case not in believed)
    print(f"{device}: caught {caught} of {len(saboteurs)} ({harmless} of them ok and without effect), "
          f"false alarms {alarms} of {len(honest)}")
    return 0 if caught + len(believed) == len(saboteurs) and alarms == 0 else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--only", default="", metavar="PATTERN", help="of TASK/NAME, with * and ?")
    parser.add_argument("--honest", action="store_true", help="the fixtures' right variants instead")
    parser.add_argument("--all", action="store_true", help="both")
    parser.add_argument("--check-only", action="store_true", help="time nothing")
    parser.add_argument("--jobs", type=int, default=0, help="processes at a time (one on a GPU: it is locked anyway)")
    arguments = parser.parse_args()
    if arguments.jobs < 1:
        arguments.jobs = 1 if arguments.device.startswith("cuda") else max(1, min(8, (os.cpu_count() or 2) // 2))
    chosen = cases(arguments)
    if not chosen:
        print(f"nothing is called {arguments.only}")
        return 1
    print(f"  {'kernel':<36} {'expected':<32} {'got':<16} trust")
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        width = max(4, -(-len(chosen) // (2 * arguments.jobs)))
        futures = [pool.submit(run_group, arguments, group, batch) for group, batch in batches_of(chosen, width)]
        for future in concurrent.futures.as_completed(futures):
            for case in future.result():
                print_case(case)
    return print_summary(chosen, arguments.device)


if __name__ == "__main__":
    sys.exit(main())
