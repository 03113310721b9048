#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Coding agents in one workspace: watched as the window does, two at once, and one whose pipe is cut in the middle of a call.
Prints what was looked at, and fails where something does not hold.

mcp_trials.py BIN_FOLDER
"""
import argparse
import contextlib
import json
import pathlib
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

from model_runs import ROOT, Place, Trials, rows, small_task, wait_for

import storm  # found by model_runs

FLOAT4 = (ROOT / "tests/fixtures/variants/vector_add/float4.cu").read_text()
STRIDE = (ROOT / "tests/fixtures/variants/vector_add/grid_stride.cu").read_text()
WRONG = (ROOT / "tests/fixtures/faulty/skips_tail.cu").read_text()


class Agent:
    """warploom-cli mcp, spoken to over its pipes."""

    def __init__(self, place, workspace, name):
        self.process = place.start("mcp", workspace, "--device", "emulator", stdin=subprocess.PIPE)
        self.answers = {}
        self.heard = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()
        self.number = 0
        self.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": name, "version": "1"}})
        self.wait(1)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def listen(self):
        for line in self.process.stdout:
            message = json.loads(line)
            with self.heard:
                self.answers[message.get("id")] = (message, time.monotonic())
                self.heard.notify_all()

    def send(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, method, params):
        self.number += 1
        self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        return self.number

    def wait(self, number, seconds=60):
        with self.heard:
            if not self.heard.wait_for(lambda: number in self.answers, seconds):
                raise TimeoutError("no answer")
            return self.answers[number]

    def call(self, tool, arguments):
        message, when = self.wait(self.ask("tools/call", {"name": tool, "arguments": arguments}))
        return message["result"].get("structuredContent", {}), when

    def end(self):
        self.process.stdin.close()
        return self.process.wait(10)


class Window(threading.Thread):
    """What a second client of the host is told, and when."""

    def __init__(self, host):
        super().__init__(daemon=True)
        self.host = host
        self.told = queue.Queue()
        self.events = []
        self.start()

    def run(self):
        with contextlib.suppress(ConnectionError, OSError, ValueError):
            while True:
                message = json.loads(storm.message_from(self.host.stream))
                if message.get("method") == "engine/event":
                    self.events.append((message["params"], time.monotonic()))

    def first(self, kind, holds=lambda data: True):
        def found():
            return next(((event["data"], when) for event, when in self.events if event["type"] == kind and holds(event["data"])),
                        None)
        return wait_for(found, 20, kind)


def watched(trials, agent, window):
    print("a second client watches, as the window does", flush=True)
    value, answered = agent.call("submit", {"source": FLOAT4, "move": "vectorise", "title": "16-byte loads"})
    variant, seen = window.first("variant-added", lambda data: data.get("agent") == "mcp:first")
    evaluation, judged = window.first("evaluation-added", lambda data: data.get("variant") == variant["id"])
    trials.check(variant["id"] == value["variant"] and variant["move"] == "vectorise", f"it sees variant {variant['id']} of mcp:first")
    trials.check(evaluation["verdict"] == value["evaluation"]["verdict"] == "ok", f"and its verdict, {evaluation['verdict']}")
    trials.check(seen < judged, f"the variant {judged - seen:.2f} s before its verdict")
    trials.check(judged < answered + 0.5, f"and the verdict {(answered - judged) * 1000:.0f} ms before the agent had its answer")
    agent.call("submit", {"source": WRONG})
    bad, _ = window.first("evaluation-added", lambda data: data.get("verdict") == "wrong")
    trials.check(bad["verdict"] == "wrong", "it sees what is wrong, too")


def together(trials, first, second, workspace):
    print("two agents at once", flush=True)
    numbers = [(agent, agent.ask("tools/call", {"name": "submit", "arguments": {"source": source}}))
               for agent, source in ((first, STRIDE), (second, FLOAT4.replace("float4", "/* again */ float4", 1) + "\n// b\n"))]
    numbers += [(second, second.ask("tools/call", {"name": "bench", "arguments": {"source": STRIDE + "\n// c\n"}}))]
    answers = [agent.wait(number)[0]["result"] for agent, number in numbers]
    states = [answer["structuredContent"].get("status") or answer["structuredContent"].get("verdict") for answer in answers]
    trials.check(not any(answer.get("isError") for answer in answers), f"all three calls are answered: {', '.join(states)}")
    names = {row[0] for row in rows(workspace, "SELECT DISTINCT agent FROM variants")}
    own, _ = second.call("submit", {"source": numbered(2)})
    trials.check(own.get("status") == "evaluated", "the second's own variant is evaluated")
    names |= {row[0] for row in rows(workspace, "SELECT DISTINCT agent FROM variants")}
    trials.check({"mcp:first", "mcp:second"} <= names, f"both stand in the lineage: {', '.join(sorted(names))}")
    hashes = rows(workspace, "SELECT normalised_hash, count(*) FROM variants GROUP BY normalised_hash HAVING count(*) > 1")
    trials.check(not hashes, "no text is there twice")


def numbered(number):
    """Another right kernel."""
    return STRIDE.replace("gridDim.x * BLOCK;", f"gridDim.x * BLOCK + {number} - {number};")


def cut(trials, place, workspace, window, other):
    print("an agent's pipe is cut in the middle of a call", flush=True)
    for how in ("its pipes are closed", "it is killed"):
        agent = Agent(place, workspace, "cut")
        before = rows(workspace, "SELECT max(id) FROM variants")[0][0]
        agent.ask("tools/call", {"name": "submit", "arguments": {"source": numbered(len(how))}})
        agent.ask("tools/call", {"name": "bench", "arguments": {"source": FLOAT4}})
        time.sleep(0.15)
        began = time.monotonic()
        if how == "it is killed":
            agent.process.send_signal(signal.SIGKILL)
        else:
            agent.process.stdin.close()
        code = agent.process.wait(20)
        trials.check(True, f"{how}: the program ended after {time.monotonic() - began:.2f} s, exit code {code}")
        value, _ = other.call("bench", {"source": STRIDE})
        trials.check(value.get("verdict") == "ok", "another agent goes on")
        made = f"FROM variants v WHERE v.id > {before} AND NOT EXISTS (SELECT 1 FROM evaluations e WHERE e.variant = v.id)"
        wait_for(lambda: not rows(workspace, f"SELECT v.id {made}"), 20, "evaluation")  # pylint: disable=cell-var-from-loop
        reached = rows(workspace, f"SELECT count(*) FROM variants WHERE id > {before}")[0][0]
        trials.check(reached <= 1, f"what had reached the host is evaluated ({reached} variant)")
        trials.check("ok" == rows(workspace, "PRAGMA integrity_check")[0][0], "the file is sound")
    trials.check(window.is_alive(), "the watching client is still connected")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    options = parser.parse_args()
    trials = Trials()
    with tempfile.TemporaryDirectory(prefix="warploom-mcp-") as name:
        folder = pathlib.Path(name)
        place = Place(options.bin.resolve(), folder)
        workspace = folder / "run.warploom"
        place.call("evolve", small_task(folder), "--device", "emulator", "--evaluations", 1, "--workspace", workspace)
        serving = place.start("serve", workspace)
        window = Window(place.host())
        first, second = Agent(place, workspace, "first"), Agent(place, workspace, "second")
        watched(trials, first, window)
        together(trials, first, second, workspace)
        cut(trials, place, workspace, window, second)
        for agent in (first, second):
            trials.check(agent.end() == 0, "an agent that ends is let go")
        serving.send_signal(signal.SIGTERM)
        trials.check(serving.wait(30) == 0, "the host ended well")
    return 1 if trials.failed else 0


if __name__ == "__main__":
    sys.exit(main())
