// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>

#include <QTreeWidget>

#include "engine/AgentChoice.h"

namespace warploom {

/// Everybody who can propose, to be checked: the rules, the models of each server with what they cost, programs,
/// replays.
class AgentTree : public QTreeWidget {
    Q_OBJECT

public:
    enum Column { Name, Key, Context, PromptPrice, AnswerPrice, ColumnCount };

    /// What there is besides the catalogue and the rules.
    struct Others {
        std::vector<std::string> agents;  ///< chosen or added: those that are not listed get a row as well
        std::map<std::string, std::vector<std::string>> models;  ///< that servers said they have, by server
    };

    explicit AgentTree(QWidget* parent = nullptr);

    /// \p keyText says of a server whether its key is there. Checks and the current row stay; a first time nothing is
    /// checked.
    void show(const ModelCatalogue& catalogue, const Others& others,
              const std::function<QString(const ServerPreset&)>& keyText);
    void setChecked(const std::vector<std::string>& agents);
    /// In the order of the rows.
    [[nodiscard]] std::vector<std::string> checked() const;
    /// Shows what holds all the words, in its own or its server's name; everything for none. What is checked stays.
    void setFilter(const QString& words);
    /// Of the current row; empty where it belongs to none.
    [[nodiscard]] QString currentServer() const;
    /// Null where there is none.
    [[nodiscard]] QTreeWidgetItem* itemOf(const std::string& agent) const;
    /// Makes it the current row, in sight.
    void goTo(const std::string& agent);

signals:
    void checksChanged();
    void serverChanged(const QString& server);

private:
    QTreeWidgetItem* addGroup(const QString& title, const QString& server);
    QTreeWidgetItem* addAgent(QTreeWidgetItem* parent, const std::string& agent, const QString& title);
    void addModel(QTreeWidgetItem* group, const ModelChoice& model);
    void addServer(const ModelCatalogue& catalogue, const ServerPreset& server, const Others& others,
                   const QString& keyText);
    static void addHint(QTreeWidgetItem* group, const QString& text);
    void addOthers(AgentKind kind, const QString& title, const Others& others);
    [[nodiscard]] std::vector<QTreeWidgetItem*> agentItems() const;

    bool m_isFilling = false;
};

}  // namespace warploom
