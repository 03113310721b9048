#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evolves with the built-in agent and a model whose server misbehaves, once for each way to do so, and prints what the server
did, what the run said, and what the other agent had evaluated right since.

misbehaviour.py BIN_FOLDER [CASE...]

Each run is stopped once the server's fault has been told and three more candidates are right. Fails where a run ends by
itself, says something else than it should, keeps the key anywhere, or sends it where it does not belong.
"""
import argparse
import pathlib
import sys
import tempfile
import time

from model_runs import KEY, Place, Server, events, exchanges, rows, small_task, stop, summary_of, wait_for

# Case of the server: what it does; a part of what the run has to say.
CASES = {
    "ok": ("answers, but with no kernel", "the answer is prose: Hello from the model"),
    "slow_start": ("begins after 0.4 s", "the answer is prose: Hello from the model"),
    "unauthorized": ("401", "refuses the key: Incorrect API key: [redacted]"),
    "not_found": ("404", "knows no such model or path (404)"),
    "out_of_credit": ("429, quota used up", "credit at the server is used up"),
    "busy": ("429 each time", "too many requests: slow down (after 5 tries)"),
    "busy_for_seven_seconds": ("429, Retry-After: 7, then answers", "the answer is prose: Hello from the model"),
    "busy_for_an_hour": ("429, Retry-After: 3600", "asks to wait 3600 s"),
    "fails": ("500 each time", "the server failed (500): internal trouble (after 5 tries)"),
    "fails_once": ("500, then answers", "the answer is prose: Hello from the model"),
    "silent": ("says nothing", "within 3 s"),
    "stalls": ("stalls in mid-stream", "within 3 s"),
    "cut": ("cuts the stream", "cut the connection before its answer was complete"),
    "ends_early": ("ends the stream early", "stream ended before the answer did"),
    "bad_sse": ("streams no events", "stream holds no events"),
    "bad_json": ("sends half of its JSON", "is no valid JSON"),
    "bad_json_in_stream": ("half of an event's JSON", "stream holds no valid JSON"),
    "wrong_encoding": ("writes Latin-1 for UTF-8", "the answer is prose: gr\N{REPLACEMENT CHARACTER}n"),
    "huge": ("streams 100 MB", "too large: at most 32 MiB"),
    "huge_whole": ("sends 100 MB", "too large: at most 32 MiB"),
    "redirects_elsewhere": ("308 to another host", "the key is not sent there"),
    "expired": ("has an expired certificate", "certificate has expired"),
    "refused": ("does not listen", "connection refused"),
}


def write_server(place, server, case):
    seconds = 3 if case in ("silent", "stalls") else 600
    if case == "refused":
        place.write_server("http://127.0.0.1:1/v1")
    elif case == "expired":
        place.write_server(f"https://127.0.0.1:{server.said['expired']}/ok/v1", server.said["authority"])
    else:
        place.write_server(server.url(case, "table"), answer_seconds=seconds)


def first_finished(workspace):
    found = rows(workspace, "SELECT id FROM exchanges WHERE finished = 1 ORDER BY id LIMIT 1")
    return found[0][0] if found else None


def right(workspace):
    return rows(workspace, "SELECT count(*) FROM evaluations WHERE verdict = 'ok'")[0][0]


def kept_in(folder):
    """Files that hold the key."""
    return [path.name for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def run(place, task, server, case):
    write_server(place, server, case)
    workspace = place.folder / f"{case}.warploom"
    began = time.monotonic()
    process = place.start("evolve", task, "--device", "emulator", "--agent", "rules", "--agent", "llm:m@trial", "--workspace",
                          workspace, "--evaluations", 100000, "--json")
    number = wait_for(lambda: first_finished(workspace) or process.poll() is not None, 120, "exchange that has ended")
    if process.poll() is not None:
        sys.exit(f"the run of {case} ended with {process.returncode}: {place.log()}")
    told_after = time.monotonic() - began
    before = right(workspace)
    wait_for(lambda: right(workspace) >= before + 3 or process.poll() is not None, 60, "candidate after the fault")
    ended_by_itself = process.poll() is not None
    took, output = stop(process)
    exchange = next((one for one in exchanges(place, workspace) if one["id"] == number), None)
    return {"told_after": told_after, "since": right(workspace) - before, "ended_by_itself": ended_by_itself, "stop": took,
            "output": output, "summary": summary_of(output), "exchange": exchange,
            "failures": events(workspace, "agent-failed")}


def problems_of(found, case, place):
    exchange, wanted = found["exchange"], CASES[case][1]
    said = exchange["error"] or f"{exchange['fault']}: {exchange['explanation']}"
    failed = bool(exchange["error"])
    problems = []
    problems += ["the run ended by itself"] if found["ended_by_itself"] or found["summary"].get("end") != "stopped" else []
    problems += [f"it should say '{wanted}'"] if wanted not in said else []
    problems += ["no event tells of it"] if failed and not any(wanted in one["reason"] for one in found["failures"]) else []
    problems += ["an event tells of a failure"] if not failed and found["failures"] else []
    problems += ["the others did not go on"] if found["since"] < 3 else []
    problems += [f"stopping took {found['stop']:.1f} s"] if found["stop"] > 2 else []
    problems += ["the key was printed"] if KEY in found["output"] else []
    problems += [f"the key is kept in {name}" for name in kept_in(place.folder)]
    return said, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="warploom-table-") as name:
        folder = pathlib.Path(name)
        task = small_task(folder)
        server = Server(folder / "server")
        print(f"{'the server':<34} {'told after':>10} {'right since':>11} {'stop':>6}  the run says")
        for case in options.cases or CASES:
            place_folder = folder / case
            place_folder.mkdir()
            place = Place(options.bin.resolve(), place_folder)
            if case == "expired" and "expired" not in server.said:
                print(f"{CASES[case][0]:<34} skipped: there is no openssl to make certificates with")
                continue
            found = run(place, task, server, case)
            said, problems = problems_of(found, case, place)
            wrong += bool(problems)
            print(f"{CASES[case][0]:<34} {found['told_after']:>8.1f} s {found['since']:>11} {found['stop']:>4.1f} s  {said}", flush=True)
            for problem in problems:
                print(f"! {problem}", flush=True)
        elsewhere = server.requests_at("elsewhere")
        print(f"requests that reached the host redirected to: {len(elsewhere)}")
        wrong += bool(elsewhere)
        server.end()
    print("every run went on" if wrong == 0 else f"! {wrong} cases are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
