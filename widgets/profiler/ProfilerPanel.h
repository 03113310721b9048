// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QWidget>

#include "look/VerdictMark.h"
#include "protocol/Records.h"

class QLabel;
class QPlainTextEdit;
class QStackedWidget;
class QTableView;
class QTabWidget;

namespace warploom {

class EngineSession;
class EvidenceView;
class LiveLineage;
class ProfileModel;
class Selection;

/// What is known of the selected evaluation: verdict, figures beside its parent's, evidence, PTX.
class ProfilerPanel : public QWidget {
    Q_OBJECT

public:
    ProfilerPanel(EngineSession& session, LiveLineage& lineage, Selection& selection, QWidget* parent = nullptr);
    ~ProfilerPanel() override;

    /// PTX of what was compiled last, with what it is of.
    void showPtx(const QString& title, const QString& ptx);
    /// An evaluation that is in no workspace: of a draft that was checked.
    void showChecked(const QString& title, const EvaluationRecord& evaluation);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void setUpSummary();
    void setUpEvidence();
    void setUpPtx();
    void setUpConnections();
    void applyTheme();
    void refresh();
    void paintVerdict();
    void showEvaluation(const EvaluationRecord& evaluation, const QString& title);
    void loadOther(const EvaluationRecord& own, VariantId variant);
    [[nodiscard]] const EvaluationRecord* selectedEvaluation() const;

    EngineSession& m_session;
    LiveLineage& m_lineage;
    Selection& m_selection;
    ProfileModel* m_model = nullptr;
    QTabWidget* m_tabs = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_title = nullptr;
    QLabel* m_verdict = nullptr;
    QLabel* m_message = nullptr;
    QTableView* m_table = nullptr;
    EvidenceView* m_evidence = nullptr;
    QPlainTextEdit* m_ptx = nullptr;
    QLabel* m_ptxTitle = nullptr;
    Mark m_mark = Mark::None;  ///< of the verdict
    EvaluationId m_shown = 0;  ///< 0: none of the workspace
    bool m_showsDraft = false;  ///< until something else is selected
    bool m_isStale = true;
};

}  // namespace warploom
