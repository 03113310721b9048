// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QActionGroup>
#include <QApplication>
#include <QDockWidget>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>

#include "editor/EditorArea.h"
#include "evolution/EvolutionPanel.h"
#include "look/Figures.h"
#include "profiler/ProfilerPanel.h"
#include "protocol/CompileProduct.h"
#include "shell/CommandPalette.h"
#include "shell/KnowledgeDialog.h"
#include "shell/MainWindow.h"
#include "shell/NoticeBar.h"
#include "shell/ProfileHeat.h"
#include "shell/RunBar.h"

namespace warploom {

// What a person can do: actions, menus, and what each one carries out.

void MainWindow::setUpActions()
{
    setUpFileActions();
    setUpRunActions();
    setUpEditActions();
    setUpViewActions();
    setUpHelpActions();
    setUpPromptActions();
    for (QAction* action : m_actions.all())
        addAction(action);
}

void MainWindow::setUpFileActions()
{
    connect(m_actions.add({QStringLiteral("file.new-task"), tr("&New task from a kernel…"),
                           QKeySequence(Qt::CTRL | Qt::Key_N),
                           tr("Finds the kernels of a .cu file and asks what it cannot guess"), Icon::Open}),
            &QAction::triggered, this, &MainWindow::askForKernel);
    connect(m_actions.add({QStringLiteral("file.open-task"), tr("Open &task folder…"),
                           QKeySequence(Qt::CTRL | Qt::Key_O), tr("A folder with a task.toml"), Icon::Open}),
            &QAction::triggered, this, &MainWindow::askForTask);
    connect(m_actions.add({QStringLiteral("file.open-workspace"), tr("Open &workspace…"),
                           QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), tr("A .warploom file"), Icon::Open}),
            &QAction::triggered, this, &MainWindow::askForWorkspace);
    connect(m_actions.add({QStringLiteral("file.open-file"), tr("Open &file…"),
                           QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_K), tr("A .cu file, to be edited in place"),
                           Icon::Open}),
            &QAction::triggered, this, &MainWindow::askForSource);
    connect(m_actions.add({QStringLiteral("file.save"), tr("&Save file"), QKeySequence::Save,
                           tr("Drafts of variants are kept by themselves")}),
            &QAction::triggered, this, &MainWindow::saveFile);
    connect(m_actions.add({QStringLiteral("file.close-tab"), tr("&Close tab"), QKeySequence(Qt::CTRL | Qt::Key_W),
                           tr("A draft's text is kept")}),
            &QAction::triggered, m_editor, &EditorArea::closeCurrent);
    connect(m_actions.add({QStringLiteral("file.bring-back"), tr("&Bring back the closed draft"),
                           QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T)}),
            &QAction::triggered, m_editor, &EditorArea::bringBackDraft);
    connect(m_actions.add({QStringLiteral("file.quit"), tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q)}),
            &QAction::triggered, this, &MainWindow::close);
}

