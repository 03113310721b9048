// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/MoveValues.h"

namespace warploom {

namespace {

BufferFact bufferFrom(const nlohmann::json& json)
{
    return {json.at("name"), json.at("element_type"), json.at("role"), json.value("shape", std::vector<std::string>{}),
            json.value("ascending", false)};
}

MoveProposal proposalFrom(const nlohmann::json& json)
{
    return {json.at("move"),       json.at("title"),          json.at("source"),
            json.at("hypothesis"), json.at("predicted_gain"), json.at("line")};
}

KernelFacts kernelFrom(const nlohmann::json& json)
{
    return {json.at("name"),
            json.at("line"),
            json.at("parameters"),
            json.at("loops"),
            json.at("innermost_loops"),
            json.at("shared_arrays"),
            json.at("barriers"),
            json.at("atomics")};
}

/// Runs a reader that may throw, since json's own accessors do.
template <typename T, typename Reader>
Result<T> guarded(const char* what, const Reader& reader)
{
    try {
        return reader();
    } catch (const nlohmann::json::exception& error) {
        return fail(ErrorCode::ProtocolViolation, std::string(what) + ": " + error.what());
    }
}

}  // namespace

void to_json(nlohmann::json& json, const BufferFact& fact)
{
    json = {{"name", fact.name},
            {"element_type", fact.elementType},
            {"role", fact.role},
            {"shape", fact.shape},
            {"ascending", fact.isAscending}};
}

void to_json(nlohmann::json& json, const MoveRequest& request)
{
    json = {
        {"source", request.source},   {"file_name", request.fileName}, {"only", request.only},
        {"buffers", request.buffers}, {"sizes", request.sizes},        {"time_sizes", request.timeSizes},
        {"rtol", request.rtol},       {"atol", request.atol},          {"multiprocessors", request.multiprocessors}};
}

void to_json(nlohmann::json& json, const MoveProposal& proposal)
{
    json = {{"move", proposal.move},
            {"title", proposal.title},
            {"source", proposal.source},
            {"hypothesis", proposal.hypothesis},
            {"predicted_gain", proposal.predictedGain},
            {"line", proposal.line}};
}

void to_json(nlohmann::json& json, const KernelFacts& facts)
{
    json = {{"name", facts.name},
            {"line", facts.line},
            {"parameters", facts.parameters},
            {"loops", facts.loops},
            {"innermost_loops", facts.innermostLoops},
            {"shared_arrays", facts.sharedArrays},
            {"barriers", facts.barriers},
            {"atomics", facts.atomics}};
}

void to_json(nlohmann::json& json, const MoveDescription& description)
{
    json = {{"name", description.name},
            {"title", description.title},
            {"needs", description.needs},
            {"promises", description.promises}};
}

void to_json(nlohmann::json& json, const MoveAnswer& answer)
{
    json = {{"proposals", answer.proposals}, {"kernels", answer.kernels}};
}

Result<MoveRequest> moveRequestFromJson(const nlohmann::json& json)
{
    return guarded<MoveRequest>("move request", [&] {
        MoveRequest request{json.at("source"),
                            json.value("file_name", std::string("variant.cu")),
                            json.value("only", std::vector<std::string>{}),
                            {},
                            json.value("sizes", std::vector<std::string>{}),
                            json.value("time_sizes", std::map<std::string, std::vector<std::int64_t>>{}),
                            json.value("rtol", 0.0),
                            json.value("atol", 0.0),
                            json.value("multiprocessors", 0)};
        for (const auto& buffer : json.value("buffers", nlohmann::json::array()))
            request.buffers.push_back(bufferFrom(buffer));
        return request;
    });
}

Result<MoveAnswer> moveAnswerFromJson(const nlohmann::json& json)
{
    return guarded<MoveAnswer>("move answer", [&] {
        MoveAnswer answer;
        for (const auto& proposal : json.at("proposals"))
            answer.proposals.push_back(proposalFrom(proposal));
        for (const auto& kernel : json.at("kernels"))
            answer.kernels.push_back(kernelFrom(kernel));
        return answer;
    });
}

Result<std::vector<MoveDescription>> moveDescriptionsFromJson(const nlohmann::json& json)
{
    return guarded<std::vector<MoveDescription>>("move list", [&] {
        std::vector<MoveDescription> moves;
        for (const auto& move : json)
            moves.push_back({move.at("name"), move.at("title"), move.at("needs"), move.at("promises")});
        return moves;
    });
}

}  // namespace warploom
