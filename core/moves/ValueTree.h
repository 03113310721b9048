// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

enum class ValueKind {
    Number,  ///< as it is written
    Parameter,  ///< of the kernel, or a constant of the source
    Index,  ///< an integer
    Load,
    Call,
    Convert,
    Binary,
    Select,
    Fold,
    Carry,  ///< what a variable was at the start of a loop's step
};

struct Value;
using ValueTree = std::shared_ptr<const Value>;

/// What a kernel computes, whichever statements, functions and variables spell it; a loop that folds values is one
/// node.
struct Value {
    ValueKind kind = ValueKind::Number;
    std::string text;  ///< number, name, function, type or operator; of a fold "+", or "?" for any other recurrence
    /// Of a fold: the initial value and what is folded in. Of a choice: both values, and the condition where it is none
    /// of integers.
    std::vector<ValueTree> operands;
    const clang::VarDecl* base = nullptr;  ///< what is loaded from or carried
    IndexForm index;  ///< of an element; of a choice of integers: the first value is taken where it is not negative
    std::string type;  ///< of what a call returns and of a variable that is folded into
    std::string symbol;  ///< of the loop that folds or carries
    IndexForm start, bound;  ///< of a fold
    bool isShare = false;  ///< a fold of which each thread of the block has a share only
};

ValueTree numberValue(std::string text);
ValueTree indexValue(IndexForm index);
ValueTree operationValue(ValueKind kind, std::string text, std::vector<ValueTree> operands);
ValueTree choiceValue(IndexForm condition, ValueTree first, ValueTree second);

/// Nothing where \p symbol is part of a quotient or multiplied by itself.
std::optional<IndexForm> substituted(const IndexForm& form, const std::string& symbol, const IndexForm& by);
/// Null where that is not possible.
ValueTree substituted(const ValueTree& tree, const std::string& symbol, const IndexForm& by);
/// Whether any node of \p tree fits.
bool holds(const ValueTree& tree, const std::function<bool(const Value&)>& fits);
/// Whether an index within \p tree depends on \p symbol.
bool dependsOn(const ValueTree& tree, const std::string& symbol);
/// Whether both are computed alike; loops may have variables of their own.
bool isSame(const ValueTree& a, const ValueTree& b);
bool isZero(const ValueTree& tree);
/// \p tree with its nodes replaced where \p replace gives another.
ValueTree mapped(const ValueTree& tree, const std::function<ValueTree(const ValueTree&)>& replace);

/// Writes forms and trees as code.
class ValuePrinter {
public:
    /// What stands for a symbol in place of its own name.
    std::map<std::string, std::string> names;
    /// Quotients and remainders by their symbol: operator and operands.
    std::map<std::string, std::tuple<std::string, IndexForm, IndexForm>> quotients;

    /// Products are 64 bits wide with \p isWide; nothing for symbols that it does not know.
    [[nodiscard]] std::optional<std::string> print(const IndexForm& form, bool isWide) const;
    [[nodiscard]] std::optional<std::string> print(const ValueTree& tree) const;

private:
    [[nodiscard]] std::optional<std::string> printSymbol(const std::string& symbol) const;
    [[nodiscard]] std::optional<std::string> printTerm(const std::vector<std::string>& symbols, std::int64_t factor,
                                                       bool isWide) const;
};

}  // namespace warploom
