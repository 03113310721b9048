// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"
#include "base/Toml.h"

namespace warploom {

/// The tables of a text; InvalidInput with its place where it is no TOML.
Result<toml::table> parseToml(std::string_view text, const std::string& file);

/// A view of one TOML table that reports wrong types, missing and unknown keys with their place.
class TomlTable {
public:
    TomlTable(const toml::table& table, std::string file, std::string title);

    [[nodiscard]] bool has(std::string_view key) const { return m_table->contains(key); }
    [[nodiscard]] Result<std::string> text(std::string_view key) const;
    [[nodiscard]] Result<std::string> textOr(std::string_view key, std::string fallback) const;
    [[nodiscard]] Result<std::int64_t> integer(std::string_view key) const;
    [[nodiscard]] Result<bool> flag(std::string_view key) const;
    /// Integers are taken as reals too.
    [[nodiscard]] Result<double> real(std::string_view key) const;
    [[nodiscard]] Result<std::vector<std::string>> texts(std::string_view key) const;
    [[nodiscard]] Result<std::vector<std::int64_t>> integers(std::string_view key) const;
    /// Exactly two numbers.
    [[nodiscard]] Result<std::pair<double, double>> realPair(std::string_view key) const;
    [[nodiscard]] Result<std::pair<std::int64_t, std::int64_t>> integerPair(std::string_view key) const;
    [[nodiscard]] Result<TomlTable> table(std::string_view key) const;
    /// The tables of [[key]]; empty when there is none.
    [[nodiscard]] Result<std::vector<TomlTable>> tables(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> keys() const;

    /// An error for any key that is not in \p known.
    [[nodiscard]] Result<> allowOnly(std::initializer_list<std::string_view> known) const;
    /// Place of a key's value, or of the table where the key is absent.
    [[nodiscard]] SourcePlace placeOf(std::string_view key) const;
    [[nodiscard]] tl::unexpected<Error> failAt(std::string_view key, std::string message, std::string expected = {},
                                               std::string found = {}) const;

private:
    [[nodiscard]] Result<const toml::node*> require(std::string_view key, std::string_view expected) const;
    [[nodiscard]] SourcePlace placeOfNode(const toml::node& node) const;

    const toml::table* m_table;
    std::string m_file;
    std::string m_title;
};

}  // namespace warploom
