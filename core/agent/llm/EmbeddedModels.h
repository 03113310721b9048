// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace warploom {

/// resources/agent/models.toml, put into the binary by the build.
std::string_view embeddedModels();

}  // namespace warploom
