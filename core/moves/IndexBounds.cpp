// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IndexBounds.h"

#include <algorithm>

namespace warploom {

namespace {

constexpr int kDeepestBound = 12;
constexpr int kMostSteps = 3000;
// Sizes of which none divides another: what holds for all of these is taken to hold.
constexpr std::int64_t kSamples[3][8] = {{1009, 1201, 1409, 1613, 1811, 2011, 2203, 2411},
                                         {2417, 2207, 2017, 1823, 1619, 1423, 1213, 1013},
                                         {4096, 6144, 10240, 14336, 22528, 26624, 34816, 38912}};

constexpr std::int64_t kSmallSamples[3] = {2, 3, 5};

bool isSize(const std::string& symbol) { return isSizeForm(IndexForm::symbol(symbol)); }

/// The first symbol that is no size, and what it is multiplied by; empty when there is none.
std::string firstVariable(const IndexForm& form)
{
    std::set<std::string> variables;
    for (const auto& [monomial, factor] : form.terms())
        for (const auto& symbol : monomial)
            if (!isSize(symbol))
                variables.insert(symbol);
    // Quotients first, for they hide others; then threads: a guard on the whole index removes the block with them.
    for (const char* start : {"[", "$threadIdx"})
        for (const auto& symbol : variables)
            if (symbol.rfind(start, 0) == 0)
                return symbol;
    return variables.empty() ? std::string() : *variables.rbegin();
}

/// What \p divisor * (\p left / \p divisor) is where the size in \p left is a multiple of \p divisor, and that size.
std::optional<std::pair<std::string, IndexForm>> wholeMultiple(const IndexForm& left, std::int64_t divisor)
{
    const std::pair<std::int64_t, std::int64_t> kRoundings[] = {{divisor - 1, 0}, {0, 0}, {-1, -divisor}};
    for (const auto& [above, result] : kRoundings)
        if (const auto size = bareName(left - IndexForm::constant(above)))
            return std::pair(*size, IndexForm::symbol(*size) + IndexForm::constant(result));
    return std::nullopt;
}

}  // namespace

struct IndexBounds::Search {
    std::vector<IndexForm> facts;
    std::optional<IndexReach> best;
    std::optional<IndexReach> bestFree;  ///< of those that hold for any size
    int steps = 0;
};

IndexBounds::IndexBounds(LaunchForms launch, std::vector<std::string> names,
                         std::map<std::string, std::vector<IndexForm>> symbolFacts,
                         const std::vector<IndexForm>& limits)
    : m_launch(std::move(launch))
    , m_symbolFacts(std::move(symbolFacts))
{
    for (const auto& row : kSamples) {
        auto& values = m_samples.emplace_back();
        for (std::size_t i = 0; i < names.size(); ++i)
            values[names[i]] = row[i % std::size(row)];
    }
    takeForSmall(names, limits);
}

/// A radius or a stride, compared with an extent as if it were one, would turn every comparison round.
void IndexBounds::takeForSmall(const std::vector<std::string>& names, const std::vector<IndexForm>& limits)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool shrinks = std::any_of(limits.begin(), limits.end(), [&](const auto& limit) {
            return growsWith(IndexForm::constant(-1) * limit, names[i]);
        });
        for (std::size_t row = 0; shrinks && row < m_samples.size(); ++row)
            m_samples[row][names[i]] = kSmallSamples[(row + i) % std::size(kSmallSamples)];
    }
}

/// 1, -1 or 0; 2 where it depends on the sizes.
int IndexBounds::sign(const IndexForm& form) const
{
    bool positive = false;
    bool negative = false;
    for (const auto& sample : m_samples) {
        const auto value = valueOf(form, sample);
        positive = positive || value > 0;
        negative = negative || value < 0;
    }
    return positive && negative ? 2 : positive ? 1 : negative ? -1 : 0;
}

