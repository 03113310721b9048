// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <mutex>

#include "FuzzInput.h"
#include "mcp/McpSession.h"
#include "protocol/BoundedJson.h"
#include "protocol/MessageFraming.h"

namespace {

using namespace warploom;

McpOffer offer()
{
    McpTool tool;
    tool.name = "echo";
    tool.call = [](const ToolCall& call) -> Result<ToolAnswer> {
        call.progress("step");
        return ToolAnswer{call.client, call.arguments};
    };
    McpOffer offer;
    offer.tools = {std::move(tool)};
    offer.resources = [] {
        return Result<std::vector<McpResource>>(
            {{"t://a", "a", "A", "text/plain", []() -> Result<std::string> { return std::string("a"); }}});
    };
    offer.prompts = {{"p", "P", "d", "t"}};
    return offer;
}

std::string linesOf(std::string_view bytes, std::size_t piece)
{
    LineParser parser(4096);
    std::string lines;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto fed = parser.feed(bytes.substr(at, piece), [&lines](const std::string& line) -> Result<> {
            fuzz::require(line.size() <= 4097 && line.find('\n') == std::string::npos, "a line is one line");
            lines += line + "\n";
            return {};
        });
        fuzz::require(fed.has_value(), "no line breaks the stream");
    }
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes = fuzz::textOf(data, size);
    if (size == 0)
        return 0;
    const std::string lines = linesOf(bytes, size);
    fuzz::require(lines == linesOf(bytes, 1), "however a stream is cut into pieces, it holds the same lines");
    McpSession session(offer(), [](const std::string& line) {
        const auto json = parseJson(line);
        fuzz::require(json && json->is_object() && json->value("jsonrpc", "") == "2.0", "what is sent is a message");
        fuzz::require(line.find('\n') == std::string::npos, "a message is one line");
        const bool isAnswer = json->contains("id") && json->contains("result") != json->contains("error");
        fuzz::require(isAnswer || json->contains("method"), "what is sent is an answer or a notification");
    });
    std::string_view rest = lines;
    while (!rest.empty())
        session.take(std::string(fuzz::takeLine(rest)));
    return 0;
}
