// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/HostedSource.h"

namespace warploom {

/// One stretch of a file that a kernel needs: a declaration or a macro.
struct DevicePiece {
    TextRange range;
    std::string scope;  ///< "a::b::"
    bool isKernel = false;
    bool needsDeviceMark = false;  ///< a constexpr function that does not say that it runs on the device
};

/// The kernel and whatever it names, directly or not, in the order of the file. Host functions and other kernels are
/// never part of it.
std::vector<DevicePiece> devicePieces(const HostedSource& source, const clang::FunctionDecl& kernel);

/// Standard headers that device code with these words needs, as lines of #include.
std::string includesFor(const std::set<std::string>& words);

}  // namespace warploom
