// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/InstructionReport.h"

#include <algorithm>

namespace warploom {

namespace {

/// Texts written once and meant by their index: a report holds thousands of rows of the same few.
class TextTable {
public:
    std::size_t indexOf(const std::string& text)
    {
        const auto [found, isNew] = m_indices.try_emplace(text, m_texts.size());
        if (isNew)
            m_texts.push_back(text);
        return found->second;
    }
    [[nodiscard]] const std::vector<std::string>& texts() const { return m_texts; }

private:
    std::map<std::string, std::size_t> m_indices;
    std::vector<std::string> m_texts;
};

}  // namespace

std::uint64_t InstructionFigures::value(const std::string& name) const
{
    const auto found = values.find(name);
    return found == values.end() ? 0 : found->second;
}

std::string_view instructionFigureName(InstructionFigure figure)
{
    return figure == InstructionFigure::Stalls ? "stalls" : "counts";
}

std::optional<InstructionFigure> instructionFigureFromName(std::string_view name)
{
    for (const auto figure : {InstructionFigure::Stalls, InstructionFigure::Counts})
        if (name == instructionFigureName(figure))
            return figure;
    return std::nullopt;
}

std::map<int, std::map<std::string, std::uint64_t>> byLine(const InstructionReport& report)
{
    std::map<int, std::map<std::string, std::uint64_t>> lines;
    for (const InstructionFigures& instruction : report.instructions)
        for (const auto& [name, value] : instruction.values)
            lines[instruction.line][name] += value;
    return lines;
}

bool isStall(std::string_view reason) { return reason != "selected" && reason != "not_selected"; }

void to_json(nlohmann::json& json, const InstructionReport& report)
{
    TextTable functions;
    TextTable names;
    auto rows = nlohmann::json::array();
    for (const InstructionFigures& instruction : report.instructions) {
        auto row =
            nlohmann::json::array({functions.indexOf(instruction.function), instruction.address, instruction.line});
        for (const auto& [name, value] : instruction.values) {
            row.push_back(names.indexOf(name));
            row.push_back(value);
        }
        rows.push_back(std::move(row));
    }
    json = {{"figure", instructionFigureName(report.figure)},
            {"size", report.size},
            {"chip", report.chip},
            {"functions", functions.texts()},
            {"names", names.texts()},
            {"instructions", std::move(rows)},
            {"unknown", report.unknown},
            {"plays", report.plays},
            {"samples", report.samples},
            {"dropped", report.dropped},
            {"seconds", report.seconds}};
    if (report.fault)
        json["fault"] = *report.fault;
}

void from_json(const nlohmann::json& json, InstructionReport& report)
{
    report = {};
    report.figure = instructionFigureFromName(json.value("figure", "")).value_or(InstructionFigure::Stalls);
    report.size = json.value("size", "");
    report.chip = json.value("chip", "");
    const auto functions = json.value("functions", nlohmann::json::array());
    const auto names = json.value("names", nlohmann::json::array());
    for (const auto& row : json.value("instructions", nlohmann::json::array())) {
        InstructionFigures instruction;
        instruction.function = functions.at(row.at(0).get<std::size_t>()).get<std::string>();
        instruction.address = row.at(1).get<std::uint32_t>();
        instruction.line = row.at(2).get<int>();
        for (std::size_t i = 3; i + 1 < row.size(); i += 2)
            instruction.values[names.at(row.at(i).get<std::size_t>()).get<std::string>()] =
                row.at(i + 1).get<std::uint64_t>();
        report.instructions.push_back(std::move(instruction));
    }
    report.unknown = json.value("unknown", std::vector<std::string>{});
    report.plays = json.value("plays", 0);
    report.samples = json.value("samples", std::uint64_t{0});
    report.dropped = json.value("dropped", std::uint64_t{0});
    report.seconds = json.value("seconds", 0.0);
    if (const auto fault = json.find("fault"); fault != json.end())
        report.fault = fault->get<Fault>();
}

}  // namespace warploom
