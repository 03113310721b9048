// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "agent/llm/ModelPreset.h"
#include "base/Result.h"

namespace warploom {

/// The text of a models.toml with the price of one model changed; everything else, comments too, stays as it was. A
/// model that has no [[model]] there gets one at the end. InvalidInput where the text cannot be read, or is written in
/// a way that has no place for the change (tables in one line): it has to be edited by hand then.
Result<std::string> withPrice(std::string_view toml, const std::string& file, const std::string& server,
                              const std::string& model, const ModelPrice& price);

/// The same to a file, which is made where there is none.
Result<> savePrice(const std::filesystem::path& file, const std::string& server, const std::string& model,
                   const ModelPrice& price);

}  // namespace warploom
