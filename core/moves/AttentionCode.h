// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/AttentionForm.h"
#include "moves/CodeTemplate.h"
#include "moves/Move.h"

namespace warploom {

/// The user's own parts of an attention for a template: loads, types, bounds, scale and what is stored, the latter
/// indented by \p indentation; and fresh names for what templates declare. \p seenRow is the row whose keys
/// are looked at. Empty where something cannot be written.
CodeValues attentionValues(const MoveContext& context, const Attention& found, const std::string& indentation,
                           const std::string& seenRow);
/// Functions that make weights of scores in registers. Marks: "packed", "power" and "ptxType".
extern const char* const kWeightHelpers;
/// Gives every launch a block for each \p down rows. False where a launch has another shape.
bool editAttentionLaunches(SourceEdit& edit, const KernelScope& kernel, const Attention& found, const std::string& down,
                           const std::string& block, const std::string& shared);

}  // namespace warploom
