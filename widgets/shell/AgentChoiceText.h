// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QString>

#include "engine/AgentChoice.h"

namespace warploom {

/// One agent: "rules", "gpt-5.5", "agent.py", "replay of softmax".
QString agentWords(const std::string& name);
/// All of them in little room: "rules", "rules, gpt-5.5", "4 agents"; "none".
QString agentsInShort(const std::vector<std::string>& names);

/// What is wrong and what to do about it.
QString faultSentence(const ChoiceFault& fault);
/// What a run can spend at most, and what nobody can tell beforehand.
QString outlookSentence(const SpendingOutlook& outlook);
/// The choice for a tooltip, a line for each agent, and its limits.
QString choiceWords(const AgentChoice& choice);

/// "$0.42", "12,300 tokens" where no price is known; empty before anything is spent.
QString spentInShort(const std::vector<AgentTally>& tallies);
/// What one agent has been asked and has spent.
QString tallyWords(const AgentTally& tally);

}  // namespace warploom
