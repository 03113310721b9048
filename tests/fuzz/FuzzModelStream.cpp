// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <string>
#include <string_view>

#include "FuzzInput.h"

#include "agent/llm/AnswerReader.h"
#include "agent/llm/SseReader.h"

namespace {

using namespace warploom;

/// The events of the stream, or where it was refused.
std::string eventsOf(std::string_view bytes, std::size_t piece)
{
    SseReader reader(Bytes{4096});
    std::string events;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto fed = reader.feed(bytes.substr(at, piece), [&events](const SseEvent& event) -> Result<> {
            events += event.name + '\x01' + event.data + '\x02';
            return {};
        });
        if (!fed)
            return "refused";
    }
    return events;
}

struct ReadAnswer {
    std::string heard;
    Result<ChatAnswer> answer;
};

ReadAnswer readAnswer(ChatDialectName dialect, std::string_view bytes, std::size_t piece)
{
    const HttpHead head{200, {{"Content-Type", "text/event-stream"}}};
    ReadAnswer read;
    AnswerReader reader(chatDialect(dialect), [&read](std::string_view text) { read.heard += text; });
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto reading = reader.take(head, bytes.substr(at, piece));
        if (!reading) {
            read.answer = fail(reading.error());
            return read;
        }
    }
    read.answer = reader.finish(head);
    return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes = fuzz::textOf(data, size);
    if (size == 0)
        return 0;
    fuzz::require(eventsOf(bytes, size) == eventsOf(bytes, 1), "however a stream is cut, it holds the same events");
    for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
        const ReadAnswer whole = readAnswer(dialect, bytes, size);
        const ReadAnswer cut = readAnswer(dialect, bytes, 3);
        fuzz::require(whole.answer.has_value() == cut.answer.has_value(),
                      "however an answer is cut, it is read or not");
        if (!whole.answer) {
            fuzz::require(whole.answer.error().message.find('\n') == std::string::npos, "an error is one line");
            continue;
        }
        fuzz::require(whole.answer->text == cut.answer->text, "however an answer is cut, it says the same");
        fuzz::require(whole.heard == whole.answer->text, "what was handed out is the answer's text");
        fuzz::require(whole.answer->usage.promptTokens >= whole.answer->usage.cachedPromptTokens,
                      "no more is cached than was asked");
    }
    return 0;
}
