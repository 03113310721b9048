// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "evaluate/JudgeClient.h"
#include "task/Task.h"

namespace warploom {

struct AuditedCase {
    bool isHidden = false;
    CaseAudit outcome;
};

/// Something that a task's author should know.
struct AuditFinding {
    std::string
        code;  ///< "trivial-passes", "half-passes", "input-ignored", "flat-output", "void-cases", "no-domain", …
    bool isSerious = false;  ///< an answer that needs no work gets through all checks
    std::string message;
};

/// Whether a task's own checks can be cheated, and why.
struct TaskAudit {
    std::vector<AuditedCase> cases;
    std::vector<AuditFinding> findings;

    [[nodiscard]] bool isCheatable() const;
};

/// Looks at every known size and every hidden case of
/// \p seed. \p progress gets the number of cases done and of all.
Result<TaskAudit> auditTask(JudgeClient& judge, const Task& task, std::uint64_t seed, std::stop_token stop,
                            const std::function<void(std::size_t, std::size_t)>& progress);

/// What the cases say, without a judge.
std::vector<AuditFinding> findingsOf(const Task& task, const std::vector<AuditedCase>& cases);

}  // namespace warploom
