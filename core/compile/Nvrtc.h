// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/Result.h"
#include "compile/CudaLibraries.h"
#include "headers/VirtualHeaders.h"

namespace warploom {

/// One run of NVRTC, as the library wants it.
struct NvrtcInput {
    std::string source;
    std::string name;  ///< of the file, in diagnostics and line tables
    std::vector<VirtualHeader> headers;
    std::vector<std::string> options;
    std::vector<std::string> nameExpressions;
    bool wantCubin = true;
};

struct NvrtcOutput {
    enum class Status { Compiled, CompileError, InvalidOption };

    Status status = Status::CompileError;
    std::string log;
    std::string ptx;  ///< these three only when compiled
    std::string cubin;
    std::vector<std::string> loweredNames;  ///< one for each name expression, in order
};

/// NVIDIA's run-time compiler, opened with dlopen. The library takes 25 ms to load and 75 ms for its first compile:
/// keep one instance for the life of a process.
class Nvrtc {
public:
    /// LibraryMissing when the library does not load or lacks a function.
    static Result<Nvrtc> open(const CudaLibraries& libraries);

    /// Compiles. Errors in the source or options are an output; an Error means that NVRTC itself failed.
    [[nodiscard]] Result<NvrtcOutput> run(const NvrtcInput& input) const;

    [[nodiscard]] int major() const { return m_major; }
    [[nodiscard]] int minor() const { return m_minor; }
    /// Architectures it compiles for, as numbers: 75, 80, … 121.
    [[nodiscard]] const std::vector<int>& architectures() const { return m_architectures; }

private:
    struct Functions;
    class Program;

    explicit Nvrtc(std::shared_ptr<const Functions> functions);
    [[nodiscard]] Result<> check(int result, const char* what) const;
    Result<> readVersion();

    std::shared_ptr<const Functions> m_functions;
    int m_major = 0;
    int m_minor = 0;
    std::vector<int> m_architectures;
};

}  // namespace warploom
