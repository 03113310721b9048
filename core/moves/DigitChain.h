// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "moves/IndexForm.h"

namespace warploom {

/// A number written in digits, each below its own extent: the sum of digit * stride, where strides are the products of
/// the extents below. Every number below total() is one such sum.
class DigitChain {
public:
    struct Digit {
        std::string symbol;
        IndexForm extent;
        IndexForm stride;
    };

    /// \p number as digits that are named and bounded by \p extents; nothing unless each of them takes part, once, and
    /// nothing else does.
    static std::optional<DigitChain> make(const IndexForm& number, std::map<std::string, IndexForm> extents);

    /// The lowest first.
    [[nodiscard]] const std::vector<Digit>& digits() const { return m_digits; }
    [[nodiscard]] const IndexForm& total() const { return m_total; }
    /// How many digits stand below \p stride; nothing where it is none of the chain's.
    [[nodiscard]] std::optional<std::size_t> below(const IndexForm& stride) const;
    /// The digits from \p begin to \p end as a number of their own.
    [[nodiscard]] IndexForm part(std::size_t begin, std::size_t end) const;
    /// \p form with quotients and remainders of digits worked out, symbols replaced by what \p digitsOf gives for them.
    /// Nothing where one is not to be worked out.
    [[nodiscard]] std::optional<IndexForm> resolved(const IndexForm& form,
                                                    const std::map<std::string, IndexForm>& digitsOf) const;

private:
    [[nodiscard]] std::optional<IndexForm> quotient(char operation, const IndexForm& left,
                                                    const IndexForm& right) const;

    std::vector<Digit> m_digits;
    IndexForm m_total;
};

}  // namespace warploom
