// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/HostExpressions.h"

namespace warploom {

/// What the host code passes for one parameter of a kernel.
struct HostArgument {
    std::string written;  ///< without blanks
    std::optional<IndexForm> derived;  ///< an expression over other parameters' sizes
    std::optional<double> value;  ///< that it starts from
};

/// What the host code of a file tells about one kernel. Forms are over the names of the kernel's integer parameters,
/// and over the names of host variables where freeNames has them.
struct HostFacts {
    int launches = 0;  ///< of the kernel in the file; what follows is of the clearest one
    int line = 0;  ///< of the launch
    std::array<std::optional<IndexForm>, 3> grid;
    std::array<std::optional<IndexForm>, 3> block;
    std::optional<IndexForm> sharedBytes;
    std::vector<HostArgument> arguments;  ///< one a parameter
    std::set<std::string> ambiguous;  ///< parameters that get the same value as another
    std::vector<std::string> freeNames;  ///< in the order in which the launch names them
    std::map<std::string, double> freeValues;  ///< where free names start from
    std::map<std::string, IndexForm> bytes;  ///< allocated for a buffer, by parameter
    std::set<std::string> zeroed;  ///< buffers that are set to zero, by parameter
    std::vector<std::string> templateArguments;  ///< of the launch, as C++ spells them
};

/// \p names are those of the kernel's parameters, as the sketch spells them.
HostFacts hostFacts(const HostedSource& source, const clang::FunctionDecl& kernel,
                    const std::vector<std::string>& names);
/// Names of variables that host code fills by cudaMemcpyToSymbol.
std::set<std::string> symbolsFilledByHost(const HostedSource& source);

}  // namespace warploom
