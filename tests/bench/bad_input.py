#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives warploom-cli what goes wrong for its users and prints what each case got: exit code, seconds, first words.

Usage: bad_input.py BIN_FOLDER [--device D]

The cases with a read-only and a full disk mount small file systems, for which the script must run as root; else they are
skipped, said so. A case fails when the program crashes, outlives its time, gives another exit code, or says nothing.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAULTY = ROOT / "tests" / "fixtures" / "faulty"
MOST_SECONDS = 60


class Bench:
    def __init__(self, bin_folder, device, folder):
        self.cli = str(pathlib.Path(bin_folder).resolve() / "warploom-cli")
        self.device = device
        self.folder = pathlib.Path(folder)
        self.failures = 0

    def run(self, *arguments, folder=None):
        start = time.monotonic()
        try:
            result = subprocess.run([self.cli, *map(str, arguments)], cwd=folder or self.folder, capture_output=True, text=True,
                                    timeout=MOST_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return None, "still running", time.monotonic() - start
        said = result.stderr.strip() or result.stdout.strip()
        return result.returncode, said, time.monotonic() - start

    def expect(self, name, code, *arguments, folder=None, words=""):
        got, said, seconds = self.run(*arguments, folder=folder)
        fine = got == code and said and words in said
        self.failures += not fine
        self.row(name, f"{'' if fine else '! '}{got}", seconds, said)

    @staticmethod
    def row(name, code, seconds, said):
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        print(f"{name:<34} {code:>4} {seconds:5.1f} s  {' / '.join(lines[:2])[:300]}", flush=True)

    def task(self, name, change=None, source=None):
        folder = self.folder / name
        shutil.copytree(ROOT / "kernels" / "vector_add", folder)
        if change:
            text = (folder / "task.toml").read_text()
            assert change[0] in text, name
            (folder / "task.toml").write_text(text.replace(*change, 1))
        if source:
            (folder / "baseline.cu").write_text(source((folder / "baseline.cu").read_text()))
        return folder

    def evolve(self, name, code, task, words="", workspace=None, evaluations=4):
        workspace = workspace or self.folder / f"{name.replace(' ', '_')}.warploom"
        self.expect(name, code, "evolve", task, "--device", self.device, "--evaluations", evaluations, "--workspace", workspace,
                    words=words)


def try_tasks(bench):
    device = ("--device", bench.device)
    bench.expect("no task there", 2, "check", "nowhere", *device)
    bench.expect("task.toml: broken syntax", 2, "check", bench.task("syntax", ("type =", "type = =")), *device, words="task.toml:")
    bench.expect("task.toml: unknown key", 2, "check", bench.task("key", ("name =", "nmae =")), *device, words="task.toml:")
    bench.expect("task.toml: no size", 2, "check", bench.task("sizes", ("n =", "m =")), *device, words="task.toml:")
    bench.expect("task.toml: of random bytes", 2, "check", random_task(bench), *device, words="task.toml")


def random_task(bench):
    folder = bench.task("bytes")
    (folder / "task.toml").write_bytes(bytes((i * 197 + i // 7) % 256 for i in range(4096)))
    return folder


def try_kernels(bench):
    def check(name, code, path, words):
        bench.expect(name, code, "check", ROOT / "kernels/vector_add", "--variant", path, "--device", bench.device, words=words)

    unknown = bench.folder / "unknown_directive.cu"
    unknown.write_text((ROOT / "kernels/vector_add/baseline.cu").read_text() + "\n// warploom: turn BLOCK = 256\n")
    check("unknown directive", 1, unknown, "turn")
    check("does not compile", 1, FAULTY / "does_not_compile.cu", "bias")
    check("loops for ever", 1, FAULTY / "endless_loop.cu", "timeout")
    check("writes out of bounds", 1, FAULTY / "writes_past_end.cu", "out-of-bounds")
    check("no such file", 2, bench.folder / "none.cu", "none.cu")


def try_baselines(bench):
    endless = bench.task("endless", source=lambda text: text + "\ntemplate <int N> struct S { S<N + 1> s; };\nS<0> s;\n")
    bench.evolve("baseline: template without end", 2, endless, "baseline.cu:15")
    wrong = bench.task("wrong", source=lambda text: text.replace("a[i] + b[i]", "a[i] - b[i]"))
    bench.evolve("baseline: computes another thing", 2, wrong, "wrong at c[0]")


def chain_of(count):
    """An expression whose tree is COUNT deep: Clang walks it by recursion."""
    return "\n__device__ int deep = 0" + " + 1" * count + ";\n"


def try_clang(bench):
    for name, source in [
            ("crashes Clang: 200000 additions", lambda text: text + chain_of(200000)),
            ("crashes Clang: 20000 additions", lambda text: text + chain_of(20000)),
    ]:
        got, said, seconds = bench.run("evolve", bench.task(name.split(":")[1].strip().replace(" ", "_"), source=source), "--device",
                                       bench.device, "--evaluations", 3, "--workspace", bench.folder / f"{len(name)}.warploom")
        fine = got in (0, 1) and said
        bench.failures += not fine
        bench.row(name, f"{'' if fine else '! '}{got}", seconds, said)


def mount(folder, *options):
    folder.mkdir()
    return subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder], capture_output=True, check=False).returncode == 0


def try_disks(bench):
    small, sealed = bench.folder / "small", bench.folder / "sealed"
    if os.geteuid() != 0 or not mount(small, "size=256k") or not mount(sealed, "size=8m"):
        print("read-only and full disks: skipped, they need the right to mount file systems")
        return
    try:
        vector_add = ROOT / "kernels/vector_add"
        bench.evolve("full disk", 3, vector_add, workspace=small / "run.warploom", evaluations=60)
        got, said, seconds = bench.run("show", small / "run.warploom")
        bench.row("  and shown afterwards", got, seconds, said)
        bench.evolve("disk to be sealed", 0, vector_add, workspace=sealed / "run.warploom")
        subprocess.run(["mount", "-o", "remount,ro", sealed], check=True)
        bench.evolve("read-only workspace", 3, vector_add, workspace=sealed / "run.warploom")
        bench.evolve("read-only folder", 3, vector_add, workspace=sealed / "new.warploom")
        bench.expect("  and shown", 0, "show", sealed / "run.warploom")
    finally:
        for folder in (small, sealed):
            subprocess.run(["umount", folder], check=False)


def try_workspaces(bench):
    rubbish = bench.folder / "rubbish.warploom"
    rubbish.write_bytes(b"no database at all\n" * 500)
    bench.expect("workspace that is none", 2, "show", rubbish)
    bench.evolve("evolve into what is none", 2, ROOT / "kernels/vector_add", workspace=rubbish)
    bench.expect("resume of nothing", 2, "evolve", "--resume", bench.folder / "none.warploom")
    bench.expect("no such device", 3, "check", ROOT / "kernels/vector_add", "--device", "cuda:7")
    bench.expect("not a device", 2, "check", ROOT / "kernels/vector_add", "--device", "tpu")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--device", default="emulator")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warploom-bad-") as folder:
        bench = Bench(arguments.bin, arguments.device, folder)
        for part in (try_tasks, try_kernels, try_baselines, try_clang, try_workspaces, try_disks):
            part(bench)
    print(f"{bench.failures} cases not as expected")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
