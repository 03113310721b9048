// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionChoice.h"

#include "moves/GridKernel.h"
#include "moves/ParameterTypes.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether \p form is 0 or more wherever every size is 1 or more.
bool isNeverNegative(const IndexForm& form)
{
    if (std::ranges::any_of(symbolsOf(form),
                            [](const std::string& symbol) { return symbol.find_first_of("[{$") != std::string::npos; }))
        return false;
    const auto above = mapSymbols(form, [](const std::string& symbol) { return IndexForm::symbol(symbol) + one(); });
    return std::ranges::all_of(above.terms(), [](const auto& term) { return term.second >= 0; });
}

/// Where a loop's loads go: from the first element of the grid to the last.
class LoadedPlaces {
public:
    LoadedPlaces(const MoveContext& context, const GridKernel& grid, const Contraction& found, IndexForm depth)
        : m_context(context)
        , m_grid(grid)
        , m_found(found)
        , m_depth(std::move(depth))
    {
    }

    [[nodiscard]] bool liesWithin(const Access& access) const
    {
        const auto& kernel = m_grid.kernel();
        const auto* parameter = llvm::dyn_cast_or_null<ParmVarDecl>(access.base);
        const auto* buffer = parameter == nullptr ? nullptr : m_context.arrayOf(kernel, parameter);
        const auto elements = buffer == nullptr ? std::nullopt : m_grid.elementsOf(*buffer);
        const auto type = parameter == nullptr
            ? std::nullopt
            : std::optional(parameterType(parameter->getType(), kernel.source().context()));
        const auto index = access.index ? m_grid.canonical(*access.index) : std::nullopt;
        if (!elements || !type || !*type || !index || elementTypeName((*type)->element) != buffer->elementType
            || !growsWithCoordinates(*index))
            return false;
        const auto first = onHost(*index, false);
        const auto last = onHost(*index, true);
        return first && last && isNeverNegative(*first)
            && isNeverNegative(*elements - IndexForm::constant((*type)->lanes) * (*last + one()));
    }

private:
    /// What \p symbol, a coordinate or the loop's counter, stays below; nothing for any other.
    [[nodiscard]] std::optional<IndexForm> extentOf(const std::string& symbol) const
    {
        if (symbol == m_grid.kernel().symbolOf(m_found.loop.var))
            return m_depth;
        const auto axis =
            std::ranges::find_if(m_grid.axes(), [&](const GridAxis& one) { return one.symbol == symbol; });
        return axis == m_grid.axes().end() ? std::nullopt : std::optional(axis->extent);
    }

    [[nodiscard]] bool growsWithCoordinates(const IndexForm& index) const
    {
        return std::ranges::all_of(index.terms(), [&](const auto& term) {
            const auto& [symbols, factor] = term;
            return factor > 0
                || std::ranges::none_of(symbols, [&](const auto& symbol) { return extentOf(symbol).has_value(); });
        });
    }

    [[nodiscard]] std::optional<IndexForm> onHost(const IndexForm& index, bool isLast) const
    {
        bool isKnown = true;
        const auto place = mapSymbols(index, [&](const std::string& symbol) {
            const auto extent = extentOf(symbol);
            const auto value = extent ? (isLast ? *extent - one() : IndexForm())
                                      : m_grid.onHost(IndexForm::symbol(symbol)).value_or(IndexForm::constant(-1));
            isKnown = isKnown && isNeverNegative(value);
            return value;
        });
        return isKnown ? std::optional(place) : std::nullopt;
    }

    const MoveContext& m_context;
    const GridKernel& m_grid;
    const Contraction& m_found;
    IndexForm m_depth;
};

/// The side of a comparison that is the lesser one where it holds, then the other.
struct ComparedSides {
    const Expr* lesser = nullptr;
    const Expr* greater = nullptr;
    const char* sign = "<";
};

std::optional<ComparedSides> comparedSides(const Expr* condition)
{
    const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
    if (comparison == nullptr || !comparison->isRelationalOp())
        return std::nullopt;
    const auto code = comparison->getOpcode();
    const bool isLess = code == BO_LT || code == BO_LE;
    return ComparedSides{isLess ? comparison->getLHS() : comparison->getRHS(),
                         isLess ? comparison->getRHS() : comparison->getLHS(),
                         code == BO_LT || code == BO_GT ? "<" : "<="};
}

}  // namespace

