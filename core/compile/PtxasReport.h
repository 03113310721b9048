// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "protocol/CompileProduct.h"

namespace warploom {

/// What `ptxas -v` said of each kernel, by its name in the cubin. Names as written and parameters are not its business.
std::map<std::string, KernelResources> parsePtxasReport(std::string_view log);

}  // namespace warploom
