// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/command/CommandAnswer.h"

#include <cmath>

#include <fmt/format.h>

#include "agent/answer/AnswerFields.h"
#include "agent/answer/AnswerSource.h"
#include "agent/answer/AnswerText.h"
#include "protocol/BoundedJson.h"

namespace warploom {

namespace {

tl::unexpected<Error> unexpected(std::string message, std::string expected, const nlohmann::json& found)
{
    return fail(Error{ErrorCode::InvalidInput,
                      "the program's answer: " + std::move(message),
                      {},
                      std::move(expected),
                      found.is_discarded() ? "nothing" : found.type_name()});
}

/// The text under \p key; empty where there is none.
Result<std::string> textAt(const nlohmann::json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || found->is_null())
        return std::string();
    if (!found->is_string())
        return unexpected(fmt::format("'{}' is no text", key), "a text", *found);
    return found->get<std::string>();
}

Result<std::vector<SourceEdit>> editsAt(const nlohmann::json& proposal)
{
    std::vector<SourceEdit> edits;
    const auto found = proposal.find("edits");
    if (found == proposal.end() || found->is_null())
        return edits;
    if (!found->is_array())
        return unexpected("'edits' is no list", "a list of objects with 'search' and 'replace'", *found);
    for (const nlohmann::json& edit : *found) {
        if (!edit.is_object())
            return unexpected("an edit is no object", "an object with 'search' and 'replace'", edit);
        WARPLOOM_TRY(std::string search, textAt(edit, "search"));
        WARPLOOM_TRY(std::string replace, textAt(edit, "replace"));
        edits.push_back({withPlainLineEnds(search), withPlainLineEnds(replace)});
    }
    return edits;
}

Result<double> gainAt(const nlohmann::json& proposal, std::vector<std::string>& notes)
{
    const auto found = proposal.find("predicted_gain");
    if (found == proposal.end() || found->is_null())
        return 1.0;
    const auto gain = found->is_number() ? gainOf(fmt::format("{}x", found->get<double>()))
        : found->is_string()             ? gainOf(found->get_ref<const std::string&>())
                                         : std::nullopt;
    if (!gain)
        notes.push_back(fmt::format("'predicted_gain' is no ratio: {}", shortened(writeJson(*found), 100)));
    return gain.value_or(1);
}

Result<ParsedAnswer> readProposal(const nlohmann::json& json, std::string_view parent)
{
    if (!json.is_object())
        return unexpected("a proposal is no object", "an object with 'source' or 'edits'", json);
    ParsedAnswer answer;
    WARPLOOM_TRY(const std::string move, textAt(json, "move"));
    WARPLOOM_TRY(const std::string title, textAt(json, "title"));
    WARPLOOM_TRY(const std::string hypothesis, textAt(json, "hypothesis"));
    WARPLOOM_TRY(const std::string source, textAt(json, "source"));
    WARPLOOM_TRY(const auto edits, editsAt(json));
    WARPLOOM_TRY(answer.predictedGain, gainAt(json, answer.notes));
    answer.move = moveNameOf(move);
    answer.title = titleOf(title, answer.move);
    answer.hypothesis = hypothesisOf(hypothesis);
    if (!source.empty())
        takeSource(answer, source, parent);
    else if (!edits.empty())
        takeEdits(answer, edits, parent);
    else {
        answer.fault = AnswerFault::Empty;
        answer.explanation = "a proposal has neither 'source' nor 'edits'";
    }
    return answer;
}

Result<std::vector<ParsedAnswer>> proposalsOf(const nlohmann::json& json, std::string_view parent)
{
    const auto list = json.find("proposals");
    if (list == json.end() || !list->is_array())
        return unexpected("'proposals' is no list", "{\"proposals\": [ … ]}", list == json.end() ? json : *list);
    if (list->size() > kMostProposals)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the program's answer: {} proposals; {} are the most", list->size(), kMostProposals));
    std::vector<ParsedAnswer> answers;
    for (const nlohmann::json& proposal : *list) {
        WARPLOOM_TRY(ParsedAnswer answer, readProposal(proposal, parent));
        answers.push_back(std::move(answer));
    }
    return answers;
}

}  // namespace

Result<std::vector<ParsedAnswer>> parseCommandAnswer(std::string_view text, std::string_view parent)
{
    const std::string_view begun = text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!begun.starts_with('{'))
        return std::vector<ParsedAnswer>{parseAnswer(text, parent)};
    WARPLOOM_TRY(const nlohmann::json json, parseJson(text));
    return proposalsOf(json, parent);
}

}  // namespace warploom
