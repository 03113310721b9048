// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include <QDialog>

#include "engine/AgentChoice.h"
#include "session/ConnectionProbe.h"
#include "session/ModelKeys.h"
#include "shell/AgentTree.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace warploom {

/// Who proposes in the runs that are started from now on, and what their models may spend. What makes no sense is
/// refused with a sentence; the rest is told in one.
class AgentsDialog : public QDialog {
    Q_OBJECT

public:
    /// \p file: the person's own models.toml.
    AgentsDialog(ModelKeys& keys, const AgentChoice& choice, std::filesystem::path file = ModelCatalogue::ownFile(),
                 QWidget* parent = nullptr);

    [[nodiscard]] AgentChoice choice() const;
    [[nodiscard]] QString outlookText() const;
    /// Empty while the choice can be used.
    [[nodiscard]] QString faultText() const;
    [[nodiscard]] QString statusText() const;

signals:
    void chosen(const AgentChoice& choice);

private:
    [[nodiscard]] QWidget* makeFindLine();
    [[nodiscard]] QWidget* makeAddLine();
    [[nodiscard]] QWidget* makeLimits();
    [[nodiscard]] QWidget* makeButtons();
    void setUpLayout();
    void setUpConnections();
    void load();
    void judge();
    void showKind();
    void browse();
    void addAgent();
    void askServer();
    void showServers();
    void showAnswer(const ServerPreset& server, const Result<ConnectionReport>& report);
    void updateAsk();
    void say(const QString& text, bool isError);
    void applyTheme();

    ModelKeys& m_keys;
    std::filesystem::path m_file;
    AgentChoice m_initial;
    ModelCatalogue m_catalogue;
    AgentTree::Others m_others;
    ConnectionProbe m_probe;
    AgentTree* m_tree = nullptr;
    QLineEdit* m_filter = nullptr;
    QPushButton* m_ask = nullptr;
    QPushButton* m_servers = nullptr;
    QComboBox* m_kind = nullptr;
    QLineEdit* m_name = nullptr;
    QPushButton* m_browse = nullptr;
    QPushButton* m_add = nullptr;
    QDoubleSpinBox* m_money = nullptr;
    QSpinBox* m_tokens = nullptr;
    QSpinBox* m_parallel = nullptr;
    QSpinBox* m_repairs = nullptr;
    QLabel* m_outlook = nullptr;
    QLabel* m_faults = nullptr;
    QLabel* m_status = nullptr;
    QPushButton* m_use = nullptr;
    bool m_isError = false;
};

}  // namespace warploom