bool IndexBounds::isAtMost(const IndexForm& a, const IndexForm& b, bool strictly) const
{
    const auto way = sign(b - a);
    return strictly ? way == 1 : way == 0 || way == 1;
}

bool IndexBounds::growsWith(const IndexForm& form, const std::string& name) const
{
    return std::any_of(m_samples.begin(), m_samples.end(), [&](auto sample) {
        const auto before = valueOf(form, sample);
        if (const auto value = sample.find(name); value != sample.end())
            value->second *= 2;
        return valueOf(form, sample) > before;
    });
}

IndexForm IndexBounds::launched(const IndexForm& form) const
{
    return recombined(mapSymbols(form, [&](const std::string& symbol) {
        for (int axis = 0; axis < 3; ++axis) {
            const auto index = static_cast<std::size_t>(axis);
            if (symbol == blockSizeSymbol(axis) && m_launch.block[index])
                return *m_launch.block[index];
            if (symbol == gridSizeSymbol(axis) && m_launch.grid[index])
                return *m_launch.grid[index];
        }
        return IndexForm::symbol(symbol);
    }));
}

/// Guards first, then what launches and divisions imply.
std::vector<IndexForm> IndexBounds::factsAbout(const Search& search, const std::string& symbol) const
{
    std::vector<IndexForm> facts;
    for (const auto& fact : search.facts)
        if (fact.dependsOn(symbol))
            facts.push_back(fact);
    if (const auto own = m_symbolFacts.find(symbol); own != m_symbolFacts.end())
        for (const auto& fact : own->second)
            facts.push_back(launched(fact));
    for (int axis = 0; axis < 3; ++axis) {
        const auto index = static_cast<std::size_t>(axis);
        if (symbol == threadSymbol(axis) && m_launch.block[index])
            facts.push_back(IndexForm::symbol(symbol) - *m_launch.block[index]);
        if (symbol == blockSymbol(axis) && m_launch.grid[index])
            facts.push_back(IndexForm::symbol(symbol) - *m_launch.grid[index]);
    }
    const auto parts = opaqueParts(symbol);
    if (parts && parts->operation == '%' && isSizeForm(parts->right))
        facts.push_back(IndexForm::symbol(symbol) - parts->right);
    if (parts && parts->operation == '/' && isSizeForm(parts->right)) {
        const auto whole = reach(parts->left, search.facts);
        if (whole)
            facts.push_back(IndexForm::symbol(symbol)
                            - exactQuotient(whole->extent, parts->right)
                                  .value_or(quotientForm('/', whole->extent - one(), parts->right) + one()));
    }
    return facts;
}

/// Replaces one variable after the other by its limit; each fact about it is tried, for some let others cancel.
void IndexBounds::descend(Search& search, const IndexForm& rest, int depth) const
{
    if (++search.steps > kMostSteps || depth > kDeepestBound)
        return;
    const auto symbol = firstVariable(rest);
    if (symbol.empty()) {
        finish(search, rest);
        return;
    }
    const auto coefficient = rest.coefficient(symbol);
    if (!coefficient || !isSizeForm(*coefficient))
        return;
    const auto way = sign(*coefficient);
    if (way == 2)
        return;
    if (way <= 0)
        descend(search, rest.without(symbol), depth + 1);
    for (const auto& fact : factsAbout(search, symbol))
        useFact(search, rest, symbol, *coefficient, fact, depth);
}

void IndexBounds::useFact(Search& search, const IndexForm& rest, const std::string& symbol,
                          const IndexForm& coefficient, const IndexForm& fact, int depth) const
{
    // fact = k * symbol + others < 0, so that symbol <= (-1 - others) / k for a positive k, and >= for a negative one.
    const auto within = fact.coefficient(symbol);
    const auto k = within ? within->constantValue().value_or(0) : 0;
    if (k == 0 || (k > 0) != (sign(coefficient) >= 0))
        return;
    const auto limit = IndexForm::constant(-1) - fact.without(symbol);
    const auto others = rest.without(symbol);
    if (const auto ratio = exactQuotient(coefficient, IndexForm::constant(k)))
        descend(search, others + *ratio * limit, depth + 1);
    if (k > 1 && isSizeForm(limit))
        descend(search, others + coefficient * quotientForm('/', limit, IndexForm::constant(k)), depth + 1);
}