void MainWindow::setUpRunActions()
{
    connect(m_actions.add({QStringLiteral("run.evolve"), tr("&Evolve"), QKeySequence(Qt::CTRL | Qt::Key_R),
                           tr("Let the agents search for a faster kernel"), Icon::Evolve}),
            &QAction::triggered, this, &MainWindow::evolve);
    QAction* pause = m_actions.add({QStringLiteral("run.pause"), tr("&Pause"), QKeySequence(Qt::CTRL | Qt::Key_P),
                                    tr("Candidates in flight are finished"), Icon::Pause, true});
    connect(pause, &QAction::triggered, this, [this](bool on) { m_steering.setPaused(on); });
    connect(m_actions.add({QStringLiteral("run.step"), tr("S&tep"), QKeySequence(Qt::CTRL | Qt::Key_Period),
                           tr("Pause, and try one candidate"), Icon::Step}),
            &QAction::triggered, &m_steering, &Steering::step);
    connect(m_actions.add({QStringLiteral("run.stop"), tr("&Stop"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R),
                           tr("End the run; it can be taken up again"), Icon::Stop}),
            &QAction::triggered, &m_steering, &Steering::stop);
    connect(m_actions.add({QStringLiteral("run.resume"), tr("Go on with the &last run")}), &QAction::triggered, this,
            &MainWindow::resumeRun);
    connect(m_actions.add({QStringLiteral("run.agents"), tr("&Agents…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A),
                           tr("Who proposes in the next run, and what it may cost")}),
            &QAction::triggered, this, &MainWindow::chooseAgents);
    QAction* preflight =
        m_actions.add({QStringLiteral("run.preflight"),
                       tr("Look at candidates on the e&mulator first"),
                       {},
                       tr("In runs on a card that are started from now on: stray accesses, races and "
                          "endless loops never reach it. A card that drives a display is always spared"),
                       {},
                       true});
    preflight->setChecked(m_settings.preflight());
    connect(preflight, &QAction::toggled, this, [this](bool on) { m_settings.setPreflight(on); });
    QAction* undo = m_steering.undoStack().createUndoAction(&m_actions, tr("Undo steering:"));
    QAction* redo = m_steering.undoStack().createRedoAction(&m_actions, tr("Redo steering:"));
    undo->setObjectName(QStringLiteral("steer.undo"));
    redo->setObjectName(QStringLiteral("steer.redo"));
    undo->setShortcut(QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_Z));
    redo->setShortcut(QKeySequence(Qt::CTRL | Qt::ALT | Qt::SHIFT | Qt::Key_Z));
    undo->setIcon(icon(Icon::Undo));
    redo->setIcon(icon(Icon::Redo));
    m_actions.adopt(undo, tr("There is no steering to take back"));
    m_actions.adopt(redo, tr("Nothing was taken back"));
    connect(m_actions.add({QStringLiteral("steer.favour"), tr("&Favour"), QKeySequence(Qt::CTRL | Qt::Key_Up),
                           tr("Expand this variant and what descends from it first"), Icon::Favour, true}),
            &QAction::triggered, this, [this] { flipFlag(true); });
    connect(m_actions.add({QStringLiteral("steer.retire"), tr("Re&tire"), QKeySequence(Qt::CTRL | Qt::Key_Down),
                           tr("Do not expand this variant any more"), Icon::Retire, true}),
            &QAction::triggered, this, [this] { flipFlag(false); });
}

void MainWindow::setUpEditActions()
{
    connect(m_actions.add({QStringLiteral("edit.compile"), tr("&Compile"), QKeySequence(Qt::CTRL | Qt::Key_B),
                           tr("Problems appear in the gutter, PTX and SASS in the profiler"), Icon::Compile}),
            &QAction::triggered, this, &MainWindow::compile);
    connect(m_actions.add({QStringLiteral("edit.check"), tr("Chec&k and time"), QKeySequence(Qt::Key_F5),
                           tr("Verify on every size, then time against the baseline"), Icon::Check}),
            &QAction::triggered, this, &MainWindow::check);
    connect(m_actions.add({QStringLiteral("edit.profile"), tr("&Profile"), QKeySequence(Qt::Key_F6),
                           tr("What limits it, on which lines, and what to do")}),
            &QAction::triggered, this, &MainWindow::profile);
    connect(m_actions.add({QStringLiteral("edit.submit"), tr("Su&bmit draft"), QKeySequence(Qt::CTRL | Qt::Key_Return),
                           tr("The draft becomes a variant and is evaluated"), Icon::Submit}),
            &QAction::triggered, this, &MainWindow::submit);
    connect(m_actions.add({QStringLiteral("edit.fork"), tr("F&ork"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F),
                           tr("Open a draft of the selected variant"), Icon::Fork}),
            &QAction::triggered, this, &MainWindow::forkSelected);
    connect(m_actions.add({QStringLiteral("edit.diff"), tr("&Diff to parent"),
                           QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D), tr("What the selected variant changed"),
                           Icon::Diff}),
            &QAction::triggered, this, &MainWindow::diffToParent);
    connect(m_actions.add({QStringLiteral("edit.compare"), tr("Co&mpare others with this"),
                           QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_D),
                           tr("The profiler holds what is selected next against the variant that is selected now")}),
            &QAction::triggered, this, &MainWindow::compareWithSelected);
    connect(m_actions.add({QStringLiteral("edit.nvdisasm"),
                           tr("Brin&g nvdisasm…"),
                           {},
                           tr("NVIDIA's disassembler, which shows SASS: about 5 MB")}),
            &QAction::triggered, this, &MainWindow::bringNvdisasm);
    connect(m_actions.add({QStringLiteral("edit.best"), tr("Select the &best"), QKeySequence(Qt::CTRL | Qt::Key_J)}),
            &QAction::triggered, this, &MainWindow::selectBest);
    connect(m_actions.add({QStringLiteral("edit.find"), tr("&Find…"), QKeySequence::Find, {}, Icon::Search}),
            &QAction::triggered, m_editor, &EditorArea::find);
    connect(m_actions.add({QStringLiteral("edit.next"), tr("&Next problem or change"), QKeySequence(Qt::Key_F8)}),
            &QAction::triggered, this, [this] {
                if (!m_editor->goToNext())
                    m_notices->showNote(tr("No problem is marked here. Ctrl+B compiles."));
            });
}

