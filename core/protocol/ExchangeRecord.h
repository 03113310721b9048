// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/Records.h"

namespace warploom {

using ExchangeId = std::int64_t;

/// A part of what was asked, and whether it was sent.
struct ExchangePart {
    std::string name;  ///< "task", "parent", "diagnosis" …
    std::int64_t tokens = 0;  ///< estimated
    bool included = true;
    std::string leftOut;  ///< why not, or what of it was cut; empty otherwise
    std::string title = {};  ///< its heading in the text; empty in what older builds wrote
};

struct ExchangeMessage {
    std::string role;  ///< "system", "user", "assistant"
    std::string text;
};

/// One request to a model or a program, and its answer.
struct ExchangeRecord {
    ExchangeId id = 0;
    RunId run = 0;
    std::string agent;  ///< as the run's settings name it: "llm:MODEL@SERVER"
    std::string model;
    std::string purpose = "propose";  ///< or "repair"
    VariantId parent = 0;
    std::string mode;  ///< memory mode
    std::vector<ExchangePart> parts;
    std::vector<ExchangeMessage> messages;  ///< the exact text that was sent
    std::string answer;  ///< where error tells of one that broke off, what had come of it
    std::string fault;  ///< name of the answer's fault; empty for none
    std::string explanation;  ///< of the fault
    std::int64_t promptTokens = 0;  ///< cached ones included
    std::int64_t cachedPromptTokens = 0;
    std::int64_t answerTokens = 0;
    /// Absent: the price is not known. Until it is finished, what the prompt alone costs.
    std::optional<std::int64_t> costMicroDollars;
    bool estimated = false;  ///< tokens, and with them the cost, were not counted by the server
    UnixMilliseconds started = 0;
    double seconds = 0;
    bool finished = false;  ///< false: no answer has come, or its run was lost meanwhile
    std::string errorCode;  ///< errorCodeName() of what went wrong; empty: an answer has come
    std::string error;
    std::vector<VariantId> variants;  ///< that were made of the answer; found by the workspace
};

namespace eventType {
inline constexpr std::string_view kExchangeStarted = "exchange-started";
inline constexpr std::string_view kExchangeFinished = "exchange-finished";
/// An agent could not answer; data.agent, data.reason, data.code; once a run for each kind of reason.
inline constexpr std::string_view kAgentFailed = "agent-failed";
/// An agent answers no more questions of this run, its budget is spent; data.agent, data.reason.
inline constexpr std::string_view kAgentFinished = "agent-finished";
}  // namespace eventType

void to_json(nlohmann::json& json, const ExchangePart& part);
void from_json(const nlohmann::json& json, ExchangePart& part);
void to_json(nlohmann::json& json, const ExchangeMessage& message);
void from_json(const nlohmann::json& json, ExchangeMessage& message);
void to_json(nlohmann::json& json, const ExchangeRecord& exchange);
void from_json(const nlohmann::json& json, ExchangeRecord& exchange);

/// The record as events carry it: without the texts that were sent and answered.
nlohmann::json summaryOf(const ExchangeRecord& exchange);

}  // namespace warploom
