// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "headers/CudaFunctions.h"

namespace warploom {

/// Functions of one type. In a name * stands for the ways of rounding (rn, rz, ru, rd) and # for 2 and 4 lanes.
struct FunctionFamily {
    std::string_view result;
    std::string_view parameters;  ///< separated by commas
    std::string_view names;  ///< separated by blanks
};

/// An entry for each name that the families stand for.
std::vector<CudaFunction> functionsOf(std::span<const FunctionFamily> families);

/// Writes \p by wherever \p word, which stands for something, is found in \p text.
void replaceEach(std::string& text, std::string_view word, std::string_view by);

}  // namespace warploom
