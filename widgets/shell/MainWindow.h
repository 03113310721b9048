// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QMainWindow>

#include "profiler/KeptProfiles.h"
#include "protocol/Records.h"
#include "session/DeviceScan.h"
#include "session/EngineSession.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"
#include "session/TaskWatch.h"
#include "shell/Actions.h"
#include "shell/Steering.h"
#include "shell/WindowLayout.h"
#include "shell/WindowSettings.h"

class QDockWidget;

namespace warploom {

struct ServerPreset;

class CommandPalette;
class DraftStore;
class EditorArea;
class EvolutionPanel;
class ExchangesDialog;
class FeedPanel;
class ModelKeys;
class KnowledgeDialog;
class NoticeBar;
class ProfilerPanel;
class RunBar;
class TaskLibraryPanel;

/// The workbench: owns the session with the engine host, the one selection, and the docks, and wires them.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Opens the task in its own workspace, in the data folder.
    void openTask(const QString& folder);
    void openWorkspace(const QString& path);
    /// Reads a workspace without attaching to a host: for pictures.
    void showWorkspace(const QString& path);
    /// What was open when the last window was closed.
    void restoreSession();
    /// Asks a worker for this machine's devices.
    void scanDevices() { m_scan.start(); }

    [[nodiscard]] EngineSession& session() { return m_session; }
    [[nodiscard]] LiveLineage& lineage() { return m_lineage; }
    [[nodiscard]] Selection& selection() { return m_selection; }
    [[nodiscard]] Actions& actions() { return m_actions; }
    [[nodiscard]] NoticeBar& notices() { return *m_notices; }
    [[nodiscard]] ModelKeys& modelKeys() { return *m_modelKeys; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void setUpViews();
    void setUpDocks();
    void setUpActions();
    void setUpFileActions();
    void setUpRunActions();
    void setUpEditActions();
    void setUpViewActions();
    void setUpHelpActions();
    void setUpMenus();
    void setUpToolBar();
    void setUpConnections();
    void setUpProfilerConnections();
    void setUpStates();
    QDockWidget* addDock(const QString& id, const QString& title, QWidget* content);

    void openSession(const QString& path, const QString& folder);
    void setUpModels();
    void showModelServers();
    void chooseAgents();
    /// Whether a run may begin with the agents that are chosen; says why not.
    [[nodiscard]] bool mayEvolve();
    /// Says why a run that this window ordered could not start or go on.
    void noteRunFailure(const RunProgress& progress);
    void setUpPromptActions();
    void setUpPromptConnections();
    void updatePromptActions(bool open, const QString& noTask);
    /// Asks a model about the selected variant: shown first.
    void askModel();
    void showExchanges(ExchangeId exchange);
    void showWaiting(std::int64_t number);
    /// Who is being asked, and what waits to be seen.
    void noteQuestions(const RunProgress& progress);
    [[nodiscard]] bool canAskServer(const ServerPreset& server) const;
    void askForWorkspace();
    void askForTask();
    void askForKernel();
    void askForSource();
    void saveFile();
    void sessionOpened();
    void sessionClosed();
    void showSelected(VariantId variant);
    void updateActions();
    void updateEditorActions(bool open, const QString& noTask);
    void updateTitle();
    [[nodiscard]] RunProgress progressAtRest(const RunRecord& run) const;
    void takeUpSubmitted(int first, int count);

    void evolve();
    /// In a workspace of its own.
    void watchExample();
    void startExample();
    void resumeRun();
    void compile();
    void check();
    void profile();
    void preferMove(const QString& move);
    /// Opens the pages about the move; empty: all pages.
    void showKnowledge(const QString& move);
    void showFinding(const QString& rule);
    /// The dialog of pages, in front.
    KnowledgeDialog& knowledge();
    void goToProfiledLine(int line);
    void profileForComparison(VariantId variant);
    void assembleForComparison(VariantId variant);
    void showSources(VariantId before, VariantId after, const QString& draft);
    void compareWithSelected();
    void bringNvdisasm();
    void submit();
    void forkSelected();
    void diffToParent();
    void selectBest();
    void flipFlag(bool favour);
    [[nodiscard]] SourceOrder orderForEditor() const;
    [[nodiscard]] RunOrder runOrder() const;
    [[nodiscard]] std::optional<Configuration> configurationOf(VariantId variant) const;
    [[nodiscard]] ProfiledText textInFront() const;
    void startProfile(const ProfiledText& text, const SourceOrder& source,
                      std::function<void(Result<VariantProfile>)> finish);
    /// Calls \p use with the variant's text and what to ask of the host about it.
    void withVariant(VariantId variant, std::function<void(ProfiledText, SourceOrder)> use,
                     std::function<void(QString)> fails);
    /// PTX and SASS of a text.
    void loadAssembly(const ProfiledText& text, const SourceOrder& order);
    void finishCheck(const QString& title, const QString& identity, Result<EvaluationRecord> record);
    void askBeforeClosing();

    WindowSettings m_settings;
    LiveLineage m_lineage;
    Selection m_selection;
    EngineSession m_session;  ///< after the lineage it feeds
    Steering m_steering;
    DeviceScan m_scan;
    TaskWatch m_taskWatch;
    Actions m_actions;
    std::unique_ptr<DraftStore> m_drafts;
    std::unique_ptr<ModelKeys> m_modelKeys;
    TaskLibraryPanel* m_library = nullptr;
    EditorArea* m_editor = nullptr;
    EvolutionPanel* m_evolution = nullptr;
    ProfilerPanel* m_profiler = nullptr;
    FeedPanel* m_feed = nullptr;
    NoticeBar* m_notices = nullptr;
    RunBar* m_runBar = nullptr;
    CommandPalette* m_palette = nullptr;
    KnowledgeDialog* m_knowledge = nullptr;  ///< once somebody has asked for it
    ExchangesDialog* m_exchanges = nullptr;  ///< the same
    std::int64_t m_toldOfWaiting = 0;  ///< the last prompt that the notice told of
    QString m_waitingNotice;  ///< what it said
    std::unique_ptr<WindowLayout> m_layout;
    QList<QDockWidget*> m_docks;
    std::function<void()> m_onceOpened;  ///< what to do when the workspace that is being opened is there
    QString m_noteAfterOpening;  ///< what the opening of a workspace must not sweep away
    bool m_mayClose = false;
    bool m_isChecking = false;
    bool m_expectsRun = false;  ///< ordered, or seen going on, and not yet ended
    QString m_profiledIdentity;  ///< of the tab that was profiled last
    QString m_profiledDraft;  ///< the same, where that was a draft
    bool m_isSnapshot = false;
    bool m_layoutIsSet = false;
};

}  // namespace warploom
