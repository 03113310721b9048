#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what every source file has in common: licence line, size, white space, how tests and a file's own constants are named."""
import re

import sources

LONGEST = 800  # lines
NOTED = 500
LICENSED = {".h", ".cpp", ".cu", ".py", ".sh", ".cmake"}
TEXT = LICENSED | {".md", ".toml", ".json", ".yml", ".yaml", ".txt", ".sql", ".in"}
LICENCE = re.compile(r"SPDX-License-Identifier: (GPL-3\.0-or-later|0BSD)\b")
COPYRIGHT = "SPDX-FileCopyrightText: The Warploom authors"
TEST_MAIN = re.compile(r"^\s*(?:QTEST_(?:APPLESS_|GUILESS_)?|WARPLOOM_(?:WIDGET_TEST|JOURNEY)_)MAIN\(|QTest::qExec\(", re.M)
OWN = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.M | re.S)
OWN_NAME = re.compile(r"^(?:constexpr|const|static)\b[^\n=(;]*?\b(k[A-Z]\w*)\b(?:\[\w*\])*(?=\s*[={])", re.M)
VERIFIES = re.compile(r"\bQ(VERIFY|COMPARE|TRY_|FAIL)|\bQVERIFY")


def is_fixture(path):
    """Fixtures are input, wrong on purpose where a test wants it so."""
    return any(part in path.parts for part in ("fixtures", "goldens", "saboteurs"))


def is_licensed(path):
    return path.suffix in LICENSED or path.name == "CMakeLists.txt" or path.as_posix() == ".ci/run"


def check_head(path, text):
    head = text.splitlines()[:6]
    if not any(LICENCE.search(line) for line in head) or not any(COPYRIGHT in line for line in head):
        yield f"{path}:1: the two SPDX lines are missing"
    # What NVRTC gets as text, in front of a kernel, cannot have #pragma once.
    is_device_text = "__CUDACC__" in text and "#ifndef WARPLOOM_" in text
    if path.suffix == ".h" and not is_device_text and "#pragma once" not in text.splitlines():
        yield f"{path}:1: #pragma once is missing"


def check_lines(path, text):
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if "\r" in line:
            yield f"{path}:{number}: carriage return"
        if "\t" in line:
            yield f"{path}:{number}: tab"
        if line.rstrip("\r") != line.rstrip():
            yield f"{path}:{number}: white space at the end of the line"
    if text and not text.endswith("\n"):
        yield f"{path}:{len(lines)}: no newline at the end"
    if path.suffix in LICENSED and len(lines) - 1 > LONGEST:
        yield f"{path}:{LONGEST}: {len(lines) - 1} lines; {LONGEST} are the most"


def check_test(root, path, text):
    is_named = path.name.startswith("tst_")
    has_main = bool(TEST_MAIN.search(text))
    if has_main and not is_named:
        yield f"{path}:1: a test is named tst_Name.cpp, or it is not built"
    if is_named and not has_main:
        yield f"{path}:1: a test has a QTEST_APPLESS_MAIN, or a main() that calls QTest::qExec"
    if is_named and not VERIFIES.search(text):
        yield f"{path}:1: a test that verifies nothing"
    lists = root / path.parent / "CMakeLists.txt"
    if is_named and not (lists.is_file() and "warploom_tests(" in lists.read_text(encoding="utf-8")):
        yield f"{path}:1: {path.parent}/CMakeLists.txt does not call warploom_tests, so this test is not built"


def check_names(root, paths):
    """The moves' files are compiled several at a time: constants of their own need names that differ."""
    seen = {}
    for path in paths:
        text = (root / path).read_text(encoding="utf-8", errors="replace")
        for block in OWN.findall(text):
            for name in OWN_NAME.findall(block):
                first = seen.setdefault(name, path)
                if first != path:
                    yield f"{path}:1: {name} is also what {first} calls something of its own"


def check_file(root, path):
    try:
        text = (root / path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"{path}: not UTF-8: {error.reason} at byte {error.start}"]
    problems = list(check_lines(path, text))
    if is_licensed(path):
        problems += check_head(path, text)
    if path.parts[0] == "tests" and path.suffix == ".cpp":
        problems += check_test(root, path, text)
    if path.suffix in LICENSED and NOTED < text.count("\n") <= LONGEST:
        print(f"note: {path} has {text.count(chr(10))} lines")
    return problems


def check(root):
    text = [
        path
        for path in sources.files(root)
        if (path.suffix in TEXT or is_licensed(path)) and not is_fixture(path)
    ]
    problems = [problem for path in text for problem in check_file(root, path)]
    return len(text), problems + list(check_names(root, [path for path in text if path.parts[:2] == ("core", "moves")]))


if __name__ == "__main__":
    sources.main("check_sources", check)
