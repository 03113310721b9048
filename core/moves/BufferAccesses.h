// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/DeviceCode.h"
#include "moves/KernelScope.h"
#include "moves/SizeForms.h"

namespace warploom {

/// Something that holds where it was noted: difference < 0.
using IndexFact = IndexForm;

/// One read or write of memory by a kernel or by a function it calls, seen from the kernel. Symbols of forms: names of
/// the kernel's integer parameters, CUDA's built-in variables, and "$…" for everything that changes.
struct BufferAccess {
    const clang::VarDecl* base = nullptr;  ///< the kernel's parameter, or a __shared__ or local array; null: unknown
    std::optional<IndexForm> index;  ///< of the first scalar that is touched, in scalars of base
    std::int64_t width = 1;  ///< scalars touched at once
    bool reads = false;
    bool writes = false;
    std::string atomic;  ///< name of the atomic function
    std::vector<IndexFact> facts;  ///< guards and loop bounds around it
    /// Branches on data or flags that it depends on, with the side it stands on.
    std::vector<std::pair<const clang::Stmt*, bool>> conditions;
    const clang::Expr* expression = nullptr;
};

/// Everything that the accesses of one kernel tell.
struct AccessReport {
    std::vector<BufferAccess> accesses;  ///< in the order of execution, as far as the text tells
    std::map<std::string, const clang::VarDecl*> dataSymbols;  ///< "$…" that were read from a buffer
    std::set<std::string> dataVariables;  ///< "$…" of variables that started from such a value
    std::map<std::string, std::vector<IndexFact>> symbolFacts;  ///< what is known of "$…" wherever they stand
    std::map<std::string, IndexForm> starts;  ///< of "$…" that change: what they are at first
    std::set<std::string> boundNames;  ///< integer parameters that take part in bounds and indices
    std::set<const clang::VarDecl*> positiveOnly;  ///< buffers whose values go into logarithms, roots, denominators
    std::set<const clang::VarDecl*> underRoot;  ///< floating parameters that are added below a root or in a divisor
};

/// \p names are what the sketch calls the kernel's parameters.
AccessReport readAccesses(const DeviceCode& code, const std::map<const clang::VarDecl*, std::string>& names);

}  // namespace warploom
