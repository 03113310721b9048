// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "editor/DiffView.h"

#include <Qsci/qscistyle.h>

#include "look/Theme.h"

namespace warploom {

namespace {

constexpr int kMargin = 0;
constexpr int kAddedMarker = 10;
constexpr int kRemovedMarker = 11;
/// Equal lines kept around a change.
constexpr std::size_t kContext = 6;

QString numberText(int line, int width)
{
    return line == 0 ? QString(width, QLatin1Char(' ')) : QString::number(line).rightJustified(width);
}

bool isGap(const DiffLine& line) { return line.oldLine == 0 && line.newLine == 0; }

DiffLine gapOf(std::size_t lines)
{
    DiffLine gap;
    gap.text = DiffView::tr("… equal lines: %1").arg(lines).toStdString();
    return gap;
}

/// The lines less the long stretches of equal ones.
std::vector<DiffLine> withGaps(const std::vector<DiffLine>& all)
{
    std::vector<DiffLine> kept;
    for (std::size_t i = 0; i < all.size();) {
        std::size_t end = i;
        while (end < all.size() && all[end].kind == DiffLine::Kind::Same)
            ++end;
        const std::size_t head = i == 0 ? 0 : kContext;
        const std::size_t tail = end == all.size() ? 0 : kContext;
        const std::size_t run = end - i;
        for (std::size_t k = 0; k < run; ++k) {
            if (run <= head + tail + 2 || k < head || k >= run - tail)
                kept.push_back(all[i + k]);
            else if (k == head)
                kept.push_back(gapOf(run - head - tail));
        }
        for (i = end; i < all.size() && all[i].kind != DiffLine::Kind::Same; ++i)
            kept.push_back(all[i]);
    }
    return kept;
}

}  // namespace

DiffView::DiffView(QWidget* parent)
    : CodeEditor(parent)
{
    setReadOnly(true);
    setAccessibleName(tr("Difference"));
    setFolding(NoFoldStyle);
    setMarginType(kMargin, TextMarginRightJustified);
    setMarginWidth(1, 0);
    setCaretLineVisible(false);
    DiffView::applyTheme();
}

void DiffView::setTexts(const QString& before, const QString& after)
{
    const auto all = lineDiff(before.toStdString(), after.toStdString());
    const auto count = [&all](DiffLine::Kind kind) {
        return static_cast<int>(
            std::count_if(all.begin(), all.end(), [kind](const auto& line) { return line.kind == kind; }));
    };
    m_added = count(DiffLine::Kind::Added);
    m_removed = count(DiffLine::Kind::Removed);
    m_lines = withGaps(all);
    QString text;
    for (const DiffLine& line : m_lines)
        text += QString::fromStdString(line.text) + QLatin1Char('\n');
    text.chop(1);
    setSource(text);
    decorate();
}

bool DiffView::goToNextChange()
{
    if (m_added + m_removed == 0)
        return false;
    int current = 0;
    int ignored = 0;
    getCursorPosition(&current, &ignored);
    const auto isChange = [this](std::size_t i) { return m_lines[i].kind != DiffLine::Kind::Same; };
    const std::size_t count = m_lines.size();
    for (std::size_t step = 1; step <= count; ++step) {
        const std::size_t row = (static_cast<std::size_t>(current) + step) % count;
        if (isChange(row) && (row == 0 || !isChange(row - 1))) {
            goToLine(static_cast<int>(row) + 1);
            return true;
        }
    }
    return true;
}

void DiffView::applyTheme()
{
    CodeEditor::applyTheme();
    const Theme& theme = Theme::instance();
    for (const auto& [marker, token] :
         {std::pair{kAddedMarker, Token::Added}, std::pair{kRemovedMarker, Token::Removed}}) {
        markerDefine(Background, marker);
        setMarkerBackgroundColor(theme.color(token), marker);
    }
    setMarginsForegroundColor(theme.color(Token::Muted));
    decorate();
}

void DiffView::decorate()
{
    const Theme& theme = Theme::instance();
    const int width = static_cast<int>(QString::number(m_lines.size()).size());
    const auto styleFor = [&theme](Token ink, Token ground) {
        return QsciStyle(-1, QStringLiteral("margin"), theme.color(ink), theme.color(ground), theme.codeFont());
    };
    const QsciStyle same = styleFor(Token::Muted, Token::Panel);
    const QsciStyle added = styleFor(Token::Ok, Token::Added);
    const QsciStyle removed = styleFor(Token::Wrong, Token::Removed);
    markerDeleteAll(kAddedMarker);
    markerDeleteAll(kRemovedMarker);
    clearMarginText();
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        const DiffLine& line = m_lines[i];
        const int row = static_cast<int>(i);
        const bool isAdded = line.kind == DiffLine::Kind::Added;
        const bool isRemoved = line.kind == DiffLine::Kind::Removed;
        const QString sign = isAdded ? QStringLiteral("+") : isRemoved ? QStringLiteral("−") : QStringLiteral(" ");
        const QString margin = isGap(line)
            ? QString()
            : QStringLiteral("%1 %2 %3").arg(numberText(line.oldLine, width), numberText(line.newLine, width), sign);
        setMarginText(row, margin, isAdded ? added : isRemoved ? removed : same);
        if (isAdded)
            markerAdd(row, kAddedMarker);
        if (isRemoved)
            markerAdd(row, kRemovedMarker);
    }
    setMarginWidth(kMargin, QString(2 * width + 4, QLatin1Char('0')));
}

}  // namespace warploom
