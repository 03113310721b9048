// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Screenshot.h"

#include <QApplication>
#include <QTextStream>
#include <QTimer>

#include "shell/MainWindow.h"

namespace warploom {

namespace {

constexpr int kFine = 0;
constexpr int kFailed = 2;
/// Until figures that are read after opening are there, and plots are drawn.
constexpr int kSettleMs = 1500;

}  // namespace

int takeScreenshot(MainWindow& window, const QString& workspace, const QString& file)
{
    const auto take = [&window, file] {
        const bool saved = window.grab().save(file);
        if (!saved)
            QTextStream(stderr) << "cannot write " << file << '\n';
        QApplication::exit(saved ? kFine : kFailed);
    };
    const auto takeSoon = [&window, take] { QTimer::singleShot(kSettleMs, &window, take); };
    window.show();
    if (workspace.isEmpty()) {
        takeSoon();
        return QApplication::exec();
    }
    QObject::connect(&window.session(), &EngineSession::opened, &window, takeSoon);
    QObject::connect(&window.session(), &EngineSession::failed, &window,
                     [](const QString& message, const QString& remedy) {
                         QTextStream(stderr) << message << ".\n" << remedy << '\n';
                         QApplication::exit(kFailed);
                     });
    window.showWorkspace(workspace);
    return QApplication::exec();
}

}  // namespace warploom