void MainWindow::setUpViewActions()
{
    connect(
        m_actions.add({QStringLiteral("view.palette"), tr("&Command palette"),
                       QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P), tr("Every command by its name"), Icon::Search}),
        &QAction::triggered, this, [this] { m_palette->popUp(); });
    connect(m_actions.add({QStringLiteral("view.reset"),
                           tr("&Restore default layout"),
                           {},
                           tr("Of the docks only; no content is touched")}),
            &QAction::triggered, m_layout.get(), &WindowLayout::reset);
    connect(m_actions.add({QStringLiteral("run.models"),
                           tr("&Model servers…"),
                           {},
                           tr("Which models there are, what they cost, and the keys of their servers")}),
            &QAction::triggered, this, &MainWindow::showModelServers);
    auto* themes = new QActionGroup(&m_actions);
    const auto addTheme = [&](const QString& id, const QString& text, ThemeChoice choice) {
        QAction* action = m_actions.add({id, text, {}, {}, {}, true});
        themes->addAction(action);
        action->setChecked(m_settings.theme() == choice);
        connect(action, &QAction::triggered, this, [this, choice] {
            m_settings.setTheme(choice);
            Theme::instance().choose(choice);
        });
    };
    addTheme(QStringLiteral("view.theme-system"), tr("Colours of the s&ystem"), ThemeChoice::System);
    addTheme(QStringLiteral("view.theme-light"), tr("&Light colours"), ThemeChoice::Light);
    addTheme(QStringLiteral("view.theme-dark"), tr("&Dark colours"), ThemeChoice::Dark);
}

void MainWindow::setUpHelpActions()
{
    connect(m_actions.add({QStringLiteral("help.knowledge"), tr("&Knowledge"), QKeySequence(Qt::Key_F1),
                           tr("Pages about making kernels faster, found by words")}),
            &QAction::triggered, this, [this] { showKnowledge({}); });
    connect(m_actions.add({QStringLiteral("help.example"),
                           tr("&Watch the written example"),
                           {},
                           tr("A run whose answers were written beforehand: no model is asked, nothing is sent")}),
            &QAction::triggered, this, &MainWindow::watchExample);
    connect(
        m_actions.add({QStringLiteral("help.move"), tr("What this &move does"), QKeySequence(Qt::SHIFT | Qt::Key_F1),
                       tr("The page about the move that made the selected variant")}),
        &QAction::triggered, this, [this] {
            if (const VariantRecord* selected = m_lineage.data().find(m_selection.variant()))
                showKnowledge(QString::fromStdString(selected->move));
        });
}

KnowledgeDialog& MainWindow::knowledge()
{
    if (m_knowledge == nullptr)
        m_knowledge = new KnowledgeDialog(this);
    else
        m_knowledge->reload();
    m_knowledge->show();
    m_knowledge->raise();
    m_knowledge->activateWindow();
    return *m_knowledge;
}

void MainWindow::showKnowledge(const QString& move)
{
    if (move.isEmpty())
        knowledge().showAll();
    else
        knowledge().showMove(move);
}

void MainWindow::showFinding(const QString& rule) { knowledge().showFinding(rule); }

