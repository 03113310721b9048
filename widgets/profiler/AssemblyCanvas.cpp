// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyCanvas.h"

#include <algorithm>

#include <QClipboard>
#include <QGuiApplication>
#include <QLocale>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

namespace warploom {

AssemblyCanvas::AssemblyCanvas(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setMouseTracking(true);
    connect(&Theme::instance(), &Theme::changed, this, &AssemblyCanvas::applyTheme);
    applyTheme();
}

void AssemblyCanvas::applyTheme()
{
    m_columns = AssemblyColumns(m_rows);
    fitScrollBars();
    viewport()->update();
}

QSize AssemblyCanvas::sizeHint() const { return {480, 240}; }

void AssemblyCanvas::setRows(AssemblyRows rows, bool isSass)
{
    m_rows = std::move(rows);
    m_isSass = isSass;
    m_current = m_rows.count() > 0 ? 0 : -1;
    m_anchor = m_current;
    m_shown = 0;
    verticalScrollBar()->setValue(0);
    horizontalScrollBar()->setValue(0);
    applyTheme();
    setAccessibleName((isSass ? tr("SASS, lines: %1") : tr("PTX, lines: %1")).arg(m_rows.count()));
    describe();
}

void AssemblyCanvas::describe()
{
    if (m_current < 0)
        return setAccessibleDescription(tr("No lines."));
    const QString text = shownLine(m_rows.line(m_current).text).simplified();
    const int source = m_rows.sourceOf(m_current);
    setAccessibleDescription(source > 0 ? tr("%1, of line %2 of the source").arg(text).arg(source) : text);
}

void AssemblyCanvas::fitScrollBars()
{
    const QSize room = viewport()->size();
    verticalScrollBar()->setPageStep(room.height());
    verticalScrollBar()->setSingleStep(m_columns.rowHeight);
    verticalScrollBar()->setRange(0, std::max(0, m_rows.count() * m_columns.rowHeight - room.height()));
    const int width = m_columns.left + static_cast<int>(m_columns.letter * (m_rows.longest() + 1));
    horizontalScrollBar()->setPageStep(room.width());
    horizontalScrollBar()->setSingleStep(static_cast<int>(m_columns.letter) * 4);
    horizontalScrollBar()->setRange(0, std::max(0, width - room.width()));
}

void AssemblyCanvas::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    fitScrollBars();
}

int AssemblyCanvas::rowAt(QPoint place) const
{
    const int row = (place.y() + verticalScrollBar()->value()) / m_columns.rowHeight;
    return row < m_rows.count() ? row : -1;
}

QRect AssemblyCanvas::rowRect(int row) const
{
    return {0, row * m_columns.rowHeight - verticalScrollBar()->value(), viewport()->width(), m_columns.rowHeight};
}

void AssemblyCanvas::scrollToRow(int row)
{
    const QRect place = rowRect(row);
    if (place.top() < 0)
        verticalScrollBar()->setValue(row * m_columns.rowHeight);
    else if (place.bottom() >= viewport()->height())
        verticalScrollBar()->setValue((row + 1) * m_columns.rowHeight - viewport()->height());
}

void AssemblyCanvas::setCurrentRow(int row, bool extendsSelection)
{
    if (m_rows.count() == 0)
        return;
    const int before = m_current;
    m_current = std::clamp(row, 0, m_rows.count() - 1);
    if (!extendsSelection)
        m_anchor = m_current;
    scrollToRow(m_current);
    viewport()->update();
    if (m_current == before)
        return;
    describe();
    emit currentRowChanged(m_current);
    const int source = m_rows.sourceOf(m_current);
    if (source == 0 || source == m_shown)
        return;
    m_shown = source;
    emit sourceLineChosen(source);
}

