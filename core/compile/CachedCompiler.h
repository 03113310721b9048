// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "compile/CompileCache.h"
#include "compile/Compiler.h"

namespace warploom {

/// A compiler that looks into the cache on disk first and stores what it made.
class CachedCompiler {
public:
    /// Finds NVRTC on this machine; \p driverMajor as for findCudaLibraries().
    static Result<CachedCompiler> open(std::optional<int> driverMajor = std::nullopt,
                                       CompileCache cache = CompileCache());
    CachedCompiler(Compiler compiler, CompileCache cache)
        : m_compiler(std::move(compiler))
        , m_cache(std::move(cache))
    {
    }

    /// As Compiler::compile(). A cache that cannot be written is logged once and does not fail a compile.
    [[nodiscard]] Result<CompileOutcome> compile(const CompileRequest& request);
    [[nodiscard]] std::string version() const { return m_compiler.version(); }
    [[nodiscard]] const CudaLibraries& libraries() const { return m_compiler.libraries(); }

private:
    Compiler m_compiler;
    CompileCache m_cache;
    bool m_warnedOfCache = false;
};

}  // namespace warploom
