#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evolves once in peace and once in a storm, and compares what the two workspaces hold.

Usage: storm.py BIN_FOLDER [--device D] [--task T] [--evaluations N] [--seed S] [--every K]

In the storm, at every K-th evaluation, either one of the run's processes is killed (a compile worker, the judge, a runner, the
rewriter) or a faulty kernel is submitted as a person would. It fails when the run does not end by itself, when an evaluation
is missing or there twice, when a verdict (on the emulator also a modelled time) differs from the one in peace, when a faulty
kernel gets another verdict than its own, or when a process outlives the run.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a faulty kernel does first → the verdicts that are right for it.
FAULTS = {
    "asm volatile(\"trap;\"); int unused{n} = {n};": {"crashed"},
    "*reinterpret_cast<volatile int*>({n}ull * 4) = {n};": {"out-of-bounds", "crashed"},
    "while (clock() != {n}) {{ syntax error": {"compile-error"},
    "__shared__ volatile int never; never = 0; while (never != {n}) {{ }}": {"timeout"},
}


class Processes:
    """The processes that were started from one folder: nobody else's."""

    def __init__(self, folder):
        self.folder = str(folder).encode()

    def all(self):
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit():
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    if words[0].startswith(self.folder):
                        found[int(entry.name)] = b" ".join(words)
            except OSError:
                pass
        return found

    def kill(self, word, chance):
        pids = sorted(pid for pid, command in self.all().items() if word in command)
        if not pids:
            return False
        try:
            os.kill(chance.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def message_from(stream):
    length = 0
    while line := stream.readline().strip():
        length = int(line.split(b":")[1])
    if length == 0:
        raise ConnectionError("nothing was answered")
    return stream.read(length)


class Host:
    """The engine host of a run, through its socket."""

    def __init__(self, folder, build):
        self.socket = None
        self.folder = folder
        self.build = build
        self.number = 0

    def connect(self):
        paths = list(self.folder.glob("warploom/engine-*.sock"))
        if not paths:
            return False
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.connect(str(paths[0]))
        except OSError:
            self.socket = None
            return False
        self.stream = self.socket.makefile("rb")
        self.call("initialize", {**self.build, "kind": "storm", "capabilities": {}})
        return True

    def call(self, method, params):
        self.number += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}).encode()
        self.socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        while True:
            answer = json.loads(message_from(self.stream))
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(answer["error"]["message"])
                return answer["result"]


