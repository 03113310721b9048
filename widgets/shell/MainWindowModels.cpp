// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/ModelKeys.h"
#include "shell/AgentChoiceText.h"
#include "shell/AgentsDialog.h"
#include "shell/MainWindow.h"
#include "shell/ModelServersDialog.h"
#include "shell/NoticeBar.h"
#include "shell/RunBar.h"

namespace warploom {

// Who proposes: agents, model servers and their keys.

/// A host that has to be started gets its keys then: they have to be known.
void MainWindow::openSession(const QString& path, const QString& folder)
{
    m_modelKeys->whenRead([this, path, folder] {
        m_session.setKeys(m_modelKeys->keys());
        m_session.open(path, folder);
    });
}

void MainWindow::setUpModels()
{
    connect(m_modelKeys.get(), &ModelKeys::changed, this, [this] { m_session.setKeys(m_modelKeys->keys()); });
    connect(m_runBar, &RunBar::agentsWanted, this, &MainWindow::chooseAgents);
    m_runBar->setChoice(m_settings.agents());
}

void MainWindow::showModelServers()
{
    auto* dialog = new ModelServersDialog(*m_modelKeys, ModelCatalogue::ownFile(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::chooseAgents()
{
    auto* dialog = new AgentsDialog(*m_modelKeys, m_settings.agents(), ModelCatalogue::ownFile(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &AgentsDialog::chosen, this, [this](const AgentChoice& choice) {
        m_settings.setAgents(choice);
        m_runBar->setChoice(choice);
        if (m_session.isRunning())
            m_notices->showNote(tr("The run that goes on keeps its agents; the next one has those that you chose."));
    });
    dialog->open();
}

bool MainWindow::mayEvolve()
{
    const auto faults = faultsOf(m_settings.agents(), ModelCatalogue::load(), *m_modelKeys->source());
    if (!faults.empty()) {
        m_notices->showQuestion(
            tr("No run begins with the agents that are chosen. %1").arg(faultSentence(faults.front())),
            tr("Choose agents"), [this] { chooseAgents(); });
        return false;
    }
    m_expectsRun = true;
    return true;
}

void MainWindow::noteRunFailure(const RunProgress& progress)
{
    m_expectsRun = m_expectsRun || m_session.isRunning();
    if (!m_expectsRun || progress.phase != "finished")
        return;
    m_expectsRun = false;
    if (progress.failure)
        m_notices->showError(tr("The run ended: %1").arg(QString::fromStdString(progress.failure->toString())),
                             QString::fromUtf8(remedy(progress.failure->code).data()));
}

}  // namespace warploom
