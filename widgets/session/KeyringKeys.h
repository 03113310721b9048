// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "session/KeyStore.h"

namespace QKeychain {
class Job;
}

namespace warploom {

/// The system's keyring (Secret Service or KWallet). Never falls back to a file; without a keyring service every answer
/// is Unsupported, after 20 s at most.
class KeyringKeys : public QObject, public KeyStore {
    Q_OBJECT

public:
    /// \p service: the name under which the keyring lists the keys.
    explicit KeyringKeys(QString service = QStringLiteral("Warploom"), QObject* parent = nullptr);

    void read(const QString& server, Answer<Secret> answer) override;
    void write(const QString& server, const Secret& key, Answer<void> answer) override;
    void remove(const QString& server, Answer<void> answer) override;

private:
    /// \p finish hears of the outcome once.
    void start(QKeychain::Job* job, const QString& server, std::function<void(Result<>)> finish);

    QString m_service;
};

}  // namespace warploom
