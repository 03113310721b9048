// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/ToolCallPieces.h"

#include <utility>

#include "protocol/BoundedJson.h"

namespace warploom {

void ToolCallPieces::add(std::size_t index, std::string_view id, std::string_view name, std::string_view arguments)
{
    const auto place = m_places.find(index);
    // Gemini gives every call the number 0.
    const bool isAnother = place != m_places.end() && !id.empty() && m_calls[place->second].id != id;
    if (place == m_places.end() || isAnother) {
        m_places[index] = m_calls.size();
        m_calls.emplace_back();
    }
    Pieces& call = m_calls[m_places[index]];
    call.id += call.id.empty() ? id : std::string_view();
    call.name += call.name.empty() ? name : std::string_view();
    call.arguments += arguments;
}

std::vector<ChatToolCall> ToolCallPieces::take()
{
    std::vector<ChatToolCall> calls;
    for (Pieces& pieces : m_calls)
        calls.push_back({std::move(pieces.name), readToolArguments(pieces.arguments)});
    m_calls.clear();
    m_places.clear();
    return calls;
}

nlohmann::json readToolArguments(const std::string& text)
{
    if (text.empty())
        return nlohmann::json::object();
    auto arguments = parseJson(text);
    return arguments ? std::move(*arguments) : nlohmann::json(text);
}

}  // namespace warploom
