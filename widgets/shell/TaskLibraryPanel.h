// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

#include "task/TaskLibrary.h"

class QTreeWidget;
class QTreeWidgetItem;

namespace warploom {

/// What can be opened: the tasks that come along, the workspaces opened lately, and one's own kernel.
class TaskLibraryPanel : public QWidget {
    Q_OBJECT

public:
    explicit TaskLibraryPanel(QWidget* parent = nullptr);

    void setTasks(std::vector<TaskSummary> tasks);
    void setRecentWorkspaces(const QStringList& paths);
    /// Marked as the one that is open.
    void setOpenTask(const QString& folder);

signals:
    void taskChosen(const QString& folder);
    void workspaceChosen(const QString& path);
    void ownKernelWanted();

private:
    void setUpTree();
    void choose(QTreeWidgetItem* item);
    void applyTheme();

    QTreeWidget* m_tree = nullptr;
    QTreeWidgetItem* m_tasks = nullptr;
    QTreeWidgetItem* m_recent = nullptr;
    QString m_openFolder;
};

}  // namespace warploom
