// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "task/TaskLoader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto task = parseTask(text, "task.toml", [](const std::string& name) -> Result<std::string> { return name; });
    if (!task)
        return 0;
    // What was accepted has a size for everything at all of its sizes.
    for (const TaskSize& one : task->sizes) {
        for (const TaskBuffer& buffer : task->buffers) {
            if (!bufferBytes(buffer, one.values))
                std::abort();
        }
    }
    return 0;
}
