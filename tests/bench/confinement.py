#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a process of each kind, lets it try what confinement is to forbid, and prints what each was refused.

Usage: confinement.py BIN_FOLDER [--device D] [--starts N] [--compiles N]

With --device cuda:N the judge and a runner of that GPU are tried as well, beside the emulator's judge. The last lines
compare the time until a worker has introduced itself with confinement and without (WARPLOOM_CONFINE=off), median of N
starts, and what N different kernels take to compile. The exit code is 1 when a process was able to do what it must not.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

# What a kind of process may do after all, and why it has to.
ALLOWED = {
    "judge": {
        "socket-unix": "NVML and MPS",
        "signal-parent": "it kills its runners",
    },
}


class Worker:
    """One process, spoken to in JSON-RPC."""

    def __init__(self, program, arguments, confined=True):
        environment = dict(os.environ)
        if not confined:
            environment["WARPLOOM_CONFINE"] = "off"
        self.began = time.monotonic()
        self.process = subprocess.Popen([str(program), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment)
        self.next_id = 0

    def send(self, method, params):
        self.next_id += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length == 0:
            words = self.process.stderr.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError(f"it has ended (code {self.process.wait()}): {words[-1] if words else 'no last words'}")
        return json.loads(self.process.stdout.read(length))

    def call(self, method, params):
        self.send(method, params)
        while True:
            answer = self.receive()
            if answer.get("id") == self.next_id:
                break
        if "error" in answer:
            raise RuntimeError(answer["error"].get("message", "an error"))
        return answer["result"]

    def greet(self, build):
        identity = self.call("initialize", {"protocol": 1, "build": build, "kind": "engine", "capabilities": {}})
        return identity["capabilities"], time.monotonic() - self.began

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def build_of(folder):
    return subprocess.run([str(folder / "warploom-cli"), "--version"], capture_output=True, text=True,
                          check=True).stdout.strip()


def kinds(device):
    yield "compile", "warploom-worker", ["compile"]
    yield "rewriter", "warploom-rewriter", []
    yield "emulator", "warploom-worker", ["device", "emulator"]
    if device.startswith("cuda:"):
        yield "judge", "warploom-worker", ["device", device]
        yield "runner", "warploom-worker", ["runner", device]


def confinement_text(report):
    if report["switched_off"]:
        return "switched off"
    parts = [f"files {'confined (Landlock ' + str(report['landlock']) + ')' if report['files'] else 'NOT CONFINED'}",
             f"system calls {'filtered' if report['system_calls'] else 'NOT FILTERED'}"]
    parts += [f"{name.replace('_', ' ')} ≤ {value >> 20} MiB" for name, value in report["limits"].items()]
    parts += [f"failed: {failure}" for failure in report["failures"]]
    return ", ".join(parts)


def trial(folder, build, program, arguments, secret, outside):
    worker = Worker(folder / program, arguments)
    try:
        capabilities, _ = worker.greet(build)
        if "failure" in capabilities:
            raise RuntimeError(capabilities["failure"]["message"])
        outcomes = worker.call("confinement/try", {"file": str(secret), "folder": str(outside)})
    finally:
        worker.end()
    return capabilities.get("confinement"), outcomes


def print_trials(folder, build, device):
    columns, acts, wrong = {}, [], 0
    with tempfile.TemporaryDirectory(prefix="warploom-confinement-") as outside:
        secret = pathlib.Path(outside) / "secret"
        secret.write_text("a secret\n")
        for kind, program, arguments in kinds(device):
            try:
                report, outcomes = trial(folder, build, program, arguments, secret, outside)
            except (RuntimeError, OSError) as error:
                print(f"{kind:<10} did not work: {error}")
                wrong += 1
                continue
            print(f"{kind:<10} {confinement_text(report)}")
            columns[kind] = {outcome["act"]: outcome for outcome in outcomes}
            acts = [outcome["act"] for outcome in outcomes]
    print()
    print(f"{'':<26}" + "".join(f"{kind:<28}" for kind in columns))
    for act in acts:
        cells = []
        for kind, outcomes in columns.items():
            outcome = outcomes[act]
            allowed = act in ALLOWED.get(kind, {})
            wrong += not outcome["refused"] and not allowed
            mark = "refused" if outcome["refused"] else "allowed" if allowed else "NOT REFUSED"
            cells.append(f"{mark + ': ' + outcome['reason']:<28.27}")
        print(f"{act:<26}" + "".join(cells))
    return wrong


def print_starts(folder, build, device, count):
    print(f"\n{'until introduced, ms':<26}{'confined':>10}{'not':>10}{'more':>10}")
    for kind, program, arguments in kinds(device):
        times = {True: [], False: []}
        for turn in range(2 * count):
            worker = Worker(folder / program, arguments, confined=turn % 2 == 0)
            try:
                times[turn % 2 == 0].append(1e3 * worker.greet(build)[1])
            except RuntimeError as error:
                print(f"{kind:<26}{error}")
                break
            finally:
                worker.end()
        else:
            confined, free = statistics.median(times[True]), statistics.median(times[False])
            print(f"{kind:<26}{confined:>10.1f}{free:>10.1f}{confined - free:>10.1f}")


def compile_seconds(folder, build, count, confined):
    with tempfile.TemporaryDirectory(prefix="warploom-cache-") as cache:
        os.environ["WARPLOOM_CACHE"] = cache
        worker = Worker(folder / "warploom-worker", ["compile"], confined)
        worker.greet(build)
        began = 0.0
        for number in range(-1, count):  # the first one loads what the others find loaded
            source = f"__global__ void k(float* p, int n) {{ p[n] = p[n + {number + 1}] * {number + 2}.f; }}"
            answer = worker.call("compile", {"source": source, "kernels": ["k"]})
            if "product" not in answer or answer["product"]["from_cache"]:
                raise RuntimeError(f"not compiled: {answer}")
            began = began or time.monotonic()
        seconds = time.monotonic() - began
        worker.end()
        del os.environ["WARPLOOM_CACHE"]
    return seconds


def print_compiles(folder, build, count):
    confined, free = [], []
    for _ in range(3):
        free.append(compile_seconds(folder, build, count, False))
        confined.append(compile_seconds(folder, build, count, True))
    confined, free = (1e3 * statistics.median(seconds) / count for seconds in (confined, free))
    print(f"\n{'a compile, ms':<26}{confined:>10.1f}{free:>10.1f}{confined - free:>10.1f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--device", default="emulator")
    parser.add_argument("--starts", type=int, default=11)
    parser.add_argument("--compiles", type=int, default=100)
    arguments = parser.parse_args()
    folder = arguments.bin.resolve()
    build = build_of(folder)
    wrong = print_trials(folder, build, arguments.device)
    print_starts(folder, build, arguments.device, arguments.starts)
    print_compiles(folder, build, arguments.compiles)
    print(f"\n{wrong} acts were possible that must not be" if wrong else "\nall refused")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
