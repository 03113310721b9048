// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <utility>

#include "agent/llm/KeySource.h"
#include "profiler/ComparisonTarget.h"
#include "session/ModelKeys.h"
#include "shell/ExchangeWords.h"
#include "shell/ExchangesDialog.h"
#include "shell/FeedPanel.h"
#include "shell/MainWindow.h"
#include "shell/NoticeBar.h"
#include "shell/PromptDialog.h"
#include "shell/RunBar.h"

namespace warploom {

// What is asked of models: shown before it is sent, and kept afterwards.

void MainWindow::setUpPromptActions()
{
    connect(m_actions.add({QStringLiteral("edit.ask"), tr("&Ask a model about it…"),
                           QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M),
                           tr("Shows the exact prompt with its cost, and sends it when you say so"), Icon::Guide}),
            &QAction::triggered, this, &MainWindow::askModel);
    connect(m_actions.add({QStringLiteral("edit.exchange"),
                           tr("What was asked and ans&wered"),
                           {},
                           tr("The prompt and the answer that the selected variant came from")}),
            &QAction::triggered, this, [this] {
                if (const VariantRecord* selected = m_lineage.data().find(m_selection.variant()))
                    showExchanges(selected->exchange);
            });
    connect(m_actions.add({QStringLiteral("run.exchanges"), tr("E&xchanges with models…"),
                           QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E),
                           tr("Every prompt and answer of this workspace, and what each model has cost and brought")}),
            &QAction::triggered, this, [this] { showExchanges(0); });
    QAction* show = m_actions.add({QStringLiteral("run.show-prompts"),
                                   tr("S&how each prompt before it is sent"),
                                   {},
                                   tr("Of runs that are started from now on. While no window is open nothing waits"),
                                   {},
                                   true});
    show->setChecked(m_settings.showsPrompts());
    connect(show, &QAction::toggled, this, [this](bool on) { m_settings.setShowsPrompts(on); });
}

void MainWindow::setUpPromptConnections()
{
    connect(m_feed, &FeedPanel::exchangeWanted, this, &MainWindow::showExchanges);
    connect(m_feed, &FeedPanel::waitingWanted, this, &MainWindow::showWaiting);
    connect(m_feed, &FeedPanel::questionWanted, this, &MainWindow::askModel);
    connect(&m_session, &EngineSession::progressed, this, &MainWindow::noteQuestions);
    connect(&m_session, &EngineSession::closed, this, [this] {
        noteQuestions({});
        // Another host counts anew.
        m_toldOfWaiting = 0;
    });
}

void MainWindow::updatePromptActions(bool open, const QString& noTask)
{
    const VariantRecord* selected = m_lineage.data().find(m_selection.variant());
    m_actions.setEnabled(QStringLiteral("edit.ask"), open && selected != nullptr,
                         open ? tr("No variant is selected") : noTask);
    m_actions.setEnabled(QStringLiteral("edit.exchange"), selected != nullptr && selected->exchange != 0,
                         selected == nullptr ? tr("No variant is selected")
                                             : tr("No model or program made the selected variant"));
    m_actions.setEnabled(QStringLiteral("run.exchanges"), m_session.isOpen(), noTask);
}

/// A host finds keys where this window does: it was started by one like it.
bool MainWindow::canAskServer(const ServerPreset& server) const
{
    return !server.needsKey || m_modelKeys->kept(QString::fromStdString(server.name)) != ModelKeys::Kept::Nowhere
        || EnvironmentKeys().keyOf(server).has_value();
}

void MainWindow::askModel()
{
    const VariantRecord* selected = m_lineage.data().find(m_selection.variant());
    if (selected == nullptr || !m_session.isOpen())
        return;
    AskOrder order;
    order.variant = selected->id;
    order.task = m_session.taskPath().toStdString();
    order.device = m_runBar->device().toStdString();
    PromptDialog::Ways ways;
    ways.compose = [this](const AskOrder& asked, EngineSession::Answer<AgentRequest> answer) {
        m_session.composeRequest(asked, std::move(answer));
    };
    ways.send = [this](const AgentRequest& request) {
        Command command;
        command.kind = Command::Kind::Ask;
        command.variant = request.parent;
        command.request = request;
        m_session.send(command);
        m_notices->showNote(tr("%1 is asked about #%2. The agent feed shows how far it is.")
                                .arg(QString::fromStdString(request.model))
                                .arg(request.parent));
    };
    const auto models =
        promptModels(m_session.isRunning() ? m_session.progress().agents : std::vector<AgentTally>{},
                     ModelCatalogue::load(), [this](const ServerPreset& server) { return canAskServer(server); });
    auto* dialog =
        new PromptDialog(variantTitle(m_lineage.data(), selected->id), std::move(order), models, std::move(ways), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &PromptDialog::modelServersWanted, this, [this, dialog] {
        dialog->reject();
        showModelServers();
    });
    dialog->open();
}

void MainWindow::showExchanges(ExchangeId exchange)
{
    if (m_exchanges == nullptr) {
        m_exchanges = new ExchangesDialog(
            m_lineage,
            [this](ExchangeId id, EngineSession::Answer<ExchangeRecord> answer) {
                m_session.loadExchange(id, std::move(answer));
            },
            this);
        connect(m_exchanges, &ExchangesDialog::variantChosen, this,
                [this](VariantId variant) { m_selection.select(variant); });
    }
    m_exchanges->show();
    m_exchanges->raise();
    m_exchanges->activateWindow();
    m_exchanges->showExchange(exchange);
}

void MainWindow::noteQuestions(const RunProgress& progress)
{
    m_feed->showQuestions(progress.questions);
    const auto waits = [](const OpenQuestion& question) { return question.approval != 0; };
    const auto waiting = std::ranges::find_if(progress.questions, waits);
    if (waiting == progress.questions.end()) {
        if (!m_waitingNotice.isEmpty() && m_notices->text() == m_waitingNotice)
            m_notices->dismiss();
        m_waitingNotice.clear();
        return;
    }
    // One at a time: the next one is told of when this one is decided.
    if (waiting->approval == std::exchange(m_toldOfWaiting, waiting->approval))
        return;
    m_notices->showQuestion(questionText(*waiting), tr("Show it"),
                            [this, number = waiting->approval] { showWaiting(number); });
    m_waitingNotice = m_notices->text();
}

void MainWindow::showWaiting(std::int64_t number)
{
    m_session.loadWaiting(number, [this, number](Result<AgentRequest> request) {
        if (!request)
            return m_notices->showNote(tr("That prompt does not wait any more."));
        auto* dialog = new PromptApproval(*request, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(dialog, &PromptApproval::decided, this, [this, number](ApprovalGate::Decision decision) {
            m_notices->dismiss();
            m_session.approve(number, decision);
        });
        dialog->open();
    });
}

}  // namespace warploom
