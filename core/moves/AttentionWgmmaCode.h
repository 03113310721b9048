// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/AttentionForm.h"
#include "moves/CodeTemplate.h"

namespace warploom {

/// Device functions of attention by warpgroups, to put before the kernel, and the body of the kernel; with marks.
std::string attentionWgmmaHelpers(const Attention& found);
extern const char* const kAttentionWgmmaBody;

}  // namespace warploom
