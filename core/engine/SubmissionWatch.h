// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/EngineClient.h"

namespace warploom {

/// What has become of a submitted text.
struct SubmissionState {
    VariantId variant = 0;  ///< that it was made; 0: none yet, or refused
    EvaluationId evaluation = 0;  ///< its first; 0: none yet
    std::string refusal;  ///< why no variant was made of it
    VariantId duplicate = 0;  ///< refused because this variant has the same text
    std::optional<Error> ended;  ///< why nothing more is to be expected

    [[nodiscard]] bool isSettled() const { return evaluation != 0 || !refusal.empty() || ended.has_value(); }
};

/// Follows one submission by the events of the host. Its listener goes to the connection over which the text is
/// submitted; may be destroyed before that connection.
class SubmissionWatch {
public:
    explicit SubmissionWatch(std::string ticket);

    [[nodiscard]] EngineClient::Listener listener() const;
    /// Returns when it is settled or \p patience is over; Cancelled after a stop.
    Result<SubmissionState> wait(EngineClient& client, Seconds patience, std::stop_token stop);

private:
    struct Heard;

    std::shared_ptr<Heard> m_heard;
};

}  // namespace warploom
