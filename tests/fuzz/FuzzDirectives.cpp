// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "variant/LaunchPlan.h"
#include "variant/SourceText.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const std::string source(reinterpret_cast<const char*>(data), size);
    static_cast<void>(sourceHash(source));
    const auto directives = parseDirectives(source, "k.cu");
    if (!directives)
        return 0;
    Task task;
    task.buffers.resize(2);
    task.buffers[0].name = "x";
    task.buffers[1].name = "y";
    task.buffers[1].role = BufferRole::Out;
    const Configuration configuration = directives->defaultConfiguration();
    static_cast<void>(isConfigurationPossible(*directives, configuration));
    const auto plan = resolvePlan(*directives, task, configuration, {{"n", 1000}});
    // A plan that has kernels must have had names for them.
    if (plan && kernelNames(*directives, configuration).empty())
        std::abort();
    return 0;
}
