// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "moves/ClangHeaders.h"
#include "task/ElementType.h"

namespace warploom {

/// What a kernel's parameter is made of, as far as tasks can hold it.
struct ParameterType {
    ElementType element = ElementType::F32;
    std::int64_t lanes = 1;  ///< 4 for float4*
    bool isPointer = false;
    bool isConst = false;  ///< what it points to
};

/// InvalidInput, without a place, for what a task cannot pass: structures, textures, pointers to pointers, …
Result<ParameterType> parameterType(clang::QualType type, const clang::ASTContext& context);
/// The element type of a scalar; nothing for what tasks have no name for.
std::optional<ElementType> elementTypeOf(clang::QualType type, const clang::ASTContext& context);

}  // namespace warploom
