#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the includes against the arrows of docs/architecture.md."""
import re

import sources

# Folder of core/ → the folders it builds on directly. What these build on may be included as well.
BUILDS_ON = {
    "base": [],
    "headers": ["base"],
    "task": ["base"],
    "variant": ["task"],
    "protocol": ["variant"],
    # on both sides
    "assembly": ["protocol"],
    # in workers
    "compile": ["protocol", "headers"],
    "device": ["compile"],
    # the judge hosts its runners, which are workers
    "measure": ["device", "workers"],
    # in the rewriter
    "moves": ["protocol", "headers"],
    # in the engine
    "workers": ["protocol"],
    "evaluate": ["workers"],
    "store": ["protocol"],
    "analysis": ["protocol"],
    "search": ["store", "analysis"],
    # the rewriter is a worker
    "agent": ["search", "workers"],
    "engine": ["agent", "evaluate", "assembly"],
    "exporting": ["engine"],
    "mcp": ["engine"],
}

# Folder of widgets/ → the folders of it that it builds on directly.
WIDGETS_BUILD_ON = {
    "look": [],
    "session": ["look"],
    "plot": ["session"],
    "editor": ["session"],
    "evolution": ["plot"],
    "profiler": ["session"],
    "shell": ["editor", "evolution", "profiler"],
}

# What each program, and the window's library, may use of core/.
PROGRAMS = {
    "app/worker": ["measure"],
    "app/rewriter": ["moves"],
    "app/cli": ["exporting", "mcp"],
    "app/warploom": ["exporting"],
    "widgets": ["engine"],
}

# Third-party header → where it may be included. json, fmt, spdlog, tl::expected and xxHash may be everywhere.
CONFINED = [
    (r"sqlite3(ext)?\.h", ["core/store"]),
    (r"curl/.*", ["core/agent/llm"]),
    (r"(clang|clang-c|llvm|llvm-c)/.*", ["core/moves"]),
    (r"(cuda|cudaTypedefs|cuda_runtime.*|nvrtc|cupti.*|nvperf.*|nvml|nvJitLink)\.h", ["core/compile", "core/device/cuda"]),
    (r"toml\+\+/.*|toml\.hpp", ["core/base"]),
    (r"CLI/.*", ["app"]),
    (r"(linux/)?seccomp\.h|linux/landlock\.h", ["core/base"]),
    (r"qcustomplot\.h", ["widgets/plot"]),
    (r"Qsci/.*", ["widgets/editor"]),
    (r"qt6keychain/.*", ["widgets"]),
    (r"Q[A-Z].*|Qt[A-Z][^/]*/.*|q(?!customplot)[a-z0-9]+\.h", ["widgets", "app/warploom"]),
]
EVERYWHERE = {"nlohmann", "fmt", "spdlog", "tl", "sys", "linux", "netinet", "arpa", "asm"}

# Device code lies in raw strings: what that includes is the kernel compiler's business.
RAW_STRING = re.compile(r'R"([^()\\\s]{0,16})\(.*?\)\1"', re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def closure(folders, arrows=None):
    """The folders named and everything they build on."""
    arrows = BUILDS_ON if arrows is None else arrows
    reached = set()
    waiting = list(folders)
    while waiting:
        folder = waiting.pop()
        if folder not in reached:
            reached.add(folder)
            waiting += arrows[folder]
    return reached


def widget_folders(path):
    """The folders of widgets/ that a file may include."""
    if path.parts[0] == "widgets" and len(path.parts) > 2:
        return closure([path.parts[1]], WIDGETS_BUILD_ON)
    return set(WIDGETS_BUILD_ON) if path.parts[:2] == ("app", "warploom") else set()


def allowed_folders(path):
    """The folders of core/ that a file may include, and a name for where the file is."""
    if path.parts[0] == "core":
        return closure([path.parts[1]]), f"core/{path.parts[1]}"
    place = "widgets" if path.parts[0] == "widgets" else "/".join(path.parts[:2])
    return closure(PROGRAMS[place]), place


def below(path, folder):
    return path.as_posix().startswith(folder + "/")


def check_confined(path, header):
    """Why a third-party header with a place of its own may not be included here, or None."""
    for pattern, places in CONFINED:
        if re.fullmatch(pattern, header) and not any(below(path, place) for place in places):
            return f"{header} belongs in {' and '.join(places)}"
    return None


def check_known(header):
    """Why a header in angle brackets is not one of a library that Warploom uses, or None."""
    top, slash, _ = header.partition("/")
    if not slash or top in EVERYWHERE or any(re.fullmatch(pattern, header) for pattern, _ in CONFINED):
        return None
    return f"{header} comes from a library that check_layers.py does not know"


def check_include(path, bracket, header, allowed, place):
    """Why this include is wrong, or None."""
    top, slash, _ = header.partition("/")
    if bracket == "<":
        return check_confined(path, header) or check_known(header)
    if slash and top in WIDGETS_BUILD_ON:
        return None if top in widget_folders(path) else f"{header}: {place} must not use widgets/{top}"
    if slash and top in BUILDS_ON:
        return None if top in allowed else f"{header}: {place} must not use core/{top}"
    if slash and top == "app":
        return f"{header}: nothing includes app/"
    if not slash and path.parts[0] == "core":
        return check_confined(path, header) or f'{header}: write the folder too, as in "base/Result.h"'
    return check_confined(path, header)


def check_file(root, path):
    try:
        allowed, place = allowed_folders(path)
    except KeyError as unknown:
        return [f"{path}: {unknown} has no place among the layers"]
    problems = []
    text = (root / path).read_text(encoding="utf-8")
    text = RAW_STRING.sub(lambda raw: "\n" * raw[0].count("\n"), text)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        problem = check_include(path, match[1], match[2], allowed, place) if match else None
        if problem:
            problems.append(f"{path}:{number}: {problem}")
    return problems


def check(root):
    code = [
        path
        for path in sources.files(root)
        if path.suffix in (".h", ".cpp") and path.parts[0] in ("core", "app", "widgets")
    ]
    return len(code), [problem for path in code for problem in check_file(root, path)]


if __name__ == "__main__":
    sources.main("check_layers", check)
