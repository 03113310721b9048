// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/TaskWatch.h"

#include <QFileInfo>

#include "task/TaskLoader.h"

namespace warploom {

namespace {

/// Editors write a file in several steps.
constexpr int kSettleMs = 300;

}  // namespace

TaskWatch::TaskWatch(QObject* parent)
    : QObject(parent)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(kSettleMs);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, &m_settle, qOverload<>(&QTimer::start));
    connect(&m_settle, &QTimer::timeout, this, &TaskWatch::look);
}

void TaskWatch::watch(const QString& folder, const Task* task)
{
    if (!m_watcher.files().isEmpty())
        m_watcher.removePaths(m_watcher.files());
    m_settle.stop();
    m_folder = folder;
    m_files.clear();
    if (folder.isEmpty() || task == nullptr)
        return;
    m_revision = task->revision;
    for (const auto& [name, content] : task->files())
        m_files.push_back(name);
    addFiles();
}

void TaskWatch::addFiles()
{
    for (const std::string& name : m_files) {
        // A file that is replaced is another one to the watcher.
        const QString path = m_folder + QLatin1Char('/') + QString::fromStdString(name);
        if (QFileInfo::exists(path) && !m_watcher.files().contains(path))
            m_watcher.addPath(path);
    }
}

void TaskWatch::look()
{
    addFiles();
    const auto task = loadTask(m_folder.toStdString());
    if (task && task->revision == m_revision)
        return;
    if (task)
        m_revision = task->revision;
    emit changed(task ? QString() : QString::fromStdString(task.error().toString()));
}

}  // namespace warploom
