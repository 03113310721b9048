// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp/ToolArguments.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

tl::unexpected<Error> badArgument(const std::string& name, std::string expected, const nlohmann::json& found)
{
    constexpr std::size_t kExcerpt = 80;
    return fail(Error{ErrorCode::InvalidArgument,
                      fmt::format("the argument '{}'", name),
                      {},
                      std::move(expected),
                      writeJson(found).substr(0, kExcerpt)});
}

}  // namespace

Result<ToolArguments> ToolArguments::read(const nlohmann::json& arguments, const std::vector<std::string>& known)
{
    for (const auto& [name, value] : arguments.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return fail(Error{ErrorCode::InvalidArgument,
                              "an argument that the tool does not have",
                              {},
                              known.empty() ? "no arguments" : fmt::format("{}", fmt::join(known, ", ")),
                              name});
    }
    ToolArguments read;
    read.m_arguments = arguments;
    return read;
}

const nlohmann::json* ToolArguments::find(const std::string& name) const
{
    const auto found = m_arguments.find(name);
    return found == m_arguments.end() || found->is_null() ? nullptr : &*found;
}

Result<std::optional<std::string>> ToolArguments::text(const std::string& name) const
{
    const nlohmann::json* found = find(name);
    if (found == nullptr)
        return std::optional<std::string>();
    if (!found->is_string())
        return badArgument(name, "a text", *found);
    return std::optional(found->get<std::string>());
}

Result<std::optional<std::int64_t>> ToolArguments::integer(const std::string& name, std::int64_t least,
                                                           std::int64_t most) const
{
    const nlohmann::json* found = find(name);
    if (found == nullptr)
        return std::optional<std::int64_t>();
    const bool isInRange = found->is_number_integer() && *found >= least && *found <= most;
    if (!isInRange)
        return badArgument(name, fmt::format("an integer from {} to {}", least, most), *found);
    return std::optional(found->get<std::int64_t>());
}

Result<std::optional<double>> ToolArguments::number(const std::string& name, double least, double most) const
{
    const nlohmann::json* found = find(name);
    if (found == nullptr)
        return std::optional<double>();
    const bool isInRange = found->is_number() && found->get<double>() >= least && found->get<double>() <= most;
    if (!isInRange)
        return badArgument(name, fmt::format("a number from {} to {}", least, most), *found);
    return std::optional(found->get<double>());
}

Result<std::optional<std::map<std::string, std::int64_t>>> ToolArguments::integers(const std::string& name) const
{
    using Integers = std::map<std::string, std::int64_t>;
    const nlohmann::json* found = find(name);
    if (found == nullptr)
        return std::optional<Integers>();
    const bool fits = found->is_object() && std::all_of(found->begin(), found->end(), [](const nlohmann::json& value) {
                          return value.is_number_integer();
                      });
    if (!fits)
        return badArgument(name, "an object of integers, as {\"BLOCK\": 256}", *found);
    return std::optional(found->get<Integers>());
}

}  // namespace warploom
