// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "analysis/Figures.h"
#include "look/Theme.h"
#include "profiler/FindingRows.h"

namespace warploom {

/// "1.10×–1.40×", "1.10×" where both ends are as good as equal, "nothing to gain" for a limit; empty where there is
/// nothing to say.
QString gainText(const FindingRow& row);
/// "▽ weaker": its shape says it again.
QString changeText(FindingChange change);
Token tokenOf(FindingChange change);
/// "measured", "counted on the emulator", "modelled", "from the compiler"
QString originText(FigureOrigin origin);
Token tokenOf(FigureOrigin origin);
/// The title in words, of what could not be looked at too.
QString titleOf(const FindingRow& row);
/// Everything that a row says, a line each: for screen readers and the clipboard.
QString wholeText(const FindingRow& row, FigureOrigin origin);
/// "83 % of the measured peak · occupancy 50 % (registers)"
QString headlineOf(const Diagnosis& diagnosis);

}  // namespace warploom
