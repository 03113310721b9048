// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CoarsenedLaunch.h"

#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

namespace {

using namespace clang;

constexpr std::int64_t kMostThreadsOfPlaces = 1024;

/// \p words with tunables as what they are by default, as the kernel is read.
IndexForm formOfWords(const DirectiveEditor& directives, const std::string& words)
{
    const auto form = formOfExpression(withoutLets(directives, words));
    return mapSymbols(form.value_or(IndexForm::symbol("?")), [&](const std::string& symbol) {
        const auto* tune = directives.findTune(symbol);
        return tune == nullptr ? IndexForm::symbol(symbol) : IndexForm::constant(tune->values.front());
    });
}

IndexForm roundedUp(const IndexForm& left, const IndexForm& right)
{
    return right.isOne() ? left : quotientForm('/', left + right - one(), right);
}

/// Whether the grid has a part for each \p size items, and none for a rest of them.
bool isExact(const IndexForm& extent, const IndexForm& size)
{
    const bool isSymbol =
        extent.terms().size() == 1 && extent.terms().begin()->second == 1 && extent.terms().begin()->first.size() == 1;
    const auto parts = isSymbol ? opaqueParts(extent.terms().begin()->first.front()) : std::nullopt;
    return parts && parts->operation == '/' && parts->right == size && parts->left.terms().count({}) == 0;
}

bool namesTunables(const DirectiveEditor& directives, const std::string& words)
{
    return std::ranges::any_of(
        directives.tunes(), [&](const TuneLine& tune) { return mentions(withoutLets(directives, words), tune.name); });
}

std::string withoutParentheses(const std::string& words)
{
    return words.size() > 2 && words.front() == '(' && words.find(')') == words.size() - 1
        ? words.substr(1, words.size() - 2)
        : words;
}

}  // namespace

bool mayHaveThreads(const KernelScope& kernel, const LaunchLine& launch, const CoarsenedAxis& axis)
{
    const auto shape = kernel.source().directives().blockShape(launch);
    const auto dimension = static_cast<std::size_t>(axis.dimension);
    const auto place = IndexForm::symbol(blockSymbol(axis.dimension)) * IndexForm::constant(axis.count);
    if (!axis.hasOwnBlocks() || !shape || promisesBlocks(kernel)
        || (dimension < shape->size() && (*shape)[dimension] != 1))
        return false;
    std::int64_t threads = axis.count;
    for (const auto extent : *shape)
        threads *= extent;
    return threads <= kMostThreadsOfPlaces
        && std::ranges::all_of(axis.products,
                               [&](const BinaryOperator* product) { return kernel.form(product) == place; })
        && usesOnlyBuiltins(kernel, kernel.kernel().getBody(), [&](const IndexForm& form) {
               return form != IndexForm::symbol(threadSymbol(axis.dimension))
                   && form != IndexForm::symbol(blockSizeSymbol(axis.dimension));
           });
}

std::optional<std::string> extentOfPlaces(const KernelScope& kernel, const LaunchLine& launch,
                                          const CoarsenedAxis& axis, bool inBlocks)
{
    const auto& source = kernel.source();
    const auto dimension = static_cast<std::size_t>(axis.dimension);
    if (dimension >= launch.gridParts.size())
        return std::nullopt;
    const auto words = source.text(launch.gridParts[dimension]);
    const auto extent = formOfWords(source.directives(), words);
    const auto count = IndexForm::constant(axis.count);
    const auto threads = axis.hasOwnBlocks() || dimension >= launch.blockParts.size()
        ? std::string("1")
        : source.text(launch.blockParts[dimension]);
    const auto block = formOfWords(source.directives(), threads);
    if (axis.bound == nullptr)
        return !isExact(extent, count * block) || namesTunables(source.directives(), words) ? std::nullopt
            : inBlocks                                                                      ? std::optional(words)
                       : std::optional(fmt::format("{} * {}", words, axis.count));
    const auto bound = inLaunchWords(kernel, launch, axis.bound);
    const auto places = bound ? formOfWords(source.directives(), *bound) : one();
    const bool hasAll = bound
        && (extent == roundedUp(places, count * block) || extent == roundedUp(roundedUp(places, count), block)
            || extent == roundedUp(roundedUp(places, block), count));
    if (!hasAll)
        return std::nullopt;
    const auto plain = withoutParentheses(*bound);
    return inBlocks           ? gridExtent(plain, std::to_string(axis.count))
        : axis.hasOwnBlocks() ? plain
                              : gridExtent(plain, threads);
}

}  // namespace warploom
