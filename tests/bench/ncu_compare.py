#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds Warploom's counters against those of Nsight Compute, kernel by kernel.

ncu_compare.py BIN [--kernels DIR] [--variants DIR] [--most N] [--ncu ncu] [--json FILE]

BIN is the folder of warploom-cli and warploom-bench. For each kernel `warploom-cli profile --tier E` reads the counters, and
ncu reads the same metrics of `warploom-bench once` (kernel replay, clocks left alone, caches flushed before each pass, as
Warploom evicts L2 before each). Counts (.sum, .max) should agree within 0.5 %, the rest within 2 %; every metric that does
not is listed. Both are timed, warm: the second time counts.
"""
import argparse
import csv
import io
import json
import math
import pathlib
import subprocess
import sys
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--kernels", type=pathlib.Path, default=pathlib.Path("kernels"))
    parser.add_argument("--variants", type=pathlib.Path, default=pathlib.Path("tests/fixtures/variants"))
    parser.add_argument("--most", type=int, default=12)
    parser.add_argument("--ncu", default="ncu")
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def subjects(options):
    """(task folder, variant file or None): every baseline, then a variant of each task, up to --most."""
    tasks = sorted(path.parent for path in options.kernels.glob("*/task.toml"))
    chosen = [(task, None) for task in tasks]
    for task in tasks:
        files = sorted((options.variants / task.name).glob("*.cu"))
        chosen += [(task, file) for file in files[:1]]
    return chosen[: options.most]


def own_counters(options, task, variant):
    command = [options.bin / "warploom-cli", "profile", task, "--device", "cuda:0", "--tier", "E", "--json"]
    command += ["--variant", variant] if variant else []
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, done.stderr.strip()[-300:]
    profile = json.loads(done.stdout.strip().splitlines()[-1])
    if "counters" not in profile:
        return None, "; ".join(profile["missing"])
    return profile["counters"], ""


def ncu_counters(options, task, variant, kernels, metrics):
    command = [options.ncu, "--csv", "--page", "raw", "--clock-control", "none", "--cache-control", "all",
               "--replay-mode", "kernel", "--kernel-name-base", "mangled",
               "--kernel-name", "regex:^(" + "|".join(kernels) + ")$", "--metrics", ",".join(metrics),
               options.bin / "warploom-bench", "once", task]
    command += ["--variant", variant] if variant else []
    begin = time.monotonic()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begin
    lines = [line for line in done.stdout.splitlines() if line.startswith('"')]
    if len(lines) < 3:
        return None, seconds, (done.stdout + done.stderr).strip()[-300:]
    rows = list(csv.reader(io.StringIO("\n".join(lines))))
    head, units, values = rows[0], rows[1], rows[2:]
    launches = []
    for row in values:
        launch = {}
        for name, unit, value in zip(head, units, row):
            if name in metrics and value:
                launch[name] = scaled(float(value.replace(",", "")), unit)
        launches.append(launch)
    return launches, seconds, ""


def scaled(value, unit):
    """ncu prints bytes and times in units of its choice; CUPTI gives bytes and nanoseconds."""
    factors = {"Kbyte": 1e3, "Mbyte": 1e6, "Gbyte": 1e9, "usecond": 1e3, "us": 1e3, "msecond": 1e6, "ms": 1e6,
               "second": 1e9, "s": 1e9}
    return value * factors.get(unit.split("/")[0], 1)


def apart(own, other):
    if own == other:
        return 0.0
    if other == 0 or math.isnan(own) or math.isnan(other):
        return math.inf
    return abs(own / other - 1)


def compare(own, other):
    """(metrics compared, [(metric, own, other, apart)] of those that are further apart than they should be)."""
    compared, off = 0, []
    for mine, theirs in zip(own, other):
        for name, value in mine["metrics"].items():
            if name not in theirs:
                continue
            compared += 1
            limit = 0.005 if name.endswith((".sum", ".max")) else 0.02
            distance = apart(value, theirs[name])
            if distance > limit:
                off.append((name, value, theirs[name], distance))
    return compared, off


def main():
    options = arguments()
    results = []
    print(f"{'kernel':<34} {'metrics':>8} {'apart':>6} {'ours s':>8} {'ncu s':>8}")
    for task, variant in subjects(options):
        name = task.name + (f"/{variant.stem}" if variant else "")
        counters, problem = own_counters(options, task, variant)
        if counters is None:
            print(f"{name:<34} {problem}")
            results.append({"kernel": name, "problem": problem})
            continue
        kernels = sorted({launch["kernel"] for launch in counters["launches"]})
        metrics = sorted({metric for launch in counters["launches"] for metric in launch["metrics"]})
        ncu_counters(options, task, variant, kernels, metrics)
        launches, seconds, problem = ncu_counters(options, task, variant, kernels, metrics)
        if launches is None:
            print(f"{name:<34} ncu: {problem}")
            results.append({"kernel": name, "problem": problem})
            continue
        compared, off = compare(counters["launches"], launches)
        print(f"{name:<34} {compared:>8} {len(off):>6} {counters['seconds']:>8.2f} {seconds:>8.2f}")
        results.append({"kernel": name, "compared": compared, "off": off, "own_seconds": counters["seconds"],
                        "ncu_seconds": seconds})
    for result in results:
        for metric, own, other, distance in result.get("off", []):
            print(f"  {result['kernel']}: {metric}: {own:.6g}, ncu {other:.6g} ({100 * distance:.2f} %)")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    compared = sum(result.get("compared", 0) for result in results)
    off = sum(len(result.get("off", [])) for result in results)
    print(f"{len(results)} kernels, {compared} metrics compared, {off} apart")
    return 0 if compared > 0 and off == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
