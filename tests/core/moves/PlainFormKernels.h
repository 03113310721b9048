// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "MoveTestSupport.h"

namespace warploom::test {

inline std::string inOneLine()
{
    return "// warploom: launch g<<<m, 1>>>(y, m)\n__global__ void g(float* y, int m) { y[blockIdx.x] = 1; }\n";
}

inline std::string clustered()
{
    auto source = inOneLine();
    return source.replace(source.find("(y, m)\n"), 6, "(y, m) cluster=2");
}

inline std::string promising()
{
    auto source = inOneLine();
    return source.replace(source.find("void"), 4, "void __launch_bounds__(1)");
}

inline std::string launched(const std::string& shape, const std::string& body)
{
    return "// warploom: launch g<<<" + shape
        + ">>>(x, y, o, n, m)\n"
          "__global__ void g(const float* x, float* y, const int* o, int n, int m)\n{\n    "
        + body + "\n}\n";
}

inline std::string guarded(const std::string& body)
{
    return launched("ceil_div(n, 256), 256",
                    "int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n    " + body);
}

inline std::string masked(const std::string& guard, const std::string& end)
{
    return launched("ceil_div(n, 256), 256",
                    "int i = blockIdx.x * blockDim.x + threadIdx.x;\n    " + guard
                        + "\n    float s = 0;\n    for (int c = 0; c < m; ++c)\n        s += x[c];\n    y[i] = s;"
                        + end);
}

/// A thread an element of a plane of h x w.
inline std::string plane(const std::string& body)
{
    return "// warploom: launch g<<<dim3(ceil_div(w, 16), ceil_div(h, 16)), dim3(16, 16)>>>(x, y, w, h, m)\n"
           "__global__ void g(const float* x, float* y, int w, int h, int m)\n{\n"
           "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n    int i = blockIdx.y * blockDim.y + "
           "threadIdx.y;\n"
           "    if (i >= h || j >= w)\n        return;\n    "
        + body + "\n}\n";
}

/// Empty where nothing is to be said otherwise.
inline std::string plainOf(const std::string& source)
{
    const auto plain = plainSource(source, "test.cu");
    if (!plain)
        qFatal("%s\n%s", plain.error().toString().c_str(), source.c_str());
    return *plain == source ? std::string() : *plain;
}

}  // namespace warploom::test