void AssemblyCanvas::showSourceLine(int source)
{
    m_shown = source;
    const std::vector<int>& rows = m_rows.rowsOf(source);
    if (!rows.empty()) {
        m_current = rows.front();
        m_anchor = m_current;
        // A little of what stands above is seen with it.
        scrollToRow(std::min(m_rows.count() - 1, rows.back()));
        scrollToRow(std::max(0, m_current - 1));
        describe();
    }
    viewport()->update();
}

bool AssemblyCanvas::isSelected(int row) const
{
    return m_anchor != m_current && row >= std::min(m_anchor, m_current) && row <= std::max(m_anchor, m_current);
}

AssemblyRowLook AssemblyCanvas::lookOf(int row) const
{
    const std::vector<int>& shown = m_rows.rowsOf(m_shown);
    return {.isSelected = isSelected(row),
            .isCurrent = row == m_current && hasFocus(),
            .isShown = std::binary_search(shown.begin(), shown.end(), row)};
}

void AssemblyCanvas::paintEvent(QPaintEvent* event)
{
    const Theme& theme = Theme::instance();
    QPainter painter(viewport());
    painter.fillRect(event->rect(), theme.color(Token::Background));
    const int first = std::max(0, (event->rect().top() + verticalScrollBar()->value()) / m_columns.rowHeight);
    AssemblyPainter rows(painter, m_rows, m_columns, horizontalScrollBar()->value(), m_needle);
    m_painted = 0;
    for (int row = first; row < m_rows.count() && rowRect(row).top() <= event->rect().bottom(); ++row, ++m_painted)
        rows.paintRow(row, rowRect(row), lookOf(row));
    if (!hasFocus())
        return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(theme.color(Token::Accent));
    painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
}

QString AssemblyCanvas::selectedText() const
{
    QString text;
    if (m_current < 0)
        return text;
    for (int row = std::min(m_anchor, m_current); row <= std::max(m_anchor, m_current); ++row) {
        const ListingLine& line = m_rows.line(row);
        if (line.address)
            text += QStringLiteral("/*%1*/ ").arg(*line.address, 4, 16, QLatin1Char('0'));
        text += QString::fromStdString(line.text) + QLatin1Char('\n');
    }
    return text;
}

void AssemblyCanvas::copySelected() const
{
    if (m_current >= 0)
        QGuiApplication::clipboard()->setText(selectedText());
}

void AssemblyCanvas::selectAll()
{
    if (m_rows.count() == 0)
        return;
    m_anchor = 0;
    m_current = m_rows.count() - 1;
    describe();
    viewport()->update();
}

void AssemblyCanvas::setNeedle(const QString& text)
{
    m_needle = text;
    viewport()->update();
}

bool AssemblyCanvas::findNext(bool forward, bool staysWhereItFits)
{
    const int from = staysWhereItFits ? m_current - 1 : m_current;
    const int row = m_rows.find(m_needle.toStdString(), from, forward);
    if (row >= 0)
        setCurrentRow(row);
    return row >= 0;
}

QString AssemblyCanvas::toolTipOf(int row) const
{
    const ListingLine& line = m_rows.line(row);
    QStringList parts;
    if (line.isInstruction && m_explainer)
        parts << m_explainer(line, m_isSass);
    if (line.source > 0 && !line.file.empty())
        parts << tr("From %1, line %2").arg(QString::fromStdString(line.file)).arg(line.source);
    else if (line.source > 0)
        parts << tr("From line %1 of the source").arg(line.source);
    QStringList callers;
    for (const int caller : line.inlinedAt)
        callers << QString::number(caller);
    if (!callers.isEmpty())
        parts << tr("Inlined at line %1").arg(callers.join(tr(", called from ")));
    if (line.share > 0)
        parts << tr("%1 % of the samples: %2")
                     .arg(QLocale().toString(100 * line.share, 'f', 1), QString::fromStdString(line.stalls));
    if (line.ptx > 0)
        parts << tr("Made of line %1 of the PTX").arg(line.ptx);
    parts.removeAll(QString());
    return parts.join(QLatin1Char('\n'));
}

}  // namespace warploom
