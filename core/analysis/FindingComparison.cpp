// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "analysis/Diagnosis.h"

namespace warploom {

namespace {

/// Expected savings closer than this, or than a fifth of the larger, are the same estimate twice.
constexpr double kSameSaving = 0.03;
constexpr double kSameShare = 0.2;

FindingChange changeBetween(const Finding& before, const Finding& now)
{
    const double was = (before.saving.low + before.saving.high) / 2;
    const double is = (now.saving.low + now.saving.high) / 2;
    if (std::abs(is - was) <= std::max(kSameSaving, kSameShare * std::max(is, was)))
        return FindingChange::Same;
    return is > was ? FindingChange::Stronger : FindingChange::Weaker;
}

/// Pairs findings of one rule: by kernel first, then in order, as a child may have renamed its kernels.
class FindingMatcher {
public:
    FindingMatcher(const std::vector<Finding>& parent, const std::vector<Finding>& child)
        : m_parent(parent)
        , m_taken(parent.size(), false)
        , m_matches(child.size(), nullptr)
    {
        for (const bool byKernel : {true, false})
            for (std::size_t i = 0; i < child.size(); ++i)
                if (m_matches[i] == nullptr)
                    m_matches[i] = take(child[i], byKernel);
    }

    [[nodiscard]] const Finding* match(std::size_t child) const { return m_matches.at(child); }
    [[nodiscard]] bool isTaken(std::size_t parent) const { return m_taken.at(parent); }

private:
    const Finding* take(const Finding& wanted, bool byKernel)
    {
        for (std::size_t i = 0; i < m_parent.size(); ++i) {
            if (m_taken[i] || m_parent[i].rule != wanted.rule || (byKernel && m_parent[i].kernel != wanted.kernel))
                continue;
            m_taken[i] = true;
            return &m_parent[i];
        }
        return nullptr;
    }

    const std::vector<Finding>& m_parent;
    std::vector<bool> m_taken;
    std::vector<const Finding*> m_matches;
};

}  // namespace

std::string_view findingChangeName(FindingChange change)
{
    switch (change) {
    case FindingChange::Gone:
        return "gone";
    case FindingChange::Weaker:
        return "weaker";
    case FindingChange::Same:
        return "same";
    case FindingChange::Stronger:
        return "stronger";
    case FindingChange::New:
        return "new";
    }
    return "same";
}

std::vector<ComparedFinding> compareFindings(const Diagnosis& parent, const Diagnosis& child)
{
    const FindingMatcher matcher(parent.findings, child.findings);
    std::vector<ComparedFinding> compared;
    for (std::size_t i = 0; i < child.findings.size(); ++i) {
        const Finding* before = matcher.match(i);
        const auto change = before == nullptr ? FindingChange::New : changeBetween(*before, child.findings[i]);
        compared.push_back({change, child.findings[i], before == nullptr ? std::nullopt : std::optional(*before)});
    }
    for (std::size_t i = 0; i < parent.findings.size(); ++i)
        if (!matcher.isTaken(i))
            compared.push_back({FindingChange::Gone, parent.findings[i], parent.findings[i]});
    return compared;
}

}  // namespace warploom
