// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ClangHeaders.h"
#include "moves/DirectiveEditor.h"

namespace warploom {

/// How Clang reads a source as CUDA device code, without the CUDA SDK and without touching any file.
struct CudaFrontend {
    llvm::IntrusiveRefCntPtr<clang::FileManager> files;
    std::shared_ptr<clang::CompilerInvocation> invocation;

    /// Nothing when the tunables of \p directives cannot be macros; \p diagnostics has been told why.
    static std::optional<CudaFrontend> make(const std::string& text, const DirectiveEditor& directives,
                                            clang::DiagnosticsEngine& diagnostics);
};

}  // namespace warploom
