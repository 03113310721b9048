#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands one judge a bad candidate after the other, and after each an honest one; prints what each got and how fast.

Usage: isolation.py BIN_FOLDER [--device D] [--slack MS] [--few]

The candidates are tests/fixtures/isolation and those of tests/fixtures/faulty for the same task; the last two rows stop and
kill the process that runs an endless kernel. A row fails when the verdict is none of the expected ones, when it took longer
than the deadline and the slack, or when the honest candidate that followed was not right within the slack.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
TASK = "vector_add"


def candidates(device, folders):
    for folder in folders:
        for path in sorted((FIXTURES / folder).glob("*.cu")):
            text = path.read_text()
            if f"// task: {TASK}\n" not in text:
                continue
            if device == "emulator" and "// device: cuda\n" in text:
                print(f"- {path.stem:<28} skipped: needs a card")
                continue
            yield str(path)


def faults_of(row, slack):
    faults = []
    if row["verdict"] not in row["expect"].split():
        faults.append(f"expected {'|'.join(row['expect'].split())}")
    # A right candidate runs twice. The one that is killed from outside runs again from the start.
    runs = 2 if row["verdict"] == "ok" or row["case"].startswith("(killed") else 1
    if row["ms"] > runs * row["deadline_ms"] + slack:
        faults.append("its verdict was late")
    if row["next"] != "ok":
        faults.append(f"the next one was {row['next']}: {row['next_message']}")
    elif row["next_ms"] > slack:
        faults.append("the next one waited")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--slack", type=float, default=1000)
    parser.add_argument("--few", action="store_true", help="only the fixtures that are made for this")
    arguments = parser.parse_args()
    device = arguments.device
    if device == "auto":
        device = "cuda:0" if pathlib.Path("/dev/nvidia0").exists() else "emulator"
    bin_folder = pathlib.Path(arguments.bin).resolve()
    cases = list(candidates(device, ["isolation"] if arguments.few else ["isolation", "faulty"]))
    process = subprocess.Popen([str(bin_folder / "warploom-isolation"), device, str(ROOT / "kernels"), *cases],
                               stdout=subprocess.PIPE, text=True, env={**os.environ, "WARPLOOM_BIN": str(bin_folder)})
    print(f"  {'case':<28} {'verdict':<14} {'after':>8} {'deadline':>9} {'next ok':>8} {'replaced':>8}")
    rows = bad = 0
    for line in process.stdout:
        row = json.loads(line)
        faults = faults_of(row, arguments.slack)
        rows += 1
        bad += bool(faults)
        print(f"{'!' if faults else ' '} {row['case']:<28} {row['verdict']:<14} {row['ms']:>5.0f} ms {row['deadline_ms']:>6} ms "
              f"{row['next_ms']:>5.0f} ms {'runner' if row['replaced'] else '':>8}  "
              f"{'; '.join(faults) or row['message'].splitlines()[0][:70] if row['message'] or faults else ''}", flush=True)
    code = process.wait()
    print(f"{rows - bad} of {rows} as they should be on {device}, slack {arguments.slack:.0f} ms")
    return 0 if code == 0 and bad == 0 and rows == len(cases) + 2 else 1


if __name__ == "__main__":
    sys.exit(main())
