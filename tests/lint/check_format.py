#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that clang-format 19 would change nothing. Other versions format differently, so no other one will do."""
import shutil
import subprocess

import sources

PROGRAM = "clang-format-19"


def check(root):
    code = [
        path.as_posix()
        for path in sources.files(root)
        if path.suffix in (".h", ".cpp") and "fixtures" not in path.parts
    ]
    if not shutil.which(PROGRAM):
        return len(code), [f"{PROGRAM} is not installed: packaging/setup.sh installs it"]
    if not code:
        return 0, []
    run = subprocess.run(
        [PROGRAM, "--dry-run", "-Werror", "--ferror-limit=1", *code],
        cwd=root, capture_output=True, text=True, check=False,
    )
    problems = [line for line in run.stderr.splitlines() if ": error:" in line]
    if run.returncode != 0 and not problems:
        problems = [f"{PROGRAM} ended with {run.returncode}: {run.stderr.strip()}"]
    return len(code), problems


if __name__ == "__main__":
    sources.main("check_format", check)
