// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/DivisionHelpers.h"
#include "moves/GuardedKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Different values of one divisor that are compared before the division itself is done.
constexpr std::size_t kMostKnown = 4;

/// One division or remainder by a size.
struct Division {
    const BinaryOperator* expression = nullptr;
    std::vector<std::int64_t> known;  ///< what the divisor is where it is timed
};

class KnownDivisors : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"known-divisors", "Divide by known sizes and in 32 bits",
                "integer divisions or remainders by sizes, as linear kernels have them for rows and columns",
                "a division by a number that only the run knows takes some 20 instructions in 32 bits and some 80 in "
                "64; by a known one it is a multiplication"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (auto made = divided(context, kernel))
                proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    static bool isWide(const Division& division, const ASTContext& context)
    {
        return context.getTypeSize(division.expression->getLHS()->IgnoreParenImpCasts()->getType()) > 32
            || context.getTypeSize(division.expression->getType()) > 32;
    }

    static std::vector<Division> divisionsOf(const MoveContext& context, const KernelScope& kernel)
    {
        const auto timed = timedArguments(context, kernel);
        std::vector<Division> found;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
            if (binary == nullptr || (binary->getOpcode() != BO_Div && binary->getOpcode() != BO_Rem)
                || !binary->getType()->isIntegerType() || binary->isValueDependent()
                || !isSettled(kernel, binary->getRHS()))
                return true;
            Division division{binary, knownValues(kernel, binary->getRHS(), timed)};
            if (!division.known.empty() || isWide(division, context.source().context()))
                found.push_back(std::move(division));
            return true;
        });
        return found;
    }

    /// Whether \p divisor is made of parameters that nothing changes, and of at least one.
    static bool isSettled(const KernelScope& kernel, const Expr* divisor)
    {
        bool isOfParameters = false;
        bool isPlain = true;
        walk(divisor, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* parameter = reference == nullptr ? nullptr : llvm::dyn_cast<ParmVarDecl>(reference->getDecl());
            isOfParameters = isOfParameters || parameter != nullptr;
            isPlain = isPlain && !llvm::isa<CallExpr, ArraySubscriptExpr>(node)
                && (reference == nullptr || (parameter != nullptr && !kernel.isModified(parameter)));
            return isPlain;
        });
        return isOfParameters && isPlain;
    }

    static std::vector<std::int64_t> knownValues(const KernelScope& kernel, const Expr* divisor,
                                                 const std::vector<ParameterValues>& timed)
    {
        std::vector<std::int64_t> known;
        const auto form = kernel.form(divisor);
        for (const auto& values : timed) {
            const auto value = form ? valueWith(*form, values) : std::nullopt;
            if (!value || *value < 1 || *value > std::numeric_limits<int>::max())
                return {};
            if (std::ranges::find(known, *value) == known.end())
                known.push_back(*value);
        }
        return known.size() <= kMostKnown ? known : std::vector<std::int64_t>();
    }

    /// Text of \p expression with the divisions within it as calls; nothing where a macro hides a part.
    static std::optional<std::string> textOf(const ParsedSource& source, const Expr* expression,
                                             const std::vector<Division>& divisions, DivisionHelpers& helpers)
    {
        const auto range = source.range(expression);
        if (!range)
            return std::nullopt;
        std::vector<Replacement> replacements;
        bool isWhole = true;
        walk(expression, [&](const Stmt* node) {
            const auto found = std::ranges::find(divisions, node, &Division::expression);
            if (found == divisions.end())
                return true;
            const auto inner = source.range(found->expression);
            const auto call = callOf(source, *found, divisions, helpers);
            isWhole = isWhole && inner && call;
            if (isWhole)
                replacements.push_back({*inner, *call});
            return false;
        });
        return isWhole ? std::optional(rewritten(source.text(), *range, replacements)) : std::nullopt;
    }

    static std::optional<std::string> callOf(const ParsedSource& source, const Division& division,
                                             const std::vector<Division>& divisions, DivisionHelpers& helpers)
    {
        const auto left = textOf(source, division.expression->getLHS()->IgnoreParens(), divisions, helpers);
        const auto right = source.text(division.expression->getRHS()->IgnoreParens());
        if (!left || right.empty())
            return std::nullopt;
        const bool isQuotient = division.expression->getOpcode() == BO_Div;
        const auto name = isQuotient ? helpers.quotient() : helpers.remainder();
        return fmt::format("{}{}({}, {})", name,
                           division.known.empty() ? std::string()
                                                  : fmt::format("<{}>", fmt::join(division.known, ", ")),
                           *left, right);
    }

    [[nodiscard]] std::optional<MoveProposal> divided(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto& source = context.source();
        const auto divisions = divisionsOf(context, kernel);
        const auto before = offsetBeforeKernel(kernel);
        if (divisions.empty() || !before)
            return std::nullopt;
        DivisionHelpers helpers(source, *before);
        SourceEdit edit(source.text());
        std::set<const Stmt*> handled;
        for (const auto& division : divisions) {
            // Outer ones first, in the order of the walk; they write what is within them.
            if (handled.count(division.expression) > 0)
                continue;
            walk(division.expression, [&](const Stmt* node) { return handled.insert(node), true; });
            const auto range = source.range(division.expression);
            const auto call = callOf(source, division, divisions, helpers);
            if (!range || !call)
                return std::nullopt;
            edit.replace(*range, *call);
        }
        edit.insert(*before, helpers.text());
        const bool wide =
            std::ranges::any_of(divisions, [&](const auto& division) { return isWide(division, source.context()); });
        const auto first = source.offset(divisions.front().expression->getBeginLoc()).value_or(0);
        return proposal(context, edit, first, fmt::format("divisions by known sizes in {}", kernel.name()),
                        fmt::format("{} divides {} times by sizes, some {} instructions each: with divisors that are "
                                    "known where it is timed, in 32 bits, some 5, ~{}×",
                                    kernel.name(), divisions.size(), wide ? 80 : 20, wide ? 1.5 : 1.2),
                        wide ? 1.5 : 1.2);
    }
};

}  // namespace

std::unique_ptr<Move> makeKnownDivisors() { return std::make_unique<KnownDivisors>(); }

}  // namespace warploom
