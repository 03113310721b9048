// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/SourceEdits.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "agent/answer/AnswerText.h"
#include "agent/answer/EditPlaces.h"
#include "protocol/SourceLimits.h"

namespace warploom {

namespace {

/// Bytes of source times edits above which edits are not looked for in what the edits before them have made.
constexpr std::size_t kMostSequentialWork = std::size_t{64} << 20;
constexpr std::size_t kNamedPlaces = 5;

bool isSame(const SourceEdit& one, const SourceEdit& other)
{
    return one.search == other.search && one.replace == other.replace && one.nearLine == other.nearLine;
}

EditOutcome faulty(AnswerFault fault, std::string explanation) { return {fault, std::move(explanation), {}, {}}; }

EditOutcome ambiguous(std::size_t number, const EditPlaces& found, const EditedSource& source)
{
    std::vector<int> lines;
    for (std::size_t i = 0; i < std::min(found.places.size(), kNamedPlaces); ++i)
        lines.push_back(source.lineAt(found.places[i].begin));
    return faulty(AnswerFault::EditAmbiguous,
                  fmt::format("search block {} stands in the source {} times (lines {}{}): quote more lines around it",
                              number, found.places.size(), fmt::join(lines, ", "),
                              found.places.size() > kNamedPlaces ? ", …" : ""));
}

EditOutcome notFound(std::size_t number, const SourceEdit& edit, const EditedSource& source)
{
    return faulty(AnswerFault::EditNotFound,
                  fmt::format("search block {} is not in the source: {}", number, source.whyNotFound(edit)));
}

void addNote(std::vector<std::string>& notes, const std::string& note)
{
    if (!note.empty() && std::find(notes.begin(), notes.end(), note) == notes.end())
        notes.push_back(note);
}

/// The edits without those that repeat an earlier one.
std::vector<SourceEdit> eachOnce(const std::vector<SourceEdit>& edits, std::vector<std::string>& notes)
{
    std::vector<SourceEdit> once;
    for (const SourceEdit& edit : edits)
        if (std::none_of(once.begin(), once.end(), [&](const SourceEdit& other) { return isSame(edit, other); }))
            once.push_back(edit);
    if (once.size() < edits.size())
        addNote(notes, "an edit was given twice");
    return once;
}

std::string replaced(std::string_view source, std::span<const EditPlace> places)
{
    std::string result;
    std::size_t kept = 0;
    for (const EditPlace& place : places) {
        result += source.substr(kept, place.begin - kept);
        result += place.text;
        kept = place.end;
    }
    return result += source.substr(kept);
}

/// Sorts the places; whether they leave one another alone.
bool areApart(std::vector<EditPlace>& places)
{
    std::stable_sort(places.begin(), places.end(),
                     [](const EditPlace& one, const EditPlace& other) { return one.begin < other.begin; });
    const auto meets = [](const EditPlace& one, const EditPlace& next) { return next.begin < one.end; };
    return std::adjacent_find(places.begin(), places.end(), meets) == places.end();
}

/// All edits on the source itself; nothing where one is not found there, or two of them overlap.
std::optional<EditOutcome> applyAtOnce(const std::vector<SourceEdit>& edits, const EditedSource& source,
                                       std::string_view text)
{
    EditOutcome outcome;
    std::vector<EditPlace> places;
    for (std::size_t i = 0; i < edits.size(); ++i) {
        EditPlaces found = source.find(edits[i]);
        if (found.places.size() > 1)
            return ambiguous(i + 1, found, source);
        if (found.places.empty())
            return std::nullopt;
        addNote(outcome.notes, found.note);
        places.push_back(std::move(found.places.front()));
    }
    if (!areApart(places))
        return std::nullopt;
    outcome.source = replaced(text, places);
    return outcome;
}

/// Each edit on what those before it have made.
EditOutcome applyInTurn(const std::vector<SourceEdit>& edits, const EditedSource& original, std::string text)
{
    EditOutcome outcome;
    for (std::size_t i = 0; i < edits.size(); ++i) {
        const EditedSource source(text);
        const EditPlaces found = source.find(edits[i]);
        if (found.places.empty())
            return notFound(i + 1, edits[i], original);
        if (found.places.size() > 1)
            return ambiguous(i + 1, found, source);
        addNote(outcome.notes, found.note);
        std::string next = replaced(text, found.places);
        if (next.size() > kLargestSource)
            return faulty(AnswerFault::TooLarge, "the edits make the source too large");
        if (!next.empty() && next.back() != '\n')
            next += '\n';
        text = std::move(next);
    }
    addNote(outcome.notes, "edits were applied one after the other");
    outcome.source = std::move(text);
    return outcome;
}

EditOutcome firstNotFound(const std::vector<SourceEdit>& edits, const EditedSource& source)
{
    for (std::size_t i = 0; i < edits.size(); ++i)
        if (source.find(edits[i]).places.empty())
            return notFound(i + 1, edits[i], source);
    return faulty(AnswerFault::EditAmbiguous, "two search blocks overlap");
}

}  // namespace

EditOutcome applyEdits(const std::vector<SourceEdit>& edits, std::string_view source)
{
    if (edits.size() > kMostEdits)
        return faulty(AnswerFault::TooLarge, fmt::format("{} edits; {} are the most", edits.size(), kMostEdits));
    std::string text = withPlainLineEnds(source);
    if (!text.empty() && text.back() != '\n')
        text += '\n';
    std::vector<std::string> notes;
    const std::vector<SourceEdit> once = eachOnce(edits, notes);
    const EditedSource original(text);
    auto outcome = applyAtOnce(once, original, text);
    if (!outcome && once.size() * text.size() > kMostSequentialWork)
        outcome = firstNotFound(once, original);
    if (!outcome)
        outcome = applyInTurn(once, original, text);
    for (const std::string& note : notes)
        addNote(outcome->notes, note);
    if (!outcome->source.empty() && outcome->source.back() != '\n')
        outcome->source += '\n';
    return *outcome;
}

}  // namespace warploom
