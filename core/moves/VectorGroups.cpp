// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/VectorPlan.h"

namespace warploom {

namespace {

/// More neighbours of one number, or larger ones, are rows of their own.
constexpr std::int64_t kMostEach = 16;
constexpr int kMostBytesEach = 64;

}  // namespace

int VectorPlan::elementsEach(const Access& access) const
{
    const auto own = access.index ? ownForm() : std::nullopt;
    if (!own)
        return 1;
    for (const auto& [monomial, factor] : own->terms()) {
        const bool isCounting = monomial.size() == 1 && factor == 1
            && (monomial[0].rfind("$threadIdx", 0) == 0 || monomial[0] == m_kernel->symbolOf(m_var));
        const auto each = isCounting ? access.index->coefficient(monomial[0]) : std::nullopt;
        const auto number = each ? each->constantValue() : std::nullopt;
        if (number && *number > 1 && *number <= kMostEach)
            return static_cast<int>(*number);
    }
    return 1;
}

int VectorPlan::partOf(const IndexForm& rest, int each)
{
    const auto constant = rest.evaluate({});
    return static_cast<int>((constant % each + each) % each);
}

void VectorPlan::findGroups(const std::vector<Access>& accesses, const std::vector<const clang::Stmt*>& body)
{
    std::vector<Group> groups;
    for (const auto& access : accesses) {
        const int each = access.base == nullptr ? 1 : elementsEach(access);
        const auto rest = each > 1 ? restOf(access, false, each) : std::nullopt;
        if (!rest)
            continue;
        const int part = partOf(*rest, each);
        const auto first = *rest - IndexForm::constant(part);
        auto group = std::ranges::find_if(
            groups, [&](const Group& one) { return one.base == access.base && one.each == each && one.rest == first; });
        if (group == groups.end())
            group = groups.insert(groups.end(), {access.base, first, each, {}, {}, {}, false});
        const bool isInAnyCase = !isConditional(access.expression);
        group->isBroken = group->isBroken || access.call != nullptr || access.atomic || !isGlobal(access.base)
            || vectorPartOf(access) == 0 || vectorPartOf(access) * each > kMostBytesEach
            || (access.writes && !isInAnyCase) || innermostElement(access.base->getType()).isVolatileQualified();
        if (!isInAnyCase)
            continue;
        if (access.reads)
            group->read.insert(part);
        if (access.writes)
            group->stored.insert(part);
        if (part == 0 && group->place.empty())
            group->place = before(body, access.expression).value_or(std::string());
    }
    std::erase_if(groups, [&](const Group& one) {
        const auto isTouched = [&](int part) { return one.read.count(part) > 0 || one.stored.count(part) > 0; };
        const bool isWhole = one.stored.empty() || static_cast<int>(one.stored.size()) == one.each;
        return one.isBroken || one.place.empty() || !isTouched(0) || !isTouched(one.each - 1) || !isWhole
            || !isAligned(one.rest);
    });
    m_groups = std::move(groups);
}

const VectorPlan::Group* VectorPlan::groupOf(const Access& access) const
{
    for (const auto& group : m_groups) {
        const auto rest = group.base == access.base ? restOf(access, false, group.each) : std::nullopt;
        if (rest && *rest - IndexForm::constant(partOf(*rest, group.each)) == group.rest)
            return &group;
    }
    return nullptr;
}

bool VectorPlan::addGroupUse(const Access& access, const Group& group)
{
    m_needsMultipleBound = m_needsMultipleBound || !group.rest.isMultiple(std::nullopt, kVectorBytes);
    if (access.writes)
        m_written.insert(access.base);
    return addLane(access, group.rest, group.place, group.each, partOf(*restOf(access, false, group.each), group.each));
}

int VectorPlan::pieceBytes(const Lane& lane) const
{
    // Where rows of whole groups follow each other, each begins on a boundary of as many elements.
    const bool isWhole =
        std::ranges::all_of(lane.rest.terms(), [&](const auto& term) { return term.second % lane.each == 0; });
    const int run = lane.bytes * m_width * (isWhole ? lane.each : 1);
    return std::min(run & -run, kVectorBytes);
}

}  // namespace warploom
