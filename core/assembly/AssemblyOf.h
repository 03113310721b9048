// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/Result.h"
#include "protocol/Assembly.h"

namespace warploom {

/// What the compiler has made of a variant, from its product alone. \p fileName: what it was compiled as
/// (CompileRequest::fileName). \p sassText: what Disassembler gave, or why there is none, which the report then says.
/// Never fails: what cannot be read of the cubin is left out.
AssemblyReport assemblyOf(const CompileProduct& product, const std::string& fileName,
                          const Result<std::string>& sassText);

}  // namespace warploom
