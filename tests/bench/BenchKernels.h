// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/Result.h"
#include "task/Task.h"

namespace warploom::test {

/// A baseline of the library whose time grows with one of its sizes.
struct ScaledTask {
    std::string name;
    std::string grows;  ///< the size that is scaled
    std::string others;  ///< the rest, as lines of task.toml
    std::int64_t step = 1;  ///< it is a multiple of this
    std::int64_t most = 0;
    double bytesPerStep = 0;  ///< that one unit of it moves, for a first guess
};

const std::vector<ScaledTask>& scaledTasks();
/// The library's task with one more time size, called "bench", of which \p scale is the one that grows.
Result<Task> scaledTask(const ScaledTask& scaled, std::int64_t scale);

/// A task whose kernel does nothing but a chain of dependent arithmetic: its time is a line in the length of the chain.
/// \p threads are as many as the card holds at once.
Result<Task> chainTask(std::uint64_t threads);
std::string chainSource(std::int64_t length);

}  // namespace warploom::test
