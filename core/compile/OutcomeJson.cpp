// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/OutcomeJson.h"

#include <fmt/format.h>

namespace warploom {

nlohmann::json outcomeToJson(const CompileOutcome& outcome)
{
    if (const auto* product = std::get_if<CompileProduct>(&outcome))
        return {{"product", *product}};
    return {{"failure", std::get<CompileFailure>(outcome)}};
}

Result<CompileOutcome> outcomeFromJson(const nlohmann::json& json)
{
    try {
        if (json.contains("product"))
            return json.at("product").get<CompileProduct>();
        if (json.contains("failure"))
            return json.at("failure").get<CompileFailure>();
    } catch (const nlohmann::json::exception& exception) {
        return fail(ErrorCode::ProtocolViolation, fmt::format("bad compile outcome: {}", exception.what()));
    }
    return fail(ErrorCode::ProtocolViolation, "a compile outcome holds neither \"product\" nor \"failure\"");
}

}  // namespace warploom
