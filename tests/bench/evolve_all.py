#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evolves tasks one after the other and prints one table: baseline, best with interval, speedup, rate, GPU busy.

Usage: evolve_all.py BIN_FOLDER [--device D] [--evaluations N] [--seconds S] [--out FOLDER] [TASK ...]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TASKS = ["vector_add", "reduce_sum", "softmax", "layernorm", "transpose", "sgemm", "histogram", "conv2d"]


def time_text(microseconds):
    if microseconds is None:
        return "-"
    if microseconds < 1000:
        return f"{microseconds:.1f} us"
    return f"{microseconds / 1000:.3f} ms"


def evolve(arguments, task, folder):
    workspace = pathlib.Path(folder) / f"{task}.warploom"
    command = [str(pathlib.Path(arguments.bin) / "warploom-cli"), "evolve", str(ROOT / "kernels" / task), "--device",
               arguments.device, "--evaluations", str(arguments.evaluations), "--workspace", str(workspace), "--json"]
    if arguments.seconds:
        command += ["--seconds", str(arguments.seconds)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0 or not result.stdout.strip():
        return None, (result.stderr.strip() or f"exit code {result.returncode}")
    return json.loads(result.stdout.strip().splitlines()[-1]), ""


def row(summary):
    best = summary["best"]
    interval = best.get("interval", [0, 0])
    word = " modelled" if summary["modelled"] else f" [{interval[0]:.3g}, {interval[1]:.3g}]"
    verdicts = " ".join(f"{count} {name}" for name, count in summary["verdicts"].items())
    busy = 100 * summary["device_seconds"] / summary["seconds"] if summary["seconds"] else 0
    return (f"{summary['task']:<11} {time_text(summary['baseline']['time_us']):>11} {time_text(best['time_us']):>11} "
            f"{best['speedup']:>7.3g}x{word:<18} {summary['rate']:>5.2f}/s {busy:>4.0f} % {summary['seconds']:>6.1f} s  {verdicts}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("tasks", nargs="*", default=TASKS)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--evaluations", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    folder = arguments.out or tempfile.mkdtemp(prefix="warploom-evolve-")
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    failures = 0
    name = ""
    for task in arguments.tasks or TASKS:
        summary, error = evolve(arguments, task, folder)
        if summary is None:
            failures += 1
            print(f"{task:<11} failed: {error}", flush=True)
            continue
        if summary["device_name"] != name:
            name = summary["device_name"]
            print(f"device: {summary['device']} {name}{' (modelled)' if summary['modelled'] else ''}")
            print(f"{'task':<11} {'baseline':>11} {'best':>11} {'speedup [interval]':<26} {'rate':>7} {'busy':>6} {'time':>8}  verdicts")
        print(row(summary), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
