#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the engine host and its workers at random moments, resumes the run each time, and checks what is left.

Usage: kill_storm.py BIN_FOLDER [--task T] [--evaluations N] [--kills K] [--seed S] [--longest SECONDS]

A client listens on the host's socket: what it was told of is acknowledged. After every kill

- every acknowledged event is in the file, as it was told; numbers have no gaps and nothing has one twice;
- evaluations, variants and runs are there together with their events, or not at all;
- the file is sound, and no worker has outlived its host.

At the end, after the last resume, nothing was evaluated twice within a run, and what the storm and an undisturbed run of
the same seed have both evaluated came out the same. Three things cannot be equal: evaluations whose worker was killed
under them (they are `crashed`, as with any worker that dies), the order of the search (a run that is taken up again knows
more from its first choice on than it did there at first, so that it tries other things), and times of day. Exits with 1
where anything else differs.
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
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAILURES = []


def check(holds, what):
    if not holds:
        FAILURES.append(what)
        print(f"! {what}", flush=True)


class Database:
    """The file, read while somebody may write it."""

    def __init__(self, path):
        self.connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)

    def rows(self, sql):
        return self.connection.execute(sql).fetchall()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


class Listener(threading.Thread):
    """Attaches to a host as any client does and keeps the events it is told of."""

    def __init__(self, runtime, workspace, build):
        super().__init__(daemon=True)
        self.runtime, self.workspace, self.build = runtime, workspace, build
        self.events = {}
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            try:
                with Database(self.workspace) as database:
                    identity = database.rows("SELECT value FROM meta WHERE key = 'identity'")[0][0]
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                    sockets = (self.runtime / "warploom").glob(f"engine-{identity[:12]}-*.sock")
                    connection.connect(str(next(sockets)))
                    self.listen(connection)
                return
            except (OSError, sqlite3.Error, IndexError, StopIteration):
                time.sleep(0.02)

    def listen(self, connection):
        hello = {"protocol": 1, "build": self.build, "kind": "client", "capabilities": {}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}).encode()
        connection.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        stream = connection.makefile("rb")
        while header := stream.readline():
            size = int(header.split(b":")[1])
            stream.readline()
            body = stream.read(size)
            if len(body) < size:
                return
            message = json.loads(body)
            if message.get("method") == "engine/event":
                event = message["params"]
                self.events[event["sequence"]] = event


class Storm:
    def __init__(self, arguments, folder):
        self.bin = pathlib.Path(arguments.bin).resolve()
        self.arguments = arguments
        self.folder = folder
        self.random = random.Random(arguments.seed)
        # Workers are told from everybody else's by the folder that they were started from.
        self.programs = folder / "programs"
        self.programs.symlink_to(self.bin)
        self.runtime = folder / "runtime"
        self.runtime.mkdir(mode=0o700)
        self.workspace = folder / "storm.warploom"
        self.environment = {**os.environ, "WARPLOOM_BIN": str(self.programs), "XDG_RUNTIME_DIR": str(self.runtime)}
        version = subprocess.run([self.bin / "warploom-cli", "--version"], capture_output=True, text=True, check=True)
        self.build = version.stdout.split()[-1]
        self.acknowledged = {}
        self.kills = {"host": 0, "host while it starts": 0, "worker": 0, "host and workers": 0}
        self.refused = 0

    def command(self, workspace, resume):
        cli = [str(self.bin / "warploom-cli"), "evolve"]
        if resume:
            return [*cli, "--resume", str(workspace), "--json"]
        return [*cli, str(ROOT / "kernels" / self.arguments.task), "--device", "emulator", "--seed", "7", "--evaluations",
                str(self.arguments.evaluations), "--workspace", str(workspace), "--json"]

    def workers(self):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and str(self.programs).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                pass
        return found

    def open_run(self):
        """Whether there is a run to take up again."""
        try:
            with Database(self.workspace) as database:
                return bool(database.rows("SELECT 1 FROM runs WHERE state <> 'finished'"))
        except sqlite3.Error:
            return False

    def kill_workers(self, most):
        victims = self.workers()
        self.random.shuffle(victims)
        for victim in victims[:most]:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return min(len(victims), most)

    def one_kill(self):
        listener = Listener(self.runtime, self.workspace, self.build)
        listener.start()
        host = subprocess.Popen(self.command(self.workspace, self.open_run()), stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, env=self.environment)
        starts = self.random.random() < 0.25
        deadline = time.monotonic() + self.random.uniform(0, 0.5 if starts else self.arguments.longest)
        while time.monotonic() < deadline and host.poll() is None:
            time.sleep(0.005)
            if not starts and self.random.random() < 0.002:
                self.kills["worker"] += self.kill_workers(1)
        with_workers = self.random.random() < 0.3
        if with_workers and self.random.random() < 0.5:
            self.kill_workers(100)
        host.send_signal(signal.SIGKILL)
        if with_workers:
            self.kill_workers(100)
        host.wait()
        ended_before = host.returncode != -signal.SIGKILL
        if ended_before and host.returncode != 0:
            # A judge that dies during the baseline ends the run; that it says so is all that is asked for here.
            said = host.stderr.read().decode()
            check("baseline" in said or "worker" in said or "signal" in said or "judge" in said,
                  f"the host ended with {host.returncode}: {said}")
            self.refused += 1
        listener.ended.set()
        listener.join(timeout=5)
        self.acknowledged.update(listener.events)
        if not ended_before:
            kind = "host and workers" if with_workers else "host while it starts" if starts else "host"
            self.kills[kind] += 1
        return not ended_before

    def check_file(self, number):
        deadline = time.monotonic() + 5
        while self.workers() and time.monotonic() < deadline:
            time.sleep(0.05)
        check(not self.workers(), f"kill {number}: workers outlived their host")
        if not self.workspace.exists():
            check(not self.acknowledged, f"kill {number}: the file is gone")
            return
        with Database(self.workspace) as database:
            if not database.rows("SELECT 1 FROM sqlite_schema WHERE name = 'events'"):
                check(not self.acknowledged, f"kill {number}: the file is blank")
                return
            check(database.rows("PRAGMA integrity_check(1)") == [("ok",)], f"kill {number}: the file is damaged")
            self.check_events(number, database)

    def check_events(self, number, database):
        events = database.rows("SELECT sequence, time, run, type, data FROM events ORDER BY sequence")
        check([row[0] for row in events] == list(range(1, len(events) + 1)), f"kill {number}: numbers have gaps")
        stored = {row[0]: row for row in events}
        for sequence, event in self.acknowledged.items():
            row = stored.get(sequence)
            same = row is not None and (row[1], row[2] or 0, row[3]) == (event["time"], event["run"], event["type"]) \
                and json.loads(row[4]) == event["data"]
            check(same, f"kill {number}: acknowledged event {sequence} is {'changed' if row else 'gone'}")
        for table, kind in (("evaluations", "evaluation-added"), ("variants", "variant-added"), ("runs", "run-started")):
            rows = [row[0] for row in database.rows(f"SELECT id FROM {table} ORDER BY id")]
            told = [json.loads(row[4])["id"] for row in events if row[3] == kind]
            check(sorted(told) == rows, f"kill {number}: {table} and their events differ: {len(rows)} and {len(told)}")
        for run, counted, there in database.rows(
                "SELECT id, evaluations, (SELECT count(*) FROM evaluations WHERE run = runs.id) FROM runs"):
            check(counted == there, f"kill {number}: run {run} counts {counted} evaluations, {there} are there")

    def finish(self, workspace, resume):
        """Runs to the end in peace; the summary."""
        for _ in range(3):
            result = subprocess.run(self.command(workspace, resume), capture_output=True, text=True, check=False,
                                    env=self.environment)
            if result.returncode == 0:
                return json.loads(result.stdout.strip().splitlines()[-1])
            resume = True
        sys.exit(f"the run cannot be ended: {result.stderr}")


