// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "agent/llm/ChatService.h"
#include "protocol/ExchangeRecord.h"

namespace warploom {

/// Answers from what was recorded before, without any server: for replays and tests. A request gets the answer that
/// the same text got, in their order where it was asked more than once; a text that was never asked (figures in it may
/// differ) gets the first answer that is left for its model. Each is given once, with the failure it may have been.
class ReplayService : public ChatService {
public:
    /// Exchanges without an answer, those that were cancelled, are left out.
    explicit ReplayService(std::vector<ExchangeRecord> recorded);

    /// NotFound where nothing was recorded in the workspace.
    static Result<std::shared_ptr<ReplayService>> open(const std::filesystem::path& workspace);

    /// BudgetSpent when every recorded answer has been given.
    Result<ChatAnswer> chat(const ChatRequest& request, const TextSink& onText, std::stop_token stop) override;
    /// In the order of their first exchange.
    [[nodiscard]] std::vector<std::string> models() const;
    [[nodiscard]] std::size_t left() const;

private:
    [[nodiscard]] std::size_t placeFor(const ChatRequest& request) const;

    const std::vector<ExchangeRecord> m_recorded;
    mutable std::mutex m_mutex;
    std::multimap<std::string, std::size_t> m_byText;  ///< places of what has not been given yet
    std::set<std::size_t> m_left;
};

}  // namespace warploom
