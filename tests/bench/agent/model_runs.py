# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs with models of the server that misbehaves (tests/support/model_server), for the scripts beside this file."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "bench"))

import storm  # noqa: E402  (the host's socket)

KEY = "sk-planted-0123456789abcdefghij"


def small_task(folder):
    """vector_add with sizes for many evaluations."""
    target = folder / "kernels" / "vector_add"
    shutil.copytree(ROOT / "kernels" / "vector_add", target)
    file = target / "task.toml"
    file.write_text(file.read_text().replace("n = 65536\n", "n = 4096\n").replace("n = 10007\n", "n = 1009\n"))
    return target


class Server:
    """The server that misbehaves as the path says."""

    def __init__(self, folder):
        folder.mkdir()
        self.process = subprocess.Popen([sys.executable, "-B", str(ROOT / "tests/support/model_server/server.py"), str(folder)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said = json.loads(self.process.stdout.readline())

    def url(self, case, who):
        return f"http://127.0.0.1:{self.said['http']}/{case}/{who}/v1"

    def requests_at(self, listener):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.said[listener]}/requests") as answer:
            return json.load(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Place:
    """A folder with all that programs of Warploom look for, so that they see nothing of this machine's user."""

    def __init__(self, programs, folder):
        self.cli = str(programs / "warploom-cli")
        self.worker = str(programs / "warploom-worker")
        self.folder = folder
        for name in ("config", "runtime"):
            (folder / name).mkdir(mode=0o700)
        self.environment = {**os.environ, "WARPLOOM_BIN": str(programs), "WARPLOOM_CONFIG": str(folder / "config"),
                            "XDG_RUNTIME_DIR": str(folder / "runtime"), "TRIAL_KEY": KEY}

    def write_server(self, url, authority=None, answer_seconds=600, context=100_000, answer=16384):
        """llm:m@trial is a model of the server at this address."""
        lines = ["format = 1", "[[server]]", 'name = "trial"', f'url = "{url}"', 'proxy = "direct"', "needs_key = true",
                 'key_variable = "TRIAL_KEY"', f"answer_seconds = {answer_seconds}", "connect_seconds = 5"]
        lines += [f'ca_file = "{authority}"'] if authority else []
        lines += ["[[model]]", 'server = "trial"', 'id = "m"', f"context = {context}", f"answer = {answer}", "prompt_price = 1.0", "answer_price = 5.0"]
        (self.folder / "config" / "models.toml").write_text("\n".join(lines) + "\n")

    def start(self, *arguments, **more):
        log = open(self.folder / "log", "ab")
        with contextlib.closing(log):
            return subprocess.Popen([self.cli, *map(str, arguments)], stdout=subprocess.PIPE, stderr=log,
                                    env=self.environment, **more)

    def call(self, *arguments):
        return subprocess.run([self.cli, *map(str, arguments)], capture_output=True, text=True, check=False,
                              env=self.environment)

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def host(self, seconds=30):
        """Connected to whoever hosts a workspace here."""
        host = storm.Host(self.folder / "runtime", storm.build_of(self.worker))
        wait_for(host.connect, seconds, "a host")
        return host


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise TimeoutError(f"no {what} within {seconds} s")


def rows(workspace, sql):
    """Of a workspace that others write to; nothing where it is not there yet."""
    end = time.monotonic() + 10
    while True:
        try:
            with contextlib.closing(sqlite3.connect(f"file:{workspace}?mode=ro", uri=True, timeout=5)) as database:
                return database.execute(sql).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "unable to open" in str(error) and not workspace.exists():
                return []
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def events(workspace, kind):
    return [json.loads(row[0]) for row in rows(workspace, f"SELECT data FROM events WHERE type = '{kind}' ORDER BY sequence")]


def exchanges(place, workspace):
    return json.loads(place.call("show", workspace, "--exchanges", "--json").stdout.strip().splitlines()[-1])["exchanges"]


def summary_of(output):
    lines = output.strip().splitlines()
    return json.loads(lines[-1]) if lines else {}


def stop(process, seconds=60):
    """As Ctrl+C does; how long it took, and what was printed."""
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=seconds)[0].decode()
    return time.monotonic() - began, output


class Trials:
    """What was looked at, and whether it held."""

    def __init__(self):
        self.failed = 0

    def check(self, holds, what):
        self.failed += not holds
        print(f"{' ' if holds else '!'}   {what}", flush=True)
        return holds
