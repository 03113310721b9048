// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ArrayAxes.h"

#include "moves/GridKernel.h"
#include "moves/HostWords.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::size_t kMostAxes = 8;

/// Which of blockIdx.x, .y and .z \p statement names outside \p indices; nothing where it asks the threads more.
std::optional<std::set<int>> layersOf(const KernelScope& kernel, const GuardedKernel& guarded)
{
    std::set<int> layers;
    bool isKnown = !callsUseBuiltins(kernel.kernel().getBody());
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        if (reference == nullptr || !isThreadBuiltin(reference))
            return true;
        const auto range = kernel.source().range(reference);
        const bool isIndex = range && std::ranges::any_of(guarded.indices, [&](const auto& index) {
                                 return index.initialiser.contains(*range);
                             });
        const auto* member = llvm::dyn_cast_or_null<MemberExpr>(kernel.parent(reference));
        const auto field = member == nullptr ? llvm::StringRef() : identifierOf(member->getMemberDecl());
        const bool isLayer = identifierOf(reference->getDecl()) == "blockIdx" && field.size() == 1
            && guarded.indexOf(field[0] - 'x') == nullptr;
        if (isLayer && !isIndex)
            layers.insert(field[0] - 'x');
        isKnown = isKnown && (isIndex || isLayer);
        return true;
    });
    return isKnown ? std::optional(layers) : std::nullopt;
}

std::optional<OpaqueParts> partsOf(const IndexForm& form)
{
    if (form.terms().size() != 1 || form.terms().begin()->first.size() != 1 || form.terms().begin()->second != 1)
        return std::nullopt;
    return opaqueParts(form.terms().begin()->first.front());
}

/// Text that can be a factor.
std::string factorText(const std::string& text)
{
    return text.find_first_of(" +-*/%?<>") == std::string::npos ? text : "(" + text + ")";
}

}  // namespace

std::optional<ArrayAxes> ArrayAxes::make(const MoveContext& context, const KernelScope& kernel,
                                         const GuardedKernel& guarded, const LaunchLine& launch)
{
    ArrayAxes axes(context, kernel, guarded, launch);
    if (!axes.readNumbers() || axes.m_axes.size() < 2 || axes.m_axes.size() > kMostAxes)
        return std::nullopt;
    axes.nameAxes();
    return axes;
}

bool ArrayAxes::readNumbers()
{
    const auto& directives = m_context->directives();
    const auto layers = layersOf(*m_kernel, *m_guarded);
    if (!layers)
        return false;
    for (int d = 0; d < 3; ++d) {
        const auto at = static_cast<std::size_t>(d);
        const auto* index = m_guarded->indexOf(d);
        const bool isFlat = at >= m_launch->blockParts.size() || directives.text(m_launch->blockParts[at]) == "1";
        const bool isThin = at >= m_launch->gridParts.size() || directives.text(m_launch->gridParts[at]) == "1";
        if (index != nullptr) {
            const Expr* bound = m_guarded->bounds.at(index->var);
            const auto total = m_kernel->form(bound);
            const auto form = m_kernel->form(index->var->getInit());
            const auto host = total ? hostWords(*m_kernel, *m_launch, *total) : std::nullopt;
            const auto text = m_kernel->source().text(bound);
            if (!form || !total || !host || text.empty() || !m_kernel->accesses(bound).empty()
                || !isParameterForm(*total) || !addNumber(*form, threadSymbol(d), total, text, *host))
                return false;
        } else if (!isFlat || (!isThin && layers->count(d) == 0)) {
            return false;
        } else if (!isThin) {
            const auto symbol = IndexForm::symbol(blockSymbol(d));
            if (!addNumber(symbol, blockSymbol(d), std::nullopt, {}, directives.text(m_launch->gridParts[at])))
                return false;
        }
    }
    return true;
}

bool ArrayAxes::isParameterForm(const IndexForm& form) const
{
    for (const auto& symbol : symbolsOf(form))
        if (std::ranges::none_of(m_kernel->kernel().parameters(), [&](const auto* parameter) {
                return m_kernel->symbolOf(parameter) == symbol && !m_kernel->isModified(parameter);
            }))
            return false;
    return true;
}

bool ArrayAxes::addNumber(const IndexForm& form, const std::string& symbol, const std::optional<IndexForm>& total,
                          const std::string& totalText, const std::string& hostTotal)
{
    Number number{form, symbol, {one()}, {}};
    if (!readCuts(number))
        return false;
    for (std::size_t cut = 0; cut < number.cuts.size(); ++cut)
        if (!addAxis(number, cut, total, totalText, hostTotal))
            return false;
    m_numbers.push_back(std::move(number));
    return true;
}

