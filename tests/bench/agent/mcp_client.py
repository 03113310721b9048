#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Works in a workspace through the official Python client of the Model Context Protocol, in its newest and in an older
revision, and says what each tool answered.

mcp_client.py BIN TASK [--variant FILE] [--device D]

Needs the package mcp, 2.0 or newer (pip install mcp); without it the script says so and ends with 77. The workspace is made
in a folder that is removed in the end. Ends with 1 where an answer is not what it should be.
"""
import argparse
import asyncio
import pathlib
import sys
import tempfile
import time

try:
    from mcp import Client, StdioServerParameters
    from mcp.types import Implementation
except ImportError as missing:
    print(f"skipped: the package mcp, 2.0 or newer, is not there ({missing})")
    sys.exit(77)

BROKEN = "// warploom: launch k<<<1, 32>>>(c)\nextern \"C\" __global__ void k(float* c) { c[0] = undefined; }\n"


class Wrong(Exception):
    """An answer that is not what it should be."""


def require(holds, what):
    if not holds:
        raise Wrong(what)


def tell(name, text):
    lines = [line for line in str(text).splitlines() if line.strip()]
    print(f"  {name:<10} {lines[0][:150] if lines else ''}")
    for line in lines[1:4]:
        print(f"  {'':<10} {line[:150]}")


async def called(client, name, arguments=None, **more):
    answer = await client.call_tool(name, arguments or {}, **more)
    tell(name, answer.content[0].text)
    return answer


async def evaluate(client, source):
    broken = await called(client, "check", {"source": BROKEN})
    require(broken.structured_content["verdict"] == "compile-error", "a text that does not compile")
    require(broken.structured_content["diagnostics"][0]["line"] == 2, "the compiler's line")
    steps = []

    async def progress(done, total, message):
        steps.append((done, total, message))

    bench = await called(client, "bench", {"source": source}, progress_callback=progress)
    require(bench.structured_content["verdict"] == "ok", "the variant is right")
    require("speedup_over_baseline" in bench.structured_content, "a speedup")
    require(steps, "progress")
    tell("progress", f"{len(steps)} notifications, the last: {steps[-1]}")


async def grow(client, source, agent):
    submitted = await called(client, "submit", {"source": source, "move": "vectorise", "title": "16-byte loads",
                                                "hypothesis": "a quarter of the requests", "predicted_gain": 1.1})
    value = submitted.structured_content
    require(value["status"] in ("evaluated", "duplicate"), "a variant")
    again = await called(client, "submit", {"source": source + "\n// again\n"})
    require(again.structured_content["status"] == "duplicate", "the same text is known")
    lineage = await called(client, "lineage", {"agent": agent})
    require(value["status"] == "duplicate" or lineage.structured_content["total"] == 1, "its agent")
    best = await called(client, "best")
    require(best.structured_content["source"] == source, "it is the best")
    await called(client, "variant", {"id": value["variant"]})
    await called(client, "diagnose")
    await called(client, "profile")
    await called(client, "knowledge", {"query": "vector loads", "limit": 1})


async def misuse(client):
    for name, arguments in (("check", {"nonsense": 1}), ("variant", {"id": 4711}), ("lineage", {"status": "x"})):
        answer = await called(client, name, arguments)
        require(answer.is_error, f"{name} refuses {arguments}")


async def read_resources(client):
    for resource in (await client.list_resources()).resources:
        content = await client.read_resource(resource.uri)
        tell("resource", f"{resource.uri}: {len(content.contents[0].text)} characters")
    prompts = (await client.list_prompts()).prompts
    prompt = await client.get_prompt(prompts[0].name)
    tell("prompt", prompt.messages[0].content.text)


async def cancel(client, source):
    began = time.monotonic()
    try:
        await asyncio.wait_for(client.call_tool("bench", {"source": source}), 0.2)
        tell("cancel", "the call was faster than the cancellation")
    except asyncio.TimeoutError:
        tell("cancel", f"given up after {time.monotonic() - began:.2f} s")
    began = time.monotonic()
    await client.call_tool("lineage", {})
    require(time.monotonic() - began < 2, "others go on at once")
    both = await asyncio.gather(client.call_tool("check", {"source": source}), client.call_tool("bench", {"source": source}),
                                client.call_tool("lineage", {}))
    require(not any(answer.is_error for answer in both), "three calls at a time")
    tell("together", "check, bench and lineage at a time: all answered")


async def work(options, workspace, mode):
    arguments = ["mcp", str(options.task), "--workspace", str(workspace), "--device", options.device]
    server = StdioServerParameters(command=str(options.bin / "warploom-cli"), args=arguments)
    name = f"python-{mode}"
    source = options.variant.read_text(encoding="utf-8")
    async with Client(server, mode=mode, client_info=Implementation(name=name, version="1")) as client:
        print(f"{mode}: revision {client.protocol_version}, server {client.server_info}")
        tools = (await client.list_tools()).tools
        tell("tools", ", ".join(tool.name for tool in tools))
        await called(client, "task")
        await evaluate(client, source)
        await grow(client, source, f"mcp:{name}")
        await misuse(client)
        await read_resources(client)
        await cancel(client, source)
    print(f"{mode}: done\n")


def main():
    here = pathlib.Path(__file__).resolve().parents[3]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("task", type=pathlib.Path)
    parser.add_argument("--variant", type=pathlib.Path, default=here / "tests/fixtures/variants/vector_add/float4.cu")
    parser.add_argument("--device", default="emulator")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            for mode in ("auto", "legacy"):
                asyncio.run(work(options, pathlib.Path(folder) / "run.warploom", mode))
        except Wrong as wrong:
            print(f"WRONG: {wrong}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
