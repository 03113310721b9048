// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "protocol/CompileProduct.h"

namespace warploom {

/// A message of ptxas about a line of the PTX it was given; its place in the source is found through `.loc`.
struct PtxComplaint {
    std::size_t diagnostic = 0;  ///< index into CompilerLog::diagnostics
    int ptxLine = 0;
};

/// NVRTC's program log, taken apart.
struct CompilerLog {
    std::vector<Diagnostic> diagnostics;  ///< in the log's order, at most 200
    std::vector<PtxComplaint> ptxComplaints;

    [[nodiscard]] bool hasErrors() const;
};

/// Reads messages of the front end (EDG's format: the source line and a caret follow) and of ptxas. Columns count
/// bytes. Messages about a name expression get no place. Never fails: what it does not understand is left out.
CompilerLog parseCompilerLog(std::string_view log);

}  // namespace warploom
