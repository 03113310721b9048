#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planted faults: what the emulator finds beside what compute-sanitizer finds on a card.

planted.py BIN [--only CLASS] [--jobs N] [--json FILE]

BIN is the folder of warploom-bench, which runs each kernel on the emulator and writes it down. Here each becomes a program
of its own (nvcc -lineinfo, buffers by cudaMalloc, `s` left as it is) that runs under memcheck, racecheck, initcheck and
synccheck; --padding keeps an access past one buffer from ending in the next. A tool has found a kernel's fault where it
counts an error; where it names lines of the kernel, they are printed. Honest kernels are run as well: whoever says
something about them is wrong. Fails where a tool finds what the emulator does not, the emulator accuses an honest kernel,
or no tool says anything.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TOOLS = {"memcheck": ["--padding", "1024"], "racecheck": [], "initcheck": ["--padding", "1024"], "synccheck": []}
ELEMENTS = 4096
NO_END = "no end within"  # what a deadlock does to a tool that does not see it
MAIN = r"""
#line 1 "main.cu"
#include <cstdio>
#include <vector>
int main()
{
    const int n = %(elements)d;
    float *x, *y, *s;
    unsigned* c;
    if (cudaMalloc(&x, n * 4) || cudaMalloc(&y, n * 4) || cudaMalloc(&s, n * 4) || cudaMalloc(&c, n * 4))
        return 2;
    std::vector<float> values(n);
    unsigned state = 12345;
    for (float& value : values) {
        state = state * 1664525u + 1013904223u;
        value = (state >> 8) * 0x1p-23f - 1.0f;
    }
    if (cudaMemcpy(x, values.data(), n * 4, cudaMemcpyHostToDevice) || cudaMemset(y, 0, n * 4) || cudaMemset(c, 0, n * 4))
        return 2;
    k<<<%(blocks)d, %(threads)d, %(shared)d>>>(x, y, s, c, n);
    const cudaError_t launched = cudaGetLastError();
    const cudaError_t ran = cudaDeviceSynchronize();
    std::printf("launch: %%s, run: %%s\n", cudaGetErrorName(launched), cudaGetErrorName(ran));
    return 0;
}
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--only", choices=["access", "unwritten", "race", "honest"])
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--nvcc", default="nvcc")
    parser.add_argument("--sanitizer", default="compute-sanitizer")
    parser.add_argument("--architecture", default="sm_90")
    parser.add_argument("--seconds", type=float, default=30, help="that a tool may take for a kernel")
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def planted(options, folder):
    record = folder / "planted.json"
    done = subprocess.run([options.bin / "warploom-bench", "planted", "--record", record], capture_output=True, text=True,
                          check=False)
    print(done.stdout.strip())
    if not record.exists():
        sys.exit(done.stderr)
    kernels = json.loads(record.read_text())
    return [kernel for kernel in kernels if options.only in (None, kernel["class"])]


def build(options, folder, index, kernel):
    """The program's path, or None and why not."""
    source = folder / f"{index}.cu"
    # Headers that the kernel asks for and the numbering of its lines as the emulator has them.
    text = kernel["source"].replace("#line 1\n", '#line 1 "k.cu"\n')
    source.write_text(text + MAIN % {"elements": ELEMENTS, **kernel})
    program = folder / str(index)
    done = subprocess.run([options.nvcc, "-std=c++17", "-lineinfo", f"-arch={options.architecture}", "-o", program, source],
                          capture_output=True, text=True, check=False)
    return (program, "") if done.returncode == 0 else (None, done.stderr[-300:])


def look(options, tool, program):
    """(errors, lines of the kernel that it names, its first words); errors is None where it came to no end."""
    command = [options.sanitizer, "--tool", tool, "--print-limit", "20", *TOOLS[tool], program]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=options.seconds)
    except subprocess.TimeoutExpired:
        return None, [], f"{NO_END} {options.seconds:g} s"
    said = done.stdout + done.stderr
    counted = re.search(r"ERROR SUMMARY: (\d+) error", said) or re.search(r"RACECHECK SUMMARY: (\d+) hazard", said)
    first = re.search(r"=========\s+((?:Invalid|Error|Warning|Uninitialized|Barrier|Race|Program hit|Misaligned|Potential)[^\n]*)", said)
    lines = sorted({int(line) for line in re.findall(r"k\.cu:(\d+)", said)})
    return int(counted.group(1)) if counted else None, lines, first.group(1) if first else said.strip()[-200:]


def judge(options, folder, index, kernel):
    program, problem = build(options, folder, index, kernel)
    if program is None:
        return {"problem": problem}
    outcome = {tool: look(options, tool, program) for tool in TOOLS}
    silent = [words for count, _, words in outcome.values() if count is None and not words.startswith(NO_END)]
    if len(silent) == len(TOOLS):
        outcome["problem"] = "no tool says anything: " + silent[0]
    return outcome


def found_by(outcome):
    return [tool for tool in TOOLS if tool in outcome and outcome[tool][0]]


def print_kernel(kernel, outcome):
    by = "problem: " + outcome["problem"] if "problem" in outcome else ", ".join(
        tool + (" (line " + ", ".join(map(str, outcome[tool][1])) + ")" if outcome[tool][1] else "") for tool in found_by(outcome))
    stuck = [tool for tool in TOOLS if tool in outcome and outcome[tool][0] is None]
    ours = f"{kernel['verdict']} (line {kernel['line']})" if kernel["verdict"] != "ok" else "-"
    print(f"| {kernel['class']} | {kernel['name']} | {ours} | {by or '-'}{' no end: ' + ', '.join(stuck) if stuck else ''} |", flush=True)


def summary(kernels, outcomes):
    """Prints the counts; the number of kernels in which the emulator is the worse one, or that say nothing."""
    worse = sum("problem" in outcome for outcome in outcomes)
    print("\n| class | kernels | both find it | the emulator alone | compute-sanitizer alone | neither |")
    print("| --- | --- | --- | --- | --- | --- |")
    for family in dict.fromkeys(kernel["class"] for kernel in kernels):
        pairs = [(kernel["verdict"] != "ok", bool(found_by(outcome))) for kernel, outcome in zip(kernels, outcomes)
                 if kernel["class"] == family and "problem" not in outcome]
        count = {pair: pairs.count(pair) for pair in [(True, True), (True, False), (False, True), (False, False)]}
        print(f"| {family} | {len(pairs)} | " + " | ".join(map(str, count.values())) + " |")
        worse += count[True, True] + count[True, False] if family == "honest" else count[False, True]
    return worse


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        kernels = planted(options, folder)
        print("\n| class | planted | the emulator | compute-sanitizer |\n| --- | --- | --- | --- |")
        outcomes = []
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for outcome in pool.map(lambda pair: judge(options, folder, *pair), enumerate(kernels)):
                outcomes.append(outcome)
                print_kernel(kernels[len(outcomes) - 1], outcome)
    worse = summary(kernels, outcomes)
    if options.json:
        options.json.write_text(json.dumps([{**kernel, "tools": outcome} for kernel, outcome in zip(kernels, outcomes)], indent=1))
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main()
