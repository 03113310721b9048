#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What findings bring a search: the same runs with and without them, one table.

For each task the best speedup of each seed, and how many evaluations it took to come within 2 % of the better of the
two bests with that seed ("-": never).

Usage: findings_effect.py BIN_FOLDER [--device D] [--evaluations N] [--seeds S] [--out FOLDER] [TASK ...]
"""
import argparse
import math
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TASKS = ["transpose", "sgemm", "softmax", "histogram", "conv2d", "reduce_sum"]
CLOSE = 0.98


def speedups(arguments, task, seed, findings, folder):
    """Of every evaluation, in their order; 0 for those that are not right."""
    workspace = folder / f"{task}-{seed}-{'with' if findings else 'without'}.warploom"
    command = [str(pathlib.Path(arguments.bin) / "warploom-cli"), "evolve", str(ROOT / "kernels" / task), "--device",
               arguments.device, "--evaluations", str(arguments.evaluations), "--seed", str(seed), "--workspace",
               str(workspace), "--json"]
    if not findings:
        command.append("--without-findings")
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{task}, seed {seed}: {result.stderr.strip() or result.returncode}")
    with sqlite3.connect(f"file:{workspace}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT CASE verdict WHEN 'ok' THEN coalesce(speedup, 0) ELSE 0 END "
                                "FROM evaluations ORDER BY id").fetchall()
    return [row[0] for row in rows]


def first_reaching(values, wanted):
    return next((i + 1 for i, value in enumerate(values) if value >= wanted), None)


def mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def row(arguments, task, folder):
    bests = {True: [], False: []}
    steps = {True: [], False: []}
    for seed in range(1, arguments.seeds + 1):
        runs = {findings: speedups(arguments, task, seed, findings, folder) for findings in (True, False)}
        better = max(max(values) for values in runs.values())
        for findings, values in runs.items():
            bests[findings].append(max(values))
            steps[findings].append(first_reaching(values, CLOSE * better))
    text = f"{task:<11}"
    for findings in (True, False):
        shown = " ".join(f"{value:7.3f}" for value in bests[findings])
        after = " ".join(f"{step or '-':>3}" for step in steps[findings])
        text += f"  {shown}  {mean(bests[findings]):7.3f}x  {after}  |"
    return text + f" {mean(bests[True]) / mean(bests[False]):.3f}", bests


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("tasks", nargs="*", default=TASKS)
    parser.add_argument("--device", default="emulator")
    parser.add_argument("--evaluations", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.out or tempfile.mkdtemp(prefix="warploom-findings-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{arguments.evaluations} evaluations, {arguments.seeds} seeds, on {arguments.device}; workspaces: {folder}")
    print("task         with: best of each seed, mean, evaluations to 2 %  |  without: the same  |  with / without")
    everything = {True: [], False: []}
    for task in arguments.tasks or TASKS:
        text, bests = row(arguments, task, folder)
        print(text, flush=True)
        for findings, values in bests.items():
            everything[findings] += values
    print(f"all         {mean(everything[True]):.3f}x with, {mean(everything[False]):.3f}x without")
    return 0


if __name__ == "__main__":
    sys.exit(main())
