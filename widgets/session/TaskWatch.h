// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

#include "task/Task.h"

namespace warploom {

/// Tells when the files of the open task are no longer what was loaded.
class TaskWatch : public QObject {
    Q_OBJECT

public:
    explicit TaskWatch(QObject* parent = nullptr);

    /// \p folder as it was when \p task was loaded from it; an empty one ends the watch.
    void watch(const QString& folder, const Task* task);

signals:
    /// The folder holds another revision of the task now, or, with \p problem, none that can be loaded.
    void changed(const QString& problem);

private:
    void look();
    void addFiles();

    QFileSystemWatcher m_watcher;
    QTimer m_settle;
    QString m_folder;
    std::vector<std::string> m_files;
    std::string m_revision;
};

}  // namespace warploom
