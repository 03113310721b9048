// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/ProcessSpawner.h"
#include "base/Result.h"
#include "base/Units.h"

namespace warploom {

struct CommandRun {
    std::vector<std::string> command;  ///< program and arguments
    std::chrono::milliseconds deadline{};
    Bytes mostOutput;
};

/// Starts a program, writes \p input to its stdin and returns what it writes to its stdout until both are done. It is
/// killed with all its descendants at the deadline, when it writes too much, and on a stop. A program need not read its
/// input. Fails with Timeout, ProcessFailed (with the last line of its stderr) or Cancelled.
Result<std::string> runCommand(const CommandRun& run, std::string_view input, std::stop_token stop);

/// Whether a variable of the environment may be a key, by its name or its value, and is kept from programs.
bool looksLikeSecret(std::string_view name, std::string_view value);

/// What to take out of our environment for a program.
std::vector<EnvironmentChange> withoutSecrets();

/// Program and arguments of "PROGRAM ARGUMENT…": parted by blanks, with single and double quotes and back slashes as a
/// shell has them, and nothing else of a shell. InvalidArgument for a quote that is not closed, or without a program.
Result<std::vector<std::string>> splitCommand(std::string_view text);

}  // namespace warploom
