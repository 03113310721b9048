// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "CommandLine.h"

namespace warploom::test {

/// warploom-cli mcp, spoken to over its pipes.
class McpProgram {
public:
    McpProgram(const std::filesystem::path& folder, const QStringList& arguments)
    {
        m_process.setWorkingDirectory(QString::fromStdString(folder.string()));
        m_process.start(cliPath(), QStringList{"mcp"} + arguments);
        m_process.waitForStarted();
    }
    ~McpProgram()
    {
        if (m_process.state() != QProcess::NotRunning) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }

    void write(const QByteArray& line)
    {
        m_process.write(line + "\n");
        m_process.waitForBytesWritten(1'000);
    }

    void ask(const nlohmann::json& id, const char* method, const nlohmann::json& params = nlohmann::json::object())
    {
        write(QByteArray::fromStdString(
            nlohmann::json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump()));
    }

    /// Everything that comes until the answer to \p id; null after the time.
    nlohmann::json answer(const nlohmann::json& id, int timeoutMs = 60'000)
    {
        nlohmann::json found;
        (void)QTest::qWaitFor(
            [&] {
                read();
                for (const auto& message : heard) {
                    if (message.contains("id") && message.at("id") == id)
                        found = message;
                }
                return !found.is_null() || m_process.state() == QProcess::NotRunning;
            },
            timeoutMs);
        return found;
    }

    nlohmann::json call(const char* tool, const nlohmann::json& arguments = nlohmann::json::object())
    {
        const int id = ++m_lastId;
        ask(id, "tools/call", {{"name", tool}, {"arguments", arguments}});
        const auto found = answer(id);
        return found.is_object() ? found.value("result", nlohmann::json::object()) : nlohmann::json::object();
    }

    void initialize()
    {
        ask("init", "initialize",
            {{"protocolVersion", "2025-11-25"},
             {"capabilities", nlohmann::json::object()},
             {"clientInfo", {{"name", "tester"}, {"version", "1"}}}});
        answer("init");
        write(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    }

    /// Closes its stdin; its exit code.
    int end()
    {
        m_process.closeWriteChannel();
        if (!m_process.waitForFinished(10'000))
            return -1;
        read();
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }

    [[nodiscard]] bool hasOnlySpokenJson() const { return m_strays.isEmpty(); }
    std::vector<nlohmann::json> heard;

private:
    void read()
    {
        while (m_process.canReadLine() || m_process.waitForReadyRead(5)) {
            if (!m_process.canReadLine())
                continue;
            const QByteArray line = m_process.readLine();
            auto json = nlohmann::json::parse(line.toStdString(), nullptr, false);
            if (json.is_object())
                heard.push_back(std::move(json));
            else
                m_strays += line;
        }
    }

    QProcess m_process;
    QByteArray m_strays;
    int m_lastId = 100;
};

/// A host that ends with the test.
struct Host {
    explicit Host(const std::filesystem::path& workspace)
    {
        process.start(cliPath(), {"serve", QString::fromStdString(workspace.string())});
        process.waitForStarted();
        process.setReadChannel(QProcess::StandardError);
        (void)QTest::qWaitFor(
            [&] {
                process.waitForReadyRead(20);
                return process.canReadLine();
            },
            20'000);
    }
    ~Host()
    {
        process.terminate();
        if (!process.waitForFinished(20'000))
            process.kill();
    }
    QProcess process;
};

inline std::string textOf(const nlohmann::json& result)
{
    const auto content = result.value("content", nlohmann::json::array());
    return content.empty() ? std::string() : content.at(0).value("text", "");
}

inline nlohmann::json valueOf(const nlohmann::json& result)
{
    return result.value("structuredContent", nlohmann::json::object());
}

inline std::string variantText(const char* name)
{
    return readFile(sourceFolder() / "tests/fixtures/variants/vector_add" / name);
}
inline std::string faultyText(const char* name) { return readFile(sourceFolder() / "tests/fixtures/faulty" / name); }

inline bool hasRewriter() { return std::filesystem::exists(binaryFolder() / "warploom-rewriter"); }

}  // namespace warploom::test