const ForStmt* chosenLoop(const Stmt* statement)
{
    const auto* choice = llvm::dyn_cast<IfStmt>(statement);
    return choice == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage()
        ? nullptr
        : llvm::dyn_cast_or_null<ForStmt>(onlyStatement(choice->getThen()));
}

bool asksIndicesAlone(const KernelScope& kernel, const Expr& condition, const GuardedKernel& indices)
{
    bool isSettled = kernel.accesses(&condition).empty() && !condition.HasSideEffects(kernel.source().context(), false);
    walk(&condition, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        const bool isIndex = std::ranges::any_of(indices.indices, [&](const auto& one) { return one.var == var; });
        isSettled = isSettled && !llvm::isa<CallExpr>(node)
            && (reference == nullptr || isIndex || isThreadBuiltin(reference)
                || (llvm::isa_and_nonnull<ParmVarDecl>(var) && !kernel.isModified(var)));
        return isSettled;
    });
    return isSettled;
}

bool loadsAnywhere(const MoveContext& context, const KernelScope& kernel, const Contraction& found)
{
    if (found.choice == nullptr)
        return true;
    // What parameters are at timed sizes alone proves nothing for others.
    const auto grid = GridKernel::make(context, kernel, KnownValues());
    const auto bound = kernel.form(found.loop.bound);
    const auto depth = grid && bound ? grid->onHost(*bound) : std::nullopt;
    if (!depth)
        return false;
    const LoadedPlaces places(context, *grid, found, *depth);
    return std::ranges::all_of(kernel.accesses(found.loop.statement),
                               [&](const Access& access) { return places.liesWithin(access); });
}

std::string unaskedSums(const KernelScope& kernel, const Contraction& found)
{
    if (found.choice == nullptr)
        return {};
    std::string sums;
    for (const auto first : found.sums) {
        const auto* sum = found.terms[first].sum;
        sums += fmt::format("    {} = {};\n", sum->getNameAsString(), kernel.source().text(sum->getInit()));
    }
    const auto condition = inverseText(kernel, found.choice->getCond()->IgnoreParenImpCasts());
    return found.sums.size() == 1 ? fmt::format("if ({})\n{}", condition, sums)
                                  : fmt::format("if ({}) {{\n{}}}\n", condition, sums);
}

ChosenDepth chosenDepth(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                        const std::string& row, const std::string& column, const std::string& down,
                        const std::string& across)
{
    const auto sides = found.choice == nullptr ? std::nullopt : comparedSides(found.choice->getCond());
    if (!sides)
        return {{}, "@depth@"};
    ChosenDepth chosen;
    bool isKnown = true;
    // The nearest to being asked for: the first of the tile's rows or columns where they are less, else the last.
    const auto textOf = [&](const Expr* side, bool isLesser) {
        const auto* var = plainVariable(side);
        for (const bool isRow : {true, false}) {
            const auto* own = (isRow ? found.rowIndex() : found.columnIndex()).var;
            isKnown = isKnown && (var == own || kernel.references(own, side).empty());
            if (var != own)
                continue;
            const auto name =
                context.directives().freshName((isLesser ? "lowest_" : "highest_") + own->getNameAsString());
            chosen.lines += fmt::format("    const @indexType@ {} = {}{};\n", name, isRow ? row : column,
                                        isLesser ? "" : " + " + (isRow ? down : across) + " - 1");
            return name;
        }
        return kernel.source().text(side);
    };
    const auto lesser = textOf(sides->lesser, true);
    const auto greater = textOf(sides->greater, false);
    if (!isKnown || chosen.lines.empty())
        return {{}, "@depth@"};
    chosen.end = context.directives().freshName("depth");
    chosen.lines = "    // No step is worth it where no element of the tile is asked for.\n" + chosen.lines
        + fmt::format("    const @loopType@ {} = {} {} {} ? @depth@ : 0;\n", chosen.end, lesser, sides->sign, greater);
    return chosen;
}

}  // namespace warploom
