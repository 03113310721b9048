// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

namespace warploom {

/// A function of CUDA's device library that works on numbers alone: it reads and changes nothing else.
struct CudaFunction {
    std::string name;
    std::string result;  ///< as written in C++
    std::vector<std::string> parameters;  ///< their types
};

/// Mathematics, conversions by way of rounding, integer and SIMD intrinsics: one entry an overload. The names and types
/// are those of the CUDA Math API, 13.0.
const std::vector<CudaFunction>& cudaFunctions();

/// As C++ declares them, a line each.
std::string declarations(std::span<const CudaFunction> functions);

}  // namespace warploom
