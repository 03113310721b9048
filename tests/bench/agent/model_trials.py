#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a run with a model when its host is killed in mid-answer, when the disk is full, when it is stopped while the
server stalls, and when a real server's model writes nonsense. Prints what was looked at, and fails where something does not hold.

model_trials.py BIN_FOLDER [kill] [disk] [stop] [llama]

The disk is a small file system of its own, mounted where this user may do so (unshare -rm); the real server is llama.cpp's, with a
model of random weights, where WARPLOOM_LLAMA_PYTHON names a Python with the packages xllamacpp and gguf. Else those are skipped.
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from model_runs import KEY, ROOT, Place, Server, Trials, events, exchanges, rows, small_task, stop, summary_of, wait_for

AGENTS = ("--agent", "rules", "--agent", "llm:m@trial")


def begun(workspace):
    """Ids of exchanges whose answer has not come."""
    return [row[0] for row in rows(workspace, "SELECT id FROM exchanges WHERE finished = 0 ORDER BY id")]


def stored(workspace):
    return dict(rows(workspace, "SELECT id, variant || configuration || verdict || coalesce(time_us, '') FROM evaluations"))


def kill(trials, place, task, server):
    print("the host is killed while an answer streams, and the run resumed", flush=True)
    place.write_server(server.url("stalls_once", "kill"))
    workspace = place.folder / "kill.warploom"
    process = place.start("evolve", task, "--device", "emulator", *AGENTS, "--llm-parallel", 1, "--llm-budget-usd", 0.5,
                          "--evaluations", 60, "--workspace", workspace)
    wait_for(lambda: begun(workspace) and len(stored(workspace)) >= 5, 60, "question")
    time.sleep(0.5)  # the text of its answer has come, and no end of it
    process.send_signal(signal.SIGKILL)
    process.wait()
    before, lost = stored(workspace), begun(workspace)
    shown = place.call("show", workspace, "--exchanges").stdout.splitlines()
    print(f"    {shown[0].strip() if shown else 'nothing'}")
    record = exchanges(place, workspace)[0]
    trials.check(len(lost) == 1 and not record["finished"], "the exchange is there, and unfinished")
    trials.check("unfinished" in shown[0], "it is said to be unfinished")
    trials.check(record["prompt_tokens"] > 0 and record.get("cost_microdollars", 0) > 0 and record["estimated"],
                 f"its prompt counts: {record['prompt_tokens']} tokens, about {record.get('cost_microdollars')} µ$")
    output = place.call("evolve", "--resume", workspace, "--json")
    after = exchanges(place, workspace)
    summary = summary_of(output.stdout)
    tally = next((one for one in summary.get("agents", []) if one["key"] == "llm:m@trial"), {})
    trials.check(output.returncode == 0 and summary.get("end") in ("budget", "nothing left to try"),
                 f"the run went on to its end: {summary.get('evaluations')} evaluations, {summary.get('end')}")
    trials.check(before.items() <= stored(workspace).items(), f"all {len(before)} evaluations are as they were")
    trials.check(after[0] == record, "the unfinished exchange is as it was")
    trials.check(len(after) > 1 and any(one["finished"] for one in after), f"the model was asked again: {len(after) - 1} times")
    cost = sum(one.get("cost_microdollars", 0) for one in after)
    trials.check(tally.get("cost_microdollars") == cost, f"the tally has the cost of all of them, {cost} µ$")
    trials.check("ok" == rows(workspace, "PRAGMA integrity_check")[0][0], "the file is sound")


def disk(trials, place, task, server):
    print("the disk is full while exchanges are written", flush=True)
    inside = os.environ.get("WARPLOOM_TRIAL_MOUNTED")
    if not inside:
        return disk_elsewhere(trials)
    place.write_server(server.url("long", "disk"))
    small = pathlib.Path(inside)
    workspace = small / "disk.warploom"
    output = place.call("evolve", task, "--device", "emulator", *AGENTS, "--evaluations", 100000, "--workspace", workspace)
    said = output.stderr.strip().splitlines()
    print("    " + " / ".join(said[-3:]))
    trials.check(output.returncode not in (0, -signal.SIGABRT, -signal.SIGSEGV), f"the run ended, exit code {output.returncode}")
    trials.check(any("full" in line or "space" in line for line in said), "it said that the disk is full")
    trials.check(any("--resume" in line for line in said), "it said how to go on")
    before, asked = stored(workspace), exchanges(place, workspace)
    trials.check(len(before) > 0 and len(asked) > 0, f"{len(before)} evaluations and {len(asked)} exchanges can be read")
    trials.check(all(len(one["answer"]) > 900000 for one in asked if one["finished"] and not one["error"]), "no answer is cut")
    subprocess.run(["mount", "-o", "remount,size=200m", str(small)], check=True)
    place.write_server(server.url("ok", "disk"))
    output = place.call("evolve", "--resume", workspace, "--evaluations", len(before) + 10, "--json")
    summary = summary_of(output.stdout)
    trials.check(output.returncode == 0, f"with space the run went on to its end: {summary.get('end')}")
    trials.check(before.items() <= stored(workspace).items(), "all evaluations are as they were")
    known = {one["id"]: one for one in exchanges(place, workspace)}
    trials.check(all(known.get(one["id"]) == one for one in asked), "all exchanges are as they were")
    return None


