# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads task.toml files: time sizes, and the least work of each."""
import pathlib
import re
import tomllib

KERNELS = pathlib.Path(__file__).resolve().parents[3] / "kernels"


def all_tasks():
    return sorted(path.parent.name for path in KERNELS.glob("*/task.toml"))


def read(task):
    return tomllib.loads((KERNELS / task / "task.toml").read_text(encoding="utf-8"))


def sizes(task):
    """The time sizes by name: their values."""
    return {size["name"]: {key: value for key, value in size.items() if isinstance(value, int)}
            for size in read(task)["size"] if "time" in size["use"]}


def evaluate(expression, values):
    """An expression of the task: integers, where division rounds towards zero."""
    names = {"min": min, "max": max, "ceil_div": lambda a, b: -(-a // b), **values}
    text = re.sub(r"(?<!/)/(?!/)", "//", expression)
    return eval(text, {"__builtins__": {}}, names)  # our own task files  # pylint: disable=eval-used


def work(task, size):
    found = read(task).get("work")
    if not found:
        return None
    values = sizes(task)[size]
    return {key: evaluate(found.get(key, "0"), values) for key in ("reads", "writes", "flops")}


def unit(task):
    """The benchmark that bounds its arithmetic, of the type of its inputs; there is none of bytes."""
    types = {buffer["type"] for buffer in read(task)["buffer"] if buffer["role"] == "in"}
    if types & {"f16", "bf16"}:
        return "wgmma m64n256k16.f16"
    if "f64" in types:
        return "mma.sync m16n8k16.f64"
    return "" if types & {"i8", "u8"} else "fma.f32"
