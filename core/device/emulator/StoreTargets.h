// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "device/emulator/Program.h"

namespace warploom::emulator {

/// Follows addresses from the parameters to the stores. \p program still has register numbers where frame offsets
/// belong, \p registers of them.
StoreTargets findStoreTargets(const Program& program, std::size_t registers);

}  // namespace warploom::emulator
