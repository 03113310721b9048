// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ThreadDigits.h"

#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

std::optional<std::string> onlySymbol(const std::optional<IndexForm>& form)
{
    if (!form || form->terms().size() != 1 || form->terms().begin()->second != 1
        || form->terms().begin()->first.size() != 1)
        return std::nullopt;
    return form->terms().begin()->first.front();
}

}  // namespace

std::optional<ThreadDigits> ThreadDigits::make(const KernelScope& kernel, const GuardedKernel& guarded,
                                               const LaunchLine& launch)
{
    ThreadDigits made(kernel, launch);
    if (!made.readNumbers(guarded))
        return std::nullopt;
    made.findParts(kernel.kernel().getBody());
    for (std::size_t number = 0; number < made.m_numbers.size(); ++number)
        if (!made.makeDigits(number))
            return std::nullopt;
    return made;
}

std::optional<IndexForm> ThreadDigits::hostForm(const std::string& text) const
{
    return formOfExpression(withoutLets(m_kernel->source().directives(), text));
}

std::optional<IndexForm> ThreadDigits::onHost(const Expr* expression) const
{
    if (const auto form = m_kernel->form(expression); form && form->constantValue())
        return form;
    const auto words = inLaunchWords(*m_kernel, *m_launch, expression);
    return words ? hostForm(*words) : std::nullopt;
}

std::optional<IndexForm> ThreadDigits::onHost(const IndexForm& form) const
{
    bool isKnown = m_launch->arguments.size() == m_kernel->kernel().getNumParams();
    const auto parameters = m_kernel->kernel().parameters();
    const auto mapped = mapSymbols(form, [&](const std::string& symbol) {
        const auto found = std::ranges::find_if(parameters, [&](const ParmVarDecl* parameter) {
            return m_kernel->symbolOf(parameter) == symbol && !m_kernel->isModified(parameter);
        });
        isKnown = isKnown && found != parameters.end();
        const auto argument = isKnown
            ? hostForm(m_kernel->source().text(m_launch->arguments[(*found)->getFunctionScopeIndex()]))
            : std::nullopt;
        isKnown = isKnown && argument;
        return argument.value_or(IndexForm());
    });
    return isKnown ? std::optional(mapped) : std::nullopt;
}

bool ThreadDigits::readNumbers(const GuardedKernel& guarded)
{
    for (int dimension = 0; dimension < 3; ++dimension) {
        const auto* index = guarded.indexOf(dimension);
        if (index != nullptr) {
            const auto form = m_kernel->form(index->var->getInit());
            const auto total = onHost(guarded.bounds.at(index->var));
            if (!form || !total)
                return false;
            m_numbers.push_back({dimension, index->var, *form, *total, {}});
        } else if (static_cast<std::size_t>(dimension) < m_launch->gridParts.size()) {
            const auto total =
                hostForm(m_kernel->source().text(m_launch->gridParts[static_cast<std::size_t>(dimension)]));
            if (!total)
                return false;
            m_numbers.push_back({dimension, nullptr, IndexForm::symbol(blockSymbol(dimension)), *total, {}});
        }
    }
    return true;
}

/// What \p expression is of one of the numbers, through variables that are set once.
std::optional<ThreadDigits::Part> ThreadDigits::partOf(const Expr* expression) const
{
    expression = expression->IgnoreParenCasts();
    const auto form = m_kernel->form(expression);
    for (std::size_t number = 0; number < m_numbers.size(); ++number)
        if (form && *form == m_numbers[number].form)
            return Part{number, one(), std::nullopt, one(), {}};
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        const bool isSettled = var != nullptr && var->isLocalVarDecl() && var->getType()->isIntegerType()
            && var->hasInit() && !m_kernel->isModified(var);
        return isSettled ? partOf(var->getInit()) : std::nullopt;
    }
    const auto* division = llvm::dyn_cast<BinaryOperator>(expression);
    return division != nullptr && (division->getOpcode() == BO_Div || division->getOpcode() == BO_Rem)
        ? divided(*division)
        : std::nullopt;
}

std::optional<ThreadDigits::Part> ThreadDigits::divided(const BinaryOperator& division) const
{
    auto part = partOf(division.getLHS());
    const auto divisor = part ? onHost(division.getRHS()) : std::nullopt;
    if (!divisor || divisor->isZero())
        return std::nullopt;
    part->symbol = onlySymbol(m_kernel->form(&division)).value_or("");
    const auto whole = part->extent ? part->extent->quotient(*divisor) : std::nullopt;
    if (part->extent && !whole)
        return std::nullopt;
    if (division.getOpcode() == BO_Div) {
        const auto local = m_kernel->form(division.getRHS());
        part->stride = part->stride * *divisor;
        part->local = part->local && local ? std::optional(*part->local * *local) : std::nullopt;
        part->extent = whole;
    } else {
        part->extent = *divisor;
    }
    return part;
}

