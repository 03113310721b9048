// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "moves/IndexForm.h"

namespace warploom {

// Index forms whose symbols are names of sizes, and the way between them and the expressions of tasks. What is no
// polynomial stands in a symbol of its own: "[a / b]" and "[a % b]" as IndexForm::opaque() makes them, "{min(a, b)}"
// with any other expression over sizes. Symbols of a kernel's own variables begin with '$'.

/// The number 1.
IndexForm one();

/// The parts of an opaque symbol.
struct OpaqueParts {
    char operation = '/';
    IndexForm left;
    IndexForm right;
};

/// Nothing for plain symbols.
std::optional<OpaqueParts> opaqueParts(const std::string& symbol);
/// Every symbol, those within opaque ones too, replaced by what \p replace gives for it.
IndexForm mapSymbols(const IndexForm& form, const std::function<IndexForm(const std::string&)>& replace);
/// All plain symbols, those within opaque ones too.
std::vector<std::string> symbolsOf(const IndexForm& form);
/// The terms in which only sizes stand.
IndexForm sizePart(const IndexForm& form);
/// Whether only sizes take part.
bool isSizeForm(const IndexForm& form);
/// \p left / \p right or \p left % \p right, worked out where both are numbers.
IndexForm quotientForm(char operation, const IndexForm& left, const IndexForm& right);
/// The name of the size that \p form is; nothing for everything else.
std::optional<std::string> bareName(const IndexForm& form);
/// Value under \p values; names that are missing and "{…}" count as a million, what divides by zero as 0.
std::int64_t valueOf(const IndexForm& form, const std::map<std::string, std::int64_t>& values);
/// \p dividend / \p divisor if that is a polynomial again; \p divisor has one term.
std::optional<IndexForm> exactQuotient(const IndexForm& dividend, const IndexForm& divisor);

/// As an expression of tasks. Factors and terms stand in the order of \p names, so that renaming changes nothing else.
std::string expressionText(const IndexForm& form, const std::vector<std::string>& names);
/// The form of an expression of tasks; what is no polynomial becomes one symbol "{…}". Nothing if it does not parse.
std::optional<IndexForm> formOfExpression(std::string_view text);

}  // namespace warploom
