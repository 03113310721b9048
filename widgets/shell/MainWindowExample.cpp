// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDockWidget>

#include "agent/example/WrittenExample.h"
#include "base/Files.h"
#include "shell/MainWindow.h"
#include "shell/NoticeBar.h"
#include "shell/RunBar.h"
#include "shell/TaskLibraryPanel.h"
#include "task/TaskLibrary.h"

namespace warploom {

// The written example: a run of its own workspace, in which answers that were written beforehand stand for a model's.

namespace {

constexpr auto kUsualTask = "softmax";
/// All answers, and what the tuner makes of them.
constexpr std::int64_t kExampleEvaluations = 16;

/// The first that is not there yet: what became of earlier ones is kept.
QString freshWorkspace(const std::string& task)
{
    const auto folder = dataFolder() / "workspaces";
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    for (int number = 1;; ++number) {
        const std::string name = "example-" + task + (number == 1 ? "" : "-" + std::to_string(number)) + ".warploom";
        if (const auto path = folder / name; !std::filesystem::exists(path, failure))
            return QString::fromStdString(path.string());
    }
}

}  // namespace

/// Of the open task where there is one for it, else of the usual one.
void MainWindow::watchExample()
{
    const auto answers = builtInAnswers();
    const auto library = taskLibraryFolder();
    if (!answers || !library)
        return m_notices->showError(QString::fromStdString((answers ? library.error() : answers.error()).toString()),
                                    {});
    std::string task = kUsualTask;
    for (const std::string& known : exampleTasks(*answers))
        if (m_session.task() != nullptr && m_session.task()->name == known)
            task = known;
    const QString folder = QString::fromStdString((*library / task).string());
    const QString path = freshWorkspace(task);
    m_isSnapshot = false;
    m_settings.noteWorkspace(path, folder);
    openSession(path, folder);
    m_library->setOpenTask(folder);
    m_onceOpened = [this, path] {
        // Something else may have been opened meanwhile.
        if (m_session.workspace() == path)
            startExample();
    };
}

void MainWindow::startExample()
{
    m_runBar->chooseDevice(QStringLiteral("emulator"), true);
    RunOrder order = runOrder();
    order.settings.device = "emulator";
    order.settings.evaluations = kExampleEvaluations;
    order.settings.agents = {"example:" + std::to_string(m_settings.examplePace())};
    m_session.evolve(order);
    findChild<QDockWidget*>(QStringLiteral("feed"))->raise();
    m_notices->showNote(
        tr("A written example: the answers were written beforehand, no model is asked, nothing is sent and "
           "nothing costs. What they lead to is compiled, verified and modelled here and now."));
}

}  // namespace warploom
