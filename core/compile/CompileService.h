// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "compile/CachedCompiler.h"
#include "protocol/RpcServer.h"

namespace warploom {

/// Adds the method "compile": a CompileRequest comes in, {"product": …} or {"failure": …} goes out.
/// \p beforeEach is called first each time.
void addCompileMethod(RpcServer& server, CachedCompiler& compiler, std::function<void()> beforeEach = {});

}  // namespace warploom
