// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SizeForms.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "task/ExpressionParser.h"

namespace warploom {

namespace {

constexpr std::int64_t kUnknownSize = 1'000'000;

using Monomial = std::vector<std::string>;

/// Splits at \p separator outside brackets and braces.
std::vector<std::string_view> splitOutside(std::string_view text, std::string_view separator)
{
    std::vector<std::string_view> parts;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        depth += text[at] == '[' || text[at] == '{' ? 1 : text[at] == ']' || text[at] == '}' ? -1 : 0;
        if (depth == 0 && text.substr(at).substr(0, separator.size()) == separator) {
            parts.push_back(text.substr(begin, at - begin));
            begin = at + separator.size();
            at = begin - 1;
        }
    }
    parts.push_back(text.substr(begin));
    return parts;
}

/// Reads what IndexForm::toString() has written.
IndexForm formFromText(std::string_view text)
{
    IndexForm form;
    for (const auto term : splitOutside(text, " + ")) {
        const auto factors = splitOutside(term, "*");
        std::int64_t number = 0;
        std::from_chars(factors[0].data(), factors[0].data() + factors[0].size(), number);
        auto product = IndexForm::constant(number);
        for (std::size_t i = 1; i < factors.size(); ++i)
            product = product * IndexForm::symbol(std::string(factors[i]));
        form = form + product;
    }
    return form;
}

/// A term of a form as a form.
IndexForm powerProduct(const Monomial& monomial, std::int64_t factor)
{
    auto product = IndexForm::constant(factor);
    for (const auto& symbol : monomial)
        product = product * IndexForm::symbol(symbol);
    return product;
}

/// Writes forms as people do: products of sizes first, numbers in front, divisions that round up as ceil_div.
class Printer {
public:
    explicit Printer(const std::vector<std::string>& names)
        : m_names(names)
    {
    }

