// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDockWidget>

#include "editor/EditorArea.h"
#include "profiler/ProfilerPanel.h"
#include "shell/MainWindow.h"
#include "shell/NoticeBar.h"
#include "shell/NvdisasmDialog.h"
#include "shell/ProfileHeat.h"
#include "shell/RunBar.h"

namespace warploom {

// Profiles, listings and comparisons: asked of the host, shown by the profiler.

void MainWindow::setUpProfilerConnections()
{
    connect(m_editor, &EditorArea::lineChosen, m_profiler, &ProfilerPanel::showSourceLine);
    connect(m_editor, &EditorArea::currentChanged, this, [this] {
        if (m_editor->currentDraft() == nullptr)
            m_profiler->showKeptOf(textInFront().subject.variant);
        else if (m_editor->currentIdentity() == m_profiledDraft)
            m_profiler->showKeptOf(0);
    });
    connect(m_profiler, &ProfilerPanel::moveChosen, this, &MainWindow::preferMove);
    connect(m_profiler, &ProfilerPanel::moveAsked, this, &MainWindow::showKnowledge);
    connect(m_profiler, &ProfilerPanel::findingAsked, this, &MainWindow::showFinding);
    connect(m_profiler, &ProfilerPanel::lineWanted, this, &MainWindow::goToProfiledLine);
    connect(m_profiler, &ProfilerPanel::sourceLineChosen, m_editor, &EditorArea::showLine);
    connect(m_profiler, &ProfilerPanel::profileWanted, this, &MainWindow::profileForComparison);
    connect(m_profiler, &ProfilerPanel::assemblyWanted, this, &MainWindow::assembleForComparison);
    connect(m_profiler, &ProfilerPanel::sourcesWanted, this, &MainWindow::showSources);
    connect(m_profiler, &ProfilerPanel::nvdisasmWanted, this, &MainWindow::bringNvdisasm);
}

void MainWindow::goToProfiledLine(int line)
{
    if (m_editor->currentIdentity() == m_profiledIdentity)
        return m_editor->goToLine(line);
    m_notices->showNote(tr("Line %1 is of the text that was profiled, which is not in front.").arg(line));
}

void MainWindow::preferMove(const QString& move)
{
    if (!m_session.isRunning())
        return m_notices->showNote(
            tr("No run is going on: start one (Ctrl+R), then it can be told to prefer %1.").arg(move));
    m_steering.preferMove(move);
    m_notices->showNote(tr("The run prefers %1. Ctrl+Alt+Z takes that back.").arg(move));
}

void MainWindow::loadAssembly(const ProfiledText& text, const SourceOrder& order)
{
    m_session.loadAssembly(order, [this, text](Result<AssemblyReport> report) {
        if (report)
            m_profiler->showAssembly(text, std::make_shared<const AssemblyReport>(std::move(*report)));
        else if (!report.error().isCancelled())
            m_notices->showError(QString::fromStdString(report.error().toString()), {});
    });
}

void MainWindow::startProfile(const ProfiledText& text, const SourceOrder& source,
                              std::function<void(Result<VariantProfile>)> finish)
{
    m_isChecking = true;
    updateActions();
    ProfileOrder order;
    order.source = source;
    const auto say = [this, title = text.title](const QString& stage) {
        if (m_isChecking)
            m_notices->showQuestion(tr("Profiling %1: %2").arg(title, stage), tr("Cancel"),
                                    [this] { m_session.cancelBench(); });
    };
    say(tr("starting"));
    m_session.profile(
        order,
        [this, text, finish = std::move(finish)](Result<VariantProfile> profile) {
            m_isChecking = false;
            updateActions();
            if (profile)
                m_notices->showNote(
                    tr("%1 is profiled at size '%2'.").arg(text.title, QString::fromStdString(profile->size)));
            else if (profile.error().isCancelled())
                m_notices->showNote(tr("The profile of %1 was cancelled.").arg(text.title));
            else
                m_notices->showError(QString::fromStdString(profile.error().toString()), {});
            finish(std::move(profile));
        },
        say);
}

void MainWindow::profile()
{
    const ProfiledText text = textInFront();
    const QString identity = m_editor->currentIdentity();
    const SourceOrder order = orderForEditor();
    m_profiler->showProfileMessage(tr("%1 is being profiled.").arg(text.title));
    startProfile(text, order, [this, text, identity, order](Result<VariantProfile> profile) {
        if (!profile)
            return m_profiler->showProfileMessage(profile.error().isCancelled()
                                                      ? tr("The profile of %1 was cancelled.").arg(text.title)
                                                      : QString::fromStdString(profile.error().toString()));
        m_profiledIdentity = identity;
        m_profiledDraft = text.subject.variant == 0 ? identity : QString();
        m_profiler->showProfile(text, *profile);
        m_editor->setHeatFor(identity, heatOf(*profile));
        findChild<QDockWidget*>(QStringLiteral("profiler"))->raise();
        loadAssembly(text, order);
    });
}

void MainWindow::withVariant(VariantId variant, std::function<void(ProfiledText, SourceOrder)> use,
                             std::function<void(QString)> fails)
{
    SourceOrder order;
    order.task = m_session.taskPath().toStdString();
    order.device = m_runBar->device().toStdString();
    if (variant == kTaskBaseline) {
        if (m_session.task() == nullptr)
            return fails(tr("No task is open."));
        order.source = m_session.task()->baselineSource;
        return use({QStringLiteral("baseline"), QString::fromStdString(order.source), {kTaskBaseline, 0}}, order);
    }
    m_session.loadVariant(
        variant,
        [this, order, use = std::move(use), fails = std::move(fails), variant](Result<VariantRecord> record) mutable {
            if (!record)
                return fails(QString::fromStdString(record.error().toString()));
            order.source = record->source;
            order.configuration = configurationOf(variant);
            use({variantTitle(m_lineage.data(), variant), QString::fromStdString(record->source),
                 subjectOf(m_lineage.data(), variant)},
                order);
        });
}

void MainWindow::profileForComparison(VariantId variant)
{
    if (m_isChecking)
        return m_notices->showNote(tr("Something is being checked or profiled already."));
    withVariant(
        variant,
        [this](const ProfiledText& text, const SourceOrder& order) {
            startProfile(text, order, [this, text](const Result<VariantProfile>& profile) {
                if (profile)
                    m_profiler->keepProfile(text, *profile);
            });
        },
        [this](const QString& message) { m_notices->showError(message, {}); });
}

void MainWindow::assembleForComparison(VariantId variant)
{
    const auto fails = [this, variant](const QString& message) { m_profiler->noteNoAssembly(variant, message); };
    withVariant(
        variant,
        [this, fails](const ProfiledText& text, const SourceOrder& order) {
            m_session.loadAssembly(order, [this, text, fails](Result<AssemblyReport> report) {
                if (!report)
                    return fails(QString::fromStdString(report.error().toString()));
                m_profiler->keepAssembly(text, std::make_shared<const AssemblyReport>(std::move(*report)));
            });
        },
        fails);
}

void MainWindow::showSources(VariantId before, VariantId after, const QString& draft)
{
    const auto fails = [this](const QString& message) { m_notices->showError(message, {}); };
    const auto showBeside = [this, fails, before](const QString& title, const QString& text) {
        withVariant(
            before,
            [this, title, text](const ProfiledText& other, const SourceOrder&) {
                m_editor->showDiff(other.title, other.source, title, text);
            },
            fails);
    };
    if (after == 0)
        return showBeside(tr("Draft"), draft);
    withVariant(
        after, [showBeside](const ProfiledText& own, const SourceOrder&) { showBeside(own.title, own.source); }, fails);
}

void MainWindow::compareWithSelected()
{
    const VariantId variant = m_selection.variant();
    if (variant == 0)
        return;
    m_profiler->compareWith(variant);
    m_notices->showNote(
        tr("The profiler compares with %1 now: select another variant.").arg(variantTitle(m_lineage.data(), variant)));
}

void MainWindow::bringNvdisasm()
{
    auto* dialog = new NvdisasmDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &NvdisasmDialog::brought, this, [this] {
        m_profiler->forgetAssembly();
        m_notices->showNote(tr("nvdisasm is there: SASS is shown of what is compiled (Ctrl+B) from now on."));
        if (m_editor->hasKernel() && m_session.isOpen())
            loadAssembly(textInFront(), orderForEditor());
    });
    dialog->open();
}

}  // namespace warploom
