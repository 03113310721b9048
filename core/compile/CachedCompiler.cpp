// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/CachedCompiler.h"

#include "base/Log.h"

namespace warploom {

Result<CachedCompiler> CachedCompiler::open(std::optional<int> driverMajor, CompileCache cache)
{
    WARPLOOM_TRY(CudaLibraries libraries, findCudaLibraries(CudaSearch::fromEnvironment(), driverMajor));
    WARPLOOM_TRY(Compiler compiler, Compiler::open(std::move(libraries)));
    return CachedCompiler(std::move(compiler), std::move(cache));
}

Result<CompileOutcome> CachedCompiler::compile(const CompileRequest& request)
{
    WARPLOOM_TRY(const std::string key, m_compiler.cacheKey(request));
    if (auto known = m_cache.find(key))
        return std::move(*known);
    WARPLOOM_TRY(CompileOutcome outcome, m_compiler.compile(request));
    if (const auto stored = m_cache.store(key, outcome); !stored && !std::exchange(m_warnedOfCache, true))
        spdlog::warn("the compile cache cannot be written: {}", stored.error().toString());
    return outcome;
}

}  // namespace warploom
