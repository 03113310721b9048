// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/LoopCarry.h"

#include "moves/RowNest.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Divisions in which \p counter takes part, those of quotients too.
void addDivisions(const IndexForm& form, const std::string& counter, std::vector<OpaqueParts>& divisions)
{
    for (const auto& [monomial, factor] : form.terms())
        for (const auto& symbol : monomial)
            if (auto found = opaqueParts(symbol); found && found->left.dependsOn(counter)) {
                addDivisions(found->left, counter, divisions);
                divisions.push_back(std::move(*found));
            }
}

/// Whether quotient and remainder of one division both take part, as in a transposition: no two iterations have both
/// alike.
bool hasBothParts(const IndexForm& index, const std::string& counter)
{
    std::vector<OpaqueParts> divisions;
    addDivisions(index, counter, divisions);
    return std::ranges::any_of(divisions, [&](const OpaqueParts& one) {
        return std::ranges::any_of(divisions, [&](const OpaqueParts& other) {
            return one.operation == '/' && other.operation == '%' && one.left == other.left && one.right == other.right;
        });
    });
}

/// Whether both touch the same element in the same iteration only, as far as the loop's own count says.
bool meetsInOneIteration(const KernelScope& kernel, const CountedLoop& loop, const IndexForm& index,
                         const IndexForm& other)
{
    const auto counter = kernel.symbolOf(loop.var);
    const auto step = index.coefficient(counter);
    if (step != other.coefficient(counter))
        return false;
    const auto apart = other - index;
    const auto rest = (apart - apart.termsOf(varyingSymbols(kernel, loop.statement))).constantValue();
    const auto width = step ? step->constantValue() : std::nullopt;
    return rest && (*rest == 0 || !width || std::abs(*rest) < std::abs(*width));
}

}  // namespace

bool carriesThroughMemory(const KernelScope& kernel, const CountedLoop& loop)
{
    const auto accesses = kernel.accesses(loop.statement);
    const auto counter = kernel.symbolOf(loop.var);
    return std::ranges::any_of(accesses, [&](const Access& write) {
        // Where the place comes from data, or atomics order what meets there, threads may collide as it is.
        if (!write.writes || write.atomic || write.base == nullptr || !write.index)
            return false;
        const auto step = write.index->coefficient(counter);
        if (!step && !hasBothParts(*write.index, counter))
            return true;
        return std::ranges::any_of(accesses, [&](const Access& read) {
            return read.reads && read.base == write.base && read.index && step && !step->isZero()
                && !meetsInOneIteration(kernel, loop, *write.index, *read.index);
        });
    });
}

}  // namespace warploom
