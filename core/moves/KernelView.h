// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/BufferAccesses.h"
#include "moves/HostLaunches.h"
#include "moves/IndexBounds.h"
#include "moves/ParameterTypes.h"

namespace warploom {

struct KernelParameterView {
    const clang::ParmVarDecl* declaration = nullptr;  ///< of the device code
    std::string name;
    std::string spelledType;
    ParameterType type;
    bool isUsed = false;
};

/// What the guesses about one kernel are made from.
struct KernelView {
    const DeviceCode* code = nullptr;
    std::vector<KernelParameterView> parameters;
    AccessReport report;
    HostFacts host;
    std::map<std::string, std::string> aliases;  ///< sizes that are taken for others: a pitch for the width
    std::set<std::string> builtins;  ///< "threadIdx.x" and so on, as far as device code names them

    [[nodiscard]] bool uses(const char* builtin, int axis) const
    {
        return builtins.count(fmt::format("{}.{}", builtin, "xyz"[axis])) > 0;
    }
    [[nodiscard]] const KernelParameterView* parameterOf(const clang::VarDecl* declaration) const;
    /// Names of integer parameters, in order.
    [[nodiscard]] std::vector<std::string> integerNames() const;
    /// Integer parameters that the kernel never looks at, in order: they often are what the grid is made for.
    [[nodiscard]] std::vector<std::string> unusedNames() const;
    /// Limits of threads and blocks, as the guards have them.
    [[nodiscard]] std::vector<IndexForm> threadLimits() const;
    /// \p form with what changing variables start from put in for them.
    [[nodiscard]] IndexForm started(const IndexForm& form) const;
};

/// Reads everything about the kernel of \p code. \p aliases: see KernelView.
KernelView viewKernel(const DeviceCode& code, std::vector<KernelParameterView> parameters, HostFacts host,
                      std::map<std::string, std::string> aliases);

}  // namespace warploom