void MainWindow::setUpMenus()
{
    const auto fill = [this](QMenu* menu, std::initializer_list<const char*> ids) {
        for (const char* id : ids) {
            if (*id == '\0')
                menu->addSeparator();
            else
                menu->addAction(m_actions.action(QString::fromLatin1(id)));
        }
    };
    fill(menuBar()->addMenu(tr("&File")),
         {"file.new-task", "file.open-task", "file.open-workspace", "file.open-file", "", "file.save", "file.close-tab",
          "file.bring-back", "", "file.quit"});
    fill(menuBar()->addMenu(tr("&Kernel")),
         {"edit.compile", "edit.check", "edit.profile", "edit.submit", "", "edit.fork", "edit.diff", "edit.compare",
          "edit.ask", "edit.best", "", "edit.find", "edit.next", "", "edit.nvdisasm"});
    QMenu* run = menuBar()->addMenu(tr("&Run"));
    fill(run,
         {"run.evolve", "run.pause", "run.step", "run.stop", "run.resume", "", "steer.favour", "steer.retire", ""});
    for (const char* id : {"steer.undo", "steer.redo"})
        run->addAction(m_actions.action(QString::fromLatin1(id)));
    fill(run, {"", "run.preflight", "run.agents", "run.show-prompts", "run.exchanges", "run.models"});
    QMenu* view = menuBar()->addMenu(tr("&View"));
    fill(view, {"view.palette", ""});
    for (QDockWidget* dock : m_docks) {
        dock->toggleViewAction()->setObjectName(QStringLiteral("view.dock-") + dock->objectName());
        m_actions.adopt(dock->toggleViewAction(), {});
        view->addAction(dock->toggleViewAction());
    }
    fill(view, {"", "view.reset", "", "view.theme-system", "view.theme-light", "view.theme-dark"});
    fill(menuBar()->addMenu(tr("&Help")), {"help.knowledge", "help.move", "", "help.example"});
    m_evolution->setNodeActions(
        {m_actions.action(QStringLiteral("edit.fork")), m_actions.action(QStringLiteral("edit.diff")),
         m_actions.action(QStringLiteral("edit.compare")), m_actions.action(QStringLiteral("edit.ask")),
         m_actions.action(QStringLiteral("edit.exchange")), m_actions.action(QStringLiteral("steer.favour")),
         m_actions.action(QStringLiteral("steer.retire")), m_actions.action(QStringLiteral("help.move"))});
}

void MainWindow::setUpToolBar()
{
    auto* bar = addToolBar(tr("Run"));
    bar->setObjectName(QStringLiteral("run"));
    bar->setMovable(false);
    bar->setIconSize(QSize(16, 16));
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    for (const char* id : {"run.evolve", "run.pause", "run.step", "run.stop"})
        bar->addAction(m_actions.action(QString::fromLatin1(id)));
    bar->addSeparator();
    for (const char* id : {"edit.compile", "edit.check", "edit.submit"})
        bar->addAction(m_actions.action(QString::fromLatin1(id)));
    bar->addSeparator();
    bar->addWidget(m_runBar);
    connect(m_layout.get(), &WindowLayout::roomChanged, this, [this, bar](RoomClass room) {
        // Signs that everyone knows make room for figures.
        for (const char* id : {"run.pause", "run.step", "run.stop"})
            qobject_cast<QToolButton*>(bar->widgetForAction(m_actions.action(QString::fromLatin1(id))))
                ->setToolButtonStyle(room == RoomClass::Compact ? Qt::ToolButtonIconOnly
                                                                : Qt::ToolButtonTextBesideIcon);
    });
}

void MainWindow::updateActions()
{
    const bool open = m_session.isOpen() && !m_isSnapshot;
    const bool running = m_session.isRunning();
    const QString noTask = tr("Open a task first: choose one in the library");
    const QString noRun = tr("No run is going on");
    m_actions.setEnabled(QStringLiteral("run.evolve"), open && !running,
                         open ? tr("A run is going on already") : noTask);
    for (const char* id : {"run.pause", "run.step", "run.stop"})
        m_actions.setEnabled(QString::fromLatin1(id), running, noRun);
    m_actions.action(QStringLiteral("run.pause"))->setChecked(running && m_session.progress().phase == "paused");
    const auto& run = m_session.latestRun();
    const bool resumable = open && !running && run && run->state == RunState::Interrupted;
    m_actions.setEnabled(QStringLiteral("run.resume"), resumable,
                         running ? tr("A run is going on already") : tr("There is no run that was interrupted"));
    updateEditorActions(open, noTask);
    updatePromptActions(open, noTask);
    const VariantRecord* selected = m_lineage.data().find(m_selection.variant());
    const QString none = tr("No variant is selected");
    for (const char* id : {"edit.fork", "edit.compare", "steer.favour", "steer.retire"})
        m_actions.setEnabled(QString::fromLatin1(id), open && selected != nullptr, none);
    m_actions.setEnabled(QStringLiteral("edit.diff"), selected != nullptr && !selected->parents.empty(),
                         selected == nullptr ? none : tr("The baseline has no parent"));
    m_actions.setEnabled(QStringLiteral("help.move"), selected != nullptr && !selected->move.empty(),
                         selected == nullptr ? none : tr("No move made this variant"));
    m_actions.setEnabled(QStringLiteral("edit.best"), m_lineage.data().best() != nullptr,
                         tr("Nothing has been timed yet"));
    m_actions.action(QStringLiteral("steer.favour"))->setChecked(selected != nullptr && selected->favoured);
    m_actions.action(QStringLiteral("steer.retire"))->setChecked(selected != nullptr && selected->retired);
}

