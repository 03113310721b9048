// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "look/VerdictMark.h"
#include "profiler/EvidenceRows.h"

namespace warploom {

/// The sign that a state is drawn with; Mark::None for what is told by a dash or a dot.
Mark markOf(StepState state);
Token tokenOf(StepState state);
/// "●", "✕", "○", "–", "·"
QString stepSign(StepState state);
/// "passed", "not applicable", …
QString stepWord(StepState state);
/// A level in a word or two, for the row of steps.
QString levelName(int level);
/// "● right on hidden cases: 17 cases, 0 void", a line a check.
QString checksText(const StepRow& step);

/// Errors in tolerances: three digits, with an exponent where small, "infinite", "not a number"; a dash where unknown.
/// Numbers that stand for infinity in JSON are infinite.
QString errorText(std::optional<double> error);
/// Nine digits, which tell two float32 values apart, or all where these do not tell \p value from \p other; integers in
/// full.
QString elementText(std::optional<double> value, std::optional<double> other = std::nullopt);
/// "10⁻³ to 10⁻²": the errors that a bin of the histogram counts, in tolerances.
QString binText(int bin);
/// "10⁻⁷"
QString powerOfTen(int exponent);
/// "12,345"
QString countText(std::uint64_t count);

}  // namespace warploom
