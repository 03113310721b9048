#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what the diagnosis promises against what moves bring: baselines of the task library.

diagnosis_gain.py BIN [--device D] [--evaluations N] [--seconds S] [--profiles FOLDER] [TASK ...]

For each task `warploom-cli profile` diagnoses the baseline: the finding with the largest promise, its expected gain as an
interval, and the moves that address it. `evolve` then runs with the rules agent; the gain is that of the first right variant
that such a move made of the baseline itself (its median speedup over the baseline with the interval at 95 %), and of the best
such one. --profiles keeps the profiles of baseline and winner as JSON, the winner's source and the workspaces.
"""
import argparse
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TASKS = ["vector_add", "reduce_sum", "softmax", "layernorm", "transpose", "sgemm", "histogram", "conv2d"]
TRIED = """
SELECT v.move, e.speedup, e.speedup_low, e.speedup_high, e.created
FROM evaluations e JOIN variants v ON v.id = e.variant JOIN variants p ON p.id = v.parent
WHERE p.parent IS NULL AND e.verdict = 'ok' AND e.speedup IS NOT NULL ORDER BY e.id"""
BEST = """
SELECT v.source, e.speedup, e.configuration FROM evaluations e JOIN variants v ON v.id = e.variant
WHERE e.verdict = 'ok' AND e.speedup IS NOT NULL ORDER BY e.speedup DESC LIMIT 1"""


def run(command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def profile(options, task, more=()):
    done = run([options.bin / "warploom-cli", "profile", ROOT / "kernels" / task, "--device", options.device, "--lines",
                "--json", *more])
    if done.returncode != 0 or not done.stdout.strip():
        return None, done.stderr.strip()[-300:]
    return json.loads(done.stdout.strip().splitlines()[-1]), ""


def tunables(configuration):
    return [part for name, value in json.loads(configuration).items() for part in ("--set", f"{name}={value}")]


def promised(profiled):
    """Findings with something to gain and moves to try, the largest promise first."""
    findings = [finding for finding in profiled["diagnosis"]["findings"] if finding.get("moves")]
    return sorted(findings, key=lambda finding: -finding["gain"][1])


def keep(options, name, profiled):
    if options.profiles:
        options.profiles.mkdir(parents=True, exist_ok=True)
        (options.profiles / f"{name}.json").write_text(json.dumps(profiled), encoding="utf-8")


def evolve(options, task, folder):
    workspace = pathlib.Path(folder) / f"{task}.warploom"
    command = [options.bin / "warploom-cli", "evolve", ROOT / "kernels" / task, "--device", options.device, "--evaluations",
               options.evaluations, "--workspace", workspace, "--json"]
    done = run(command + (["--seconds", options.seconds] if options.seconds else []))
    if done.returncode != 0:
        return None, done.stderr.strip()[-300:]
    return sqlite3.connect(f"file:{workspace}?mode=ro", uri=True), ""


def speedup_text(row):
    return "-" if row is None else f"{row[0]} {row[1]:.2f}x [{row[2]:.2f}, {row[3]:.2f}]"


def judged(finding, gain):
    """Whether what was gained lies in what was promised: below it is no contradiction, another move may do better."""
    low, high = finding["gain"]
    if gain > high * 1.02:
        return "above"
    return "within" if gain >= low * 0.98 else "below"


def one_task(options, task, folder):
    profiled, problem = profile(options, task)
    if profiled is None:
        return f"{task:<11} {problem}"
    keep(options, f"{task}-baseline", profiled)
    workspace, problem = evolve(options, task, folder)
    if workspace is None:
        return f"{task:<11} {problem}"
    tried = workspace.execute(TRIED).fetchall()
    source, speedup, configuration = workspace.execute(BEST).fetchone()
    winner = pathlib.Path(folder) / f"{task}.cu"
    winner.write_text(source, encoding="utf-8")
    if options.profiles:
        keep(options, f"{task}-best", profile(options, task, ["--variant", winner, *tunables(configuration)])[0])
        shutil.copy(winner, options.profiles / f"{task}-best.cu")
        shutil.copy(pathlib.Path(folder) / f"{task}.warploom", options.profiles)
    lines = []
    for finding in promised(profiled)[:2]:
        of_it = [row for row in tried if row[0] in finding["moves"]]
        best = max(of_it, key=lambda row: row[1], default=None)
        promise = f"{finding['gain'][0]:.2f}x to {finding['gain'][1]:.2f}x"
        lines.append(f"{task:<11} {finding['rule']:<20} {promise:<18} {speedup_text(of_it[0] if of_it else None):<38} "
                     f"{speedup_text(best):<38} {judged(finding, best[1]) if best else '-':<7} {speedup:.2f}x")
    return "\n".join(lines) or f"{task:<11} nothing to gain was found; best of the run {speedup:.2f}x"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("tasks", nargs="*", default=TASKS)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--evaluations", default="60")
    parser.add_argument("--seconds", default="")
    parser.add_argument("--profiles", type=pathlib.Path)
    options = parser.parse_args()
    print(f"{'task':<11} {'finding':<20} {'promised':<18} {'first right move for it':<38} {'best such move':<38} "
          f"{'':<7} best of the run")
    with tempfile.TemporaryDirectory(prefix="warploom-diagnosis-") as folder:
        for task in options.tasks or TASKS:
            print(one_task(options, task, folder), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
