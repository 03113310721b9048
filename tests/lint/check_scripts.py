#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks shell and Python scripts: syntax, strict mode, run bit, and shellcheck where it is installed."""
import os
import shutil
import subprocess

import sources


def output_of(command, root):
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return (run.stdout + run.stderr).strip() if run.returncode != 0 else ""


def check_shell(root, path):
    text = (root / path).read_text(encoding="utf-8")
    is_library = not text.startswith("#!")
    syntax = output_of(["bash", "-n", path.as_posix()], root)
    if syntax:
        yield syntax
    if not is_library and "\nset -euo pipefail\n" not in text:
        yield f"{path}:1: no 'set -euo pipefail'"
    if not is_library and not os.access(root / path, os.X_OK):
        yield f"{path}:1: a script with #! must be executable"
    # Libraries are checked with the scripts that read them.
    if not is_library and shutil.which("shellcheck"):
        found = output_of(["shellcheck", "-x", "-a", "--format=gcc", path.as_posix()], root)
        if found:
            yield found


def check_python(root, path):
    try:
        compile((root / path).read_text(encoding="utf-8"), str(path), "exec")
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: {error.msg}"


def check(root):
    problems = []
    scripts = [
        path for path in sources.files(root)
        if (path.suffix in (".sh", ".py") or path.as_posix() == ".ci/run") and "fixtures" not in path.parts
    ]
    for path in scripts:
        problems += check_python(root, path) if path.suffix == ".py" else check_shell(root, path)
    return len(scripts), problems


if __name__ == "__main__":
    sources.main("check_scripts", check)
