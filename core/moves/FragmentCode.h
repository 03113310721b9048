// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/DirectiveEditor.h"

namespace warploom {

/// "f16" or "bf16", as PTX calls what tensor cores multiply and sum in float; empty for other types.
std::string fragmentType(const std::string& element);
/// Device functions around asynchronous copies, ldmatrix and mma.sync, to put before a kernel. Marks: what
/// addFragmentNames() names, and ptxType.
extern const char* const kFragmentHelpers;
void addFragmentNames(const DirectiveEditor& directives, CodeValues& values);

}  // namespace warploom
