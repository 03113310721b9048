// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/Result.h"
#include "compile/CudaLibraries.h"
#include "compile/Nvrtc.h"
#include "protocol/CompileProduct.h"

namespace warploom {

/// Compiles one CUDA source to PTX and a cubin. Line information and resource usage are always on, C++20 is the
/// default, and the source sees no files but NVIDIA's headers and virtualHeaders(). Unannotated functions are errors,
/// as they would be in a call under nvcc. File names in diagnostics and PTX are as in the request, and equal requests
/// give equal bytes in every process.
class Compiler {
public:
    static Result<Compiler> open(CudaLibraries libraries);

    /// An Error means: InvalidInput for a request that breaks the rules (options, names, size), Unsupported for an
    /// architecture this NVRTC does not know, others when NVRTC itself failed.
    [[nodiscard]] Result<CompileOutcome> compile(const CompileRequest& request) const;
    /// Hash of everything the outcome depends on; fails like compile() for a request that breaks the rules.
    [[nodiscard]] Result<std::string> cacheKey(const CompileRequest& request) const;

    /// "NVRTC 13.0"
    [[nodiscard]] std::string version() const;
    [[nodiscard]] const CudaLibraries& libraries() const { return m_libraries; }
    /// Architectures as numbers: 75, 80, … 121.
    [[nodiscard]] const std::vector<int>& architectures() const { return m_nvrtc.architectures(); }

private:
    Compiler(CudaLibraries libraries, Nvrtc nvrtc);
    [[nodiscard]] Result<NvrtcInput> inputFor(const CompileRequest& request) const;
    [[nodiscard]] Result<> checkArchitecture(const std::string& architecture) const;
    [[nodiscard]] CompileOutcome succeeded(const CompileRequest& request, NvrtcInput input, NvrtcOutput output) const;
    [[nodiscard]] CompileFailure failed(const CompileRequest& request, NvrtcInput input, const std::string& log) const;
    void placePtxComplaints(NvrtcInput input, const CompileRequest& request, struct CompilerLog& log) const;
    [[nodiscard]] bool readsForeignFile(const std::vector<Diagnostic>& diagnostics) const;

    CudaLibraries m_libraries;
    Nvrtc m_nvrtc;
};

}  // namespace warploom
