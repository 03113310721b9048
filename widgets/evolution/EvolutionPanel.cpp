// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evolution/EvolutionPanel.h"

#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include "evolution/CandidatesTable.h"
#include "evolution/LineageView.h"
#include "plot/SpeedupPlot.h"

namespace warploom {

namespace {

/// Shares of the height: plot and tabs; plot, lineage and table. The hidden tabs have none.
const QList<int> kCompactSizes = {45, 55};
const QList<int> kRoomySizes = {32, 0, 34, 34};

}  // namespace

EvolutionPanel::EvolutionPanel(LiveLineage& lineage, Selection& selection, QWidget* parent)
    : QWidget(parent)
    , m_splitter(new QSplitter(Qt::Vertical))
    , m_tabs(new QTabWidget)
    , m_plot(new SpeedupPlot(lineage, selection))
    , m_view(new LineageView(lineage, selection))
    , m_table(new CandidatesTable(lineage, selection))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("Lineage and candidates"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_plot);
    m_splitter->addWidget(m_tabs);
    setCompact(true);
}

void EvolutionPanel::setCompact(bool isCompact)
{
    if (isCompact == (m_tabs->count() > 0))
        return;
    if (isCompact) {
        m_tabs->addTab(m_view, tr("Lineage"));
        m_tabs->addTab(m_table, tr("Candidates"));
    } else {
        m_splitter->addWidget(m_view);
        m_splitter->addWidget(m_table);
        // A page that was not the current one was hidden by its tab.
        m_view->show();
        m_table->show();
    }
    m_tabs->setVisible(isCompact);
    QList<int> sizes = isCompact ? kCompactSizes : kRoomySizes;
    for (int& size : sizes)
        size *= 100;
    m_splitter->setSizes(sizes);
}

void EvolutionPanel::setNodeActions(const QList<QAction*>& actions)
{
    m_view->setNodeActions(actions);
    m_table->setNodeActions(actions);
}

}  // namespace warploom