/// Also those that variables hold which are cut to fewer bits: they stand for themselves in forms.
void ThreadDigits::findParts(const Stmt* body)
{
    const auto add = [&](std::optional<Part> part) {
        if (part)
            m_parts.push_back(std::move(*part));
    };
    walk(body, [&](const Stmt* node) {
        if (const auto* division = llvm::dyn_cast<BinaryOperator>(node); division != nullptr
            && (division->getOpcode() == BO_Div || division->getOpcode() == BO_Rem)
            && division->getType()->isIntegerType())
            add(partOf(division));
        const auto* statement = llvm::dyn_cast<DeclStmt>(node);
        const auto* var = statement != nullptr && statement->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(statement->getSingleDecl())
            : nullptr;
        if (var == nullptr || !var->hasInit() || !var->getType()->isIntegerType() || m_kernel->isModified(var))
            return true;
        if (auto part = partOf(var->getInit()); part && !m_kernel->form(var->getInit())) {
            part->symbol = m_kernel->symbolOf(var);
            add(std::move(part));
        }
        return true;
    });
}

/// Of what begins at \p stride: the extent of the digit that all else is made of. Where a part begins further on, what
/// lies between is a digit, or several.
std::optional<IndexForm> ThreadDigits::lowestExtent(std::size_t number, const IndexForm& stride) const
{
    std::optional<IndexForm> lowest;
    const auto offer = [&](const std::optional<IndexForm>& extent) {
        if (extent && !extent->isOne() && (!lowest || lowest->quotient(*extent)))
            lowest = extent;
    };
    for (const auto& part : m_parts)
        if (part.number == number)
            offer(part.stride == stride ? part.extent : part.stride.quotient(stride));
    return lowest;
}

void ThreadDigits::addDigit(std::size_t number, const IndexForm& extent, const IndexForm& stride)
{
    std::optional<IndexForm> local;
    if (stride.isOne())
        local = one();
    for (const auto& part : m_parts)
        if (part.number == number && part.stride == stride && part.local)
            local = part.local;
    m_numbers[number].digits.push_back(m_digits.size());
    m_digits.push_back({fmt::format("$digit.{}#", m_digits.size()), extent, stride, local});
}

bool ThreadDigits::makeDigits(std::size_t number)
{
    const auto& own = m_numbers[number];
    auto stride = one();
    while (const auto extent = lowestExtent(number, stride)) {
        addDigit(number, *extent, stride);
        stride = stride * *extent;
    }
    const auto rest = own.total.quotient(stride);
    if (!rest)
        return false;
    // What % leaves nothing of is no digit more.
    if (!rest->isOne() || own.digits.empty())
        addDigit(number, *rest, stride);
    for (const auto& part : m_parts)
        if (part.number == number && !part.symbol.empty())
            if (const auto form = inDigits(own, part))
                m_known[part.symbol] = *form;
    return true;
}

/// The digits that \p part has; nothing where the kernel does not say how they are put together.
std::optional<IndexForm> ThreadDigits::inDigits(const ThreadNumber& number, const Part& part) const
{
    const auto end = part.extent ? part.stride * *part.extent : number.total;
    IndexForm form;
    bool isWithin = false;
    for (const auto which : number.digits) {
        const auto& digit = m_digits[which];
        if (digit.stride == end)
            break;
        isWithin = isWithin || digit.stride == part.stride;
        if (!isWithin)
            continue;
        const bool isFirst = digit.stride == part.stride;
        const auto times = isFirst      ? one()
            : digit.local && part.local ? digit.local->quotient(*part.local)
                                        : std::nullopt;
        if (!times)
            return std::nullopt;
        form = form + IndexForm::symbol(digit.symbol) * *times;
    }
    return isWithin ? std::optional(form) : std::nullopt;
}

IndexForm ThreadDigits::canonical(const IndexForm& form) const
{
    IndexForm mapped;
    for (const auto& [symbols, times] : form.terms()) {
        auto product = IndexForm::constant(times);
        for (const auto& symbol : symbols) {
            const auto known = m_known.find(symbol);
            product = product * (known == m_known.end() ? IndexForm::symbol(symbol) : known->second);
        }
        mapped = mapped + product;
    }
    for (const auto& number : m_numbers) {
        const auto symbol = number.var == nullptr ? blockSymbol(number.dimension) : threadSymbol(number.dimension);
        const auto digits = inDigits(number, {0, one(), std::nullopt, one(), {}});
        const auto times = digits ? mapped.coefficient(symbol) : std::nullopt;
        if (times)
            mapped = mapped + *times * (*digits - number.form);
    }
    return mapped;
}

bool ThreadDigits::dependsOnGrid(const IndexForm& canonical)
{
    return canonical.dependsOn("$threadIdx.") || canonical.dependsOn("$blockIdx.") || canonical.dependsOn("$blockDim.")
        || canonical.dependsOn("$gridDim.");
}

}  // namespace warploom
