// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "WidgetTestSupport.h"
#include "protocol/AgentRequest.h"

namespace warploom::test {

/// A request about variant 2 with parts that are whole, shortened and left out; \p lines long in its largest part.
inline AgentRequest sampleRequest(int lines = 40)
{
    AgentRequest request;
    request.agent = "llm:big-coder@test";
    request.model = "big-coder";
    request.parent = 2;
    request.mode = "refine";
    request.parts = {{"request", 30, true, "", "What to do"},
                     {"task", 400, true, "", "The task"},
                     {"parent", 4000, true, "", "The kernel to change"},
                     {"failures", 900, true, "3 of 8 pieces are left out for space", "What has failed"},
                     {"knowledge", 3000, false, "left out for space", "Pages"}};
    std::string user = "# What to do\n\nMake it faster: größer is not better.\n\n# The task\n\ny = softmax(x)\n\n"
                       "# The kernel to change\n\n```cuda\n";
    for (int line = 0; line < lines; ++line)
        user += fmt::format("    float value{0} = input[{0} * blockDim.x + threadIdx.x];\n", line);
    user += "```\n\n# What has failed\n\nA tile of 64 was out of bounds.\n";
    request.messages = {{"system", "You improve CUDA kernels in Warploom.\n\n# Rules\n\n- One change."},
                        {"user", std::move(user)}};
    request.promptTokens = 6214;
    request.mostAnswerTokens = 16384;
    request.promptMicroDollars = 15'535;
    request.mostMicroDollars = 179'375;
    request.microDollarsLeft = 1'830'000;
    return request;
}

/// Exchange \p id of one of three models, with every outcome among them; what it made is variant \p id + 1.
inline ExchangeRecord sampleExchange(ExchangeId id)
{
    static const std::vector<std::string> models = {"big-coder", "small-coder", "own-model"};
    const AgentRequest request = sampleRequest();
    ExchangeRecord exchange;
    exchange.id = id;
    exchange.run = 1;
    exchange.model = models[static_cast<std::size_t>(id) % models.size()];
    exchange.agent = "llm:" + exchange.model + "@test";
    exchange.parent = 1 + id % 7;
    exchange.mode = id % 4 == 0 ? "combine" : "refine";
    exchange.parts = request.parts;
    exchange.messages = request.messages;
    exchange.promptTokens = 6000 + 13 * id;
    exchange.answerTokens = 900 + 7 * id;
    if (exchange.model != "own-model")
        exchange.costMicroDollars = 15'000 + 100 * id;
    exchange.started = 1'764'000'000'000 + 60'000 * id;
    exchange.seconds = 12.5;
    exchange.finished = true;
    exchange.answer = "MOVE: wider loads\nTITLE: 16-byte loads\n";
    switch (id % 5) {
    case 0:
        exchange.fault = "edit-not-found";
        exchange.explanation = "the block that begins with “for (int i” stands nowhere in the kernel";
        break;
    case 1:
        exchange.errorCode = "timeout";
        exchange.error = "the server did not begin to answer within 600 s";
        exchange.answer.clear();
        break;
    case 2:
        break;
    default:
        exchange.variants = {id + 1};
    }
    return exchange;
}

/// A lineage in which models have been asked \p exchanges times.
inline WorkspaceContent contentWithExchanges(int exchanges, int variants = 40)
{
    WorkspaceContent content = syntheticContent(variants, 2 * variants, false);
    for (ExchangeId id = 1; id <= exchanges; ++id) {
        ExchangeRecord exchange = sampleExchange(id);
        for (const VariantId made : exchange.variants)
            if (made <= variants)
                content.variants[static_cast<std::size_t>(made - 1)].exchange = id;
        exchange.messages.clear();
        exchange.answer.clear();
        content.exchanges.push_back(std::move(exchange));
    }
    return content;
}

}  // namespace warploom::test