/// Each a multiple of the one before, all of them products of parameters.
bool ArrayAxes::readCuts(Number& number) const
{
    bool isKnown = true;
    std::vector<IndexForm> found;
    walk(m_kernel->kernel().getBody(), [&](const Stmt* node) {
        const auto* expression = llvm::dyn_cast<BinaryOperator>(node);
        const auto form = expression == nullptr || !expression->getType()->isIntegerType() ? std::nullopt
                                                                                           : m_kernel->form(expression);
        const auto parts = form ? partsOf(*form) : std::nullopt;
        const auto span = parts ? spanOf(number, parts->left) : std::nullopt;
        if (!span)
            return true;
        const auto cut = span->first * parts->right;
        isKnown = isKnown && parts->right.terms().size() == 1 && isParameterForm(parts->right);
        if (std::ranges::find(found, cut) == found.end() && !cut.isOne())
            found.push_back(cut);
        return true;
    });
    while (isKnown && !found.empty()) {
        const auto next = std::ranges::find_if(found, [&](const auto& cut) {
            return std::ranges::all_of(found, [&](const auto& other) { return exactQuotient(other, cut).has_value(); });
        });
        if (next == found.end() || !exactQuotient(*next, number.cuts.back()))
            return false;
        number.cuts.push_back(*next);
        found.erase(next);
    }
    return isKnown;
}

bool ArrayAxes::addAxis(Number& number, std::size_t cut, const std::optional<IndexForm>& total,
                        const std::string& totalText, const std::string& hostTotal)
{
    ArrayAxis axis;
    axis.symbol = fmt::format("$axis.{}#", m_axes.size());
    const bool isLast = cut + 1 == number.cuts.size();
    if (!isLast)
        axis.extent = exactQuotient(number.cuts[cut + 1], number.cuts[cut]);
    else if (total)
        axis.extent = exactQuotient(*total, number.cuts[cut]);
    if (axis.extent) {
        const auto host = hostWords(*m_kernel, *m_launch, *axis.extent);
        axis.hostText = host.value_or(std::string());
        axis.extentText = isLast && cut == 0 ? totalText : text(*axis.extent);
    } else if (isLast && !readLast(axis, number.cuts[cut], totalText, hostTotal)) {
        return false;
    }
    number.axes.push_back(axis.symbol);
    m_axes.push_back(std::move(axis));
    return !m_axes.back().hostText.empty();
}

/// What the parameters do not tell the launch may: n is batch * rows * cols there.
bool ArrayAxes::readLast(ArrayAxis& axis, const IndexForm& cut, const std::string& totalText,
                         const std::string& hostTotal) const
{
    const auto& directives = m_context->directives();
    const auto divisor = hostWords(*m_kernel, *m_launch, cut);
    const auto all = formOfExpression(withoutLets(directives, hostTotal));
    const auto part = divisor ? formOfExpression(withoutLets(directives, *divisor)) : std::nullopt;
    const auto extent = all && part ? exactQuotient(*all, *part) : std::nullopt;
    if (!extent)
        return false;
    axis.hostText = expressionText(*extent, {});
    if (!totalText.empty())
        axis.extentText = fmt::format("{} / ({})", factorText(totalText), text(cut));
    for (const auto* parameter : m_kernel->kernel().parameters()) {
        const auto argument = directives.text(m_launch->arguments[parameter->getFunctionScopeIndex()]);
        if (!parameter->getType()->isIntegerType() || m_kernel->isModified(parameter)
            || formOfExpression(withoutLets(directives, argument)) != extent)
            continue;
        axis.extent = IndexForm::symbol(m_kernel->symbolOf(parameter));
        axis.extentText = parameter->getNameAsString();
        axis.hostText = argument;
    }
    return true;
}

void ArrayAxes::nameAxes()
{
    static constexpr std::array kNames = {"across", "down", "deep", "plane", "group", "axis_5", "axis_6", "axis_7"};
    std::vector<const VarDecl*> locals;
    walk(m_kernel->kernel().getBody(), [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                if (const auto* var = llvm::dyn_cast<VarDecl>(one);
                    var != nullptr && var->getType()->isIntegerType() && var->hasInit() && !m_kernel->isModified(var))
                    locals.push_back(var);
        return true;
    });
    for (std::size_t i = 0; i < m_axes.size(); ++i) {
        auto& axis = m_axes[i];
        for (const auto* var : locals)
            if (axis.var == nullptr && canonical(var->getInit()) == IndexForm::symbol(axis.symbol))
                axis.var = var;
        axis.name = axis.var != nullptr ? axis.var->getNameAsString() : m_context->directives().freshName(kNames[i]);
    }
}

/// From which divisor to which the digits of \p number go that \p form is; without an end they go to the last.
std::optional<std::pair<IndexForm, std::optional<IndexForm>>> ArrayAxes::spanOf(const Number& number,
                                                                                const IndexForm& form) const
{
    if (form == number.form)
        return std::pair(one(), std::optional<IndexForm>());
    const auto parts = partsOf(form);
    auto span = parts ? spanOf(number, parts->left) : std::nullopt;
    if (!span)
        return std::nullopt;
    const auto cut = span->first * parts->right;
    // A number cut above what it stays below is itself; that is not looked for.
    if (span->second && !exactQuotient(*span->second, cut))
        return std::nullopt;
    (parts->operation == '/' ? span->first : span->second.emplace()) = cut;
    return span;
}

