// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ParsedSource.h"

namespace warploom {

/// The text of \p after without the structures, templates and device functions that nothing in it names any more,
/// where \p before did: what was written out leaves them behind.
std::string withoutIdleDefinitions(const ParsedSource& before, const ParsedSource& after);

}  // namespace warploom
