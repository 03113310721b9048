// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/TaskLibraryPanel.h"

#include <QFileInfo>
#include <QHeaderView>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "look/Icons.h"
#include "look/Theme.h"

namespace warploom {

namespace {

constexpr int kPathRole = Qt::UserRole;

QString textOf(const std::string& text) { return QString::fromStdString(text); }

}  // namespace

TaskLibraryPanel::TaskLibraryPanel(QWidget* parent)
    : QWidget(parent)
    , m_tree(new QTreeWidget)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(8);
    setUpTree();
    auto* own = new QPushButton(icon(Icon::Open), tr("Open your own kernel…"));
    connect(own, &QPushButton::clicked, this, &TaskLibraryPanel::ownKernelWanted);
    layout->addWidget(m_tree, 1);
    layout->addWidget(own);
    connect(&Theme::instance(), &Theme::changed, this, &TaskLibraryPanel::applyTheme);
    applyTheme();
}

void TaskLibraryPanel::setUpTree()
{
    m_tree->setHeaderHidden(true);
    m_tree->setRootIsDecorated(false);
    m_tree->setIndentation(12);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setAccessibleName(tr("Tasks and workspaces"));
    m_tasks = new QTreeWidgetItem(m_tree, {tr("Tasks")});
    m_recent = new QTreeWidgetItem(m_tree, {tr("Workspaces")});
    for (auto* group : {m_tasks, m_recent}) {
        group->setFlags(Qt::ItemIsEnabled);
        group->setExpanded(true);
    }
    m_recent->setHidden(true);
    connect(m_tree, &QTreeWidget::itemActivated, this, &TaskLibraryPanel::choose);
    connect(m_tree, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) {
        if (!m_tree->style()->styleHint(QStyle::SH_ItemView_ActivateItemOnSingleClick))
            choose(item);
    });
}

void TaskLibraryPanel::setTasks(std::vector<TaskSummary> tasks)
{
    qDeleteAll(m_tasks->takeChildren());
    for (const TaskSummary& task : tasks) {
        auto* item = new QTreeWidgetItem(m_tasks, {textOf(task.name)});
        item->setData(0, kPathRole, textOf(task.folder.string()));
        QString tip =
            task.problem.empty() ? textOf(task.title) + QLatin1Char('\n') + textOf(task.summary) : textOf(task.problem);
        item->setToolTip(0, tip);
        item->setData(0, Qt::AccessibleDescriptionRole, textOf(task.title));
        item->setDisabled(!task.problem.empty());
    }
    if (tasks.empty()) {
        auto* none = new QTreeWidgetItem(m_tasks, {tr("None found. Open a task's folder with Ctrl+O.")});
        none->setFlags(Qt::NoItemFlags);
    }
    setOpenTask(m_openFolder);
}

void TaskLibraryPanel::setRecentWorkspaces(const QStringList& paths)
{
    qDeleteAll(m_recent->takeChildren());
    for (const QString& path : paths) {
        auto* item = new QTreeWidgetItem(m_recent, {QFileInfo(path).completeBaseName()});
        item->setData(0, kPathRole, path);
        item->setToolTip(0, path);
    }
    m_recent->setHidden(paths.isEmpty());
}

void TaskLibraryPanel::setOpenTask(const QString& folder)
{
    m_openFolder = folder;
    for (int i = 0; i < m_tasks->childCount(); ++i) {
        QTreeWidgetItem* item = m_tasks->child(i);
        QFont font = m_tree->font();
        font.setBold(!folder.isEmpty() && item->data(0, kPathRole).toString() == folder);
        item->setFont(0, font);
    }
}

void TaskLibraryPanel::choose(QTreeWidgetItem* item)
{
    const QString path = item->data(0, kPathRole).toString();
    if (path.isEmpty() || item->isDisabled())
        return;
    if (item->parent() == m_tasks)
        emit taskChosen(path);
    else
        emit workspaceChosen(path);
}

void TaskLibraryPanel::applyTheme()
{
    for (auto* group : {m_tasks, m_recent}) {
        group->setForeground(0, Theme::instance().color(Token::Muted));
        group->setFont(0, Theme::instance().captionFont());
    }
}

}  // namespace warploom
