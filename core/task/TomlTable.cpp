// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/TomlTable.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

namespace warploom {

namespace {

std::string describe(const toml::node& node)
{
    std::ostringstream type;
    type << node.type();
    if (const auto* text = node.as_string())
        return fmt::format("\"{}\"", text->get());
    if (const auto* integer = node.as_integer())
        return fmt::format("{}", integer->get());
    if (const auto* real = node.as_floating_point())
        return fmt::format("{}", real->get());
    return fmt::format("a {}", type.str());
}

std::optional<double> realOf(const toml::node& node)
{
    if (const auto* real = node.as_floating_point())
        return real->get();
    if (const auto* integer = node.as_integer())
        return static_cast<double>(integer->get());
    return std::nullopt;
}

}  // namespace

Result<toml::table> parseToml(std::string_view text, const std::string& file)
{
    try {
        return toml::parse(text, std::string_view(file));
    } catch (const toml::parse_error& error) {
        const auto& begin = error.source().begin;
        const SourcePlace place{file, static_cast<int>(begin.line), static_cast<int>(begin.column)};
        return fail(Error{ErrorCode::InvalidInput, std::string(error.description()), place, "", ""});
    }
}

TomlTable::TomlTable(const toml::table& table, std::string file, std::string title)
    : m_table(&table)
    , m_file(std::move(file))
    , m_title(std::move(title))
{
}

SourcePlace TomlTable::placeOfNode(const toml::node& node) const
{
    const auto begin = node.source().begin;
    return {m_file, static_cast<int>(begin.line), static_cast<int>(begin.column)};
}

SourcePlace TomlTable::placeOf(std::string_view key) const
{
    const toml::node* node = m_table->get(key);
    return placeOfNode(node != nullptr ? *node : static_cast<const toml::node&>(*m_table));
}

tl::unexpected<Error> TomlTable::failAt(std::string_view key, std::string message, std::string expected,
                                        std::string found) const
{
    return fail(
        Error{ErrorCode::InvalidInput, std::move(message), placeOf(key), std::move(expected), std::move(found)});
}

Result<const toml::node*> TomlTable::require(std::string_view key, std::string_view expected) const
{
    const toml::node* node = m_table->get(key);
    if (node == nullptr)
        return failAt(key, fmt::format("{} lacks '{}'", m_title, key), std::string(expected), "nothing");
    return node;
}

Result<std::string> TomlTable::text(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "text in quotes"));
    if (const auto* value = node->as_string())
        return value->get();
    return failAt(key, fmt::format("'{}' has the wrong type", key), "text in quotes", describe(*node));
}

Result<std::string> TomlTable::textOr(std::string_view key, std::string fallback) const
{
    return has(key) ? text(key) : Result<std::string>(std::move(fallback));
}

Result<std::int64_t> TomlTable::integer(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "an integer"));
    if (const auto* value = node->as_integer())
        return value->get();
    return failAt(key, fmt::format("'{}' has the wrong type", key), "an integer", describe(*node));
}

Result<bool> TomlTable::flag(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "true or false"));
    if (const auto* value = node->as_boolean())
        return value->get();
    return failAt(key, fmt::format("'{}' has the wrong type", key), "true or false", describe(*node));
}

Result<double> TomlTable::real(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "a number"));
    if (const auto value = realOf(*node))
        return *value;
    return failAt(key, fmt::format("'{}' has the wrong type", key), "a number", describe(*node));
}

Result<std::vector<std::string>> TomlTable::texts(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "a list of texts"));
    std::vector<std::string> values;
    const toml::array* array = node->as_array();
    if (array == nullptr)
        return failAt(key, fmt::format("'{}' has the wrong type", key), "a list of texts", describe(*node));
    for (const toml::node& item : *array) {
        const auto* value = item.as_string();
        if (value == nullptr)
            return failAt(key, fmt::format("'{}' has the wrong type", key), "a list of texts", describe(item));
        values.push_back(value->get());
    }
    return values;
}

Result<std::vector<std::int64_t>> TomlTable::integers(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "a list of integers"));
    std::vector<std::int64_t> values;
    const toml::array* array = node->as_array();
    if (array == nullptr)
        return failAt(key, fmt::format("'{}' has the wrong type", key), "a list of integers", describe(*node));
    for (const toml::node& item : *array) {
        const auto* value = item.as_integer();
        if (value == nullptr)
            return failAt(key, fmt::format("'{}' has the wrong type", key), "a list of integers", describe(item));
        values.push_back(value->get());
    }
    return values;
}

Result<std::pair<double, double>> TomlTable::realPair(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "[low, high]"));
    const toml::array* array = node->as_array();
    if (array != nullptr && array->size() == 2) {
        const auto low = realOf(*array->get(0));
        const auto high = realOf(*array->get(1));
        if (low && high && *low <= *high)
            return std::pair{*low, *high};
    }
    return failAt(key, fmt::format("'{}' is no range", key), "[low, high] with low not above high", describe(*node));
}

Result<std::pair<std::int64_t, std::int64_t>> TomlTable::integerPair(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "[low, high]"));
    const toml::array* array = node->as_array();
    if (array != nullptr && array->size() == 2) {
        const auto* low = array->get(0)->as_integer();
        const auto* high = array->get(1)->as_integer();
        if (low != nullptr && high != nullptr && low->get() <= high->get())
            return std::pair{low->get(), high->get()};
    }
    return failAt(key, fmt::format("'{}' is no range", key), "[low, high] of integers, low not above high",
                  describe(*node));
}

Result<TomlTable> TomlTable::table(std::string_view key) const
{
    WARPLOOM_TRY(const toml::node* node, require(key, "a table"));
    if (const auto* value = node->as_table())
        return TomlTable(*value, m_file, fmt::format("[{}]", key));
    return failAt(key, fmt::format("'{}' has the wrong type", key), "a table", describe(*node));
}

Result<std::vector<TomlTable>> TomlTable::tables(std::string_view key) const
{
    std::vector<TomlTable> list;
    const toml::node* node = m_table->get(key);
    if (node == nullptr)
        return list;
    const toml::array* array = node->as_array();
    if (array == nullptr)
        return failAt(key, fmt::format("'{}' has the wrong type", key), fmt::format("[[{}]]", key), describe(*node));
    for (const toml::node& item : *array) {
        const auto* value = item.as_table();
        if (value == nullptr)
            return failAt(key, fmt::format("'{}' has the wrong type", key), fmt::format("[[{}]]", key), describe(item));
        list.emplace_back(*value, m_file, fmt::format("[[{}]]", key));
    }
    return list;
}

std::vector<std::string> TomlTable::keys() const
{
    std::vector<std::string> names;
    for (const auto& entry : *m_table)
        names.emplace_back(entry.first.str());
    return names;
}

Result<> TomlTable::allowOnly(std::initializer_list<std::string_view> known) const
{
    for (const auto& [key, node] : *m_table) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end())
            continue;
        std::string list;
        for (const std::string_view name : known)
            list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
        return fail(Error{ErrorCode::InvalidInput, fmt::format("unknown key in {}", m_title), placeOfNode(node),
                          fmt::format("one of {}", list), fmt::format("'{}'", key.str())});
    }
    return {};
}

}  // namespace warploom
