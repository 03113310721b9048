// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace warploom {

/// An integer expression as a polynomial over symbols (variables and CUDA's built-ins), so that two ways to write one
/// index compare equal and strides can be read off. Arithmetic is that of the integers: overflow is not modelled.
class IndexForm {
public:
    IndexForm() = default;
    static IndexForm constant(std::int64_t value);
    static IndexForm symbol(const std::string& name);
    /// A symbol for a quotient, remainder, … of forms: it depends on whatever they depend on.
    static IndexForm opaque(const std::string& operation, const IndexForm& left, const IndexForm& right);

    friend IndexForm operator+(const IndexForm& a, const IndexForm& b);
    friend IndexForm operator-(const IndexForm& a, const IndexForm& b);
    friend IndexForm operator*(const IndexForm& a, const IndexForm& b);
    friend bool operator==(const IndexForm&, const IndexForm&) = default;

    [[nodiscard]] std::optional<std::int64_t> constantValue() const;
    [[nodiscard]] bool isZero() const { return m_terms.empty(); }
    [[nodiscard]] bool isOne() const { return constantValue() == 1; }
    [[nodiscard]] bool dependsOn(const std::string& symbol) const;
    /// What \p symbol is multiplied by; nothing when the form is not linear in it.
    [[nodiscard]] std::optional<IndexForm> coefficient(const std::string& symbol) const;
    /// The terms that do not have \p symbol as a factor.
    [[nodiscard]] IndexForm without(const std::string& symbol) const;
    /// Whether every term has \p symbol as a factor or a constant that \p divisor divides.
    [[nodiscard]] bool isMultiple(const std::optional<std::string>& symbol, std::int64_t divisor) const;
    /// The form that \p divisor has to be multiplied by to give this one; nothing where there is none.
    [[nodiscard]] std::optional<IndexForm> quotient(const IndexForm& divisor) const;
    /// The terms in which one of \p symbols takes part.
    [[nodiscard]] IndexForm termsOf(const std::set<std::string>& symbols) const;
    /// Whether every term is a multiple of \p divisor wherever \p size, a form, is one.
    [[nodiscard]] bool isMultipleWith(const IndexForm& size, std::int64_t divisor) const;
    /// Value with the symbols given and 0 for all others; opaque symbols are 0.
    [[nodiscard]] std::int64_t evaluate(const std::map<std::string, std::int64_t>& values) const;
    /// Whether it has a size that any index of a kernel has; what is larger is not worth its time.
    [[nodiscard]] bool isReasonable() const;
    [[nodiscard]] std::string toString() const;
    [[nodiscard]] const std::map<std::vector<std::string>, std::int64_t>& terms() const { return m_terms; }

private:
    using Monomial = std::vector<std::string>;  ///< sorted; a square stands twice
    void add(const Monomial& monomial, std::int64_t factor);

    std::map<Monomial, std::int64_t> m_terms;
};

/// Symbols of CUDA's built-in variables; \p dimension is 0, 1 or 2.
std::string threadSymbol(int dimension);
std::string blockSymbol(int dimension);
std::string blockSizeSymbol(int dimension);
std::string gridSizeSymbol(int dimension);

}  // namespace warploom
