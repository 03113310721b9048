// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "agent/llm/ChatService.h"

namespace warploom {

/// How fast a written answer comes.
struct WrittenPace {
    std::int64_t bytesASecond = 350;  ///< somewhat faster than one reads; 0: all at once
};

/// What stands for the model's name wherever one is shown: no model is asked.
inline constexpr std::string_view kWrittenModel = "written example";

/// Says one written answer, as a server of models would send it: events of a stream, in pieces, read by the decoder
/// that reads those of real servers. Costs nothing and opens no connection.
class WrittenService : public ChatService {
public:
    WrittenService(std::string text, WrittenPace pace);

    Result<ChatAnswer> chat(const ChatRequest& request, const TextSink& onText, std::stop_token stop) override;

private:
    const std::string m_text;
    const WrittenPace m_pace;
};

}  // namespace warploom
