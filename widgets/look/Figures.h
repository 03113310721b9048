// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "base/Units.h"
#include "protocol/Records.h"

namespace warploom {

/// "6.31", "23.4", "235": three significant digits, never an exponent below a million.
QString threeDigits(double value);

/// The unit that a column of times is shown in.
enum class TimeUnit { Nanoseconds, Microseconds, Milliseconds, Seconds };

/// The unit in which \p microseconds has one to three digits before the point.
TimeUnit unitFor(double microseconds);
QString unitName(TimeUnit unit);
/// The figure alone, in \p unit.
QString timeFigure(double microseconds, TimeUnit unit);
/// "12.3 µs"
QString timeText(double microseconds);

/// "6.31×"; empty without a speedup.
QString speedupFigure(const EvaluationRecord& evaluation);
/// "[6.27, 6.36]", or "modelled" where no card has measured it.
QString speedupInterval(const EvaluationRecord& evaluation);
/// "[12.2, 12.5]" in the unit of the estimate, or "modelled"; empty without a time.
QString timeInterval(const EvaluationRecord& evaluation);
/// "BLOCK=256 UNROLL=4"
QString configurationText(const Configuration& configuration, const QString& separator);
/// "02:14", or "1:02:14" from an hour on.
QString durationText(Seconds duration);
/// The verdict in words for people: "compile error".
QString verdictText(Verdict verdict);

}  // namespace warploom
