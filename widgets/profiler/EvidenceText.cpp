// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceText.h"

#include <cmath>

#include <QCoreApplication>
#include <QLocale>

#include "look/Figures.h"

namespace warploom {

namespace {

struct StateFacts {
    Mark mark;
    Token token;
    const char* sign;
    const char* word;
};

constexpr std::array<StateFacts, 5> kStates = {{
    {Mark::Ok, Token::Ok, "●", QT_TRANSLATE_NOOP("Evidence", "passed")},
    {Mark::Wrong, Token::Wrong, "✕", QT_TRANSLATE_NOOP("Evidence", "failed")},
    {Mark::Provisional, Token::Provisional, "○", QT_TRANSLATE_NOOP("Evidence", "pending")},
    {Mark::None, Token::Muted, "–", QT_TRANSLATE_NOOP("Evidence", "not applicable")},
    {Mark::None, Token::Muted, "·", QT_TRANSLATE_NOOP("Evidence", "not made")},
}};

constexpr std::array<const char*, kTrustLevels> kLevels = {
    QT_TRANSLATE_NOOP("Evidence", "Compiled"), QT_TRANSLATE_NOOP("Evidence", "Ran"),
    QT_TRANSLATE_NOOP("Evidence", "Known"),    QT_TRANSLATE_NOOP("Evidence", "Hidden"),
    QT_TRANSLATE_NOOP("Evidence", "Precise"),  QT_TRANSLATE_NOOP("Evidence", "Timed"),
    QT_TRANSLATE_NOOP("Evidence", "Memory"),
};

/// Exponent of the upper end of the first bin.
constexpr int kFirstDecade = -7;
/// The largest error that a bin below the last two counts is 10 to this.
constexpr int kLastDecade = kFirstDecade + kErrorBins - 3;

/// No tolerance is so small that an error has as many of them: JSON has no infinities, and a tolerance of 0 is taken as
/// 1e-300.
constexpr double kInfiniteError = 1e200;
/// Up to here a double holds every integer.
constexpr double kExactIntegers = 9007199254740992.0;

QString digitsOf(double value, int digits)
{
    return value == std::trunc(value) && std::abs(value) < kExactIntegers ? QString::number(value, 'f', 0)
                                                                          : QString::number(value, 'g', digits);
}

const StateFacts& factsOf(StepState state) { return kStates[static_cast<std::size_t>(state)]; }

QString words(const char* text) { return QCoreApplication::translate("Evidence", text); }

}  // namespace

Mark markOf(StepState state) { return factsOf(state).mark; }

Token tokenOf(StepState state) { return factsOf(state).token; }

QString stepSign(StepState state) { return QString::fromUtf8(factsOf(state).sign); }

QString stepWord(StepState state) { return words(factsOf(state).word); }

QString levelName(int level) { return words(kLevels[static_cast<std::size_t>(level)]); }

QString checksText(const StepRow& step)
{
    if (step.checks.empty())
        return stepSign(StepState::NotMade) + QLatin1Char(' ')
            + QCoreApplication::translate("Evidence", "No check of this level was made.");
    QStringList lines;
    for (const CheckRow& check : step.checks) {
        QString line = stepSign(check.state) + QLatin1Char(' ') + QString::fromStdString(check.name)
            + QStringLiteral(" – ") + stepWord(check.state);
        if (!check.detail.empty())
            line += QStringLiteral(": ") + QString::fromStdString(check.detail);
        lines << line;
    }
    return lines.join(QLatin1Char('\n'));
}

QString errorText(std::optional<double> error)
{
    if (!error)
        return QStringLiteral("–");
    if (std::isnan(*error))
        return QCoreApplication::translate("Evidence", "not a number");
    if (std::abs(*error) >= kInfiniteError)
        return QCoreApplication::translate("Evidence", "infinite");
    const double size = std::abs(*error);
    return size != 0 && size < 1e-3 ? QString::number(*error, 'e', 2) : threeDigits(*error);
}

QString elementText(std::optional<double> value, std::optional<double> other)
{
    if (!value)
        return QStringLiteral("–");
    if (!std::isfinite(*value))
        return std::signbit(*value) && std::isinf(*value) ? QCoreApplication::translate("Evidence", "minus infinite")
                                                          : errorText(value);
    QString text = digitsOf(*value, 9);
    if (other && *other != *value && std::isfinite(*other) && digitsOf(*other, 9) == text)
        text = digitsOf(*value, 17);
    return text;
}

QString powerOfTen(int exponent)
{
    static const QString digits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
    if (exponent == 0)
        return QStringLiteral("1");
    QString text = QStringLiteral("10");
    if (exponent < 0)
        text += QStringLiteral("⁻");
    for (const QChar digit : QString::number(std::abs(exponent)))
        text += digits.at(digit.digitValue());
    return text;
}

QString binText(int bin)
{
    if (bin == kErrorBins - 1)
        return QCoreApplication::translate("Evidence", "not a number");
    if (bin == kErrorBins - 2)
        return QCoreApplication::translate("Evidence", "more than %1, or not finite").arg(powerOfTen(kLastDecade));
    if (bin == 0)
        return QCoreApplication::translate("Evidence", "at most %1").arg(powerOfTen(kFirstDecade));
    return QCoreApplication::translate("Evidence", "%1 to %2")
        .arg(powerOfTen(kFirstDecade + bin - 1), powerOfTen(kFirstDecade + bin));
}

QString countText(std::uint64_t count)
{
    static const QLocale grouping = [] {
        QLocale locale(QLocale::C);
        locale.setNumberOptions(QLocale::DefaultNumberOptions);  // C's own leave groups out
        return locale;
    }();
    return grouping.toString(static_cast<qulonglong>(count));
}

}  // namespace warploom
