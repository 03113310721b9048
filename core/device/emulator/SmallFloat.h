// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "device/emulator/PtxTypes.h"

namespace warploom::emulator {

/// What each of the 256 bytes stands for as \p type: E4m3 or E5m2.
const float* eighthValues(PtxType type);

}  // namespace warploom::emulator
