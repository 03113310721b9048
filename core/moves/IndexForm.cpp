// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IndexForm.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace warploom {

namespace {

// What an index of a kernel stays below; products of products grow without end.
constexpr std::size_t kMostTerms = 64;
constexpr std::size_t kMostFactors = 12;
constexpr std::size_t kLongestSymbol = 400;

std::string builtin(const char* name, int dimension) { return fmt::format("${}.{}#", name, "xyz"[dimension]); }

// Products wrap instead of overflowing: forms are compared and never used as addresses.
std::int64_t wrappingProduct(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

std::int64_t wrappingSum(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

std::string threadSymbol(int dimension) { return builtin("threadIdx", dimension); }
std::string blockSymbol(int dimension) { return builtin("blockIdx", dimension); }
std::string blockSizeSymbol(int dimension) { return builtin("blockDim", dimension); }
std::string gridSizeSymbol(int dimension) { return builtin("gridDim", dimension); }

void IndexForm::add(const Monomial& monomial, std::int64_t factor)
{
    auto& term = m_terms[monomial];
    term = wrappingSum(term, factor);
    if (term == 0)
        m_terms.erase(monomial);
}

IndexForm IndexForm::constant(std::int64_t value)
{
    IndexForm form;
    form.add({}, value);
    return form;
}

IndexForm IndexForm::symbol(const std::string& name)
{
    IndexForm form;
    form.add({name}, 1);
    return form;
}

IndexForm IndexForm::opaque(const std::string& operation, const IndexForm& left, const IndexForm& right)
{
    return symbol(fmt::format("[{} {} {}]", left.toString(), operation, right.toString()));
}

IndexForm operator+(const IndexForm& a, const IndexForm& b)
{
    IndexForm sum = a;
    for (const auto& [monomial, factor] : b.m_terms)
        sum.add(monomial, factor);
    return sum;
}

IndexForm operator-(const IndexForm& a, const IndexForm& b) { return a + IndexForm::constant(-1) * b; }

IndexForm operator*(const IndexForm& a, const IndexForm& b)
{
    IndexForm product;
    for (const auto& [left, leftFactor] : a.m_terms) {
        for (const auto& [right, rightFactor] : b.m_terms) {
            IndexForm::Monomial monomial = left;
            monomial.insert(monomial.end(), right.begin(), right.end());
            std::sort(monomial.begin(), monomial.end());
            product.add(monomial, wrappingProduct(leftFactor, rightFactor));
        }
    }
    return product;
}

std::optional<std::int64_t> IndexForm::constantValue() const
{
    if (m_terms.empty())
        return 0;
    if (m_terms.size() == 1 && m_terms.begin()->first.empty())
        return m_terms.begin()->second;
    return std::nullopt;
}

bool IndexForm::dependsOn(const std::string& symbol) const
{
    // Opaque symbols spell out what they were made of.
    for (const auto& [monomial, factor] : m_terms)
        for (const auto& name : monomial)
            if (name.find(symbol) != std::string::npos)
                return true;
    return false;
}

std::optional<IndexForm> IndexForm::coefficient(const std::string& symbol) const
{
    IndexForm result;
    for (const auto& [monomial, factor] : m_terms) {
        Monomial rest = monomial;
        if (const auto at = std::find(rest.begin(), rest.end(), symbol); at != rest.end()) {
            rest.erase(at);
            result.add(rest, factor);
        }
        for (const auto& name : rest)
            if (name.find(symbol) != std::string::npos)
                return std::nullopt;
    }
    return result;
}

IndexForm IndexForm::without(const std::string& symbol) const
{
    IndexForm result;
    for (const auto& [monomial, factor] : m_terms)
        if (std::find(monomial.begin(), monomial.end(), symbol) == monomial.end())
            result.add(monomial, factor);
    return result;
}

bool IndexForm::isMultiple(const std::optional<std::string>& symbol, std::int64_t divisor) const
{
    return std::all_of(m_terms.begin(), m_terms.end(), [&](const auto& term) {
        return term.second % divisor == 0
            || (symbol && std::find(term.first.begin(), term.first.end(), *symbol) != term.first.end());
    });
}

std::optional<IndexForm> IndexForm::quotient(const IndexForm& divisor) const
{
    if (divisor.isZero())
        return std::nullopt;
    IndexForm rest = *this;
    IndexForm result;
    const auto& [lead, leadFactor] = *divisor.m_terms.rbegin();
    // What is left over at the end says whether it was one: the order of terms need not be that of a proper division.
    for (std::size_t step = 0; step < kMostTerms && !rest.isZero(); ++step) {
        const auto term = std::find_if(rest.m_terms.rbegin(), rest.m_terms.rend(), [&](const auto& candidate) {
            return candidate.second % leadFactor == 0
                && std::includes(candidate.first.begin(), candidate.first.end(), lead.begin(), lead.end());
        });
        if (term == rest.m_terms.rend())
            return std::nullopt;
        Monomial monomial;
        std::set_difference(term->first.begin(), term->first.end(), lead.begin(), lead.end(),
                            std::back_inserter(monomial));
        IndexForm factor;
        factor.add(monomial, term->second / leadFactor);
        result = result + factor;
        rest = rest - factor * divisor;
    }
    return rest.isZero() ? std::optional(result) : std::nullopt;
}

IndexForm IndexForm::termsOf(const std::set<std::string>& symbols) const
{
    IndexForm result;
    for (const auto& [monomial, factor] : m_terms) {
        IndexForm term;
        term.add(monomial, factor);
        if (std::any_of(symbols.begin(), symbols.end(), [&](const auto& symbol) { return term.dependsOn(symbol); }))
            result.add(monomial, factor);
    }
    return result;
}

bool IndexForm::isMultipleWith(const IndexForm& size, std::int64_t divisor) const
{
    IndexForm rest;
    for (const auto& [monomial, factor] : m_terms)
        if (factor % divisor != 0)
            rest.add(monomial, factor);
    return rest.isZero() || rest.quotient(size) || quotient(size);
}

std::int64_t IndexForm::evaluate(const std::map<std::string, std::int64_t>& values) const
{
    std::int64_t sum = 0;
    for (const auto& [monomial, factor] : m_terms) {
        std::int64_t product = factor;
        for (const auto& name : monomial) {
            const auto found = values.find(name);
            product = wrappingProduct(product, found == values.end() ? 0 : found->second);
        }
        sum = wrappingSum(sum, product);
    }
    return sum;
}

bool IndexForm::isReasonable() const
{
    return m_terms.size() <= kMostTerms && std::all_of(m_terms.begin(), m_terms.end(), [](const auto& term) {
               return term.first.size() <= kMostFactors
                   && std::all_of(term.first.begin(), term.first.end(),
                                  [](const auto& symbol) { return symbol.size() <= kLongestSymbol; });
           });
}

std::string IndexForm::toString() const
{
    std::vector<std::string> terms;
    for (const auto& [monomial, factor] : m_terms)
        terms.push_back(monomial.empty() ? fmt::format("{}", factor)
                                         : fmt::format("{}*{}", factor, fmt::join(monomial, "*")));
    return terms.empty() ? "0" : fmt::format("{}", fmt::join(terms, " + "));
}

}  // namespace warploom
