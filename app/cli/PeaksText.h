// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "analysis/Peaks.h"

namespace warploom {

/// One line a roof: what is used, of which origin, and its share of the theoretical peak; then remarks.
std::string peaksText(const Peaks& peaks);
/// One line a micro-benchmark: measured, theoretical, share. Ends with the card's clock where it is known.
std::string benchmarksText(const DevicePeaks& measured, const DeviceFacts& facts);

}  // namespace warploom
