// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QWidget>

class QAction;
class QSplitter;
class QTabWidget;

namespace warploom {

class CandidatesTable;
class LineageView;
class LiveLineage;
class Selection;
class SpeedupPlot;

/// The evolution at work: speedup over the run, the lineage, the candidates, all of one selection.
class EvolutionPanel : public QWidget {
    Q_OBJECT

public:
    EvolutionPanel(LiveLineage& lineage, Selection& selection, QWidget* parent = nullptr);

    /// Compact: lineage and candidates share tabs under the plot. Roomy: all three under each other.
    void setCompact(bool isCompact);
    /// What the context menus of lineage and candidates offer; they act on the selection.
    void setNodeActions(const QList<QAction*>& actions);

private:
    QSplitter* m_splitter = nullptr;
    QTabWidget* m_tabs = nullptr;
    SpeedupPlot* m_plot = nullptr;
    LineageView* m_view = nullptr;
    CandidatesTable* m_table = nullptr;
};

}  // namespace warploom
