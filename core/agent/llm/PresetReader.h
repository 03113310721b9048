// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/llm/ModelPreset.h"
#include "base/Result.h"
#include "task/TomlTable.h"

/// Entries of a models.toml. Keys that are not there leave what stands in the preset.
namespace warploom::presets {

Result<> readServer(const TomlTable& table, ServerPreset& server);
/// \p origin: the source of a price that names none.
Result<> readModel(const TomlTable& table, ModelPreset& model, const std::string& origin);

// What both are made of.
Result<> readText(const TomlTable& table, std::string_view key, std::string& into);
Result<> readFlag(const TomlTable& table, std::string_view key, bool& into);
/// From 1 to \p most.
Result<std::int64_t> readCount(const TomlTable& table, std::string_view key, std::int64_t most);

}  // namespace warploom::presets
