#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: 0BSD
"""An agent for warploom-cli evolve --agent "command:resources/agent/examples/restrict.py".

Promises the compiler that no two pointers of a kernel overlap, which Warploom's buffers never do, so that loads may move
across stores. Shows the form: one JSON object comes on stdin, one goes to stdout; docs/formats.md describes both.
"""
import json
import re
import sys

HEAD = re.compile(r"__global__[^({;]*\([^)]*\)")
POINTER = re.compile(r"\*\s*(?=[A-Za-z_]\w*\s*[,)])")


def proposals(context):
    edits = []
    for head in HEAD.findall(context["source"]):
        changed = POINTER.sub("* __restrict__ ", head)
        if changed != head:
            edits.append({"search": head, "replace": changed})
    if not edits:
        return []
    return [
        {
            "move": "restrict-pointers",
            "title": "Pointers that do not overlap are said not to",
            "hypothesis": "Stores keep the compiler from moving loads ahead: fewer warps should wait for memory",
            "predicted_gain": 1.05,
            "edits": edits,
        }
    ]


json.dump({"proposals": proposals(json.load(sys.stdin))}, sys.stdout)
