// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/FigureTable.h"

#include <algorithm>

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>

#include "look/Theme.h"
#include "profiler/EvidenceSort.h"

namespace warploom {

namespace {

constexpr int kLeastRowHeight = 24;
constexpr int kRowPadding = 6;
/// Letters that no column goes beyond.
constexpr int kWidestColumn = 44;

}  // namespace

FigureTable::FigureTable(QAbstractItemModel& model, const QString& name, QWidget* parent)
    : QTableView(parent)
    , m_sorted(new EvidenceSort(model, this))
{
    setModel(m_sorted);
    setAccessibleName(name);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    fitRows();
    horizontalHeader()->setHighlightSections(false);
    // In the order in which things happened, until somebody asks for another.
    horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    setSortingEnabled(true);
    connect(m_sorted, &QAbstractItemModel::modelReset, this, &FigureTable::fitColumns);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        fitRows();
        fitColumns();
    });
}

void FigureTable::fitRows()
{
    const int line = QFontMetrics(Theme::instance().codeFont()).height();
    verticalHeader()->setDefaultSectionSize(std::max(kLeastRowHeight, line + kRowPadding));
}

void FigureTable::fitColumns()
{
    const int widest = kWidestColumn * fontMetrics().averageCharWidth();
    resizeColumnsToContents();
    for (int column = 0; column < m_sorted->columnCount(); ++column)
        setColumnWidth(column, std::min(columnWidth(column), widest));
}

QString FigureTable::selectedText() const
{
    QModelIndexList rows = selectionModel()->selectedRows();
    std::ranges::sort(rows, {}, &QModelIndex::row);
    QStringList lines;
    QStringList cells;
    for (int column = 0; column < m_sorted->columnCount(); ++column)
        cells << m_sorted->headerData(column, Qt::Horizontal).toString();
    lines << cells.join(QLatin1Char('\t'));
    for (const QModelIndex& row : rows) {
        cells.clear();
        for (int column = 0; column < m_sorted->columnCount(); ++column)
            cells << row.siblingAtColumn(column).data().toString();
        lines << cells.join(QLatin1Char('\t'));
    }
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

void FigureTable::copySelected() const
{
    if (selectionModel()->hasSelection())
        QGuiApplication::clipboard()->setText(selectedText());
}

void FigureTable::keyPressEvent(QKeyEvent* event)
{
    if (!event->matches(QKeySequence::Copy))
        return QTableView::keyPressEvent(event);
    copySelected();
    event->accept();
}

void FigureTable::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* copy = menu->addAction(tr("Copy rows"), this, &FigureTable::copySelected);
    copy->setShortcut(QKeySequence::Copy);
    copy->setEnabled(selectionModel()->hasSelection());
    menu->addAction(tr("Select all rows"), this, &FigureTable::selectAll);
    menu->popup(event->globalPos());
}

}  // namespace warploom
