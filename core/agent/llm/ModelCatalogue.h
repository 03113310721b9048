// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/ModelPreset.h"
#include "base/Result.h"

namespace warploom {

/// What a reference such as "llm:gpt-5.5@openai" means.
struct ModelChoice {
    ServerPreset server;
    ModelPreset model;  ///< its id is empty where the server is to be asked which models it has
    std::string note;  ///< what a person should know: "not listed, so its price is unknown"; may be empty

    /// Nought for a machine of one's own.
    [[nodiscard]] ModelPrice price() const;
};

/// The model servers and models that are known: those that come with Warploom, with a person's own models.toml laid
/// over them key by key. docs/formats.md describes the file.
class ModelCatalogue {
public:
    /// Only what comes with Warploom.
    static ModelCatalogue builtIn();
    /// What cannot be read of \p file is left out and named in problems(); a file that is not there is none.
    static ModelCatalogue load(const std::filesystem::path& file = ownFile());
    /// models.toml in the folder of what people set up.
    static std::filesystem::path ownFile();

    /// Lays the content of a file over what is known.
    void add(std::string_view toml, const std::string& file);

    [[nodiscard]] const std::vector<ServerPreset>& servers() const { return m_servers; }
    [[nodiscard]] const std::vector<ModelPreset>& models() const { return m_models; }
    [[nodiscard]] const std::vector<Error>& problems() const { return m_problems; }
    /// Null where there is none.
    [[nodiscard]] const ServerPreset* findServer(std::string_view name) const;
    [[nodiscard]] const ModelPreset* findModel(std::string_view server, std::string_view id) const;
    [[nodiscard]] std::vector<ModelPreset> modelsOf(std::string_view server) const;

    /// "llm:MODEL@SERVER", "llm:MODEL" (of the one server that lists it) or "llm:@SERVER" (the first that is listed),
    /// with or without "llm:". A model that its server is not known to have is taken with a note. Otherwise NotFound or
    /// InvalidArgument, with what was expected and what comes close.
    [[nodiscard]] Result<ModelChoice> resolve(std::string_view reference) const;

private:
    [[nodiscard]] Result<ModelChoice> resolveOn(const std::string& model, const std::string& server) const;
    [[nodiscard]] Result<ModelChoice> resolveAnywhere(const std::string& model) const;
    [[nodiscard]] ModelChoice unlisted(const ServerPreset& server, const std::string& model) const;
    [[nodiscard]] std::vector<std::string> serverNames() const;
    [[nodiscard]] std::vector<std::string> modelIds() const;

    std::vector<ServerPreset> m_servers;
    std::vector<ModelPreset> m_models;
    std::vector<Error> m_problems;
};

}  // namespace warploom
