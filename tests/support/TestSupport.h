// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest/QtTest>

#include <filesystem>
#include <string>

#include "base/Result.h"

/// Fails the test with the error's own words when \p result holds an error.
#define QVERIFY_RESULT(result)                                                                                         \
    do {                                                                                                               \
        const auto& verifiedResult = (result);                                                                         \
        QVERIFY2(verifiedResult.has_value(), ::warploom::test::describeFailure(verifiedResult).c_str());               \
    } while (false)

namespace warploom::test {

/// A fresh folder, removed with everything in it when the object dies.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// Writes \p text to \p name inside the folder (parents are made) and returns the full path.
    std::filesystem::path write(const std::string& name, const std::string& text) const;

private:
    std::filesystem::path m_path;
};

/// The checkout the tests were built from.
std::filesystem::path sourceFolder();
/// Copies the tasks that come with Warploom to \p folder and makes vector_add a tenth as large for the emulator: for
/// tests that need many evaluations and no particular size. Returns \p folder.
std::filesystem::path copySmallKernels(const std::filesystem::path& folder);
/// The folder of the built executables (warploom-cli, warploom-worker, …).
std::filesystem::path binaryFolder();
/// Whole content of a file; fails the process with a message if it cannot be read.
std::string readFile(const std::filesystem::path& path);

template <typename T>
std::string describeFailure(const Result<T>& result)
{
    return result ? std::string() : result.error().toString();
}

}  // namespace warploom::test
