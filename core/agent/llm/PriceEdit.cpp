// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/PriceEdit.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/Files.h"
#include "task/TomlTable.h"

namespace warploom {

namespace {

constexpr const char* kNewFile = "# Model servers, models and prices of your own; docs/formats.md tells of every key.\n"
                                 "format = 1\n";

std::string tomlText(const std::string& text) { return nlohmann::json(text).dump(); }

std::string tomlDollars(MicroDollars money) { return moneyText(money).substr(1); }

/// Key → what stands behind it; nothing: the key goes. In the order in which new ones are written.
using PriceKeys = std::vector<std::pair<std::string, std::optional<std::string>>>;

PriceKeys keysOf(const ModelPrice& price)
{
    const auto amount = [](const std::optional<MicroDollars>& money) {
        return money ? std::optional(tomlDollars(*money)) : std::nullopt;
    };
    const auto text = [](const std::string& words) {
        return words.empty() ? std::nullopt : std::optional(tomlText(words));
    };
    return {{"prompt_price", amount(price.prompt)},
            {"cached_price", amount(price.cached)},
            {"answer_price", amount(price.answer)},
            {"price_date", text(price.date)},
            {"price_source", text(price.source)}};
}

std::vector<std::string> linesOf(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    if (!lines.empty() && !lines.back().ends_with('\n'))
        lines.back() += '\n';
    return lines;
}

/// Where a column (1-based, in characters) begins in a line of UTF-8.
std::size_t byteOfColumn(const std::string& line, std::size_t column)
{
    std::size_t byte = 0;
    for (std::size_t seen = 1; seen < column && byte < line.size(); ++seen) {
        ++byte;
        while (byte < line.size() && (static_cast<unsigned char>(line[byte]) & 0xC0) == 0x80)
            ++byte;
    }
    return byte;
}

toml::table* findModelTable(toml::table& root, const std::string& server, const std::string& model)
{
    toml::array* models = root["model"].as_array();
    if (models == nullptr)
        return nullptr;
    for (toml::node& node : *models) {
        toml::table* table = node.as_table();
        if (table != nullptr && (*table)["server"].value<std::string>() == server
            && (*table)["id"].value<std::string>() == model)
            return table;
    }
    return nullptr;
}

/// Changes the keys of one table in the lines of its file.
class TableEdit {
public:
    TableEdit(std::vector<std::string> lines, const toml::table& table)
        : m_lines(std::move(lines))
        , m_table(table)
    {
    }

    void set(const std::string& key, const std::optional<std::string>& value)
    {
        const toml::node* node = m_table.get(key);
        if (node == nullptr) {
            if (value)
                m_new += fmt::format("{} = {}\n", key, *value);
            return;
        }
        const toml::source_region& place = node->source();
        std::string& line = m_lines[place.begin.line - 1];
        const std::size_t begin = byteOfColumn(line, place.begin.column);
        const std::size_t end = byteOfColumn(line, place.end.column);
        line = value ? line.substr(0, begin) + *value + line.substr(end) : std::string();
    }

    [[nodiscard]] std::string text() const
    {
        const std::size_t behind = m_table.get("id")->source().begin.line;
        std::string text;
        for (std::size_t line = 1; line <= m_lines.size(); ++line) {
            text += m_lines[line - 1];
            if (line == behind)
                text += m_new;
        }
        return text;
    }

private:
    std::vector<std::string> m_lines;
    const toml::table& m_table;
    std::string m_new;
};

std::string withNewModel(std::string_view toml, const std::string& server, const std::string& model,
                         const PriceKeys& keys)
{
    std::string text(toml.empty() ? std::string_view(kNewFile) : toml);
    if (!text.ends_with('\n'))
        text += '\n';
    text += fmt::format("\n[[model]]\nserver = {}\nid = {}\n", tomlText(server), tomlText(model));
    for (const auto& [key, value] : keys)
        if (value)
            text += fmt::format("{} = {}\n", key, *value);
    return text;
}

bool holds(const toml::table& table, const std::string& key, const std::optional<std::string>& value)
{
    const toml::node* node = table.get(key);
    if (node == nullptr || !value)
        return node == nullptr && !value;
    const auto wanted = parseToml(fmt::format("x = {}", *value), "price");
    return wanted && toml::node_view<const toml::node>(node) == (*wanted)["x"];
}

/// Whether the text now says what it was to say, and everything else as before.
bool saysPrice(toml::table before, const std::string& after, const std::string& server, const std::string& model,
               const PriceKeys& keys)
{
    auto parsed = parseToml(after, "models.toml");
    toml::table* table = parsed ? findModelTable(*parsed, server, model) : nullptr;
    if (table == nullptr)
        return false;
    toml::table* old = findModelTable(before, server, model);
    for (const auto& [key, value] : keys) {
        if (!holds(*table, key, value))
            return false;
        table->erase(key);
        if (old != nullptr)
            old->erase(key);
    }
    return old == nullptr || before == *parsed;
}

}  // namespace

Result<std::string> withPrice(std::string_view toml, const std::string& file, const std::string& server,
                              const std::string& model, const ModelPrice& price)
{
    const PriceKeys keys = keysOf(price);
    WARPLOOM_TRY(toml::table root, parseToml(toml, file));
    const toml::table* table = findModelTable(root, server, model);
    std::string text;
    if (table == nullptr) {
        text = withNewModel(toml, server, model, keys);
    } else {
        TableEdit edit(linesOf(toml), *table);
        for (const auto& [key, value] : keys)
            edit.set(key, value);
        text = edit.text();
    }
    if (!saysPrice(root, text, server, model, keys))
        return fail(Error{ErrorCode::InvalidInput,
                          fmt::format("the price of {} has to be edited by hand", model),
                          {file, table != nullptr ? static_cast<int>(table->source().begin.line) : 0, 0},
                          "each key on a line of its own",
                          "another way to write it"});
    return text;
}

Result<> savePrice(const std::filesystem::path& file, const std::string& server, const std::string& model,
                   const ModelPrice& price)
{
    const auto old = readTextFile(file);
    if (!old && !old.error().isNotFound())
        return fail(old.error());
    WARPLOOM_TRY(const std::string text, withPrice(old ? *old : std::string(), file.string(), server, model, price));
    std::error_code failure;
    std::filesystem::create_directories(file.parent_path(), failure);
    return writeFileAtomically(file, text);
}

}  // namespace warploom
