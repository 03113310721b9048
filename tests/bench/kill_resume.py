#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the engine host in mid-run with SIGKILL, resumes the run, and prints what the workspace held before and after.

Usage: kill_resume.py BIN_FOLDER [--device D] [--task T] [--evaluations N] [--kills K]

It fails when an evaluation that was stored before a kill is missing or changed afterwards, when one is there twice, when
workers outlive their host, or when the run does not reach its budget.
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def show(cli, workspace):
    result = subprocess.run([cli, "show", workspace, "--json"], capture_output=True, text=True, check=True)
    return json.loads(result.stdout.strip().splitlines()[-1])


def stored(cli, workspace):
    """Evaluation id → all of it, as text."""
    try:
        return {row["id"]: json.dumps(row, sort_keys=True) for row in show(cli, workspace)["evaluations"]}
    except subprocess.CalledProcessError:
        return {}


def workers_from(programs):
    """Ids of the processes that were started from this folder: nobody else's, it is this script's own."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(programs).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def describe(name, evaluations, seconds):
    rows = [json.loads(text) for text in evaluations.values()]
    right = [row for row in rows if row["verdict"] == "ok" and row.get("speedup")]
    best = max((row["speedup"]["estimate"] for row in right), default=0)
    print(f"{name:<18} {len(rows):>4} evaluations, {len(right):>4} right, best {best:.3f}x, after {seconds:5.1f} s", flush=True)


def kill_once(cli, workspace, wanted, command, programs):
    before = len(stored(cli, workspace)) if workspace.exists() else 0
    start = time.monotonic()
    host = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            env={**os.environ, "WARPLOOM_BIN": str(programs)})
    while host.poll() is None and len(stored(cli, workspace)) < before + wanted:
        time.sleep(0.05)
    if host.poll() is not None:
        sys.exit(f"the host ended before it could be killed: {host.stderr.read().decode()}")
    host.send_signal(signal.SIGKILL)
    host.wait()
    time.sleep(1.0)
    left = workers_from(programs)
    evaluations = stored(cli, workspace)
    describe("killed", evaluations, time.monotonic() - start)
    if left:
        sys.exit(f"{len(left)} workers outlived their host")
    return evaluations


def compare(before, after):
    lost = [key for key in before if key not in after]
    changed = [key for key in before if key in after and before[key] != after[key]]
    rows = [json.loads(text) for text in after.values()]
    seen = [(row["variant"], json.dumps(row["configuration"], sort_keys=True), row["environment"]) for row in rows]
    print(f"{'kept':<18} {len(before) - len(lost) - len(changed)} of {len(before)} as they were, {len(lost)} lost, "
          f"{len(changed)} changed; {len(seen) - len(set(seen))} configurations measured more than once")
    return not lost and not changed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--task", default="softmax")
    parser.add_argument("--evaluations", type=int, default=60)
    parser.add_argument("--kills", type=int, default=2)
    arguments = parser.parse_args()
    cli = str(pathlib.Path(arguments.bin).resolve() / "warploom-cli")
    fine = True
    with tempfile.TemporaryDirectory(prefix="warploom-kill-") as folder:
        workspace = pathlib.Path(folder) / "run.warploom"
        programs = pathlib.Path(folder) / "programs"
        programs.symlink_to(pathlib.Path(arguments.bin).resolve())
        first = [cli, "evolve", str(ROOT / "kernels" / arguments.task), "--device", arguments.device, "--evaluations",
                 str(arguments.evaluations), "--workspace", str(workspace)]
        resume = [cli, "evolve", "--resume", str(workspace)]
        each = arguments.evaluations // (arguments.kills + 2)
        before = {}
        for number in range(arguments.kills):
            after = kill_once(cli, workspace, each, first if number == 0 else resume, programs)
            fine = compare(before, after) and fine
            before = after
        start = time.monotonic()
        result = subprocess.run([*resume, "--json"], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            sys.exit(f"resume failed with {result.returncode}: {result.stderr}")
        after = stored(cli, workspace)
        describe("resumed to its end", after, time.monotonic() - start)
        fine = compare(before, after) and fine
        summary = json.loads(result.stdout.strip().splitlines()[-1])
        print(f"{'the run itself':<18} {summary['evaluations']} evaluations of {arguments.evaluations}, ended: {summary['end']}")
        fine = fine and summary["end"] in ("budget", "nothing left to try")
    print("nothing was lost" if fine else "! something was lost")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