void MainWindow::updateEditorActions(bool open, const QString& noTask)
{
    const Draft* draft = m_editor->currentDraft();
    const QString noKernel = tr("No kernel is in front");
    for (const char* id : {"edit.compile", "edit.check", "edit.profile"})
        m_actions.setEnabled(QString::fromLatin1(id), open && !m_isChecking && m_editor->hasKernel(),
                             !open              ? noTask
                                 : m_isChecking ? tr("A check is going on")
                                                : noKernel);
    m_actions.setEnabled(QStringLiteral("edit.submit"), open && draft != nullptr && !draft->isSubmitted,
                         !open                  ? noTask
                             : draft == nullptr ? tr("There is no draft in front: typing into a variant opens one")
                                                : tr("This draft has been submitted already"));
    m_actions.setEnabled(QStringLiteral("file.save"), draft != nullptr && !draft->file.isEmpty(),
                         tr("What is in front belongs to no file; drafts of variants are kept by themselves"));
    m_actions.setEnabled(QStringLiteral("file.bring-back"), m_drafts->canBringBack(), tr("No draft was closed"));
    m_actions.setEnabled(QStringLiteral("file.close-tab"), m_editor->currentEditor() != nullptr, noKernel);
    for (const char* id : {"edit.find", "edit.next"})
        m_actions.setEnabled(QString::fromLatin1(id), m_editor->currentEditor() != nullptr, noKernel);
}

RunOrder MainWindow::runOrder() const
{
    RunOrder order;
    order.task = m_session.taskPath().toStdString();
    order.settings.device = m_runBar->device().toStdString();
    order.settings.evaluations = m_runBar->budget();
    order.settings.preflight = m_settings.preflight();
    order.settings.showsPrompts = m_actions.action(QStringLiteral("run.show-prompts"))->isChecked();
    return order;
}

SourceOrder MainWindow::orderForEditor() const
{
    SourceOrder order;
    order.task = m_session.taskPath().toStdString();
    order.device = m_runBar->device().toStdString();
    order.source = m_editor->currentSource().toStdString();
    order.configuration = configurationOf(EditorArea::variantOf(m_editor->currentIdentity()));
    return order;
}

/// The tunables that the shown evaluation of a variant had; nothing for a draft.
std::optional<Configuration> MainWindow::configurationOf(VariantId variant) const
{
    const auto row = m_lineage.data().rowOf(variant);
    const EvaluationRecord* evaluation = row ? m_lineage.data().shownEvaluation(*row) : nullptr;
    return evaluation != nullptr ? std::optional(evaluation->configuration) : std::nullopt;
}

/// The text of the tab in front, as profiles are kept by.
ProfiledText MainWindow::textInFront() const
{
    ProfiledText text{m_editor->currentTitle(), m_editor->currentSource(), {}};
    if (const Draft* draft = m_editor->currentDraft()) {
        if (draft->file.isEmpty())
            text.subject.parent = draft->parent != 0 ? draft->parent : kTaskBaseline;
    } else {
        const VariantId variant = EditorArea::variantOf(m_editor->currentIdentity());
        text.subject = variant != 0 ? subjectOf(m_lineage.data(), variant) : ComparisonSubject{kTaskBaseline, 0};
    }
    return text;
}

void MainWindow::evolve()
{
    if (!mayEvolve())
        return;
    RunOrder order = runOrder();
    m_settings.agents().applyTo(order.settings);
    m_session.evolve(order);
}

void MainWindow::resumeRun()
{
    if (!mayEvolve())
        return;
    RunOrder order = runOrder();
    order.resume = true;
    order.changes = m_settings.agents().changes();
    m_session.evolve(order);
}