def outcomes(workspace):
    """(Text, configuration) → what came of it, of everything that no killed worker took down."""
    with Database(workspace) as database:
        rows = database.rows(
            "SELECT v.normalised_hash, e.configuration, e.verdict, e.time_us, e.speedup, e.trust, e.message, e.run, e.id "
            "FROM evaluations e JOIN variants v ON v.id = e.variant ORDER BY e.id")
    found, twice = {}, []
    seen = set()
    for text, configuration, verdict, duration, speedup, trust, message, run, number in rows:
        # A candidate whose worker was killed may be tried again: nothing is known of it.
        if verdict == "crashed" and "signal" in message:
            continue
        if (run, text, configuration) in seen:
            twice.append(number)
        seen.add((run, text, configuration))
        found[text, configuration] = (verdict, duration, speedup, trust)
    return found, twice, len(rows)


def compare(storm, calm_path, calm_summary, storm_summary):
    calm, _, calm_rows = outcomes(calm_path)
    stormy, twice, storm_rows = outcomes(storm.workspace)
    check(not twice, f"evaluations {twice} are second ones of the same within a run")
    both = calm.keys() & stormy.keys()
    different = [key for key in both if calm[key] != stormy[key]]
    for key in different[:3]:
        check(False, f"{key}: {calm[key]} undisturbed, {stormy[key]} in the storm")
    check(bool(both), "the two runs have nothing in common")
    best = [summary["best"] and summary["best"]["speedup"] for summary in (calm_summary, storm_summary)]
    print(f"{'undisturbed':<14} {calm_rows} evaluations, best {best[0]}x, ended: {calm_summary['end']}")
    print(f"{'storm':<14} {storm_rows} evaluations, best {best[1]}x, ended: {storm_summary['end']}")
    print(f"{'in common':<14} {len(both)} configurations, {len(different)} of them with another outcome; best "
          f"{'equal' if best[0] == best[1] else 'not equal: the search took another way'}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--task", default="transpose")
    parser.add_argument("--evaluations", type=int, default=60)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=6.0, help="seconds between two kills")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warploom-storm-") as folder:
        storm = Storm(arguments, pathlib.Path(folder))
        calm_path = pathlib.Path(folder) / "calm.warploom"
        calm_summary = storm.finish(calm_path, False)
        begin = time.monotonic()
        number = 0
        while number < arguments.kills:
            number += 1 if storm.one_kill() else 0
            storm.check_file(number)
        summary = storm.finish(storm.workspace, storm.open_run())
        storm.check_file("last")
        print(f"{'kills':<14} " + ", ".join(f"{count} {kind}" for kind, count in storm.kills.items())
              + f"; {storm.refused} runs ended by themselves; {time.monotonic() - begin:.0f} s")
        print(f"{'acknowledged':<14} {len(storm.acknowledged)} events")
        check(len(storm.acknowledged) > 0, "no event was heard of")
        compare(storm, calm_path, calm_summary, summary)
    print("nothing was lost" if not FAILURES else f"! {len(FAILURES)} failures")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
