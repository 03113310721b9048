// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "headers/CudaFunctions.h"

namespace warploom {

/// What the names of one of CUDA's floating-point types of 16 bits are made of.
struct NarrowFloat {
    std::string type;  ///< __half, and with 2 behind it the pair
    std::string word;  ///< half, in names of conversions
    std::string pairWord;  ///< half2
};

NarrowFloat halfFloat();
NarrowFloat bfloat16();

/// Functions on numbers and pairs of the type, as cuda_fp16.h and cuda_bf16.h (13.0) have them.
std::vector<CudaFunction> narrowFunctions(const NarrowFloat& format);

/// The text of the header that declares all of it: types, operators, functions.
std::string narrowHeader(const NarrowFloat& format);

}  // namespace warploom
