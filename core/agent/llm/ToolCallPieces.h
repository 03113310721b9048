// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/ChatService.h"

namespace warploom {

/// Tool calls that arrive in pieces, by the number that the server gives each.
class ToolCallPieces {
public:
    /// A piece of call \p index; an \p id that differs from the one before begins another call there.
    void add(std::size_t index, std::string_view id, std::string_view name, std::string_view arguments);
    /// Whole ones, in the order in which they began.
    [[nodiscard]] std::vector<ChatToolCall> take();

private:
    struct Pieces {
        std::string id;
        std::string name;
        std::string arguments;
    };
    std::vector<Pieces> m_calls;
    std::map<std::size_t, std::size_t> m_places;  ///< the server's number → place in m_calls
};

/// The arguments as a model wrote them; a string with them where they are no valid JSON; {} for none.
nlohmann::json readToolArguments(const std::string& text);

}  // namespace warploom
