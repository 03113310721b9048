#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds Warploom's counters and samples against those of Nsight Compute, kernel by kernel.

ncu_compare.py BIN [--kernels DIR] [--variants DIR] [--skip N] [--most N] [--ncu ncu] [--json FILE] [--no-lines|--no-counters]

BIN is the folder of warploom-cli and warploom-bench. For each kernel `warploom-cli profile --tier E --lines` reads counters,
samples and exact counts, and ncu reads the same metrics of `warploom-bench once` (kernel replay, clocks left alone, caches
flushed before each pass, as Warploom evicts L2 before each). Counts (.sum, .max, .min) should agree within 0.5 %, the rest
within 2 %; every metric that does not is listed, and beside it how far two runs of ncu are apart. Both are timed warm: the
second time counts. ncu's values are read from its report with its own Python module: what it prints is rounded.
The hottest line by samples, and how often each instruction was executed, are held against ncu's source page (which gives
them by instruction; the lines of both are Warploom's).
"""
import argparse
import collections
import glob
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time

NOT_ISSUED = "_not_issued"
STALL = "smsp__pcsamp_warps_issue_stalled_"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--kernels", type=pathlib.Path, default=pathlib.Path("kernels"))
    parser.add_argument("--variants", type=pathlib.Path, default=pathlib.Path("tests/fixtures/variants"))
    parser.add_argument("--skip", type=int, default=0, help="leave the first out")
    parser.add_argument("--most", type=int, default=12)
    parser.add_argument("--ncu", default="ncu")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--no-lines", action="store_true", help="counters only")
    parser.add_argument("--no-counters", action="store_true", help="lines only")
    return parser.parse_args()


def ncu_module():
    for folder in sorted(glob.glob("/opt/nvidia/nsight-compute/*/extras/python")
                         + glob.glob("/usr/local/cuda*/nsight-compute*/extras/python"), reverse=True):
        sys.path.insert(0, folder)
        try:
            import ncu_report  # pylint: disable=import-outside-toplevel
            return ncu_report
        except ImportError:
            sys.path.pop(0)
    sys.exit("Nsight Compute's Python module was not found")


def subjects(options):
    """(task folder, variant file or None): every baseline, then a variant of each task, up to --most."""
    tasks = sorted(path.parent for path in options.kernels.glob("*/task.toml"))
    chosen = [(task, None) for task in tasks]
    for task in tasks:
        files = sorted((options.variants / task.name).glob("*.cu"))
        chosen += [(task, file) for file in files[:1]]
    return chosen[options.skip : options.most]


def own_profile(options, task, variant, more):
    source = variant or task / "baseline.cu"
    command = [options.bin / "warploom-cli", "profile", task, "--device", "cuda:0", "--json", "--variant", source] + more
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, done.stderr.strip()[-300:]
    profile = json.loads(done.stdout.strip().splitlines()[-1])
    if "counters" not in profile:
        return None, "; ".join(map(str, profile["missing"]))
    return profile, ""


def own_counters(options, task, variant):
    """The second of two by one process: the first pays for starting."""
    profile, problem = own_profile(options, task, variant, ["--tier", "E", "--against", variant or task / "baseline.cu"])
    return profile and profile["against"], problem


class Ncu:
    """Runs of ncu over one launch of a kernel, and what its report says."""

    def __init__(self, options, module, task, variant, kernels):
        self.module = module
        self.prefix = [options.ncu, "--force-overwrite", "--clock-control", "none", "--cache-control", "all",
                       "--replay-mode", "kernel", "--kernel-name-base", "mangled",
                       "--kernel-name", "regex:^(" + "|".join(kernels) + ")$"]
        self.program = [options.bin / "warploom-bench", "once", task] + (["--variant", variant] if variant else [])

    def run(self, choice):
        """(the report's actions, seconds of the whole process, what went wrong)"""
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.ncu-rep")
            command = self.prefix + ["--export", report] + choice + self.program
            begin = time.monotonic()
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
            seconds = time.monotonic() - begin
            if not os.path.exists(report):
                return None, seconds, (done.stdout + done.stderr).strip()[-300:]
            context = self.module.load_report(report)
            actions = [launch for ranges in context for launch in ranges]
            return actions, seconds, ""

    def metrics(self, names):
        actions, seconds, problem = self.run(["--metrics", ",".join(names)])
        launches = [{name: action[name].value() for name in names if name in action.metric_names()}
                    for action in actions or []]
        return launches, seconds, problem

    def places(self):
        """Samples and executed warp instructions by (kernel, bytes into it), as the source page has them."""
        actions, _, problem = self.run(["--section", "SourceCounters"])
        samples, executed = collections.Counter(), collections.Counter()
        for action in actions or []:
            begin = first_place(action)
            for name in action.metric_names():
                if name.startswith(STALL) and not name.endswith(NOT_ISSUED):
                    add_by_place(samples, action, name, begin)
                if name == "inst_executed":
                    add_by_place(executed, action, name, begin)
        return samples, executed, problem


def first_place(action):
    """Every instruction has a count, if only 0: the first one is where the kernel begins."""
    places = action["inst_executed"].correlation_ids()
    return min(places.as_uint64(i) for i in range(action["inst_executed"].num_instances()))


def add_by_place(counts, action, name, begin):
    metric = action[name]
    if not metric.has_correlation_ids():
        return
    places = metric.correlation_ids()
    for i in range(metric.num_instances()):
        counts[action.name(action.NameBase_MANGLED), places.as_uint64(i) - begin] += metric.as_uint64(i)


def own_places(report, wanted):
    """The same of a profile, and the line of each place."""
    counts, lines = collections.Counter(), {}
    for row in report["instructions"]:
        place = report["functions"][row[0]], row[1]
        lines[place] = row[2]
        for at in range(3, len(row), 2):
            if wanted(report["names"][row[at]]):
                counts[place] += row[at + 1]
    return counts, lines


def by_line(counts, lines):
    summed = collections.Counter()
    for place, count in counts.items():
        summed[lines.get(place, 0)] += count
    return summed


def apart(own, other):
    if own == other:
        return 0.0
    if other == 0 or math.isnan(own) or math.isnan(other):
        return math.inf
    return abs(own / other - 1)


def compare(own, first, second):
    """(metrics compared, [(metric, own, ncu, apart, ncu against itself)] of those further apart than they should be)."""
    compared, off = 0, []
    for mine, theirs, again in zip(own, second, first):
        for name, value in mine["metrics"].items():
            if name not in theirs:
                continue
            compared += 1
            limit = 0.005 if name.endswith((".sum", ".max", ".min")) else 0.02
            distance = apart(value, theirs[name])
            if distance > limit:
                off.append((name, value, theirs[name], distance, apart(again.get(name, math.nan), theirs[name])))
    return compared, off


def top(counts):
    counts = collections.Counter({line: count for line, count in counts.items() if line > 0})
    total = sum(counts.values())
    return [(line, count / total) for line, count in counts.most_common(3)] if total else []


def lines_text(own, other):
    return " ".join(f"{line}:{100 * share:.1f}%" for line, share in own) + " / ncu " \
        + " ".join(f"{line}:{100 * share:.1f}%" for line, share in other)


def compare_lines(profile, ncu):
    samples, executed, problem = ncu.places()
    result = {"problem": problem, "missing": profile["missing"]}
    if "instruction_counts" not in profile or "stalls" not in profile:
        return result
    counts, lines = own_places(profile["instruction_counts"], lambda name: name == "smsp__sass_inst_executed")
    sampled, _ = own_places(profile["stalls"], lambda name: not name.endswith(NOT_ISSUED))
    mine, theirs = top(by_line(sampled, lines)), top(by_line(samples, lines))
    result["samples"] = [mine, theirs]
    result["same"] = bool(mine and theirs and mine[0][0] == theirs[0][0])
    places = set(executed) | set(counts)
    result["executed_places"] = len(places)
    result["executed"] = {f"{place[0]}+{place[1]:#x}": [counts[place], executed[place]] for place in places
                          if counts[place] != executed[place]}
    return result


def main():
    options = arguments()
    module = ncu_module()
    results = []
    print(f"{'kernel':<34} {'metrics':>8} {'apart':>6} {'ours s':>8} {'ncu s':>8} {'times':>6}  hottest lines")
    for task, variant in subjects(options):
        name = task.name + (f"/{variant.stem}" if variant else "")
        profile = sampled = None
        problem = ""
        if not options.no_counters:
            profile, problem = own_counters(options, task, variant)
        if not options.no_lines and not problem:
            sampled, problem = own_profile(options, task, variant, ["--tier", "A", "--lines"])
        profile = profile or sampled
        if problem:
            print(f"{name:<34} {problem}")
            results.append({"kernel": name, "problem": problem})
            continue
        counters = profile["counters"]
        kernels = sorted({launch["kernel"] for launch in counters["launches"]})
        metrics = sorted({metric for launch in counters["launches"] for metric in launch["metrics"]})
        ncu = Ncu(options, module, task, variant, kernels)
        if options.no_counters:
            lines = compare_lines(sampled, ncu)
            print(f"{name:<34} {lines_text(*lines['samples']) if 'samples' in lines else lines['missing']}", flush=True)
            results.append({"kernel": name, "lines": lines})
            continue
        first, _, _ = ncu.metrics(metrics)
        second, seconds, problem = ncu.metrics(metrics)
        if not second:
            print(f"{name:<34} ncu: {problem}")
            results.append({"kernel": name, "problem": problem})
            continue
        compared, off = compare(counters["launches"], first, second)
        lines = {} if options.no_lines else compare_lines(sampled, ncu)
        print(f"{name:<34} {compared:>8} {len(off):>6} {counters['seconds']:>8.2f} {seconds:>8.2f} "
              f"{seconds / counters['seconds']:>6.1f}  {lines_text(*lines['samples']) if 'samples' in lines else ''}",
              flush=True)
        results.append({"kernel": name, "compared": compared, "off": off, "own_seconds": counters["seconds"],
                        "ncu_seconds": seconds, "lines": lines})
    report(results, options)
    compared = sum(result.get("compared", 0) for result in results)
    off = sum(len(result.get("off", [])) for result in results)
    return 0 if compared > 0 and off == 0 else 1


def report(results, options):
    for result in results:
        for metric, own, other, distance, itself in result.get("off", []):
            print(f"  {result['kernel']}: {metric}: {own:.6g}, ncu {other:.6g}: {100 * distance:.2f} % apart, "
                  f"ncu and ncu {100 * itself:.2f} %")
    lines = [result["lines"] for result in results if result.get("lines")]
    for result in results:
        found = result.get("lines") or {}
        if found.get("problem") or found.get("missing"):
            print(f"  {result['kernel']}: {found.get('problem', '')} {found.get('missing', '')}"[:400])
        if found.get("executed"):
            print(f"  {result['kernel']}: instructions executed, ours and ncu's: {found['executed']}"[:400])
    compared = sum(result.get("compared", 0) for result in results)
    off = sum(len(result.get("off", [])) for result in results)
    print(f"{len(results)} kernels, {compared} metrics compared, {off} apart")
    if lines:
        places = sum(found.get("executed_places", 0) for found in lines)
        print(f"hottest line the same: {sum(found.get('same', False) for found in lines)} of {len(lines)}; executions "
              f"counted alike at {places - sum(len(found.get('executed', [])) for found in lines)} of {places} instructions")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
