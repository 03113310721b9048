#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times variants that lie in a folder, each beside its task's baseline.

bench_variants.py BIN FOLDER [--device D] [--timeout S]

A file is called TASK-anything.cu, TASK being one of the library or of `unseen`. Each line `// bench-set: NAME=VALUE …` in it
is timed as one setting; without such lines the defaults are.
"""
import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FOLDERS = [HERE.parents[2] / "kernels", HERE / "unseen"]
MARK = "// bench-set:"


def task_of(file):
    name = file.name.split("-")[0]
    return next((folder / name for folder in FOLDERS if (folder / name / "task.toml").exists()), None)


def settings_of(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line[len(MARK):].split() for line in lines if line.startswith(MARK)] or [[]]


def timed(options, task, file, setting):
    command = [options.bin / "warploom-cli", "bench", task, "--variant", file, "--device", options.device, "--json"]
    for value in setting:
        command += ["--set", value]
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False,
                              timeout=options.timeout)
        answer = json.loads(done.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return "no end within the time"
    except (IndexError, json.JSONDecodeError):
        return f"no answer: {done.stderr.strip()[-200:]}"
    result = (answer.get("variants") or answer.get("evaluations") or [answer])[-1]
    times = result.get("evidence", result).get("timing", [])
    shown = ", ".join(f"{one['size']} {one['time_us'][0]:.1f} us" for one in times)
    return f"{result.get('verdict')}: {shown} {result.get('message', '')[:120]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--timeout", type=float, default=40)
    options = parser.parse_args()
    for file in sorted(options.folder.glob("*.cu")):
        task = task_of(file)
        if task is None:
            print(f"{file.name}: no task of that name")
            continue
        for setting in settings_of(file):
            print(f"{file.name:<42} {' '.join(setting):<40} {timed(options, task, file, setting)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
