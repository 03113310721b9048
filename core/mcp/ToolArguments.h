// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

/// Reads the arguments of a call: what has another type or is not known is InvalidArgument and says what was expected,
/// so that a model can mend its call.
class ToolArguments {
public:
    /// \p known: every name that the tool takes.
    static Result<ToolArguments> read(const nlohmann::json& arguments, const std::vector<std::string>& known);

    /// Nothing where it is missing or null.
    [[nodiscard]] Result<std::optional<std::string>> text(const std::string& name) const;
    /// Between \p least and \p most.
    [[nodiscard]] Result<std::optional<std::int64_t>> integer(const std::string& name, std::int64_t least,
                                                              std::int64_t most) const;
    [[nodiscard]] Result<std::optional<double>> number(const std::string& name, double least, double most) const;
    /// An object of integers.
    [[nodiscard]] Result<std::optional<std::map<std::string, std::int64_t>>> integers(const std::string& name) const;

private:
    [[nodiscard]] const nlohmann::json* find(const std::string& name) const;

    nlohmann::json m_arguments;
};

}  // namespace warploom
