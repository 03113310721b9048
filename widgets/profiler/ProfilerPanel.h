// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <QWidget>

#include "look/VerdictMark.h"
#include "profiler/KeptProfiles.h"
#include "profiler/RooflineHistory.h"
#include "protocol/Records.h"

class QLabel;
class QStackedWidget;
class QTableView;
class QTabWidget;

namespace warploom {

class AccessView;
class AssemblyDiffView;
class AssemblyView;
class ComparisonBar;
class ComparisonView;
class EngineSession;
class EvidenceView;
class FindingsView;
class LinesView;
class LiveLineage;
class ProfileModel;
class RooflineView;
class Selection;

/// What is known of the selected variant, beside another that the person chooses: verdict, figures and evidence of its
/// evaluation; findings, lines, roofline, PTX and SASS of what was profiled or compiled here, or what a run has found.
class ProfilerPanel : public QWidget {
    Q_OBJECT

public:
    ProfilerPanel(EngineSession& session, LiveLineage& lineage, Selection& selection, QWidget* parent = nullptr);
    ~ProfilerPanel() override;

    /// What was profiled last: what limits it, and where it stands under the roofs; the view of findings comes up.
    void showProfile(const ProfiledText& text, const VariantProfile& profile);
    /// What the compiler has made of what was compiled or profiled last.
    void showAssembly(const ProfiledText& text, std::shared_ptr<const AssemblyReport> report);
    /// A text that was profiled or compiled here is in front again: a variant's, or with 0 that of the latest draft.
    void showKeptOf(VariantId variant);
    /// Answers to profileWanted() and assemblyWanted(): for comparison, what is shown stays.
    void keepProfile(const ProfiledText& text, const VariantProfile& profile);
    void keepAssembly(const ProfiledText& text, std::shared_ptr<const AssemblyReport> report);
    /// Why there is no assembly of a variant that was asked for.
    void noteNoAssembly(VariantId variant, const QString& message);
    /// Listings are read anew when they are wanted: nvdisasm has come.
    void forgetAssembly();
    /// Everything is compared with this variant from now on.
    void compareWith(VariantId variant);
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
    /// Somebody wants to know what this move is.
    void moveAsked(const QString& move);
    /// Somebody wants to know more of what this rule finds.
    void findingAsked(const QString& rule);
    /// A profile of this variant is wanted, for comparison.
    void profileWanted(warploom::VariantId variant);
    /// PTX and SASS of this variant are wanted, for comparison.
    void assemblyWanted(warploom::VariantId variant);
    /// Both sources are wanted beside each other. \p after 0: the draft that is shown, whose text is \p draft.
    void sourcesWanted(warploom::VariantId before, warploom::VariantId after, const QString& draft);
    /// Somebody wants nvdisasm brought.
    void nvdisasmWanted();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void setUpSummary();
    void setUpEvidence();
    void setUpFindings();
    void setUpAssembly();
    void setUpComparison();
    void setUpConnections();
    void applyTheme();
    void refresh();
    void paintVerdict();
    void showEvaluation(const EvaluationRecord& evaluation, const QString& title);
    void showMove(VariantId variant);
    void loadOther(const EvaluationRecord& own);
    [[nodiscard]] const EvaluationRecord* selectedEvaluation() const;

    // What was profiled: ProfilerPanelProfile.cpp
    void showSelectedText();
    /// The views of profiles show \p text from now on.
    void showText(const ProfiledText& text);
    void showKept();
    void showFindings();
    void showListing();
    void loadRecord();
    void showRoofline(const KeptProfile& kept);
    // Beside another: ProfilerPanelComparison.cpp
    void findOther();
    void updateComparison();
    void showFigures();
    void showDifference();
    void askForAssembly(VariantId variant);
    [[nodiscard]] QString whyNoOther() const;
    [[nodiscard]] const KeptProfile* own() const { return m_kept.find(m_text.subject.variant); }
    [[nodiscard]] const KeptProfile* other() const;

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
    QLabel* m_move = nullptr;  ///< that made the variant, and by whom; leads to its page
    QTableView* m_table = nullptr;
    EvidenceView* m_evidence = nullptr;
    FindingsView* m_findings = nullptr;
    LinesView* m_lines = nullptr;
    RooflineView* m_roofline = nullptr;
    AssemblyView* m_assembly = nullptr;
    ComparisonBar* m_bar = nullptr;
    ComparisonView* m_comparison = nullptr;
    AssemblyDiffView* m_difference = nullptr;
    AccessView* m_access = nullptr;
    RooflineHistory m_history;
    int m_shownProfile = 0;  ///< counts them
    KeptProfiles m_kept;
    ProfiledText m_text;  ///< that the views of profiles are of
    VariantId m_followed = 0;  ///< selection that m_text was last chosen by
    bool m_hasText = false;  ///< something was selected, profiled or compiled
    VariantId m_other = 0;  ///< that it is compared with; 0: none
    std::set<VariantId> m_assemblyAsked;  ///< and not answered
    std::map<VariantId, QString> m_assemblyMissing;  ///< why
    Mark m_mark = Mark::None;  ///< of the verdict
    EvaluationId m_shown = 0;  ///< 0: none of the workspace
    bool m_showsDraft = false;  ///< until something else is selected
    bool m_isStale = true;
};

}  // namespace warploom
