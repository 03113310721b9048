// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>

#include <QObject>
#include <QString>
#include <QStringList>

#include "agent/llm/KeySource.h"
#include "session/KeyStore.h"

namespace warploom {

/// The keys of model servers that this window knows: those that the keyring keeps and those of this session. Settings
/// hold the names of the servers whose keys the keyring has, and nothing of a key.
class ModelKeys : public QObject {
    Q_OBJECT

public:
    enum class Kept { Nowhere, ThisSession, Keyring };

    /// Reads what the keyring keeps, if it keeps any.
    explicit ModelKeys(std::unique_ptr<KeyStore> store, QObject* parent = nullptr);
    ~ModelKeys() override;

    /// Calls \p use once the keyring has answered; at once where it keeps no key.
    void whenRead(std::function<void()> use);
    [[nodiscard]] Kept kept(const QString& server) const;
    /// By server: what a host is started with.
    [[nodiscard]] std::map<std::string, Secret> keys() const;
    /// What a run that this window starts may use: these, then the environment's.
    [[nodiscard]] std::shared_ptr<const KeySource> source() const;
    /// What the keyring said last that was no key; empty where all went well.
    [[nodiscard]] const QString& problem() const { return m_problem; }

    /// Into the keyring; where that fails, the key is known in this session only, and the answer says why.
    void keep(const QString& server, const Secret& key, KeyStore::Answer<void> answer);
    void keepForSession(const QString& server, const Secret& key);
    /// From here and from the keyring.
    void forget(const QString& server, KeyStore::Answer<void> answer);

signals:
    void changed();

private:
    struct Known {
        Secret key;
        bool isInKeyring = false;
    };

    void readNext(QStringList servers);
    void noteRead(const QString& server, const Result<Secret>& key);
    void rememberNames() const;

    std::unique_ptr<KeyStore> m_store;
    std::map<QString, Known> m_known;
    QString m_problem;
    bool m_isRead = false;
    std::vector<std::function<void()>> m_waiting;
};

}  // namespace warploom