void MainWindow::compile()
{
    const QString identity = m_editor->currentIdentity();
    // Another tab may be in front when the answer comes.
    const ProfiledText text = textInFront();
    const SourceOrder order = orderForEditor();
    m_session.compile(order, [this, identity, text, order](Result<CompileReport> report) {
        if (!report)
            return m_notices->showError(QString::fromStdString(report.error().toString()), {});
        m_editor->setProblemsFor(identity, report->diagnostics);
        if (!report->compiled)
            return m_notices->showNote(tr("%1 does not compile; problems: %2. F8 goes to the next one.")
                                           .arg(text.title)
                                           .arg(report->diagnostics.size()));
        m_notices->showNote(tr("%1 compiles.").arg(text.title));
        loadAssembly(text, order);
    });
}

void MainWindow::check()
{
    const QString title = m_editor->currentTitle();
    const QString identity = m_editor->currentIdentity();
    m_isChecking = true;
    updateActions();
    m_notices->showQuestion(tr("Checking %1 …").arg(title), tr("Cancel"), [this] { m_session.cancelBench(); });
    m_session.check(
        orderForEditor(),
        [this, title, identity](Result<EvaluationRecord> record) { finishCheck(title, identity, std::move(record)); },
        [this, title](const QString& stage) {
            if (m_isChecking)
                m_notices->showQuestion(tr("Checking %1: %2").arg(title, stage), tr("Cancel"),
                                        [this] { m_session.cancelBench(); });
        });
}

void MainWindow::finishCheck(const QString& title, const QString& identity, Result<EvaluationRecord> record)
{
    m_isChecking = false;
    updateActions();
    if (!record) {
        if (record.error().isCancelled())
            m_notices->showNote(tr("The check of %1 was cancelled.").arg(title));
        else
            m_notices->showError(QString::fromStdString(record.error().toString()), {});
        return;
    }
    const auto problems = record->evidence.value("diagnostics", std::vector<Diagnostic>{});
    m_editor->setProblemsFor(identity, problems);
    m_profiler->showChecked(title, *record);
    findChild<QDockWidget*>(QStringLiteral("profiler"))->raise();
    QStringList parts = {verdictText(record->verdict)};
    if (record->time)
        parts << timeText(record->time->estimate) + QLatin1Char(' ') + timeInterval(*record);
    if (record->speedup)
        parts << tr("%1 %2 over the baseline").arg(speedupFigure(*record), speedupInterval(*record));
    if (!record->message.empty())
        parts << QString::fromStdString(record->message);
    m_notices->showNote(tr("%1: %2").arg(title, parts.join(QStringLiteral(" · "))));
}

void MainWindow::submit()
{
    const Draft* draft = m_editor->currentDraft();
    if (draft == nullptr)
        return;
    const QString source = m_editor->currentSource();
    if (m_lineage.data().variants().empty()) {
        // No run yet: one that tries the baseline and this text, and nothing else.
        RunOrder order = runOrder();
        order.settings.evaluations = 0;
        Command command;
        command.kind = Command::Kind::Submit;
        command.text = source.toStdString();
        order.first = {command};
        m_session.evolve(order);
    } else {
        m_steering.submit(draft->parent, source);
    }
    m_editor->markSubmitted();
    m_notices->showNote(tr("Submitted. It appears in the lineage when it has been evaluated."));
}

void MainWindow::forkSelected() { m_editor->openDraftOfVariant(); }

void MainWindow::diffToParent()
{
    const VariantRecord* selected = m_lineage.data().find(m_selection.variant());
    if (selected != nullptr && !selected->parents.empty())
        showSources(selected->parents.front(), selected->id, {});
}

void MainWindow::selectBest()
{
    const Lineage& data = m_lineage.data();
    if (const EvaluationRecord* best = data.best())
        m_selection.select(best->variant);
    else if (!data.variants().empty())
        m_selection.select(data.variants().front().id);
}

void MainWindow::flipFlag(bool favour)
{
    const VariantRecord* selected = m_lineage.data().find(m_selection.variant());
    if (selected == nullptr)
        return;
    if (favour)
        m_steering.favour(selected->id, !selected->favoured);
    else
        m_steering.retire(selected->id, !selected->retired);
}

}  // namespace warploom
