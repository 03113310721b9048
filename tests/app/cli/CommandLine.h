// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QProcess>
#include <nlohmann/json.hpp>

#include "TestSupport.h"

namespace warploom::test {

/// What one call of warploom-cli gave.
struct CommandOutcome {
    int exitCode = -1;
    std::string output;
    std::string errors;

    /// The last line of output as JSON; null when it is none.
    [[nodiscard]] nlohmann::json json() const
    {
        const std::size_t end = output.find_last_not_of('\n');
        const std::size_t begin = output.rfind('\n', end) + 1;
        return nlohmann::json::parse(output.substr(begin), nullptr, false);
    }
};

inline QString cliPath() { return QString::fromStdString((binaryFolder() / "warploom-cli").string()); }

/// Waits for what was started, and takes what it gave.
inline CommandOutcome outcomeOf(QProcess& process, int timeoutMs = 50'000)
{
    CommandOutcome outcome;
    if (!process.waitForFinished(timeoutMs)) {
        process.kill();
        process.waitForFinished();
        outcome.errors = "warploom-cli did not end in time";
        return outcome;
    }
    outcome.exitCode = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    outcome.output = process.readAllStandardOutput().toStdString();
    outcome.errors = process.readAllStandardError().toStdString();
    return outcome;
}

/// Runs warploom-cli in \p folder.
inline CommandOutcome runCli(const std::filesystem::path& folder, const QStringList& arguments, int timeoutMs = 50'000)
{
    QProcess process;
    process.setWorkingDirectory(QString::fromStdString(folder.string()));
    process.start(cliPath(), arguments);
    return outcomeOf(process, timeoutMs);
}

/// The same with an environment variable of its own.
inline CommandOutcome runCliWith(const char* variable, const std::filesystem::path& value,
                                 const std::filesystem::path& folder, const QStringList& arguments)
{
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(variable, QString::fromStdString(value.string()));
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(QString::fromStdString(folder.string()));
    process.start(cliPath(), arguments);
    return outcomeOf(process);
}

inline QString kernelFolder(const std::string& task)
{
    return QString::fromStdString((sourceFolder() / "kernels" / task).string());
}

/// vector_add with sizes for tests that evaluate it many times; other users may read it too.
inline QString smallVectorAdd()
{
    static const TemporaryFolder folder;
    static const std::filesystem::path kernels = copySmallKernels(folder.path() / "kernels");
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    return QString::fromStdString((kernels / "vector_add").string());
}

inline QString fixture(const std::string& path)
{
    return QString::fromStdString((sourceFolder() / "tests" / "fixtures" / path).string());
}

}  // namespace warploom::test
