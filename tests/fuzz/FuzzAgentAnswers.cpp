// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FuzzInput.h"
#include "protocol/BoundedJson.h"
#include "protocol/MoveValues.h"
#include "variant/LaunchPlan.h"
#include "variant/SourceText.h"

// What an agent proposes is read from a MoveAnswer; its text then becomes a variant.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const auto json = parseJson(fuzz::textOf(data, size));
    if (!json)
        return 0;
    static_cast<void>(moveDescriptionsFromJson(*json));
    const auto answer = moveAnswerFromJson(*json);
    if (!answer)
        return 0;
    const auto again = moveAnswerFromJson(nlohmann::json(*answer));
    fuzz::require(again && *again == *answer, "an answer that was read twice is the same");
    for (const MoveProposal& proposal : answer->proposals) {
        fuzz::require(sourceHash(proposal.source) == sourceHash("\n /* */\t" + proposal.source),
                      "blanks and comments do not make another variant");
        const auto directives = parseDirectives(proposal.source, "kernel.cu");
        if (directives)
            static_cast<void>(kernelNames(*directives, directives->defaultConfiguration()));
    }
    return 0;
}
