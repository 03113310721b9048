// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/DigitChain.h"

#include <algorithm>

#include "moves/SizeForms.h"

namespace warploom {

std::optional<DigitChain> DigitChain::make(const IndexForm& number, std::map<std::string, IndexForm> extents)
{
    DigitChain chain;
    IndexForm rest = number;
    IndexForm stride = one();
    while (!extents.empty()) {
        const auto next = std::ranges::find_if(extents, [&](const auto& digit) {
            const auto times = number.coefficient(digit.first);
            return times && *times == stride;
        });
        if (next == extents.end())
            return std::nullopt;
        chain.m_digits.push_back({next->first, next->second, stride});
        rest = rest - IndexForm::symbol(next->first) * stride;
        stride = stride * next->second;
        extents.erase(next);
        if (!stride.isReasonable())
            return std::nullopt;
    }
    chain.m_total = stride;
    return rest.isZero() ? std::optional(std::move(chain)) : std::nullopt;
}

std::optional<std::size_t> DigitChain::below(const IndexForm& stride) const
{
    for (std::size_t i = 0; i < m_digits.size(); ++i)
        if (m_digits[i].stride == stride)
            return i;
    return stride == m_total ? std::optional(m_digits.size()) : std::nullopt;
}

IndexForm DigitChain::part(std::size_t begin, std::size_t end) const
{
    IndexForm number;
    IndexForm stride = one();
    for (auto i = begin; i < end; ++i) {
        number = number + IndexForm::symbol(m_digits[i].symbol) * stride;
        stride = stride * m_digits[i].extent;
    }
    return number;
}

std::optional<IndexForm> DigitChain::resolved(const IndexForm& form,
                                              const std::map<std::string, IndexForm>& digitsOf) const
{
    IndexForm sum;
    for (const auto& [monomial, factor] : form.terms()) {
        auto product = IndexForm::constant(factor);
        for (const auto& symbol : monomial) {
            const auto parts = opaqueParts(symbol);
            const auto known = digitsOf.find(symbol);
            if (!parts) {
                product = product * (known == digitsOf.end() ? IndexForm::symbol(symbol) : known->second);
                continue;
            }
            const auto left = resolved(parts->left, digitsOf);
            const auto right = left ? resolved(parts->right, digitsOf) : std::nullopt;
            const auto value = right ? quotient(parts->operation, *left, *right) : std::nullopt;
            if (!value)
                return std::nullopt;
            product = product * *value;
        }
        sum = sum + product;
    }
    return sum;
}

/// Of a number of some of the digits, which stand in their order without gaps: those from \p right on, or below it.
std::optional<IndexForm> DigitChain::quotient(char operation, const IndexForm& left, const IndexForm& right) const
{
    IndexForm rest = left;
    IndexForm high;
    IndexForm low;
    std::optional<IndexForm> next;
    bool isFound = false;
    for (const auto& digit : m_digits) {
        const auto times = left.coefficient(digit.symbol);
        if (!times)
            return std::nullopt;
        if (times->isZero())
            continue;
        if (next && *times != *next)
            return std::nullopt;
        isFound = isFound || *times == right;
        const auto own = IndexForm::symbol(digit.symbol) * *times;
        const auto quotient = isFound ? exactQuotient(*times, right) : std::nullopt;
        if (isFound && !quotient)
            return std::nullopt;
        if (isFound)
            high = high + IndexForm::symbol(digit.symbol) * *quotient;
        else
            low = low + own;
        rest = rest - own;
        next = *times * digit.extent;
    }
    if (!next || !rest.isZero() || (!isFound && *next != right))
        return std::nullopt;
    return operation == '/' ? high : low;
}

}  // namespace warploom
