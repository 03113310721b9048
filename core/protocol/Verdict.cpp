// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Verdict.h"

#include <array>
#include <utility>

namespace warploom {

namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 12> kNames{{
    {Verdict::Ok, "ok"},
    {Verdict::Invalid, "invalid"},
    {Verdict::CompileError, "compile-error"},
    {Verdict::LaunchError, "launch-error"},
    {Verdict::Wrong, "wrong"},
    {Verdict::Nondeterministic, "nondeterministic"},
    {Verdict::OutOfBounds, "out-of-bounds"},
    {Verdict::Race, "race"},
    {Verdict::Timeout, "timeout"},
    {Verdict::Crashed, "crashed"},
    {Verdict::Suspect, "suspect"},
    {Verdict::NotEmulated, "not-emulated"},
}};

}  // namespace

std::string_view verdictName(Verdict verdict)
{
    for (const auto& [value, name] : kNames) {
        if (value == verdict)
            return name;
    }
    return "crashed";
}

std::optional<Verdict> verdictFromName(std::string_view name)
{
    for (const auto& [value, text] : kNames) {
        if (text == name)
            return value;
    }
    return std::nullopt;
}

const std::vector<Verdict>& allVerdicts()
{
    static const std::vector<Verdict> verdicts = [] {
        std::vector<Verdict> list;
        for (const auto& entry : kNames)
            list.push_back(entry.first);
        return list;
    }();
    return verdicts;
}

void to_json(nlohmann::json& json, const SourcePlace& place)
{
    json = {{"file", place.file}, {"line", place.line}, {"column", place.column}};
}

void from_json(const nlohmann::json& json, SourcePlace& place)
{
    place.file = json.value("file", "");
    place.line = json.value("line", 0);
    place.column = json.value("column", 0);
}

void to_json(nlohmann::json& json, const Fault& fault)
{
    json = {{"verdict", verdictName(fault.verdict)},
            {"message", fault.message},
            {"place", fault.place},
            {"instruction", fault.instruction},
            {"buffer", fault.buffer},
            {"block", fault.block},
            {"thread", fault.thread},
            {"device_error", fault.deviceError},
            {"sticky", fault.sticky}};
    if (fault.byteOffset)
        json["byte_offset"] = *fault.byteOffset;
}

void from_json(const nlohmann::json& json, Fault& fault)
{
    fault.verdict = verdictFromName(json.value("verdict", "")).value_or(Verdict::Crashed);
    fault.message = json.value("message", "");
    fault.place = json.value("place", SourcePlace{});
    fault.instruction = json.value("instruction", "");
    fault.buffer = json.value("buffer", "");
    if (const auto offset = json.find("byte_offset"); offset != json.end())
        fault.byteOffset = offset->get<std::int64_t>();
    fault.block = json.value("block", std::vector<std::uint32_t>{});
    fault.thread = json.value("thread", std::vector<std::uint32_t>{});
    fault.deviceError = json.value("device_error", "");
    fault.sticky = json.value("sticky", false);
}

void to_json(nlohmann::json& json, const RunNote& note)
{
    json = {{"kind", note.kind},   {"message", note.message},         {"place", note.place},
            {"block", note.block}, {"instruction", note.instruction}, {"thread", note.thread}};
}

void from_json(const nlohmann::json& json, RunNote& note)
{
    note.kind = json.value("kind", "");
    note.message = json.value("message", "");
    note.place = json.value("place", SourcePlace{});
    note.instruction = json.value("instruction", "");
    note.block = json.value("block", std::vector<std::uint32_t>{});
    note.thread = json.value("thread", std::vector<std::uint32_t>{});
}

}  // namespace warploom
