// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What people do to an AssemblyCanvas with mouse and keys.
#include <algorithm>

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QToolTip>

#include "profiler/AssemblyCanvas.h"

namespace warploom {

bool isFindKey(const QKeyEvent& event)
{
    return event.matches(QKeySequence::Find) || event.matches(QKeySequence::FindNext)
        || event.matches(QKeySequence::FindPrevious);
}

bool AssemblyCanvas::event(QEvent* event)
{
    // The window's own Find is for the editor; here the keys mean these lines.
    if (event->type() == QEvent::ShortcutOverride && isFindKey(*static_cast<QKeyEvent*>(event))) {
        event->accept();
        return true;
    }
    return QAbstractScrollArea::event(event);
}

bool AssemblyCanvas::viewportEvent(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QAbstractScrollArea::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int row = rowAt(help->pos());
    // As plain text: assembly is full of what looks like markup.
    const QString text =
        row < 0 ? QString() : toolTipOf(row).toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br>"));
    QToolTip::showText(help->globalPos(), text.isEmpty() ? text : QStringLiteral("<p>%1</p>").arg(text), viewport(),
                       row < 0 ? QRect() : rowRect(row));
    return true;
}

bool AssemblyCanvas::moveBy(const QKeyEvent& event)
{
    const int page = std::max(1, viewport()->height() / m_columns.rowHeight - 1);
    const bool extends = (event.modifiers() & Qt::ShiftModifier) != 0;
    switch (event.key()) {
    case Qt::Key_Up:
        setCurrentRow(m_current - 1, extends);
        return true;
    case Qt::Key_Down:
        setCurrentRow(m_current + 1, extends);
        return true;
    case Qt::Key_PageUp:
        setCurrentRow(m_current - page, extends);
        return true;
    case Qt::Key_PageDown:
        setCurrentRow(m_current + page, extends);
        return true;
    case Qt::Key_Home:
        setCurrentRow(0, extends);
        return true;
    case Qt::Key_End:
        setCurrentRow(m_rows.count() - 1, extends);
        return true;
    default:
        return false;
    }
}

void AssemblyCanvas::keyPressEvent(QKeyEvent* event)
{
    event->accept();
    if (event->matches(QKeySequence::Find))
        emit findWanted();
    else if (isFindKey(*event))
        emit findNextWanted(event->matches(QKeySequence::FindNext));
    else if (event->matches(QKeySequence::Copy))
        copySelected();
    else if (event->matches(QKeySequence::SelectAll))
        selectAll();
    else if (!moveBy(*event))
        QAbstractScrollArea::keyPressEvent(event);
}

void AssemblyCanvas::mousePressEvent(QMouseEvent* event)
{
    const int row = rowAt(event->position().toPoint());
    const bool keeps = event->button() == Qt::RightButton && isSelected(row);
    if (row >= 0 && !keeps)
        setCurrentRow(row, (event->modifiers() & Qt::ShiftModifier) != 0);
}

void AssemblyCanvas::mouseMoveEvent(QMouseEvent* event)
{
    if ((event->buttons() & Qt::LeftButton) == 0 || m_rows.count() == 0)
        return;
    const int row = rowAt(event->position().toPoint());
    setCurrentRow(row < 0 ? m_rows.count() - 1 : row, true);
}

void AssemblyCanvas::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void AssemblyCanvas::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

void AssemblyCanvas::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* copy = menu->addAction(tr("Copy lines"), this, &AssemblyCanvas::copySelected);
    copy->setShortcut(QKeySequence::Copy);
    copy->setEnabled(m_current >= 0);
    menu->addAction(tr("Select all lines"), this, &AssemblyCanvas::selectAll);
    QAction* find = menu->addAction(tr("Find…"), this, &AssemblyCanvas::findWanted);
    find->setShortcut(QKeySequence::Find);
    menu->popup(event->globalPos());
}

}  // namespace warploom
