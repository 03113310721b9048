// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <stop_token>

#include <QObject>
#include <QString>

#include "agent/llm/ConnectionTest.h"
#include "session/JobThread.h"

namespace warploom {

/// Tries one model server at a time, on a thread of its own.
class ConnectionProbe : public QObject {
    Q_OBJECT

public:
    explicit ConnectionProbe(QObject* parent = nullptr);
    /// Waits until a test that runs has been cancelled: a fifth of a second at most.
    ~ConnectionProbe() override;

    /// Nothing happens while a test runs. An empty key sends none.
    void start(const ServerPreset& server, const Secret& key);
    /// Answered with Cancelled.
    void cancel();
    [[nodiscard]] bool isRunning() const { return m_isRunning; }
    /// Whether the last test was made with a key.
    [[nodiscard]] bool hadKey() const { return m_hadKey; }

signals:
    void runningChanged(bool isRunning);
    void answered(const ServerPreset& server, const Result<ConnectionReport>& report);

private:
    bool m_isRunning = false;
    bool m_hadKey = false;
    std::stop_source m_stop;  ///< of the test that runs
    std::shared_ptr<HttpClient> m_http;
    std::unique_ptr<JobThread> m_thread;  ///< last: its jobs use what is above
};

}  // namespace warploom
