// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/FindingText.h"

#include <array>
#include <cmath>

#include <QCoreApplication>
#include <QStringList>

#include "look/Figures.h"

namespace warploom {

namespace {

struct ChangeFacts {
    Token token;
    const char* sign;
    const char* word;
};

constexpr std::array<ChangeFacts, 5> kChanges = {{
    {Token::Ok, "✓", QT_TRANSLATE_NOOP("Findings", "gone")},
    {Token::Ok, "▽", QT_TRANSLATE_NOOP("Findings", "weaker")},
    {Token::Muted, "≈", QT_TRANSLATE_NOOP("Findings", "same")},
    {Token::Wrong, "△", QT_TRANSLATE_NOOP("Findings", "stronger")},
    {Token::Error, "+", QT_TRANSLATE_NOOP("Findings", "new")},
}};

QString words(const char* text) { return QCoreApplication::translate("Findings", text); }

const ChangeFacts& factsOf(FindingChange change) { return kChanges[static_cast<std::size_t>(change)]; }

QString gainFigure(double gain) { return threeDigits(gain) + QStringLiteral("×"); }

QString percent(double share) { return QString::number(std::lround(share * 100)) + QStringLiteral(" %"); }

QStringList textsOf(const std::vector<int>& lines)
{
    QStringList texts;
    for (const int line : lines)
        texts << QString::number(line);
    return texts;
}

const char* peakWords(PeakOrigin origin)
{
    switch (origin) {
    case PeakOrigin::Measured:
        return QT_TRANSLATE_NOOP("Findings", "%1 of the measured peak");
    case PeakOrigin::Modelled:
        return QT_TRANSLATE_NOOP("Findings", "%1 of the modelled peak");
    case PeakOrigin::Theoretical:
        break;
    }
    return QT_TRANSLATE_NOOP("Findings", "%1 of the theoretical peak");
}

}  // namespace

QString gainText(const FindingRow& row)
{
    if (row.kind == FindingRow::Kind::Limit)
        return words(QT_TRANSLATE_NOOP("Findings", "nothing to gain"));
    if (row.kind != FindingRow::Kind::Problem)
        return {};
    if (row.isFirst && !(row.mostGain > 1))
        return words(QT_TRANSLATE_NOOP("Findings", "look here first"));
    const QString least = gainFigure(row.leastGain);
    if (!std::isfinite(row.mostGain))
        return words(QT_TRANSLATE_NOOP("Findings", "%1 or more")).arg(least);
    const QString most = gainFigure(row.mostGain);
    return least == most ? least : least + QStringLiteral("–") + most;
}

QString changeText(FindingChange change)
{
    return QString::fromUtf8(factsOf(change).sign) + QLatin1Char(' ') + words(factsOf(change).word);
}

Token tokenOf(FindingChange change) { return factsOf(change).token; }

QString originText(FigureOrigin origin)
{
    switch (origin) {
    case FigureOrigin::Static:
        return words(QT_TRANSLATE_NOOP("Findings", "from the compiler"));
    case FigureOrigin::Measured:
        return words(QT_TRANSLATE_NOOP("Findings", "measured"));
    case FigureOrigin::Counted:
        return words(QT_TRANSLATE_NOOP("Findings", "counted on the emulator"));
    case FigureOrigin::Modelled:
        break;
    }
    return words(QT_TRANSLATE_NOOP("Findings", "modelled"));
}

Token tokenOf(FigureOrigin origin) { return origin == FigureOrigin::Modelled ? Token::Modelled : Token::Muted; }

QString titleOf(const FindingRow& row)
{
    return row.kind == FindingRow::Kind::Unknown ? words(QT_TRANSLATE_NOOP("Findings", "Could not be looked at"))
                                                 : QString::fromStdString(row.title);
}

QString wholeText(const FindingRow& row, FigureOrigin origin)
{
    QString title = titleOf(row);
    if (row.rank > 0)
        title = QStringLiteral("%1. %2").arg(row.rank).arg(title);
    if (const QString gain = gainText(row); !gain.isEmpty())
        title += QStringLiteral(" · ") + gain;
    if (row.change)
        title += QStringLiteral(" · ") + changeText(*row.change);
    QStringList texts{title, QString::fromStdString(row.sentence), QString::fromStdString(row.cure)};
    if (!row.kernel.empty())
        texts << words(QT_TRANSLATE_NOOP("Findings", "Kernel: %1")).arg(QString::fromStdString(row.kernel));
    if (!row.lines.empty())
        texts << words(QT_TRANSLATE_NOOP("Findings", "Lines: %1")).arg(textsOf(row.lines).join(QStringLiteral(", ")));
    QStringList moves;
    for (const std::string& move : row.moves)
        moves << QString::fromStdString(move);
    if (!moves.isEmpty())
        texts << words(QT_TRANSLATE_NOOP("Findings", "Moves: %1")).arg(moves.join(QStringLiteral(", ")));
    if (row.kind != FindingRow::Kind::Unknown)
        texts << originText(origin);
    texts.removeAll(QString());
    return texts.join(QLatin1Char('\n'));
}

QString headlineOf(const Diagnosis& diagnosis)
{
    QStringList parts;
    parts << (diagnosis.shareOfPeak > 0 ? words(peakWords(diagnosis.peakOrigin)).arg(percent(diagnosis.shareOfPeak))
                                        : words(QT_TRANSLATE_NOOP("Findings", "share of peak unknown")));
    if (diagnosis.occupancy <= 0)
        return parts.front();
    QString occupancy = words(QT_TRANSLATE_NOOP("Findings", "occupancy %1")).arg(percent(diagnosis.occupancy));
    if (!diagnosis.occupancyLimiter.empty())
        occupancy += QStringLiteral(" (%1)").arg(
            QString::fromStdString(diagnosis.occupancyLimiter).replace(QLatin1Char('-'), QLatin1Char(' ')));
    parts << occupancy;
    return parts.join(QStringLiteral(" · "));
}

}  // namespace warploom
