// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/MainWindow.h"

#include <QCloseEvent>
#include <QCryptographicHash>
#include <QDockWidget>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QToolBar>
#include <QVBoxLayout>

#include "base/Files.h"
#include "editor/EditorArea.h"
#include "evolution/EvolutionPanel.h"
#include "profiler/ProfilerPanel.h"
#include "session/DraftStore.h"
#include "session/KeyringKeys.h"
#include "session/ModelKeys.h"
#include "shell/CommandPalette.h"
#include "shell/FeedPanel.h"
#include "shell/NewTaskDialog.h"
#include "shell/NoticeBar.h"
#include "shell/PathQuestion.h"
#include "shell/RunBar.h"
#include "shell/TaskLibraryPanel.h"
#include "task/TaskLibrary.h"

namespace warploom {

namespace {

QString workspaceOf(const QString& taskFolder)
{
    // Two folders may hold tasks of one name.
    const QByteArray hash = QCryptographicHash::hash(taskFolder.toUtf8(), QCryptographicHash::Sha1).toHex().left(6);
    const auto folder = dataFolder() / "workspaces";
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    return QString::fromStdString(folder.string())
        + QStringLiteral("/%1-%2.warploom").arg(QFileInfo(taskFolder).fileName(), QString::fromLatin1(hash));
}

std::filesystem::path draftFolder() { return dataFolder() / "drafts"; }

}  // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent)
    , m_session(m_lineage)
    , m_steering(m_session)
    , m_drafts(std::make_unique<DraftStore>(draftFolder()))
    , m_modelKeys(std::make_unique<ModelKeys>(std::make_unique<KeyringKeys>()))
{
    setWindowTitle(QStringLiteral("Warploom"));
    setDockNestingEnabled(true);
    Theme::instance().choose(m_settings.theme());
    setUpViews();
    setUpDocks();
    setUpActions();
    setUpMenus();
    setUpToolBar();
    setUpConnections();
    m_runBar->setBudget(m_settings.budget());
    setUpModels();
    if (const auto folder = taskLibraryFolder())
        m_library->setTasks(listTasks(*folder));
    else
        m_library->setTasks({});
    m_library->setRecentWorkspaces(m_settings.recentWorkspaces());
    updateActions();
}

MainWindow::~MainWindow()
{
    // The views hear nothing of the end: they are gone before the lineage is.
    m_session.disconnect();
    m_lineage.disconnect();
    m_selection.disconnect();
}

void MainWindow::setUpViews()
{
    auto* middle = new QWidget;
    auto* layout = new QVBoxLayout(middle);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_notices = new NoticeBar;
    m_editor = new EditorArea(*m_drafts);
    layout->addWidget(m_notices);
    layout->addWidget(m_editor, 1);
    setCentralWidget(middle);
    m_library = new TaskLibraryPanel;
    m_evolution = new EvolutionPanel(m_lineage, m_selection);
    m_profiler = new ProfilerPanel(m_session, m_lineage, m_selection);
    m_feed = new FeedPanel(m_lineage, m_selection);
    m_runBar = new RunBar;
    m_palette = new CommandPalette(m_actions, this);
}

QDockWidget* MainWindow::addDock(const QString& id, const QString& title, QWidget* content)
{
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(id);
    dock->setWidget(content);
    m_docks.append(dock);
    return dock;
}

void MainWindow::setUpDocks()
{
    WindowLayout::Docks docks;
    docks.library = addDock(QStringLiteral("library"), tr("Library"), m_library);
    docks.evolution = addDock(QStringLiteral("evolution"), tr("Evolution"), m_evolution);
    docks.profiler = addDock(QStringLiteral("profiler"), tr("Profiler"), m_profiler);
    docks.feed = addDock(QStringLiteral("feed"), tr("Agent feed"), m_feed);
    m_layout = std::make_unique<WindowLayout>(*this, m_settings, docks);
    connect(m_layout.get(), &WindowLayout::roomChanged, this,
            [this](RoomClass room) { m_evolution->setCompact(room == RoomClass::Compact); });
}

void MainWindow::showEvent(QShowEvent* event)
{
    QMainWindow::showEvent(event);
    if (!m_layoutIsSet)
        m_layout->restore();
    m_layoutIsSet = true;
}

void MainWindow::setUpConnections()
{
    connect(&m_session, &EngineSession::opened, this, &MainWindow::sessionOpened);
    connect(&m_session, &EngineSession::closed, this, &MainWindow::sessionClosed);
    connect(&m_session, &EngineSession::failed, m_notices, &NoticeBar::showError);
    connect(&m_session, &EngineSession::failed, m_editor, &EditorArea::releaseSubmitted);
    connect(&m_session, &EngineSession::hostLost, m_editor, &EditorArea::releaseSubmitted);
    connect(&m_session, &EngineSession::hostLost, this, [this](const QString& reason) {
        m_notices->showQuestion(tr("The engine host has ended (%1). What it had stored is shown.").arg(reason),
                                tr("Attach again"), [this] { openWorkspace(m_session.workspace()); });
        updateActions();
    });
    connect(&m_session, &EngineSession::progressed, this, [this](const RunProgress& progress) {
        // A host that has had no run says nothing: what the workspace tells of the last one stays.
        if (!progress.phase.empty())
            m_runBar->showProgress(progress, m_session.isRunning());
        noteRunFailure(progress);
        updateActions();
    });
    connect(&m_selection, &Selection::changed, this, [this](VariantId variant) { showSelected(variant); });
    connect(&m_lineage, &LiveLineage::variantsChanged, this, &MainWindow::updateActions);
    connect(m_library, &TaskLibraryPanel::taskChosen, this, &MainWindow::openTask);
    connect(m_library, &TaskLibraryPanel::workspaceChosen, this, &MainWindow::openWorkspace);
    connect(m_library, &TaskLibraryPanel::ownKernelWanted, this, &MainWindow::askForKernel);
    connect(m_feed, &FeedPanel::guidanceGiven, this, [this](const QString& sentence) {
        if (!m_session.isOpen())
            return m_notices->showNote(tr("Open a task first: guidance belongs to a workspace."));
        m_steering.guide(sentence, 0);
        m_notices->showNote(tr("Guidance given: %1").arg(sentence));
    });
    connect(m_feed, &FeedPanel::moveAsked, this, &MainWindow::showKnowledge);
    connect(m_feed, &FeedPanel::exampleWanted, this, &MainWindow::watchExample);
    connect(&m_scan, &DeviceScan::found, this, [this](const QStringList& devices, const QString& problem) {
        m_runBar->setDevices(devices);
        if (const auto& run = m_session.latestRun())
            m_runBar->chooseDevice(QString::fromStdString(run->device), false);
        if (!problem.isEmpty())
            statusBar()->setToolTip(problem);
    });
    connect(m_editor, &EditorArea::currentChanged, this, &MainWindow::updateActions);
    setUpProfilerConnections();
    setUpPromptConnections();
    connect(m_editor, &EditorArea::noted, this, [this](const QString& message, bool offersUndo) {
        if (offersUndo)
            m_notices->showQuestion(message, tr("Bring it back"), [this] { m_editor->bringBackDraft(); });
        else
            m_notices->showError(message, {});
    });
    connect(&m_taskWatch, &TaskWatch::changed, this, [this](const QString& problem) {
        if (!problem.isEmpty())
            return m_notices->showError(tr("The task's files changed on the disk: %1").arg(problem), {});
        m_notices->showQuestion(tr("The task's files changed on the disk. Checks and runs from now on use them."),
                                tr("Load them"), [this] { openWorkspace(m_session.workspace()); });
    });
    connect(&m_lineage, &LiveLineage::variantsAdded, this, &MainWindow::takeUpSubmitted);
    connect(&m_session, &EngineSession::commandRefused, this, [this](const QString& reason) {
        m_editor->releaseSubmitted();
        m_notices->showError(tr("Refused: %1").arg(reason), {});
    });
}

/// A person's text that has become a variant is selected, and its draft closed.
void MainWindow::takeUpSubmitted(int first, int count)
{
    for (int row = first; row < first + count; ++row) {
        const VariantRecord& variant = m_lineage.data().variants()[static_cast<std::size_t>(row)];
        if (variant.agent != "person")
            continue;
        m_session.loadVariant(variant.id, [this, id = variant.id](Result<VariantRecord> record) {
            if (record && m_editor->closeSubmitted(QString::fromStdString(record->source)))
                m_selection.select(id);
        });
    }
}

void MainWindow::openTask(const QString& folder)
{
    const QString path = workspaceOf(folder);
    m_isSnapshot = false;
    m_settings.noteWorkspace(path, folder);
    openSession(path, folder);
    m_library->setOpenTask(folder);
}

void MainWindow::openWorkspace(const QString& path)
{
    const QString folder = m_settings.taskOf(path);
    m_isSnapshot = false;
    m_settings.noteWorkspace(path, folder);
    openSession(path, folder);
    m_library->setOpenTask(folder);
}

void MainWindow::showWorkspace(const QString& path)
{
    m_isSnapshot = true;
    m_session.openSnapshot(path);
}

void MainWindow::restoreSession()
{
    restoreGeometry(m_settings.geometry());
    if (const QString last = m_settings.lastWorkspace(); !last.isEmpty())
        openWorkspace(last);
}

void MainWindow::askForWorkspace()
{
    askForFile(this, tr("Open a workspace"), tr("Workspaces (*.warploom)"),
               [this](const QString& path) { openWorkspace(path); });
}

void MainWindow::askForTask()
{
    askForFolder(this, tr("Open a task: a folder with a task.toml"),
                 [this](const QString& folder) { openTask(folder); });
}

void MainWindow::askForKernel()
{
    auto* dialog = new NewTaskDialog(m_runBar->device(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &NewTaskDialog::taskMade, this, [this](const QString& folder, const QString& notes) {
        openTask(folder);
        m_noteAfterOpening = notes;
    });
    dialog->open();
}

void MainWindow::askForSource()
{
    askForFile(this, tr("Open a CUDA file"), tr("CUDA (*.cu *.cuh)"), [this](const QString& path) {
        if (const auto opened = m_editor->openFile(path); !opened)
            m_notices->showError(QString::fromStdString(opened.error().toString()), {});
    });
}

void MainWindow::saveFile()
{
    if (const auto saved = m_editor->saveFile(); !saved)
        m_notices->showError(QString::fromStdString(saved.error().toString()),
                             QString::fromUtf8(remedy(saved.error().code).data()));
}

void MainWindow::sessionOpened()
{
    m_notices->dismiss();
    if (!m_noteAfterOpening.isEmpty())
        m_notices->showNote(std::exchange(m_noteAfterOpening, {}));
    const Task* task = m_session.task();
    m_runBar->setTask(task == nullptr ? QString() : QString::fromStdString(task->name));
    m_library->setRecentWorkspaces(m_settings.recentWorkspaces());
    m_editor->setWorkspace(m_session.workspace());
    m_taskWatch.watch(m_session.taskPath(), task);
    updateTitle();
    const Lineage& data = m_lineage.data();
    const VariantId remembered = m_settings.selectedVariant(m_session.workspace());
    if (data.find(remembered) != nullptr) {
        m_selection.select(remembered);
    } else if (!data.variants().empty()) {
        selectBest();
    } else if (task != nullptr) {
        VariantRecord baseline;
        baseline.title = "baseline";
        m_editor->setVariantSource(baseline, QString::fromStdString(task->baselineSource));
    }
    const auto& run = m_session.latestRun();
    if (run) {
        m_runBar->chooseDevice(QString::fromStdString(run->device), m_isSnapshot);
        if (m_session.progress().phase.empty())
            m_runBar->showProgress(progressAtRest(*run), false);
    }
    if (!m_isSnapshot && !m_session.isRunning() && run && run->state == RunState::Interrupted)
        m_notices->showQuestion(tr("The last run was interrupted; evaluations so far: %1.").arg(run->evaluations),
                                tr("Go on"), [this] { resumeRun(); });
    updateActions();
    if (const auto then = std::exchange(m_onceOpened, {}))
        then();
}

/// How the latest run ended, for a host that has had none itself.
RunProgress MainWindow::progressAtRest(const RunRecord& run) const
{
    RunProgress progress;
    progress.phase = "finished";
    progress.endReason = runStateName(run.state);
    progress.evaluations = run.evaluations;
    progress.budget = run.settings.get<RunSettings>().evaluations;
    progress.elapsed = std::chrono::milliseconds(run.finished > run.started ? run.finished - run.started : 0);
    if (const EvaluationRecord* best = m_lineage.data().best()) {
        progress.best = *best;
        progress.modelled = best->modelled;
    }
    return progress;
}

void MainWindow::sessionClosed()
{
    m_taskWatch.watch({}, nullptr);
    m_selection.select(0);
    m_editor->clearVariant();
    m_editor->setWorkspace({});
    m_runBar->setTask({});
    m_runBar->showProgress({}, false);
    updateTitle();
    updateActions();
}

void MainWindow::updateTitle()
{
    const Task* task = m_session.task();
    const QString workspace = QFileInfo(m_session.workspace()).fileName();
    setWindowTitle(task == nullptr
                       ? QStringLiteral("Warploom")
                       : QStringLiteral("%1 — %2 — Warploom").arg(QString::fromStdString(task->name), workspace));
}

void MainWindow::showSelected(VariantId variant)
{
    updateActions();
    const VariantRecord* known = m_lineage.data().find(variant);
    if (known == nullptr)
        return;
    m_settings.setSelectedVariant(m_session.workspace(), variant);
    m_session.loadVariant(variant, [this, variant](Result<VariantRecord> record) {
        if (!record)
            return m_notices->showError(QString::fromStdString(record.error().toString()), {});
        if (variant == m_selection.variant())
            m_editor->setVariantSource(*record, QString::fromStdString(record->source));
    });
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_mayClose && !m_isSnapshot && m_session.isRunning()) {
        event->ignore();
        askBeforeClosing();
        return;
    }
    m_settings.setGeometry(saveGeometry());
    m_layout->save();
    m_settings.setBudget(m_runBar->budget());
    m_drafts->flush();
    event->accept();
}

void MainWindow::askBeforeClosing()
{
    auto* box = new QMessageBox(QMessageBox::Question, tr("A run is going on"),
                                tr("The run of %1 can go on without this window; the next window finds it.")
                                    .arg(QString::fromStdString(m_session.progress().task)),
                                QMessageBox::NoButton, this);
    box->setObjectName(QStringLiteral("closeQuestion"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    auto* leave = box->addButton(tr("Leave it running"), QMessageBox::AcceptRole);
    auto* pause = box->addButton(tr("Pause it"), QMessageBox::ActionRole);
    auto* stop = box->addButton(tr("Stop it"), QMessageBox::DestructiveRole);
    box->addButton(tr("Cancel"), QMessageBox::RejectRole);
    box->setDefaultButton(leave);
    connect(box, &QMessageBox::buttonClicked, this, [this, leave, pause, stop](QAbstractButton* button) {
        if (button != leave && button != pause && button != stop)
            return;
        if (button == pause)
            m_steering.setPaused(true);
        if (button == stop)
            m_steering.stop();
        m_mayClose = true;
        // After the command: both go through the session's own thread in order.
        m_session.whenIdle([this] { close(); });
    });
    box->open();
}

}  // namespace warploom