std::optional<IndexForm> ArrayAxes::digits(const Number& number, const IndexForm& low,
                                           const std::optional<IndexForm>& high) const
{
    IndexForm sum;
    bool isWithin = false;
    if (std::ranges::find(number.cuts, low) == number.cuts.end()
        || (high && std::ranges::find(number.cuts, *high) == number.cuts.end()))
        return std::nullopt;
    for (std::size_t cut = 0; cut < number.cuts.size(); ++cut) {
        isWithin = (isWithin || number.cuts[cut] == low) && !(high && number.cuts[cut] == *high);
        if (!isWithin)
            continue;
        const auto weight = exactQuotient(number.cuts[cut], low);
        if (!weight)
            return std::nullopt;
        sum = sum + *weight * IndexForm::symbol(number.axes[cut]);
    }
    return sum;
}

std::optional<IndexForm> ArrayAxes::canonical(const Expr* expression) const
{
    const auto form = m_kernel->form(expression);
    return form ? canonical(*form) : std::nullopt;
}

std::optional<IndexForm> ArrayAxes::canonical(const IndexForm& form) const
{
    IndexForm mapped;
    for (const auto& [monomial, factor] : form.terms()) {
        auto term = IndexForm::constant(factor);
        for (const auto& symbol : monomial) {
            auto value = IndexForm::symbol(symbol);
            for (const auto& number : m_numbers) {
                if (symbol == number.dimensionSymbol && number.form == IndexForm::symbol(symbol)) {
                    const auto whole = digits(number, one(), std::nullopt);
                    if (!whole)
                        return std::nullopt;
                    value = *whole;
                } else if (const auto span =
                               opaqueParts(symbol) ? spanOf(number, IndexForm::symbol(symbol)) : std::nullopt) {
                    const auto some = digits(number, span->first, span->second);
                    if (!some)
                        return std::nullopt;
                    value = *some;
                }
            }
            term = term * value;
        }
        mapped = mapped + term;
    }
    for (const auto& number : m_numbers) {
        const auto times = mapped.coefficient(number.dimensionSymbol);
        const auto whole = digits(number, one(), std::nullopt);
        if (!times || !whole)
            return std::nullopt;
        mapped = mapped + *times * (*whole - number.form);
    }
    if (!mapped.isReasonable())
        return std::nullopt;
    for (const auto& symbol : symbolsOf(mapped))
        if (!symbol.starts_with("$axis.") && !isParameterForm(IndexForm::symbol(symbol)))
            return std::nullopt;
    return mapped;
}

std::string ArrayAxes::text(const IndexForm& form) const
{
    return wideText(form, [&](const std::string& symbol) {
        for (const auto& axis : m_axes)
            if (axis.symbol == symbol)
                return axis.name;
        return symbol.substr(1, symbol.find_first_of("@#") - 1);
    });
}

void ArrayAxes::merge(std::vector<IndexForm>& forms, const std::set<std::string>& apart)
{
    const auto isJoint = [&](const ArrayAxis& inner, const ArrayAxis& outer) {
        return &inner != &outer && inner.extent && !outer.hostText.empty() && apart.count(inner.symbol) == 0
            && apart.count(outer.symbol) == 0 && std::ranges::all_of(forms, [&](const IndexForm& form) {
                   const auto step = form.coefficient(inner.symbol);
                   const auto outerStep = form.coefficient(outer.symbol);
                   return step && outerStep && *outerStep == *step * *inner.extent;
               });
    };
    for (std::size_t i = 0; i < m_axes.size(); ++i)
        for (std::size_t j = 0; j < m_axes.size(); ++j) {
            auto& inner = m_axes[i];
            const auto outer = m_axes[j];
            if (!isJoint(inner, outer))
                continue;
            for (auto& form : forms)
                form = form.without(outer.symbol);
            inner.hostText = fmt::format("{} * {}", factorText(inner.hostText), factorText(outer.hostText));
            inner.extentText = outer.extentText.empty()
                ? std::string()
                : fmt::format("{} * {}", factorText(inner.extentText), factorText(outer.extentText));
            inner.extent = outer.extent ? std::optional(*inner.extent * *outer.extent) : std::nullopt;
            inner.name = m_context->directives().freshName(outer.name + "_" + inner.name);
            inner.var = nullptr;
            m_axes.erase(m_axes.begin() + static_cast<std::ptrdiff_t>(j));
            i = static_cast<std::size_t>(-1);
            break;
        }
}

void ArrayAxes::detach(const VarDecl* var)
{
    for (auto& axis : m_axes)
        if (axis.var == var && var != nullptr) {
            axis.name = m_context->directives().freshName("at_" + axis.name);
            axis.var = nullptr;
        }
}

}  // namespace warploom