    [[nodiscard]] std::string sum(const IndexForm& form) const
    {
        auto terms = std::vector<std::pair<Monomial, std::int64_t>>(form.terms().begin(), form.terms().end());
        for (auto& [monomial, factor] : terms)
            std::stable_sort(monomial.begin(), monomial.end(),
                             [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
        std::stable_sort(terms.begin(), terms.end(), [&](const auto& a, const auto& b) { return isBefore(a, b); });
        std::string text;
        for (const auto& [monomial, factor] : terms) {
            const bool minus = factor < 0;
            text += text.empty() ? (minus ? "-" : "") : (minus ? " - " : " + ");
            text += product(monomial, minus ? -factor : factor);
        }
        return text.empty() ? "0" : text;
    }

private:
    /// Place of a symbol among the names; symbols that are no names come last.
    [[nodiscard]] std::size_t rank(const std::string& symbol) const
    {
        const auto found = std::find(m_names.begin(), m_names.end(), symbol);
        return static_cast<std::size_t>(found - m_names.begin());
    }

    /// Positive terms and products of more sizes first.
    [[nodiscard]] bool isBefore(const std::pair<Monomial, std::int64_t>& a,
                                const std::pair<Monomial, std::int64_t>& b) const
    {
        if ((a.second > 0) != (b.second > 0))
            return a.second > 0;
        if (a.first.size() != b.first.size())
            return a.first.size() > b.first.size();
        return std::lexicographical_compare(a.first.begin(), a.first.end(), b.first.begin(), b.first.end(),
                                            [&](const auto& x, const auto& y) { return rank(x) < rank(y); });
    }

    [[nodiscard]] std::string product(const Monomial& monomial, std::int64_t factor) const
    {
        if (monomial.empty())
            return std::to_string(factor);
        std::vector<std::string> factors;
        if (factor != 1)
            factors.push_back(std::to_string(factor));
        for (const auto& symbol : monomial)
            factors.push_back(symbolText(symbol, monomial.size() > 1 || factor != 1));
        return fmt::format("{}", fmt::join(factors, " * "));
    }

    /// A symbol as it stands in a product, in parentheses where C would read it otherwise.
    [[nodiscard]] std::string symbolText(const std::string& symbol, bool isFactor) const
    {
        if (symbol.front() == '{') {
            const auto text = symbol.substr(1, symbol.size() - 2);
            return isFactor ? "(" + text + ")" : text;
        }
        const auto parts = opaqueParts(symbol);
        if (!parts)
            return symbol;
        const auto rest = parts->left - parts->right + IndexForm::constant(1);
        if (parts->operation == '/' && rest.terms().size() < parts->left.terms().size())
            return fmt::format("ceil_div({}, {})", sum(rest), sum(parts->right));
        const auto text = fmt::format("{} {} {}", operand(parts->left), parts->operation, operand(parts->right));
        return isFactor ? "(" + text + ")" : text;
    }

    [[nodiscard]] std::string operand(const IndexForm& form) const
    {
        const auto text = sum(form);
        return text.find(' ') == std::string::npos ? text : "(" + text + ")";
    }

    const std::vector<std::string>& m_names;
};

using NodePointer = std::shared_ptr<const Expression::Node>;

/// Forms of parsed expressions; nothing for what is no polynomial.
std::optional<IndexForm> formOf(const NodePointer& node);

/// Comparisons, logic and bits are no polynomials.
std::optional<IndexForm> formOfBinary(const Expression::Node& node)
{
    const auto left = formOf(node.children[0]);
    const auto right = formOf(node.children[1]);
    if (!left || !right)
        return std::nullopt;
    const auto amount = right->constantValue();
    switch (node.op) {
    case ExpressionOperator::Add:
        return *left + *right;
    case ExpressionOperator::Subtract:
        return *left - *right;
    case ExpressionOperator::Multiply:
        return *left * *right;
    case ExpressionOperator::Divide:
        return quotientForm('/', *left, *right);
    case ExpressionOperator::Modulo:
        return quotientForm('%', *left, *right);
    case ExpressionOperator::ShiftLeft:
        if (amount && *amount >= 0 && *amount < 32)
            return *left * IndexForm::constant(std::int64_t{1} << *amount);
        return std::nullopt;
    default:
        return std::nullopt;
    }
}

std::optional<IndexForm> formOf(const NodePointer& node)
{
    if (node->kind == ExpressionKind::Number)
        return IndexForm::constant(node->number);
    if (node->kind == ExpressionKind::Name)
        return IndexForm::symbol(node->name);
    if (node->kind == ExpressionKind::Binary)
        return formOfBinary(*node);
    if (node->kind == ExpressionKind::Call && node->name == "ceil_div") {
        const auto left = formOf(node->children[0]);
        const auto right = formOf(node->children[1]);
        if (left && right)
            return quotientForm('/', *left + *right - IndexForm::constant(1), *right);
    }
    return std::nullopt;
}

}  // namespace

IndexForm one() { return IndexForm::constant(1); }

std::optional<OpaqueParts> opaqueParts(const std::string& symbol)
{
    if (symbol.size() < 2 || symbol.front() != '[')
        return std::nullopt;
    const auto inner = std::string_view(symbol).substr(1, symbol.size() - 2);
    for (const char operation : {'/', '%'}) {
        const auto parts = splitOutside(inner, fmt::format(" {} ", operation));
        if (parts.size() == 2)
            return OpaqueParts{operation, formFromText(parts[0]), formFromText(parts[1])};
    }
    return std::nullopt;
}

IndexForm mapSymbols(const IndexForm& form, const std::function<IndexForm(const std::string&)>& replace)
{
    IndexForm result;
    for (const auto& [monomial, factor] : form.terms()) {
        auto product = IndexForm::constant(factor);
        for (const auto& symbol : monomial) {
            const auto parts = opaqueParts(symbol);
            product = product
                * (parts ? quotientForm(parts->operation, mapSymbols(parts->left, replace),
                                        mapSymbols(parts->right, replace))
                         : replace(symbol));
        }
        result = result + product;
    }
    return result;
}

std::vector<std::string> symbolsOf(const IndexForm& form)
{
    std::vector<std::string> symbols;
    mapSymbols(form, [&](const std::string& symbol) {
        if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end())
            symbols.push_back(symbol);
        return IndexForm::symbol(symbol);
    });
    return symbols;
}

bool isSizeForm(const IndexForm& form)
{
    const auto symbols = symbolsOf(form);
    return std::none_of(symbols.begin(), symbols.end(), [](const auto& symbol) { return symbol.front() == '$'; });
}

IndexForm quotientForm(char operation, const IndexForm& left, const IndexForm& right)
{
    const auto a = left.constantValue();
    const auto b = right.constantValue();
    if (a && b && *b > 0)
        return IndexForm::constant(operation == '/' ? *a / *b : *a % *b);
    if (b == 1)
        return operation == '/' ? left : IndexForm();
    return IndexForm::opaque(std::string(1, operation), left, right);
}

IndexForm sizePart(const IndexForm& form)
{
    IndexForm part;
    for (const auto& [monomial, factor] : form.terms()) {
        auto product = IndexForm::constant(factor);
        for (const auto& symbol : monomial)
            product = product * IndexForm::symbol(symbol);
        if (isSizeForm(product))
            part = part + product;
    }
    return part;
}

std::optional<std::string> bareName(const IndexForm& form)
{
    const auto& terms = form.terms();
    if (terms.size() != 1 || terms.begin()->second != 1 || terms.begin()->first.size() != 1)
        return std::nullopt;
    const auto& name = terms.begin()->first.front();
    return name.find_first_of("$@[{") == 0 ? std::nullopt : std::optional(name);
}

std::int64_t valueOf(const IndexForm& form, const std::map<std::string, std::int64_t>& values)
{
    std::int64_t sum = 0;
    for (const auto& [monomial, factor] : form.terms()) {
        auto product = static_cast<std::uint64_t>(factor);
        for (const auto& symbol : monomial) {
            std::int64_t value = kUnknownSize;
            if (const auto parts = opaqueParts(symbol)) {
                const auto left = valueOf(parts->left, values);
                const auto right = valueOf(parts->right, values);
                value = right == 0 || right == -1 ? 0 : parts->operation == '/' ? left / right : left % right;
            } else if (const auto found = values.find(symbol); found != values.end()) {
                value = found->second;
            }
            product *= static_cast<std::uint64_t>(value);
        }
        sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) + product);
    }
    return sum;
}

std::optional<IndexForm> exactQuotient(const IndexForm& dividend, const IndexForm& divisor)
{
    if (divisor.terms().size() != 1)
        return std::nullopt;
    const auto& [factors, number] = *divisor.terms().begin();
    IndexForm quotient;
    for (const auto& [monomial, factor] : dividend.terms()) {
        Monomial rest = monomial;
        for (const auto& symbol : factors) {
            const auto at = std::find(rest.begin(), rest.end(), symbol);
            if (at == rest.end())
                return std::nullopt;
            rest.erase(at);
        }
        if (factor % number != 0)
            return std::nullopt;
        quotient = quotient + powerProduct(rest, factor / number);
    }
    return quotient;
}

std::string expressionText(const IndexForm& form, const std::vector<std::string>& names)
{
    return Printer(names).sum(form);
}

std::optional<IndexForm> formOfExpression(std::string_view text)
{
    const auto node = parseExpression(text, {});
    if (!node)
        return std::nullopt;
    const auto form = formOf(*node);
    return form ? *form : IndexForm::symbol(fmt::format("{{{}}}", text));
}

}  // namespace warploom
