// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPainterPath>
#include <QString>

#include "look/Theme.h"
#include "protocol/Records.h"

class QPainter;

namespace warploom {

/// The sign of an evaluation: its shape says what its colour says. The same in plot, lineage, tables and feed.
enum class Mark {
    Ok,  ///< ● verified
    Provisional,  ///< ○ right, not yet confirmed in a fresh process
    Wrong,  ///< ✕ wrong, nondeterministic, race, out of bounds
    Error,  ///< ▲ compile or launch error, invalid, not emulated
    Timeout,  ///< ◆ timeout or crashed
    Suspect,  ///< ★ faster than physics
    Modelled,  ///< ◐ right, and its time is a model's
    None,  ///< not evaluated yet
};

inline constexpr int kMarkCount = static_cast<int>(Mark::None);

Mark markOf(const EvaluationRecord& evaluation);
Token tokenOf(Mark mark);
/// "verified", "wrong", …: for legends and screen readers.
QString markName(Mark mark);
/// The mark as a text sign, for places that hold only text.
QString markSign(Mark mark);

/// Parts of a mark in the unit square around (0, 0): what is filled, and what is drawn as a line.
struct MarkShape {
    QPainterPath filled;
    QPainterPath outline;
};

const MarkShape& shapeOf(Mark mark);
/// Draws the mark \p size wide around \p center in its colour.
void paintMark(QPainter& painter, QPointF center, double size, Mark mark);

}  // namespace warploom
