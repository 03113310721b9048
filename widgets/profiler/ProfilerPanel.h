// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QWidget>

#include "engine/VariantProfile.h"
#include "look/VerdictMark.h"
#include "profiler/RooflineHistory.h"
#include "protocol/Records.h"

class QLabel;
class QStackedWidget;
class QTableView;
class QTabWidget;

namespace warploom {

class AssemblyView;
class EngineSession;
class EvidenceView;
class FindingsView;
class LinesView;
class LiveLineage;
class ProfileModel;
class RooflineView;
class Selection;

/// What is known of the selected evaluation: verdict, figures beside its parent's, evidence; and of what was profiled
/// last: findings, roofline, PTX and SASS.
class ProfilerPanel : public QWidget {
    Q_OBJECT

public:
    ProfilerPanel(EngineSession& session, LiveLineage& lineage, Selection& selection, QWidget* parent = nullptr);
    ~ProfilerPanel() override;

    /// What the compiler has made of what was compiled or profiled last.
    void showAssembly(const QString& title, std::shared_ptr<const AssemblyReport> report);
    /// What was profiled last: what limits it, and where it stands under the roofs; the view of findings comes up.
    /// \p variant 0: a draft, which no lineage leads to.
    /// \p source is the text that was profiled.
    void showProfile(const QString& title, const VariantProfile& profile, const QString& source = {},
                     VariantId variant = 0);
    /// Why there is no profile: it is being made, or could not be.
    void showProfileMessage(const QString& message);
    /// The instructions of a line of the source.
    void showSourceLine(int line);
    /// An evaluation that is in no workspace: of a draft that was checked.
    void showChecked(const QString& title, const EvaluationRecord& evaluation);

signals:
    /// Somebody wants to see this line of the source, and the keyboard there.
    void lineWanted(int line);
    /// An instruction that comes from this line was chosen; the keyboard stays.
    void sourceLineChosen(int line);
    /// Somebody wants agents to prefer this move.
    void moveChosen(const QString& move);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void setUpSummary();
    void setUpEvidence();
    void setUpFindings();
    void setUpAssembly();
    void setUpConnections();
    void applyTheme();
    void refresh();
    void paintVerdict();
    void showEvaluation(const EvaluationRecord& evaluation, const QString& title);
    void loadOther(const EvaluationRecord& own, VariantId variant);
    [[nodiscard]] const EvaluationRecord* selectedEvaluation() const;

    /// The way to the profile that is shown, while the times of those on it are being read.
    struct AncestorsToLoad {
        std::vector<RooflineAncestor> ancestors;
        std::vector<EvaluationId> evaluations;  ///< of each; 0: none that could be compared
        std::size_t next = 0;
        std::string size;
        int shown = 0;  ///< the profile that it leads to
    };
    void loadAncestors(const VariantProfile& profile, VariantId variant);
    void loadNextAncestor(std::shared_ptr<AncestorsToLoad> way);

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
    FindingsView* m_findings = nullptr;
    LinesView* m_lines = nullptr;
    std::optional<InstructionReport> m_stalls;  ///< of what was profiled last
    QString m_stallsTitle;
    RooflineView* m_roofline = nullptr;
    AssemblyView* m_assembly = nullptr;
    RooflineHistory m_history;
    int m_shownProfile = 0;  ///< counts them
    Mark m_mark = Mark::None;  ///< of the verdict
    EvaluationId m_shown = 0;  ///< 0: none of the workspace
    bool m_showsDraft = false;  ///< until something else is selected
    bool m_isStale = true;
};

}  // namespace warploom
