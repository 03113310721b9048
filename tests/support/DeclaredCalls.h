// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include <fmt/format.h>

#include "headers/CudaFunctions.h"

namespace warploom::test {

/// CUDA code that compiles where every one of \p functions exists and has its result: nothing of it runs.
inline std::string declaredCalls(std::span<const CudaFunction> functions)
{
    std::string text = "template <class A, class B> struct Same { static constexpr bool value = false; };\n"
                       "template <class A> struct Same<A, A> { static constexpr bool value = true; };\n"
                       "template <class T> __device__ T made();\n"
                       "extern \"C\" __global__ void k()\n{\n";
    for (const auto& function : functions) {
        std::string arguments;
        for (const auto& parameter : function.parameters)
            arguments += fmt::format("{}made<{}>()", arguments.empty() ? "" : ", ", parameter);
        text += fmt::format("    static_assert(Same<decltype({0}({1})), {2}>::value, \"{0}({1})\");\n", function.name,
                            arguments, function.result);
    }
    return text + "}\n";
}

}  // namespace warploom::test
