// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ValueTree.h"

#include <fmt/ranges.h>

namespace warploom {

ValueTree numberValue(std::string text) { return operationValue(ValueKind::Number, std::move(text), {}); }

ValueTree indexValue(IndexForm index)
{
    Value value;
    value.kind = ValueKind::Index;
    value.index = std::move(index);
    return std::make_shared<const Value>(std::move(value));
}

ValueTree operationValue(ValueKind kind, std::string text, std::vector<ValueTree> operands)
{
    if (std::ranges::any_of(operands, [](const auto& operand) { return operand == nullptr; }))
        return nullptr;
    Value value;
    value.kind = kind;
    value.text = std::move(text);
    value.operands = std::move(operands);
    return std::make_shared<const Value>(std::move(value));
}

ValueTree choiceValue(IndexForm condition, ValueTree first, ValueTree second)
{
    if (first == nullptr || second == nullptr)
        return nullptr;
    Value value;
    value.kind = ValueKind::Select;
    value.index = std::move(condition);
    value.operands = {std::move(first), std::move(second)};
    return std::make_shared<const Value>(std::move(value));
}

std::optional<IndexForm> substituted(const IndexForm& form, const std::string& symbol, const IndexForm& by)
{
    if (!form.dependsOn(symbol))
        return form;
    const auto factor = form.coefficient(symbol);
    return factor ? std::optional(form.without(symbol) + *factor * by) : std::nullopt;
}

ValueTree substituted(const ValueTree& tree, const std::string& symbol, const IndexForm& by)
{
    if (tree == nullptr || !dependsOn(tree, symbol))
        return tree;
    Value value = *tree;
    for (IndexForm* form : {&value.index, &value.start, &value.bound}) {
        const auto changed = substituted(*form, symbol, by);
        if (!changed)
            return nullptr;
        *form = *changed;
    }
    for (auto& operand : value.operands)
        if ((operand = substituted(operand, symbol, by)) == nullptr)
            return nullptr;
    return std::make_shared<const Value>(std::move(value));
}

bool holds(const ValueTree& tree, const std::function<bool(const Value&)>& fits)
{
    return tree != nullptr
        && (fits(*tree) || std::ranges::any_of(tree->operands, [&](const auto& one) { return holds(one, fits); }));
}

bool dependsOn(const ValueTree& tree, const std::string& symbol)
{
    return holds(tree, [&](const Value& value) {
        return value.index.dependsOn(symbol) || value.start.dependsOn(symbol) || value.bound.dependsOn(symbol);
    });
}

bool isSame(const ValueTree& a, const ValueTree& b)
{
    if (a == b)
        return true;
    if (a == nullptr || b == nullptr || a->kind != b->kind || a->text != b->text || a->base != b->base
        || a->operands.size() != b->operands.size() || a->index != b->index || a->start != b->start
        || a->bound != b->bound || (a->kind == ValueKind::Carry && a->symbol != b->symbol))
        return false;
    for (std::size_t i = 0; i < a->operands.size(); ++i) {
        const auto other = a->symbol == b->symbol
            ? b->operands[i]
            : substituted(b->operands[i], b->symbol, IndexForm::symbol(a->symbol));
        if (other == nullptr || !isSame(a->operands[i], other))
            return false;
    }
    return true;
}

bool isZero(const ValueTree& tree)
{
    if (tree == nullptr)
        return false;
    if (tree->kind == ValueKind::Convert && tree->operands.size() == 1)
        return isZero(tree->operands[0]);
    if (tree->kind == ValueKind::Index)
        return tree->index.isZero();
    return tree->kind == ValueKind::Number && tree->text.find_first_of("123456789xXeE") == std::string::npos
        && tree->text.find('0') != std::string::npos;
}

ValueTree mapped(const ValueTree& tree, const std::function<ValueTree(const ValueTree&)>& replace)
{
    if (tree == nullptr)
        return nullptr;
    if (auto other = replace(tree); other != tree)
        return other;
    Value value = *tree;
    bool isChanged = false;
    for (auto& operand : value.operands) {
        auto other = mapped(operand, replace);
        if (other == nullptr)
            return nullptr;
        isChanged = isChanged || other != operand;
        operand = std::move(other);
    }
    return isChanged ? std::make_shared<const Value>(std::move(value)) : tree;
}

std::optional<std::string> ValuePrinter::printSymbol(const std::string& symbol) const
{
    if (const auto named = names.find(symbol); named != names.end())
        return named->second;
    if (const auto quotient = quotients.find(symbol); quotient != quotients.end()) {
        const auto& [operation, left, right] = quotient->second;
        const auto first = print(left, false);
        const auto second = print(right, false);
        return first && second ? std::optional(fmt::format("(({}) {} ({}))", *first, operation, *second))
                               : std::nullopt;
    }
    const bool isPlain =
        symbol.size() > 2 && symbol.front() == '$' && symbol.back() == '#' && symbol.find('~') == std::string::npos;
    return isPlain ? std::optional(symbol.substr(1, symbol.size() - 2)) : std::nullopt;
}

std::optional<std::string> ValuePrinter::printTerm(const std::vector<std::string>& symbols, std::int64_t factor,
                                                   bool isWide) const
{
    std::vector<std::string> parts;
    for (const auto& symbol : symbols) {
        const auto part = printSymbol(symbol);
        if (!part)
            return std::nullopt;
        const bool isSum = part->find(' ') != std::string::npos && part->front() != '(';
        parts.push_back(isSum ? "(" + *part + ")" : *part);
    }
    if (factor != 1 || parts.empty())
        parts.push_back(std::to_string(factor));
    if (isWide && parts.size() > 1)
        parts.front() = "size_t" + (parts.front().front() == '(' ? parts.front() : "(" + parts.front() + ")");
    return fmt::format("{}", fmt::join(parts, " * "));
}

std::optional<std::string> ValuePrinter::print(const IndexForm& form, bool isWide) const
{
    std::string text;
    // Long products first, as people write them.
    std::vector<std::pair<std::vector<std::string>, std::int64_t>> terms(form.terms().begin(), form.terms().end());
    std::ranges::stable_sort(terms, [](const auto& a, const auto& b) {
        return std::pair(a.first.size(), a.second) > std::pair(b.first.size(), b.second);
    });
    for (const auto& [symbols, factor] : terms) {
        const bool isNegative = factor < 0;
        const auto term = printTerm(symbols, isNegative ? -factor : factor, isWide);
        if (!term)
            return std::nullopt;
        text += text.empty() ? (isNegative ? "-" : "") : (isNegative ? " - " : " + ");
        text += *term;
    }
    return text.empty() ? "0" : text;
}

std::optional<std::string> ValuePrinter::print(const ValueTree& tree) const
{
    if (tree == nullptr)
        return std::nullopt;
    std::vector<std::string> parts;
    if (tree->kind != ValueKind::Load && tree->kind != ValueKind::Index) {
        for (const auto& operand : tree->operands) {
            const auto part = print(operand);
            if (!part)
                return std::nullopt;
            parts.push_back(*part);
        }
    }
    const auto form = print(tree->index, tree->kind == ValueKind::Load);
    switch (tree->kind) {
    case ValueKind::Number:
    case ValueKind::Parameter:
        return tree->text;
    case ValueKind::Index:
        return form;
    case ValueKind::Load:
        return form ? std::optional(fmt::format("{}[{}]", tree->base->getNameAsString(), *form)) : std::nullopt;
    case ValueKind::Call:
    case ValueKind::Convert:
        return fmt::format("{}({})", tree->text, fmt::join(parts, ", "));
    case ValueKind::Binary:
        return parts.size() == 1 ? fmt::format("({}{})", tree->text, parts[0])
                                 : fmt::format("({} {} {})", parts[0], tree->text, parts[1]);
    case ValueKind::Select:
        if (parts.size() == 3)
            return fmt::format("({} ? {} : {})", parts[2], parts[0], parts[1]);
        return form ? std::optional(fmt::format("({} >= 0 ? {} : {})", *form, parts[0], parts[1])) : std::nullopt;
    case ValueKind::Fold:
    case ValueKind::Carry:
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace warploom
