// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveChain.h"

namespace warploom {

std::vector<ChainedSource> chained(const MoveContext& context, const ChainedSource& before,
                                   const std::function<std::vector<MoveProposal>(const MoveContext&)>& propose)
{
    std::vector<ChainedSource> made;
    const auto source = ParsedSource::parse(before.source, context.request().fileName);
    if (!source)
        return made;
    MoveRequest request = context.request();
    request.source = before.source;
    for (auto& proposal : propose(MoveContext(**source, request))) {
        auto next = before;
        next.source = std::move(proposal.source);
        next.gain = std::max(before.gain, proposal.predictedGain);
        next.done.push_back(std::move(proposal.title));
        made.push_back(std::move(next));
    }
    return made;
}

}  // namespace warploom