void IndexBounds::finish(Search& search, const IndexForm& rest) const
{
    // Whole blocks reach the size itself where that is a multiple: 16 * ceil_div(n, 16) is n.
    IndexReach reach;
    for (const auto& [monomial, factor] : rest.terms()) {
        auto product = IndexForm::constant(1);
        auto number = IndexForm::constant(factor);
        for (const auto& symbol : monomial) {
            const auto parts = opaqueParts(symbol);
            const auto divisor = parts && parts->operation == '/' ? parts->right.constantValue() : std::nullopt;
            const auto count = number.constantValue().value_or(1);
            if (!divisor || *divisor <= 1 || count % *divisor != 0) {
                product = product * IndexForm::symbol(symbol);
                continue;
            }
            const auto whole = wholeMultiple(parts->left, *divisor);
            if (whole)
                reach.multiples.insert({whole->first, *divisor});
            product = product * (whole ? whole->second : parts->left);
            number = IndexForm::constant(count / *divisor);
        }
        reach.extent = reach.extent + product * number;
    }
    reach.extent = reach.extent + one();
    const auto keep = [&](std::optional<IndexReach>& best) {
        const bool isBetter = !best || isAtMost(reach.extent, best->extent, true)
            || (reach.multiples.size() < best->multiples.size() && isAtMost(reach.extent, best->extent));
        if (isBetter)
            best = reach;
    };
    keep(search.best);
    if (reach.multiples.empty())
        keep(search.bestFree);
}

std::optional<IndexReach> IndexBounds::reach(const IndexForm& index, const std::vector<IndexForm>& facts,
                                             bool wholeBlocks) const
{
    Search search;
    for (const auto& fact : facts)
        search.facts.push_back(launched(fact));
    descend(search, launched(index), 0);
    return wholeBlocks || !search.bestFree ? search.best : search.bestFree;
}

bool IndexBounds::startsAboveZero(const std::vector<IndexForm>& facts) const
{
    return std::any_of(facts.begin(), facts.end(), [&](const auto& fact) {
        const auto form = launched(fact);
        IndexForm sizes;
        bool hasVariable = false;
        for (const auto& [monomial, factor] : form.terms()) {
            const bool isVariable =
                std::any_of(monomial.begin(), monomial.end(), [](const auto& symbol) { return !isSize(symbol); });
            if (isVariable && (factor > 0 || std::any_of(monomial.begin(), monomial.end(), [](const auto& symbol) {
                                   return symbol[0] == '$' && symbol[1] == '?';
                               })))
                return false;
            hasVariable = hasVariable || isVariable;
            if (isVariable)
                continue;
            auto product = IndexForm::constant(factor);
            for (const auto& symbol : monomial)
                product = product * IndexForm::symbol(symbol);
            sizes = sizes + product;
        }
        return hasVariable && sign(sizes + one()) == 1;
    });
}

IndexForm recombined(const IndexForm& form)
{
    for (const auto& [monomial, factor] : form.terms())
        for (const auto& symbol : monomial) {
            const auto parts = opaqueParts(symbol);
            if (!parts || parts->operation != '/')
                continue;
            const auto remainder = quotientForm('%', parts->left, parts->right);
            const auto name = remainder.terms().size() == 1 && remainder.terms().begin()->first.size() == 1
                ? remainder.terms().begin()->first.front()
                : std::string();
            const auto rows = form.coefficient(symbol);
            const auto columns = name.empty() ? std::nullopt : form.coefficient(name);
            if (rows && columns && !columns->isZero() && *rows == *columns * parts->right)
                return recombined(form.without(symbol).without(name) + *columns * parts->left);
        }
    return form;
}

}  // namespace warploom
