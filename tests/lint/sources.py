# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files the lints look at, and how they report."""
import os
import pathlib
import sys

FOLDERS = [".ci", "app", "cmake", "core", "docs", "kernels", "packaging", "resources", "tests", "widgets"]


def files(root):
    """Every file of the project below `root`, relative to it, sorted."""
    found = [path.relative_to(root) for path in root.iterdir() if path.is_file()]
    for folder in FOLDERS:
        for parent, folders, names in os.walk(root / folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            found += [pathlib.Path(parent, name).relative_to(root) for name in names]
    return sorted(found)


def report(name, checked, problems):
    """Prints the problems; the exit status. A lint that has seen nothing has not passed."""
    for problem in problems:
        print(problem)
    print(f"{name}: {checked} files, {len(problems)} problems")
    return 1 if problems or checked == 0 else 0


def main(name, check):
    """Runs check(root) -> (number of files, problems) for the root on the command line."""
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    if len(sys.argv) <= 1:
        root = root.parents[2]
    checked, problems = check(root)
    sys.exit(report(name, checked, problems))
