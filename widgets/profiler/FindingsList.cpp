// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/FindingsList.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>

#include "profiler/FindingText.h"
#include "profiler/FindingsDelegate.h"
#include "profiler/FindingsModel.h"

namespace warploom {

FindingsList::FindingsList(FindingsModel& model, QWidget* parent)
    : QListView(parent)
    , m_model(model)
    , m_delegate(new FindingsDelegate(model, this))
{
    setModel(&model);
    setItemDelegate(m_delegate);
    setAccessibleName(tr("Findings"));
    setFrameShape(QFrame::NoFrame);
    setResizeMode(QListView::Adjust);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // A row is as high as its width makes it: with a bar that comes and goes there would be no end to it.
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    viewport()->setMouseTracking(true);
    connect(&Theme::instance(), &Theme::changed, this, &FindingsList::scheduleDelayedItemsLayout);
}

std::optional<FindingLink> FindingsList::linkAt(QPoint place) const
{
    const QModelIndex index = indexAt(place);
    if (!index.isValid())
        return std::nullopt;
    const QRect row = visualRect(index);
    const FindingLayout layout = m_delegate->layoutOf(index.row(), row.width());
    const FindingLink* link = layout.linkAt(place - row.topLeft());
    return link == nullptr ? std::nullopt : std::optional(*link);
}

QRect FindingsList::linkRect(int row, const QString& text) const
{
    const QRect place = visualRect(m_model.index(row));
    for (const FindingLink& link : m_delegate->layoutOf(row, place.width()).links)
        if (link.to == FindingLink::To::Line ? QString::number(link.line) == text : link.name == text)
            return link.piece.place.translated(place.topLeft());
    return {};
}

void FindingsList::addMove(QMenu& menu, const QString& move)
{
    menu.addAction(tr("Prefer the move %1").arg(move), this, [this, move] { emit moveChosen(move); });
    menu.addAction(tr("What is %1?").arg(move), this, [this, move] { emit moveAsked(move); });
}

QMenu* FindingsList::menuOf(int row)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const FindingRow& finding = m_model.rowAt(row);
    if (finding.kind != FindingRow::Kind::Gone) {
        for (const int line : finding.lines)
            menu->addAction(tr("Go to line %1").arg(line), this, [this, line] { emit lineChosen(line); });
        for (const std::string& move : finding.moves)
            addMove(*menu, QString::fromStdString(move));
        if (!finding.rule.empty()) {
            const QString rule = QString::fromStdString(finding.rule);
            menu->addAction(tr("Read more about this"), this, [this, rule] { emit findingAsked(rule); });
        }
    }
    if (!menu->isEmpty())
        menu->addSeparator();
    QAction* copy = menu->addAction(tr("Copy text"), this, [this, row] { copyRow(row); });
    copy->setShortcut(QKeySequence::Copy);
    return menu;
}

void FindingsList::copyRow(int row) const
{
    QGuiApplication::clipboard()->setText(wholeText(m_model.rowAt(row), m_model.origin()) + QLatin1Char('\n'));
}

void FindingsList::keyPressEvent(QKeyEvent* event)
{
    const QModelIndex current = currentIndex();
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (current.isValid() && isEnter)
        menuOf(current.row())->popup(viewport()->mapToGlobal(visualRect(current).center()));
    else if (current.isValid() && event->matches(QKeySequence::Copy))
        copyRow(current.row());
    else
        QListView::keyPressEvent(event);
}

void FindingsList::mouseReleaseEvent(QMouseEvent* event)
{
    QListView::mouseReleaseEvent(event);
    const auto link = linkAt(event->position().toPoint());
    if (!link || event->button() != Qt::LeftButton)
        return;
    if (link->to == FindingLink::To::Line)
        return emit lineChosen(link->line);
    if (link->to == FindingLink::To::Pages)
        return emit findingAsked(link->name);
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    addMove(*menu, link->name);
    menu->popup(event->globalPosition().toPoint());
}

void FindingsList::mouseMoveEvent(QMouseEvent* event)
{
    QListView::mouseMoveEvent(event);
    viewport()->setCursor(linkAt(event->position().toPoint()) ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void FindingsList::contextMenuEvent(QContextMenuEvent* event)
{
    // The menu key asks for the current row, wherever the mouse is.
    const bool isMouse = event->reason() == QContextMenuEvent::Mouse;
    const QModelIndex index = isMouse ? indexAt(event->pos()) : currentIndex();
    if (index.isValid())
        menuOf(index.row())->popup(isMouse ? event->globalPos() : viewport()->mapToGlobal(visualRect(index).center()));
}

void FindingsList::focusInEvent(QFocusEvent* event)
{
    QListView::focusInEvent(event);
    if (!currentIndex().isValid() && m_model.rowCount() > 0)
        setCurrentIndex(m_model.index(0));
}

void FindingsList::resizeEvent(QResizeEvent* event)
{
    QListView::resizeEvent(event);
    // Adjust waits a while; until then texts would stand in rows of the old height.
    if (event->oldSize().width() != event->size().width())
        scheduleDelayedItemsLayout();
}

}  // namespace warploom
