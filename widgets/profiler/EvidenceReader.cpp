// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/EvidenceReader.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace warploom {

namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

std::optional<double> realFromText(const std::string& text)
{
    if (text == "nan")
        return kNotANumber;
    if (text == "inf" || text == "-inf")
        return (text == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
    return std::nullopt;
}

/// What is not finite is written as null where numbers stand in a list.
bool isReal(const nlohmann::json& json) { return json.is_number() || json.is_null(); }

double realOf(const nlohmann::json& json) { return json.is_number() ? json.get<double>() : kNotANumber; }

}  // namespace

void addUnreadable(EvidenceRows& rows, std::string path)
{
    FactRow fact;
    fact.kind = FactKind::Unreadable;
    fact.text = std::move(path);
    rows.facts.push_back(std::move(fact));
}

EvidenceReader::EvidenceReader(EvidenceRows& rows, const nlohmann::json& object, std::string path)
    : m_rows(rows)
    , m_object(object)
    , m_path(std::move(path))
{
}

const nlohmann::json* EvidenceReader::find(const char* name) const
{
    if (!m_object.is_object())
        return nullptr;
    const auto found = m_object.find(name);
    return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

std::string EvidenceReader::pathOf(const char* name) const { return m_path.empty() ? name : m_path + '.' + name; }

std::string EvidenceReader::text(const char* name) const
{
    const nlohmann::json* found = find(name);
    if (found == nullptr)
        return {};
    if (found->is_string())
        return found->get<std::string>();
    cannotRead(name);
    return {};
}

std::optional<double> EvidenceReader::number(const char* name) const
{
    const nlohmann::json* found = find(name);
    if (found == nullptr)
        return std::nullopt;
    if (found->is_number())
        return found->get<double>();
    const auto real = found->is_string() ? realFromText(found->get<std::string>()) : std::nullopt;
    if (!real)
        cannotRead(name);
    return real;
}

std::optional<bool> EvidenceReader::flag(const char* name) const
{
    const nlohmann::json* found = find(name);
    if (found == nullptr)
        return std::nullopt;
    if (found->is_boolean())
        return found->get<bool>();
    cannotRead(name);
    return std::nullopt;
}

std::optional<Interval> EvidenceReader::interval(const char* name) const
{
    const nlohmann::json* found = find(name);
    if (found == nullptr)
        return std::nullopt;
    if (found->is_number())
        return Interval{found->get<double>(), found->get<double>(), found->get<double>()};
    if (found->is_array() && found->size() == 3 && std::all_of(found->begin(), found->end(), isReal))
        return Interval{realOf((*found)[0]), realOf((*found)[1]), realOf((*found)[2])};
    cannotRead(name);
    return std::nullopt;
}

}  // namespace warploom
