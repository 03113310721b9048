// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "SampleRecords.h"
#include "store/Database.h"

namespace warploom::test {

inline Result<> runSql(const std::filesystem::path& path, const std::string& sql)
{
    WARPLOOM_TRY(const auto database, Database::open(path, Database::Access::Create));
    return database->execute(sql);
}

/// A workspace with one of everything and this many evaluations.
inline Result<> makeFilled(const std::filesystem::path& path, int evaluations)
{
    WARPLOOM_TRY(Workspace workspace, Workspace::open(path, Workspace::Mode::Create));
    WARPLOOM_TRY(const SampleIds ids, addSample(workspace));
    return workspace.atomically([&]() -> Result<> {
        EvaluationRecord evaluation = sampleEvaluation(ids.variant, ids.environment, ids.run);
        for (int i = 0; i < evaluations; ++i) {
            evaluation.configuration["BLOCK"] = i;
            WARPLOOM_CHECK(workspace.addEvaluation(evaluation));
        }
        return {};
    });
}

/// Gives up root for good, so that permissions count.
inline void becomeNobody()
{
    if (::geteuid() == 0 && (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0))
        ::_exit(99);
}

inline ErrorCode codeOfOpening(const std::filesystem::path& path, Workspace::Mode mode)
{
    const auto workspace = Workspace::open(path, mode);
    return workspace ? ErrorCode::Internal : workspace.error().code;
}

}  // namespace warploom::test
