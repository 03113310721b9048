// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/PresetReader.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace warploom::presets {

namespace {

constexpr std::int64_t kMostTokens = 1'000'000'000;
constexpr double kMostDollars = 100'000;  ///< a million tokens

Result<> readTokens(const TomlTable& table, std::string_view key, std::optional<std::int64_t>& into)
{
    if (table.has(key)) {
        WARPLOOM_TRY(into, readCount(table, key, kMostTokens));
    }
    return {};
}

Result<> readAmount(const TomlTable& table, std::string_view key, std::optional<MicroDollars>& into)
{
    if (!table.has(key))
        return {};
    WARPLOOM_TRY(const double dollars, table.real(key));
    into = dollars <= kMostDollars ? moneyFromDollars(dollars) : std::nullopt;
    if (!into)
        return table.failAt(key, fmt::format("'{}' is no price", key),
                            fmt::format("US dollars a million tokens, 0 to {}", kMostDollars),
                            fmt::format("{}", dollars));
    return {};
}

bool isDate(const std::string& text)
{
    const std::string_view form = "0000-00-00";
    return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char c, char wanted) {
               return wanted == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == wanted;
           });
}

Result<> readPrice(const TomlTable& table, ModelPrice& price, const std::string& origin)
{
    const bool isNew = table.has("prompt_price") || table.has("cached_price") || table.has("answer_price");
    if (isNew) {
        // The source of the price that is replaced says nothing about this one.
        price.date.clear();
        price.source = origin;
    }
    WARPLOOM_CHECK(readAmount(table, "prompt_price", price.prompt));
    WARPLOOM_CHECK(readAmount(table, "cached_price", price.cached));
    WARPLOOM_CHECK(readAmount(table, "answer_price", price.answer));
    WARPLOOM_CHECK(readText(table, "price_date", price.date));
    WARPLOOM_CHECK(readText(table, "price_source", price.source));
    if (!price.date.empty() && !isDate(price.date))
        return table.failAt("price_date", "'price_date' is no date", "\"YYYY-MM-DD\"",
                            fmt::format("\"{}\"", price.date));
    return {};
}

}  // namespace

Result<> readText(const TomlTable& table, std::string_view key, std::string& into)
{
    WARPLOOM_TRY(into, table.textOr(key, std::move(into)));
    return {};
}

Result<> readFlag(const TomlTable& table, std::string_view key, bool& into)
{
    if (table.has(key)) {
        WARPLOOM_TRY(into, table.flag(key));
    }
    return {};
}

Result<std::int64_t> readCount(const TomlTable& table, std::string_view key, std::int64_t most)
{
    WARPLOOM_TRY(const std::int64_t count, table.integer(key));
    if (count < 1 || count > most)
        return table.failAt(key, fmt::format("'{}' is out of range", key), fmt::format("1 to {}", most),
                            fmt::format("{}", count));
    return count;
}

Result<> readModel(const TomlTable& table, ModelPreset& model, const std::string& origin)
{
    WARPLOOM_CHECK(table.allowOnly({"server", "id", "title", "context", "answer", "prompt_price", "cached_price",
                                    "answer_price", "price_date", "price_source", "hidden"}));
    WARPLOOM_CHECK(readText(table, "title", model.title));
    WARPLOOM_CHECK(readTokens(table, "context", model.contextTokens));
    WARPLOOM_CHECK(readTokens(table, "answer", model.answerTokens));
    WARPLOOM_CHECK(readPrice(table, model.price, origin));
    if (model.title.empty())
        model.title = model.id;
    return {};
}

}  // namespace warploom::presets