def build_of(worker):
    """Protocol and build of the programs, from a handshake that is refused for having none."""
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocol":1,"build":"none","kind":"storm"}}'
    with subprocess.Popen([worker, "probe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        process.stdin.flush()
        found = json.loads(message_from(process.stdout))["error"]["data"]
        process.kill()
    texts = [found["expected"], found["found"]]
    own = next(text for text in texts if not text.endswith("build none"))
    protocol, build = own.removeprefix("protocol ").split(", build ")
    return {"protocol": int(protocol), "build": build}


class Storm:
    def __init__(self, arguments, processes, baseline):
        self.chance = random.Random(arguments.seed)
        self.processes = processes
        self.baseline = baseline
        self.faults = list(FAULTS)[:len(FAULTS) if arguments.endless else -1]
        self.kinds = ["compile worker", "judge", "rewriter", "fault"]
        if arguments.device.startswith("cuda"):
            self.kinds.insert(2, "runner")
        self.done = {kind: 0 for kind in self.kinds}
        self.number = 0

    def strike(self, host):
        kind = self.kinds[self.number % len(self.kinds)]
        self.number += 1
        if kind == "fault":
            line = self.faults[self.number // len(self.kinds) % len(self.faults)].format(n=770000 + self.number)
            head, kernel = self.baseline.split("__global__", 1)
            opening = kernel.index("{") + 1
            text = f"{head}__global__{kernel[:opening]}\n{line}\n{kernel[opening:]}"
            host.call("engine/command", {"command": "submit", "variant": 0, "on": True, "text": text})
            self.done[kind] += 1
            return
        words = {"compile worker": b" compile", "judge": b" device ", "runner": b" runner ", "rewriter": b"warploom-rewriter"}
        self.done[kind] += self.processes.kill(words[kind], self.chance)


def evolve(arguments, folder, build, storm=None):
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    workspace = folder / "run.warploom"
    command = [str(folder.parent / "programs" / "warploom-cli"), "evolve", str(ROOT / "kernels" / arguments.task), "--device",
               arguments.device, "--evaluations", str(arguments.evaluations), "--seed", str(arguments.seed), "--workspace",
               str(workspace), "--json"]
    environment = {**os.environ, "WARPLOOM_BIN": str(folder.parent / "programs"), "XDG_RUNTIME_DIR": str(runtime)}
    begin = time.monotonic()
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
    host = Host(runtime, build)
    due = arguments.every
    while storm and process.poll() is None:
        time.sleep(0.01)
        try:
            if host.socket is None and not host.connect():
                continue
            # Submitted ones come on top of the budget.
            if host.call("engine/progress", {})["evaluations"] >= due:
                due += arguments.every
                storm.strike(host)
        except (ConnectionError, OSError):
            break
    output = process.communicate(timeout=1800)[0].decode()
    if process.returncode != 0:
        sys.exit(f"the run ended with {process.returncode}: {(folder / 'log').read_text()[-2000:]}")
    return workspace, json.loads(output.strip().splitlines()[-1]), time.monotonic() - begin


def rows_of(workspace):
    with sqlite3.connect(workspace) as database:
        return database.execute(
            "SELECT v.normalised_hash, e.configuration, e.environment, e.verdict, e.time_us, e.message, v.source, e.modelled "
            "FROM evaluations e JOIN variants v ON v.id = e.variant ORDER BY e.id").fetchall()


def expected_of(source):
    for number in range(770000, 771000):
        if str(number) in source:
            for line, verdicts in FAULTS.items():
                if line.format(n=number) in source:
                    return verdicts
    return None


def compare(peace, storm, arguments, workspace):
    problems = []
    calm = {(row[0], row[1]): row for row in peace}
    seen = {}
    same = faults = 0
    for row in storm:
        key = row[:3]
        seen[key] = seen.get(key, 0) + 1
        verdicts = expected_of(row[6])
        if verdicts:
            faults += 1
            if row[3] not in verdicts:
                problems.append(f"a faulty kernel is {row[3]} instead of {'|'.join(sorted(verdicts))}: {row[5][:120]}")
            continue
        before = calm.get(key[:2])
        if before is None:
            if row[3] in ("crashed", "timeout"):
                problems.append(f"an honest kernel is {row[3]}: {row[5][:120]}")
            continue
        same += 1
        if row[3] != before[3]:
            problems.append(f"{before[3]} in peace, {row[3]} in the storm: {row[5][:120]}")
        elif row[7] and row[4] != before[4]:
            problems.append(f"modelled {before[4]} us in peace, {row[4]} us in the storm")
    twice = sum(count - 1 for count in seen.values())
    # On a card the best is measured again at the end.
    if twice > (0 if arguments.device == "emulator" else 3):
        problems.append(f"{twice} configurations were evaluated more than once")
    with sqlite3.connect(workspace) as database:
        events = database.execute("SELECT count(*) FROM events WHERE type = 'evaluation-added'").fetchone()[0]
    if events != len(storm):
        problems.append(f"{events} events of {len(storm)} evaluations")
    print(f"compared   {same} evaluations of both runs, {faults} of faulty kernels, {twice} evaluated more than once")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--device", default="emulator")
    parser.add_argument("--task", default="softmax")
    parser.add_argument("--evaluations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--endless", action="store_true", help="endless kernels among the faulty ones")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warploom-storm-") as name:
        folder = pathlib.Path(name)
        programs = folder / "programs"
        programs.symlink_to(pathlib.Path(arguments.bin).resolve())
        build = build_of(str(programs / "warploom-worker"))
        processes = Processes(programs)
        (folder / "peace").mkdir()
        (folder / "storm").mkdir()
        baseline = (ROOT / "kernels" / arguments.task / "baseline.cu").read_text()
        storm = Storm(arguments, processes, baseline)
        calm_file, calm_end, calm_seconds = evolve(arguments, folder / "peace", build)
        calm = rows_of(calm_file)
        print(f"in peace   {len(calm):>4} evaluations, ended: {calm_end['end']}, {calm_seconds:6.1f} s")
        storm_file, storm_end, storm_seconds = evolve(arguments, folder / "storm", build, storm)
        rough = rows_of(storm_file)
        print(f"in a storm {len(rough):>4} evaluations, ended: {storm_end['end']}, {storm_seconds:6.1f} s")
        print("struck     " + ", ".join(f"{count} × {kind}" for kind, count in storm.done.items()))
        problems = compare(calm, rough, arguments, storm_file)
        if storm_end["end"] != calm_end["end"]:
            problems.append(f"the run ended by {storm_end['end']}")
        if len(rough) < min(len(calm), arguments.evaluations):
            problems.append("evaluations are missing")
        if sum(storm.done.values()) == 0:
            problems.append("there was no storm")
        time.sleep(0.5)
        left = processes.all()
        if left:
            problems.append(f"{len(left)} processes outlived the run")
    for problem in problems:
        print(f"! {problem}")
    print("nothing was lost" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
