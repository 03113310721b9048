// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QList>
#include <QWidget>

#include "protocol/Records.h"

class QAction;
class QComboBox;
class QLabel;
class QLineEdit;
class QStackedWidget;
class QTableView;

namespace warploom {

class CandidatesDelegate;
class CandidatesFilter;
class CandidatesModel;
class LiveLineage;
class Selection;

/// All evaluations in a table: sorted, filtered, failures counted by verdict. Its current row is the selection.
class CandidatesTable : public QWidget {
    Q_OBJECT

public:
    CandidatesTable(LiveLineage& lineage, Selection& selection, QWidget* parent = nullptr);

    /// What the context menu of a row offers; they act on the selection.
    void setNodeActions(const QList<QAction*>& actions) { m_actions = actions; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void setUpHead();
    void setUpTable();
    void setUpConnections();
    void applyTheme();
    void applyFilter();
    void sizeColumns();
    void fitTitle();
    void updateCounts();
    void updateVerdicts();
    void updateFailures();
    void updateBest();
    void updatePage();
    void chooseFilter(const QString& link);
    void chooseRow(const QModelIndex& current);
    void showSelection();
    void showMenu(QPoint place);

    LiveLineage& m_lineage;
    Selection& m_selection;
    CandidatesModel* m_model = nullptr;
    CandidatesFilter* m_filter = nullptr;
    CandidatesDelegate* m_delegate = nullptr;
    QLineEdit* m_text = nullptr;
    QComboBox* m_verdicts = nullptr;
    QLabel* m_failures = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_empty = nullptr;
    QTableView* m_table = nullptr;
    QList<QAction*> m_actions;
    std::vector<Verdict> m_present;  ///< verdicts that the combo box lists
    bool m_isFollowing = false;  ///< the current row is being set, not chosen
};

}  // namespace warploom
