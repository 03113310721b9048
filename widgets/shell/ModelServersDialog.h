// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>

#include <QDialog>

#include "agent/llm/LocalServers.h"
#include "agent/llm/ModelCatalogue.h"
#include "session/ConnectionProbe.h"
#include "session/JobThread.h"
#include "session/ModelKeys.h"

class QGroupBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace warploom {

class ModelTree;

/// Model servers: what they have and cost, whose keys are there; keys are entered and forgotten, servers tried, prices
/// changed, local servers looked for.
class ModelServersDialog : public QDialog {
    Q_OBJECT

public:
    /// \p file: the person's own models.toml, which changed prices go to.
    explicit ModelServersDialog(ModelKeys& keys, std::filesystem::path file = ModelCatalogue::ownFile(),
                                QWidget* parent = nullptr);
    ~ModelServersDialog() override;

    /// Looks for local servers through something else than HTTP.
    void setFetch(HttpFetch fetch) { m_fetch = std::move(fetch); }
    [[nodiscard]] QString statusText() const;

private:
    [[nodiscard]] QWidget* makeKeyBox();
    void setUpLayout();
    void load();
    void showServer();
    [[nodiscard]] QString keyHint(const ServerPreset& server) const;
    void takePrice(const QString& server, const QString& model, const ModelPrice& price);
    void keepKey();
    void keepKeyForSession();
    void forgetKey();
    [[nodiscard]] Secret takeEnteredKey();
    void testServer();
    void updateTest();
    void find();
    void showFound(const LocalSearch& search);
    void say(const QString& text, bool isError);

    ModelKeys& m_keys;
    std::filesystem::path m_file;
    ModelCatalogue m_catalogue;
    std::vector<FoundServer> m_found;
    HttpFetch m_fetch;
    ConnectionProbe m_probe;
    ModelTree* m_tree = nullptr;
    QGroupBox* m_keyBox = nullptr;
    QLabel* m_keyHint = nullptr;
    QLineEdit* m_keyEdit = nullptr;
    QPushButton* m_keep = nullptr;
    QPushButton* m_session = nullptr;
    QPushButton* m_forget = nullptr;
    QPushButton* m_test = nullptr;
    QPushButton* m_find = nullptr;
    QLabel* m_status = nullptr;
    std::unique_ptr<JobThread> m_thread;  ///< last: its jobs use what is above
};

}  // namespace warploom
