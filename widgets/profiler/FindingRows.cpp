// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/FindingRows.h"

#include <algorithm>
#include <cmath>

#include "analysis/Rule.h"

namespace warploom {

namespace {

constexpr double kLeastScale = 1.5;
/// A gain below this is nothing: both ends of an honest limit's interval are 1.
constexpr double kNoGain = 1.0005;

using Kind = FindingRow::Kind;

FindingRow rowOf(const Finding& finding, const KernelNames& names)
{
    FindingRow row;
    const Rule* rule = findRule(finding.rule);
    row.rule = rule != nullptr ? std::string(rule->name) : std::string();
    row.title = rule != nullptr ? std::string(rule->title) : finding.rule;
    if (row.title.empty())
        row.title = bottleneckName(finding.bottleneck);
    row.sentence = rule != nullptr ? sentenceOf(finding) : std::string();
    row.cure = rule != nullptr ? std::string(rule->cure) : std::string();
    row.isFirst = rule != nullptr && rule->standing == Standing::First;
    const bool isLimit = rule != nullptr ? rule->standing == Standing::Limit : !(finding.mostGain > kNoGain);
    row.kind = isLimit ? Kind::Limit : Kind::Problem;
    const auto written = names.find(finding.kernel);
    row.kernel = written == names.end() ? finding.kernel : written->second;
    row.leastGain = finding.leastGain;
    row.mostGain = finding.mostGain;
    row.lines = finding.lines;
    row.moves = finding.moves;
    return row;
}

std::vector<FindingRow> rowsOf(const Diagnosis& diagnosis, const Diagnosis* parent, const KernelNames& names)
{
    std::vector<FindingRow> rows;
    if (parent == nullptr) {
        for (const Finding& finding : diagnosis.findings)
            rows.push_back(rowOf(finding, names));
        return rows;
    }
    for (const ComparedFinding& compared : compareFindings(*parent, diagnosis)) {
        rows.push_back(rowOf(compared.finding, names));
        rows.back().change = compared.change;
        if (compared.change == FindingChange::Gone)
            rows.back().kind = Kind::Gone;
    }
    return rows;
}

/// Problems before what is gone before limits: their order else is the diagnosis's.
int placeOf(const FindingRow& row) { return row.kind == Kind::Problem ? 0 : row.kind == Kind::Gone ? 1 : 2; }

}  // namespace

std::vector<FindingRow> findingRows(const Diagnosis& diagnosis, const Diagnosis* parent, const KernelNames& names)
{
    std::vector<FindingRow> rows = rowsOf(diagnosis, parent, names);
    std::stable_sort(rows.begin(), rows.end(),
                     [](const FindingRow& a, const FindingRow& b) { return placeOf(a) < placeOf(b); });
    int rank = 0;
    for (FindingRow& row : rows)
        if (row.kind == Kind::Problem)
            row.rank = ++rank;
    if (diagnosis.unknown.empty())
        return rows;
    FindingRow unknown;
    unknown.kind = Kind::Unknown;
    for (const std::string& sentence : diagnosis.unknown)
        unknown.sentence += (unknown.sentence.empty() ? "" : "\n") + sentence;
    rows.push_back(unknown);
    return rows;
}

double largestGain(const std::vector<FindingRow>& rows)
{
    double largest = kLeastScale;
    for (const FindingRow& row : rows)
        if (row.kind == Kind::Problem && std::isfinite(row.mostGain))
            largest = std::max(largest, row.mostGain);
    return largest;
}

double gainShare(double gain, double largest)
{
    if (!(gain > 1) || !(largest > 1))
        return 0;
    return std::isfinite(gain) ? std::min(1.0, std::log(gain) / std::log(largest)) : 1;
}

}  // namespace warploom