def disk_elsewhere(trials):
    """The same trial where a small file system can be mounted."""
    with tempfile.TemporaryDirectory(prefix="warploom-disk-") as folder:
        script = f"mount -t tmpfs -o size=6m none {folder} && exec \"$@\""
        command = ["unshare", "-r", "-m", "sh", "-ec", script, "sh", sys.executable, *sys.argv[:2], "disk"]
        result = subprocess.run(command, env={**os.environ, "WARPLOOM_TRIAL_MOUNTED": folder}, capture_output=True, text=True,
                                check=False)
    if "mount" in result.stderr or "unshare" in result.stderr:
        print(f"    skipped: {result.stderr.strip().splitlines()[-1]}")
        return
    print("\n".join(line for line in result.stdout.splitlines() if line.startswith(("    ", "!"))), flush=True)
    trials.check(result.returncode == 0, "on a file system of 6 MiB" + (f": {result.stderr}" if result.returncode else ""))


def run_in_host(place, task, workspace):
    """As the window does: a host of its own, an order, and a command through its socket."""
    serving = place.start("serve", workspace)
    host = place.host()
    host.call("engine/evolve", {"task": str(task), "resume": False, "changes": {},
                                "settings": {"device": "emulator", "evaluations": 100000, "agents": ["rules", "llm:m@trial"]}})
    return serving, host


def stop_while_stalled(trials, place, task, server):
    print("Stop while the server stalls in mid-answer", flush=True)
    place.write_server(server.url("stalls", "stop"))
    times = []
    for number in range(5):
        workspace = place.folder / f"stop-{number}.warploom"
        serving, host = run_in_host(place, task, workspace)
        wait_for(lambda: len(begun(workspace)) == 2 and stored(workspace), 60, "question")  # pylint: disable=cell-var-from-loop
        time.sleep(0.7)
        began = time.monotonic()
        host.call("engine/command", {"command": "stop", "variant": 0, "on": True, "text": ""})
        wait_for(lambda: host.call("engine/progress", {})["phase"] == "finished", 30, "end")  # pylint: disable=cell-var-from-loop
        times.append(time.monotonic() - began)
        record = exchanges(place, workspace)[0]
        if number == 0:
            trials.check(record["finished"] and record["error_code"] == "cancelled" and record["answer"].startswith("Hello"),
                         f"the exchange is kept as cancelled, with what had come: {record['answer']!r}")
            trials.check(record["answer_tokens"] > 0 and record["cost_microdollars"] > 0 and record["estimated"],
                         f"and counts: {record['prompt_tokens']} + {record['answer_tokens']} tokens, about "
                         f"{record['cost_microdollars']} µ$")
            trials.check(not events(workspace, "agent-failed"), "that is no failure of the model's")
        serving.send_signal(signal.SIGTERM)
        serving.wait()
    trials.check(max(times) < 1, "stopped after " + ", ".join(f"{one:.2f}" for one in times) + " s")
    workspace = place.folder / "interrupt.warploom"
    process = place.start("evolve", task, "--device", "emulator", *AGENTS, "--workspace", workspace, "--json")
    wait_for(lambda: len(begun(workspace)) == 2 and stored(workspace), 60, "question")
    took, output = stop(process)
    trials.check(took < 1.5 and json.loads(output.splitlines()[-1])["end"] == "stopped",
                 f"with Ctrl+C the whole program ended after {took:.2f} s")


def llama(trials, place, task, _server):
    print("a whole run with llama.cpp's server and a model of random weights", flush=True)
    python = os.environ.get("WARPLOOM_LLAMA_PYTHON")
    if not python:
        print("    skipped: WARPLOOM_LLAMA_PYTHON is not set")
        return
    command = [python, "-B", str(ROOT / "tests/support/model_server/llama_server.py"), str(place.folder), KEY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        said = json.loads(server.stdout.readline())
        place.write_server(said["address"] + "/v1", context=4096, answer=256)
        workspace = place.folder / "llama.warploom"
        run = place.call("evolve", task, "--device", "emulator", *AGENTS, "--evaluations", 60, "--workspace", workspace)
        server.stdin.close()
    print("    " + run.stdout.strip().replace("\n", "\n    "))
    asked = exchanges(place, workspace)
    answered = [one for one in asked if one["finished"] and not one["error"]]
    for one in answered[:3]:
        print(f"    {one['id']}: {one['prompt_tokens']} + {one['answer_tokens']} tokens; {one['fault']}: {one['explanation']!r}")
    trials.check(run.returncode == 0 and "ended: budget" in run.stdout, "the run went on to its end")
    trials.check(answered and all(one["fault"] for one in answered), f"{len(answered)} answers, and what is wrong with each")
    trials.check(not any(one["estimated"] for one in answered), "the server has counted their tokens")
    trials.check(not rows(workspace, "SELECT 1 FROM variants WHERE agent = 'llm'"), "none of it became a variant")
    trials.check("off-format" in run.stdout, "the run says so")


TRIALS = {"kill": kill, "disk": disk, "stop": stop_while_stalled, "llama": llama}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=", ".join(TRIALS))
    options = parser.parse_args()
    trials = Trials()
    with tempfile.TemporaryDirectory(prefix="warploom-trial-") as name:
        folder = pathlib.Path(name)
        task = small_task(folder)
        server = Server(folder / "server")
        for trial in options.trials or TRIALS:
            (folder / trial).mkdir()
            TRIALS[trial](trials, Place(options.bin.resolve(), folder / trial), task, server)
        server.end()
    return 1 if trials.failed else 0


if __name__ == "__main__":
    sys.exit(main())
