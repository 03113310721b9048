// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// A variant's `flags` after the allow-list, in one spelling each ("-maxrregcount 64" becomes "--maxrregcount=64").
/// Only what changes code generation, language or warnings passes: nothing that names a file or folder, writes one, or
/// makes the compiler's answer depend on the machine. -default-device is refused as well: what compiles here must
/// compile with nvcc in an export.
struct CompileOptions {
    std::vector<std::string> arguments;
    bool setsStandard = false;  ///< holds a --std of its own

    /// InvalidInput names the first option that is not allowed or has a value that makes no sense, with its place where
    /// \p places has one for each flag.
    static Result<CompileOptions> parse(const std::vector<std::string>& flags,
                                        const std::vector<SourcePlace>& places = {});

private:
    /// Adds the option at \p at and goes past it and its value.
    Result<> add(const std::vector<std::string>& flags, std::size_t& at);
};

}  // namespace warploom
