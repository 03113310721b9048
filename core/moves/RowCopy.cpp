// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RowCopy.h"

#include "moves/ArrayAxes.h"
#include "moves/GridKernel.h"
#include "moves/HostWords.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kWideBytes = 16;

struct RowCopy {
    GuardedKernel guarded;
    const Expr* store = nullptr;
    const Expr* load = nullptr;
    const Stmt* statement = nullptr;
    std::string columns;  ///< length of the rows that stay whole
    std::string wideType;
    RowCopyWidth width;
};

/// Declarations, and a load that is stored as it is.
bool readMoved(const KernelScope& kernel, RowCopy& copy)
{
    bool isPlain = true;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        isPlain = isPlain && !llvm::isa<CallExpr, LambdaExpr, CompoundAssignOperator>(node)
            && (unary == nullptr || !unary->isIncrementDecrementOp());
        return isPlain;
    });
    copy.statement = copy.guarded.body.back();
    const auto* assignment = llvm::dyn_cast<BinaryOperator>(copy.statement);
    if (!isPlain || assignment == nullptr || assignment->getOpcode() != BO_Assign)
        return false;
    for (const Stmt* statement : copy.guarded.body)
        if (statement != copy.statement && !llvm::isa<DeclStmt>(statement))
            return false;
    copy.store = assignment->getLHS()->IgnoreParens();
    copy.load = assignment->getRHS()->IgnoreParenImpCasts();
    return kernel.source().context().hasSameUnqualifiedType(copy.store->getType(), copy.load->getType())
        && copy.store->getType()->isArithmeticType();
}

std::optional<RowCopy> rowCopyOf(const MoveContext& context, const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    if (launches.size() != 1 || !hasLinearLaunches(kernel) || !isPlainLaunch(context.source(), *launches.front())
        || launches.front()->shared || kernel.kernel().getDescribedFunctionTemplate() != nullptr
        || kernel.kernel().isTemplateInstantiation() || kernel.hasAliases())
        return std::nullopt;
    auto guarded = guardedKernel(kernel);
    if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0
        || usesBuiltinsElsewhere(kernel, *guarded))
        return std::nullopt;
    RowCopy copy;
    copy.guarded = std::move(*guarded);
    const auto axes = ArrayAxes::make(context, kernel, copy.guarded, *launches.front());
    if (!axes || !readMoved(kernel, copy))
        return std::nullopt;
    const auto& fastest = axes->axes().front();
    const auto accesses = kernel.accesses(kernel.kernel().getBody());
    if (accesses.size() != 2 || accesses[0].base == accesses[1].base || !fastest.extent
        || fastest.extent->terms().size() != 1 || fastest.extent->terms().begin()->first.size() > 1)
        return std::nullopt;
    const auto bytes = kernel.source().context().getTypeSizeInChars(copy.store->getType()).getQuantity();
    if (bytes != 2 && bytes != 4 && bytes != 8)
        return std::nullopt;
    copy.width = {kWideBytes / static_cast<int>(bytes), static_cast<int>(bytes)};
    const auto symbol = fastest.extent->constantValue() ? std::optional<std::string>()
                                                        : std::optional(fastest.extent->terms().begin()->first.front());
    for (const auto& access : accesses) {
        const auto index = access.index ? axes->canonical(*access.index) : std::nullopt;
        const auto step = index ? index->coefficient(fastest.symbol) : std::nullopt;
        if (!step || !step->isOne() || !llvm::isa_and_nonnull<ParmVarDecl>(access.base)
            || (access.expression != copy.store && access.expression != copy.load)
            || innermostElement(access.base->getType()).isVolatileQualified()
            || !index->without(fastest.symbol).isMultiple(symbol, copy.width.width))
            return std::nullopt;
    }
    const auto type = typeText(kernel, copy.store->getType());
    copy.wideType = type == "float" ? "float4" : type == "int" ? "int4" : type == "double" ? "double2" : "uint4";
    copy.columns = fastest.extentText;
    return copy;
}

}  // namespace

std::optional<RowCopyWidth> widenRowCopy(const MoveContext& context, const KernelScope& kernel, SourceEdit& edit)
{
    const auto copy = rowCopyOf(context, kernel);
    if (!copy)
        return std::nullopt;
    const auto& source = context.source();
    const auto& guarded = copy->guarded;
    const auto& index = guarded.indices[0];
    const auto name = index.var->getNameAsString();
    const auto tail = context.directives().freshName(name + "_tail");
    const auto bound = source.text(guarded.bounds.at(index.var));
    const auto store = source.range(copy->store);
    const auto load = source.range(copy->load);
    if (bound.empty() || !store || !load)
        return std::nullopt;
    std::string before;
    std::string scalar;
    auto statements = guarded.preamble;
    statements.insert(statements.end(), guarded.body.begin(), guarded.body.end());
    for (const Stmt* statement : statements) {
        const auto range = source.statementRange(statement);
        const auto changes = kernel.renaming(index.var, statement, tail);
        if (!range || !changes)
            return std::nullopt;
        scalar += rewritten(source.text(), *range, *changes) + "\n";
        if (statement != copy->statement && std::ranges::count(guarded.body, statement) > 0)
            before += source.text(*range) + "\n";
    }
    const auto type = typeText(kernel, index.var->getType());
    auto text = before
        + fmt::format("if ({0} % {1} == 0) {{\n"
                      "    *reinterpret_cast<{2}*>(&{3}) = *reinterpret_cast<const {2}*>(&{4});\n"
                      "}} else {{\n"
                      "    for ({5} {6} = {7}; {6} < {8} && {6} - {7} < {1}; ++{6}) {{\n{9}    }}\n"
                      "}}\n",
                      copy->columns, copy->width.width, copy->wideType, source.text(*store), source.text(*load), type,
                      tail, name, bound, reindented(scalar, "        "));
    const bool isBare = !guarded.returnsEarly && !llvm::isa<CompoundStmt>(guarded.guard->getThen());
    const auto close = source.offset(guarded.guard->getRParenLoc());
    if (isBare && close) {
        const auto outer = indentationAt(source.text(), *close);
        edit.replace({*close + 1, guarded.bodyRange.end},
                     fmt::format(" {{\n{}{}}}", reindented(text, outer + "    "), outer));
    } else {
        const auto indentation = indentationAt(source.text(), guarded.bodyRange.begin);
        text = reindented(text, indentation);
        edit.replace(guarded.bodyRange, text.substr(indentation.size(), text.size() - indentation.size() - 1));
    }
    edit.replace(index.initialiser, fmt::format("({}) * {}", source.text(index.initialiser), copy->width.width));
    const auto& grid = kernel.launches().front()->gridParts[0];
    edit.replace(grid, fmt::format("ceil_div({}, {})", source.text(grid), copy->width.width));
    return copy->width;
}

}  // namespace warploom
