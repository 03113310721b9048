#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the built-in agent makes of every task from its naive baseline, against the hardware's limit and PyTorch.

agent.py BIN [--device D] [--evaluations N] [--seconds S] [--torch FILE] [--out FOLDER] [TASK ...]

A TASK is one of the library, or the path of a task's folder.

One policy for all tasks, nothing task-specific. For each task and time size: baseline, best, the share of the copy (tasks
that write as much as they read), read (others) or arithmetic bandwidth that `warploom-cli peaks` has measured here, and the
times of eager PyTorch, torch.compile and CUB's or cuBLAS' call behind it that torch_times.py has written to --torch. Then how
many evaluations and seconds it took, and to 90 % of the final speedup, and the moves between baseline and best.
--out keeps the workspaces and the best sources.
"""
import argparse
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import task_files  # noqa: E402  pylint: disable=wrong-import-position

PROGRESS = """
SELECT e.speedup AS speedup, e.created AS created, e.verdict AS verdict FROM evaluations e ORDER BY e.id"""
BEST = """
SELECT e.*, v.source AS source FROM evaluations e JOIN variants v ON v.id = e.variant
WHERE e.verdict = 'ok' AND e.speedup IS NOT NULL ORDER BY e.speedup DESC LIMIT 1"""
ROOT = """
SELECT e.evidence AS evidence, e.time_us AS time_us FROM evaluations e JOIN variants v ON v.id = e.variant
WHERE v.parent IS NULL AND e.verdict = 'ok' ORDER BY e.id LIMIT 1"""


def run(command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def peaks(options):
    """Bytes a second of copy and read, operations a second by unit; empty where nothing measures them."""
    done = run([options.bin / "warploom-cli", "peaks", "--device", options.device, "--json"])
    found = {}
    if done.returncode == 0:
        for figure in json.loads(done.stdout.strip().splitlines()[-1]).get("measured", {}).get("figures", []):
            found[figure["method"]] = figure["per_second"]
    return found


def evolve(options, task, folder):
    workspace = folder / f"{pathlib.Path(task).name}.warploom"
    done = run([options.bin / "warploom-cli", "evolve", task_files.KERNELS / task, "--device", options.device, "--evaluations",
                options.evaluations, "--seconds", options.seconds, "--workspace", workspace, "--json"])
    if done.returncode != 0:
        return None, done.stderr.strip()[-300:]
    end = json.loads(done.stdout.strip().splitlines()[-1])
    database = sqlite3.connect(f"file:{workspace}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database, f"{end['end']}: {end['standing']}"


def times_of(evidence):
    return {timing["size"]: timing["time_us"][0] for timing in json.loads(evidence)["timing"]}


def moves_to(database, variant):
    moves = []
    while variant is not None:
        row = database.execute("SELECT parent, move FROM variants WHERE id = ?", (variant,)).fetchone()
        if row["parent"] is not None:
            moves.insert(0, row["move"])
        variant = row["parent"]
    return moves


def ninety(rows):
    """Evaluations and seconds until 90 % of the final speedup."""
    right = [row["speedup"] if row["verdict"] == "ok" and row["speedup"] else 0 for row in rows]
    for i, value in enumerate(right):
        if value >= 0.9 * max(right):
            return i + 1, (rows[i]["created"] - rows[0]["created"]) / 1000
    return 0, 0


def time_text(microseconds):
    if microseconds is None:
        return "-"
    return f"{microseconds:.1f} us" if microseconds < 1000 else f"{microseconds / 1000:.3f} ms"


def share(task, size, microseconds, limits):
    """(share of the limit, its name): of the slowest of memory and arithmetic."""
    work = task_files.work(task, size)
    if not work or not limits:
        return None, ""
    moved, reads, writes = work["reads"] + work["writes"], work["reads"], work["writes"]
    kind = "copy" if writes >= reads / 3 else "read"
    bounds = [(moved / limits[kind], kind)] if kind in limits else []
    unit = task_files.unit(task)
    if unit in limits and work["flops"] > 0:
        bounds.append((work["flops"] / limits[unit], unit))
    if not bounds:
        return None, ""
    seconds, name = max(bounds)
    return seconds * 1e6 / microseconds, name


def report(options, task, folder, limits, torch):
    database, end = evolve(options, task, folder)
    name = pathlib.Path(task).name
    if database is None:
        return [f"{name:<20} {end}"], None
    rows = database.execute(PROGRESS).fetchall()
    best, root = database.execute(BEST).fetchone(), database.execute(ROOT).fetchone()
    if best is None or root is None:
        return [f"{name:<20} nothing right in {len(rows)} evaluations"], None
    if options.out:
        (folder / f"{name}.cu").write_text(best["source"], encoding="utf-8")
    seconds = (rows[-1]["created"] - rows[0]["created"]) / 1000
    count, until = ninety(rows)
    before, after = times_of(root["evidence"]), times_of(best["evidence"])
    lines = []
    result = {"task": name, "end": end, "speedup": best["speedup"], "evaluations": len(rows), "seconds": seconds,
              "configuration": json.loads(best["configuration"]), "moves": moves_to(database, best["variant"]), "sizes": {}}
    for size, time in after.items():
        part, limit = share(task, size, time, limits)
        known = torch.get(name, {}).get(size, {})
        beside = " ".join(f"{time_text(known.get(kind)):>10}" for kind in ("eager", "compile"))
        fastest = min([value for value in known.values() if isinstance(value, (int, float))], default=None)
        lines.append(f"{name + '/' + size:<26} {time_text(before.get(size)):>11} {time_text(time):>11} "
                     f"{before.get(size, 0) / time:>8.2f}x {'' if part is None else f'{100 * part:5.1f} % {limit}':<24} {beside} "
                     f"{'' if fastest is None else f'{fastest / time:6.2f}x'}")
        result["sizes"][size] = {"before_us": before.get(size), "time_us": time, "share": part, "limit": limit, "torch": known}
    lines[-1] += f"  {len(rows)} in {seconds:.0f} s, 90 % after {count} and {until:.0f} s: {', '.join(result['moves']) or 'nothing'}"
    lines.append(f"{'':<26} ended: {end}")
    return lines, result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("tasks", nargs="*")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--evaluations", default="200")
    parser.add_argument("--seconds", default="25")
    parser.add_argument("--torch", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    options = parser.parse_intermixed_args()
    torch = json.loads(options.torch.read_text(encoding="utf-8")) if options.torch else {}
    limits = peaks(options)
    folder = options.out or pathlib.Path(tempfile.mkdtemp(prefix="warploom-agent-"))
    folder.mkdir(parents=True, exist_ok=True)
    print("limits: " + ", ".join(f"{name} {value / 1e12:.2f} T/s" for name, value in limits.items()))
    print(f"{'task/size':<26} {'baseline':>11} {'best':>11} {'':>9} {'of the limit':<24} {'eager':>10} {'compile':>10} "
          f"{'torch':>7}  evaluations and moves")
    results = []
    for task in options.tasks or task_files.all_tasks():
        lines, result = report(options, task, folder, limits, torch)
        print("\n".join(lines), flush=True)
        results.append(result)
        if options.out:
            (folder / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
