// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// int i = at / cols, j = at % cols; of one flat index are two: rows and columns of a grid of two dimensions.
class PlainGrid : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a grid of rows and columns"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto guarded = guardedKernel(kernel);
        if (launch == nullptr || promisesBlocks(kernel) || !guarded || guarded->indices.size() != 1
            || guarded->indices.front().dimension != 0 || launch->gridParts.size() != 1
            || launch->blockParts.size() != 1 || declaresShared(kernel) || usesBuiltinsElsewhere(kernel, *guarded)
            || kernel.synchronises(kernel.kernel().getBody()))
            return std::nullopt;
        const auto parts = partsOf(kernel, *guarded);
        return parts ? rewritten(kernel, *launch, *guarded, *parts) : std::nullopt;
    }

private:
    struct Part {
        const VarDecl* var = nullptr;
        const DeclStmt* statement = nullptr;
    };
    struct Parts {
        Part row;
        Part column;
        const Expr* columns = nullptr;
        const Expr* rows = nullptr;
    };

    static std::optional<Parts> partsOf(const KernelScope& kernel, const GuardedKernel& guarded)
    {
        const auto* index = guarded.indices.front().var;
        Parts parts;
        auto statements = guarded.body;
        statements.insert(statements.end(), guarded.preamble.begin(), guarded.preamble.end());
        for (const Stmt* statement : statements) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* var = declaration != nullptr && declaration->isSingleDecl()
                ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
                : nullptr;
            const auto* binary = var == nullptr || !var->hasInit() || kernel.isModified(var)
                ? nullptr
                : llvm::dyn_cast<BinaryOperator>(var->getInit()->IgnoreParenCasts());
            if (binary == nullptr || plainVariable(binary->getLHS()) != index)
                continue;
            // It takes the index's place, wherever that stands.
            if (!var->getType()->isIntegerType() || kernel.source().context().getTypeSize(var->getType()) < 32
                || !isOnlyName(kernel, var) || !haveOnlyNames(kernel, binary->getRHS()))
                return std::nullopt;
            const bool isRow = binary->getOpcode() == BO_Div;
            auto& part = isRow ? parts.row : parts.column;
            if ((!isRow && binary->getOpcode() != BO_Rem) || part.var != nullptr
                || (parts.columns != nullptr && !isSame(kernel, parts.columns, binary->getRHS())))
                return std::nullopt;
            part = {var, declaration};
            parts.columns = binary->getRHS();
        }
        if (parts.row.var == nullptr || parts.column.var == nullptr)
            return std::nullopt;
        const auto* bound = settled(kernel, guarded.bounds.at(index));
        const auto* product = llvm::dyn_cast<BinaryOperator>(bound);
        if (product == nullptr || product->getOpcode() != BO_Mul)
            return std::nullopt;
        if (isSame(kernel, product->getRHS(), parts.columns))
            parts.rows = product->getLHS();
        else if (isSame(kernel, product->getLHS(), parts.columns))
            parts.rows = product->getRHS();
        return parts.rows != nullptr && plainVariable(parts.rows) != nullptr && plainVariable(parts.columns) != nullptr
            ? std::optional(parts)
            : std::nullopt;
    }

    static bool isSame(const KernelScope& kernel, const Expr* a, const Expr* b)
    {
        const auto* left = plainVariable(a);
        return left != nullptr && left == plainVariable(b) && !kernel.isModified(left);
    }

    static const Expr* settled(const KernelScope& kernel, const Expr* expression)
    {
        expression = expression->IgnoreParenCasts();
        const auto* var = plainVariable(expression);
        return var != nullptr && var->isLocalVarDecl() && var->hasInit() && !kernel.isModified(var)
            ? var->getInit()->IgnoreParenCasts()
            : expression;
    }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const LaunchLine& launch,
                                                const GuardedKernel& guarded, const Parts& parts)
    {
        const auto& source = kernel.source();
        const auto rowWords = inLaunchWords(kernel, launch, parts.rows);
        const auto columnWords = inLaunchWords(kernel, launch, parts.columns);
        const auto condition = source.range(guarded.guard->getCond());
        const auto* index = guarded.indices.front().var;
        const DeclStmt* flat = nullptr;
        for (const Stmt* statement : kernel.statements())
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
                declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == index)
                flat = declaration;
        const auto flatRange = flat == nullptr ? std::nullopt : source.statementRange(flat);
        if (!rowWords || !columnWords || !condition || !flatRange)
            return std::nullopt;
        const auto row = parts.row.var->getName().str();
        const auto column = parts.column.var->getName().str();
        const auto rows = source.text(parts.rows);
        const auto columns = source.text(parts.columns);
        // Of the type that it had: what is compared with or taken from it stays what it was.
        const auto& context = source.context();
        const auto type = index->getType().getUnqualifiedType();
        const auto rowWord = context.hasSameUnqualifiedType(type, context.IntTy)
            ? row
            : fmt::format("({})({})", type.getAsString(context.getPrintingPolicy()), row);
        SourceEdit edit(source.text());
        for (const auto* part : {&parts.row, &parts.column}) {
            const auto range = source.statementRange(part->statement);
            if (!range)
                return std::nullopt;
            edit.removeWithLine(*range);
        }
        for (const auto* use : kernel.references(index, kernel.kernel().getBody())) {
            const auto at = source.range(use);
            if (!at)
                return std::nullopt;
            const bool isReplaced = condition->contains(*at) || source.range(parts.row.statement)->contains(*at)
                || source.range(parts.column.statement)->contains(*at);
            if (!isReplaced)
                edit.replace(*at, fmt::format("({} * {} + {})", rowWord, columns, column));
        }
        const auto indentation = indentationAt(source.text(), flatRange->begin);
        edit.replace(*flatRange,
                     fmt::format("{}\n{}{}", threadIndexDeclaration(kernel, parts.column.var->getType(), column, 0),
                                 indentation, threadIndexDeclaration(kernel, parts.row.var->getType(), row, 1)));
        edit.replace(*condition,
                     guarded.returnsEarly ? fmt::format("{} >= {} || {} >= {}", row, rows, column, columns)
                                          : fmt::format("{} < {} && {} < {}", row, rows, column, columns));
        edit.replace(launch.grid,
                     fmt::format("dim3({}, {})", gridExtent(*columnWords, "32"), gridExtent(*rowWords, "8")));
        edit.replace(launch.block, "dim3(32, 8)");
        return edit.apply();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainGrid() { return std::make_unique<PlainGrid>(); }

}  // namespace warploom
