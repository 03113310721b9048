// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/HiddenCases.h"

#include <algorithm>

#include "base/Random.h"
#include "task/HiddenSizes.h"

namespace warploom {

namespace {

constexpr std::size_t kHiddenSizes = 7;
constexpr std::size_t kDeclaredSizes = 2;

CaseBudget budgetOf(bool modelled)
{
    CaseBudget budget;
    if (modelled) {
        budget.bytes = 128 << 10;
        budget.flops = 2e6;
        budget.loops = 8192;
        budget.outerExtent = 256;
    }
    return budget;
}

std::vector<TaskSize> smallestDeclared(const Task& task, bool modelled)
{
    const auto bytesOf = [&task](const TaskSize* size) {
        std::uint64_t bytes = 0;
        for (const TaskBuffer& buffer : task.buffers)
            bytes += bufferBytes(buffer, size->values).value_or(Bytes{}).value;
        return bytes;
    };
    auto declared = modelled ? task.emulatorSizes() : task.verifySizes();
    std::sort(declared.begin(), declared.end(),
              [&](const TaskSize* a, const TaskSize* b) { return bytesOf(a) < bytesOf(b); });
    declared.resize(std::min(declared.size(), kDeclaredSizes));
    std::vector<TaskSize> sizes;
    for (const TaskSize* size : declared)
        sizes.push_back(*size);
    return sizes;
}

VerifyQuestion questionOf(const TaskSize& size, Distribution distribution, std::uint64_t seed)
{
    VerifyQuestion question;
    question.size = size.name;
    question.values = size.values;
    question.seed = seed;
    question.distribution = distribution;
    question.derived = true;
    question.runs = 1;
    return question;
}

/// Those with more input than the others, the most first: on three elements one distribution is like another.
std::vector<TaskSize> largerHalf(const Task& task, std::vector<TaskSize> sizes)
{
    const auto inputBytes = [&task](const TaskSize& size) {
        std::uint64_t bytes = 0;
        for (const TaskBuffer& buffer : task.buffers)
            if (const auto own = bufferBytes(buffer, size.values); own && buffer.role != BufferRole::Out)
                bytes += own->value;
        return bytes;
    };
    std::ranges::stable_sort(sizes, std::greater(), inputBytes);
    sizes.resize((sizes.size() + 1) / 2);
    return sizes;
}

}  // namespace

std::optional<TaskSize> fallbackSize(const Task& task, bool modelled)
{
    auto declared = smallestDeclared(task, modelled);
    return declared.empty() ? std::nullopt : std::optional(std::move(declared.front()));
}

Result<std::vector<VerifyQuestion>> hiddenCases(const Task& task, std::uint64_t seed, bool modelled)
{
    auto sizes = drawHiddenSizes(task, seed, kHiddenSizes, budgetOf(modelled));
    if (sizes.empty())
        sizes = smallestDeclared(task, modelled);
    std::vector<VerifyQuestion> cases;
    if (sizes.empty())
        return cases;
    RandomStream random(mix64(seed ^ 0xCA5E5));
    // Seeds are kept to what JSON readers everywhere hold exactly.
    const auto freshSeed = [&random] { return 2 + random.below(std::uint64_t{1} << 52); };
    for (const TaskSize& size : sizes)
        cases.push_back(questionOf(size, Distribution::Declared, freshSeed()));
    std::size_t turn = 0;
    WARPLOOM_TRY(const auto distributions, legalDistributions(task, sizes.front().values));
    const auto roomy = largerHalf(task, std::move(sizes));
    for (const Distribution distribution : distributions)
        cases.push_back(questionOf(roomy[turn++ % roomy.size()], distribution, freshSeed()));
    return cases;
}

}  // namespace warploom
