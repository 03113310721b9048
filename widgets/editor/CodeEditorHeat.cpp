// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <vector>

#include <QHelpEvent>
#include <QToolTip>
#include <Qsci/qscistyle.h>

#include "editor/CodeEditor.h"
#include "look/Theme.h"

// The heat of lines in a margin: a share as text, on a ground that is the stronger the hotter the line is.

namespace warploom {

namespace {

constexpr int kHeatMargin = 3;
/// Steps of the ground: more could not be told apart.
constexpr int kHeatSteps = 5;
/// Above those of lexers. Numbers that QsciStyle gives out by itself are few, and never taken back.
constexpr int kFirstHeatStyle = 100;
constexpr int kHeatColumns = 7;  ///< " 100 % "
constexpr double kStrongestGround = 0.55;
constexpr double kLeastShown = 0.005;

QColor blended(const QColor& ground, const QColor& ink, double share)
{
    const auto mix = [share](int from, int to) { return static_cast<int>(from + (to - from) * share); };
    return {mix(ground.red(), ink.red()), mix(ground.green(), ink.green()), mix(ground.blue(), ink.blue())};
}

int stepOf(double share) { return std::clamp(static_cast<int>(share * kHeatSteps), 0, kHeatSteps - 1); }

}  // namespace

void CodeEditor::setHeat(LinesHeat heat)
{
    m_heat = std::move(heat);
    showHeat();
}

void CodeEditor::showHeat()
{
    clearMarginText();
    if (m_heat.empty()) {
        setMarginWidth(kHeatMargin, 0);
        return;
    }
    const Theme& theme = Theme::instance();
    std::vector<QsciStyle> styles;
    for (int step = 0; step < kHeatSteps; ++step) {
        const QColor ground =
            blended(theme.color(Token::Panel), theme.color(Token::Wrong), kStrongestGround * (step + 1) / kHeatSteps);
        styles.emplace_back(kFirstHeatStyle + step, QString(), theme.color(Token::Text), ground, theme.codeFont());
    }
    setMarginType(kHeatMargin, TextMarginRightJustified);
    setMarginWidth(kHeatMargin, QString(kHeatColumns, QLatin1Char('0')));
    for (const auto& [line, heat] : m_heat) {
        if (line < 1 || line > lines() || heat.share < kLeastShown)
            continue;
        // Of one width, for the ground is only as wide as the text.
        setMarginText(line - 1, heat.text.rightJustified(kHeatColumns - 1) + QLatin1Char(' '),
                      styles[static_cast<std::size_t>(stepOf(heat.share))]);
    }
}

bool CodeEditor::viewportEvent(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || m_heat.empty())
        return QsciScintilla::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    int margins = 0;
    for (int margin = 0; margin <= kHeatMargin; ++margin)
        margins += marginWidth(margin);
    const auto position =
        SendScintilla(SCI_POSITIONFROMPOINT, static_cast<unsigned long>(std::max(0, help->x())), help->y());
    const int line = static_cast<int>(SendScintilla(SCI_LINEFROMPOSITION, position)) + 1;
    const auto found = m_heat.find(line);
    if (help->x() > margins || found == m_heat.end()) {
        QToolTip::hideText();
        return QsciScintilla::viewportEvent(event);
    }
    QToolTip::showText(help->globalPos(), found->second.toolTip, viewport());
    return true;
}

}  // namespace warploom
