// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "evaluate/JudgeClient.h"
#include "task/Task.h"

namespace warploom {

/// The cases of trust level 3: sizes, seeds and distributions within the task's [domain], drawn once a run and never
/// shown to agents. Where the domain leaves sizes no freedom, the smallest declared ones are filled afresh. Small
/// enough that all together cost about as much as one known case; \p modelled: small enough for the emulator.
/// Candidates are left empty. Error: a bound of a fill cannot be evaluated.
Result<std::vector<VerifyQuestion>> hiddenCases(const Task& task, std::uint64_t seed, bool modelled);

/// The smallest declared size that candidates are verified on: where a hidden case is void, its distribution is tried
/// there. Nothing for a task without such a size.
std::optional<TaskSize> fallbackSize(const Task& task, bool modelled);

}  // namespace warploom
