// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/ModelPreset.h"
#include "base/Result.h"

namespace warploom {

/// Lays one models.toml over servers and models. What is wrong is named in \p problems; the rest still counts.
class CatalogueReader {
public:
    CatalogueReader(std::vector<ServerPreset>& servers, std::vector<ModelPreset>& models, std::vector<Error>& problems);

    /// \p origin: what the entries say they are from.
    void read(std::string_view toml, const std::string& file, const std::string& origin);

private:
    std::vector<ServerPreset>& m_servers;
    std::vector<ModelPreset>& m_models;
    std::vector<Error>& m_problems;
};

}  // namespace warploom
