// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

/// What the rewriter is told about one buffer of the task.
struct BufferFact {
    std::string name;  ///< as the launch directives spell it
    std::string elementType;  ///< "f32", …
    std::string role;  ///< "in", "out" or "inout"
    std::vector<std::string> shape;  ///< expressions over sizes; may be empty when unknown
    bool isAscending = false;  ///< no element is smaller than the one before it, whatever the data
    friend bool operator==(const BufferFact&, const BufferFact&) = default;
};

/// Asks for rewritten variants of one source.
struct MoveRequest {
    std::string source;  ///< whole text of the variant, directives included
    std::string fileName;  ///< for places in errors only; never opened
    std::vector<std::string> only;  ///< names of the moves to try; empty: all
    std::vector<BufferFact> buffers;
    std::vector<std::string> sizes;  ///< names of the task's sizes
    /// What each of them is where the task is timed; may be empty when unknown.
    std::map<std::string, std::vector<std::int64_t>> timeSizes = {};
    /// How far the task's outputs may be off: |got − expected| ≤ atol + rtol · |expected|. 0: not at all, or unknown.
    double rtol = 0;
    double atol = 0;
    int multiprocessors = 0;  ///< of the device that is searched for; 0: unknown
    friend bool operator==(const MoveRequest&, const MoveRequest&) = default;
};

/// One rewritten variant, with what it should bring.
struct MoveProposal {
    std::string move;  ///< name of the move that made it
    std::string title;  ///< what was done here: "pad tile by PAD"
    std::string source;  ///< whole text of the new variant
    std::string hypothesis;  ///< one sentence with numbers that counters can confirm or refute
    double predictedGain = 1.0;  ///< expected time before / time after
    int line = 0;  ///< of the request's source, 1-based: where the change starts
    friend bool operator==(const MoveProposal&, const MoveProposal&) = default;
};

/// What a kernel looks like to the moves.
struct KernelFacts {
    std::string name;
    int line = 0;
    std::vector<std::string> parameters;  ///< names, in order
    int loops = 0;
    int innermostLoops = 0;
    int sharedArrays = 0;
    int barriers = 0;
    int atomics = 0;
    friend bool operator==(const KernelFacts&, const KernelFacts&) = default;
};

/// A move without a source: for lists, help and bandits.
struct MoveDescription {
    std::string name;  ///< stable: experience is kept by it
    std::string title;  ///< "Pad shared tiles"
    std::string needs;  ///< precondition in words
    std::string promises;  ///< what should get better, in words
    friend bool operator==(const MoveDescription&, const MoveDescription&) = default;
};

struct MoveAnswer {
    std::vector<MoveProposal> proposals;  ///< in the order of the moves' list, then of the source
    std::vector<KernelFacts> kernels;
    friend bool operator==(const MoveAnswer&, const MoveAnswer&) = default;
};

void to_json(nlohmann::json& json, const BufferFact& fact);
void to_json(nlohmann::json& json, const MoveRequest& request);
void to_json(nlohmann::json& json, const MoveProposal& proposal);
void to_json(nlohmann::json& json, const KernelFacts& facts);
void to_json(nlohmann::json& json, const MoveDescription& description);
void to_json(nlohmann::json& json, const MoveAnswer& answer);

/// Readers of what came over a wire: a message of another shape is a ProtocolViolation, never an exception.
Result<MoveRequest> moveRequestFromJson(const nlohmann::json& json);
Result<MoveAnswer> moveAnswerFromJson(const nlohmann::json& json);
Result<std::vector<MoveDescription>> moveDescriptionsFromJson(const nlohmann::json& json);

}  // namespace warploom
