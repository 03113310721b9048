// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/Figures.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace warploom {

namespace {

struct UnitFacts {
    const char* name;
    double microseconds;
};

constexpr std::array<UnitFacts, 4> kUnits = {{{"ns", 1e-3}, {"µs", 1.0}, {"ms", 1e3}, {"s", 1e6}}};

const UnitFacts& factsOf(TimeUnit unit) { return kUnits[static_cast<std::size_t>(unit)]; }

}  // namespace

QString threeDigits(double value)
{
    if (!std::isfinite(value))
        return QStringLiteral("–");
    if (value == 0)
        return QStringLiteral("0");
    if (std::abs(value) >= 1e6)
        return QString::number(value, 'g', 3);
    // Of the rounded figure: 9.999 is 10.0.
    const int digits = QString::number(value, 'e', 2).section(QLatin1Char('e'), 1).toInt();
    return QString::number(value, 'f', std::clamp(2 - digits, 0, 6));
}

TimeUnit unitFor(double microseconds)
{
    for (int i = 3; i > 0; --i)
        if (microseconds >= kUnits[static_cast<std::size_t>(i)].microseconds)
            return static_cast<TimeUnit>(i);
    return TimeUnit::Nanoseconds;
}

QString unitName(TimeUnit unit) { return QString::fromUtf8(factsOf(unit).name); }

QString timeFigure(double microseconds, TimeUnit unit)
{
    return threeDigits(microseconds / factsOf(unit).microseconds);
}

QString timeText(double microseconds)
{
    const TimeUnit unit = unitFor(microseconds);
    return timeFigure(microseconds, unit) + QLatin1Char(' ') + unitName(unit);
}

QString speedupFigure(const EvaluationRecord& evaluation)
{
    return evaluation.speedup ? threeDigits(evaluation.speedup->estimate) + QStringLiteral("×") : QString();
}

QString speedupInterval(const EvaluationRecord& evaluation)
{
    if (!evaluation.speedup)
        return {};
    if (evaluation.modelled)
        return QStringLiteral("modelled");
    return QStringLiteral("[%1, %2]").arg(threeDigits(evaluation.speedup->low), threeDigits(evaluation.speedup->high));
}

QString timeInterval(const EvaluationRecord& evaluation)
{
    if (!evaluation.time)
        return {};
    if (evaluation.modelled)
        return QStringLiteral("modelled");
    const TimeUnit unit = unitFor(evaluation.time->estimate);
    return QStringLiteral("[%1, %2]")
        .arg(timeFigure(evaluation.time->low, unit), timeFigure(evaluation.time->high, unit));
}

QString configurationText(const Configuration& configuration, const QString& separator)
{
    QString text;
    for (const auto& [name, value] : configuration) {
        if (!text.isEmpty())
            text += separator;
        text += QString::fromStdString(name) + QLatin1Char('=') + QString::number(value);
    }
    return text;
}

QString durationText(Seconds duration)
{
    const auto total = static_cast<qint64>(duration.count());
    const QLatin1Char zero('0');
    const QString tail = QStringLiteral("%1:%2").arg(total / 60 % 60, 2, 10, zero).arg(total % 60, 2, 10, zero);
    return total < 3600 ? tail : QString::number(total / 3600) + QLatin1Char(':') + tail;
}

QString verdictText(Verdict verdict)
{
    return QString::fromUtf8(verdictName(verdict).data(), static_cast<qsizetype>(verdictName(verdict).size()))
        .replace(QLatin1Char('-'), QLatin1Char(' '));
}

}  // namespace warploom
