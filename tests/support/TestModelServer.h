// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "TestSupport.h"

#include <string>
#include <utility>

#include <QtCore/QProcess>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace warploom::test {

/// support/model_server/server.py: a model server of both dialects that misbehaves as the path says. Ends with this.
class TestModelServer {
public:
    /// Empty if it runs, else why not.
    std::string start()
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        const auto script = sourceFolder() / "tests" / "support" / "model_server" / "server.py";
        m_process.start(
            "python3",
            {"-B", QString::fromStdString(script.string()), QString::fromStdString(m_folder.path().string())});
        while (m_process.state() != QProcess::NotRunning && !m_process.canReadLine()) {
            if (!m_process.waitForReadyRead(20'000))
                break;
        }
        m_said = nlohmann::json::parse(m_process.readLine().toStdString(), nullptr, false);
        return m_said.is_object() ? std::string() : "the model server of the tests does not start";
    }
    ~TestModelServer()
    {
        m_process.closeWriteChannel();
        if (!m_process.waitForFinished(2000))
            m_process.kill();
    }

    /// Where the case \p name is met, counted apart for each \p who.
    [[nodiscard]] std::string url(const std::string& name, const std::string& who = "all") const
    {
        return fmt::format("http://127.0.0.1:{}/{}/{}/v1", port("http"), name, who);
    }
    /// Of "https" (its certificate holds) or "expired".
    [[nodiscard]] std::string secureUrl(const std::string& listener, const std::string& name) const
    {
        return fmt::format("https://127.0.0.1:{}/{}/v1", port(listener), name);
    }
    /// Whether there was an openssl to make certificates with.
    [[nodiscard]] bool isSecure() const { return m_said.contains("https"); }
    [[nodiscard]] std::string authority() const { return m_said.value("authority", std::string()); }
    [[nodiscard]] int port(const std::string& listener) const { return m_said.value(listener, 0); }

private:
    TemporaryFolder m_folder;
    QProcess m_process;
    nlohmann::json m_said;
};

}  // namespace warploom::test
