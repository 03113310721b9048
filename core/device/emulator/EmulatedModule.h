// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/Result.h"
#include "device/Device.h"
#include "device/emulator/GlobalMemory.h"
#include "device/emulator/Program.h"
#include "device/emulator/PtxModule.h"

namespace warploom::emulator {

/// A module with its variables in global memory and its kernels ready to run.
class EmulatedModule {
public:
    /// Parses and decodes; NotEmulated or InvalidInput when a kernel that the product asks for cannot be run (all of
    /// them when it names none). Other kernels may fail without harm until they are launched.
    static Result<std::unique_ptr<EmulatedModule>> load(const CompileProduct& product, GlobalMemory& memory);
    ~EmulatedModule();
    EmulatedModule(const EmulatedModule&) = delete;
    EmulatedModule& operator=(const EmulatedModule&) = delete;

    /// NotFound, or why the kernel cannot run.
    [[nodiscard]] Result<const Program*> kernel(const std::string& loweredName) const;
    [[nodiscard]] Result<SymbolPlace> symbol(const std::string& loweredName) const;
    Result<> resetGlobals();

private:
    struct Variable {
        const PtxVariable* declaration = nullptr;
        Region* region = nullptr;
    };

    EmulatedModule(PtxModule module, GlobalMemory& memory);

    Result<> placeVariables();
    Result<> writeInitial(const Variable& variable);
    Result<> buildKernels(const CompileProduct& product);
    Result<> resolveSymbols(Program& program) const;
    [[nodiscard]] Result<std::uint64_t> addressOf(std::string_view symbol) const;

    PtxModule m_module;
    GlobalMemory& m_memory;
    std::map<std::string_view, Variable> m_variables;
    std::map<std::string, Result<Program>> m_kernels;
};

}  // namespace warploom::emulator
