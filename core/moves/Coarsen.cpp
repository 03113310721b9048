// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/GuardedKernel.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

/// Steps of for (T v = constant; v < constant; ++v) or <=; nothing for another loop.
std::optional<std::int64_t> constantLength(const KernelScope& kernel, const Stmt* statement)
{
    const auto* loop = llvm::dyn_cast<ForStmt>(statement);
    const auto* init = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
    const auto* var =
        init != nullptr && init->isSingleDecl() ? llvm::dyn_cast<VarDecl>(init->getSingleDecl()) : nullptr;
    const auto* condition = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<BinaryOperator>(loop->getCond());
    const auto* step = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<UnaryOperator>(loop->getInc());
    if (var == nullptr || !var->hasInit() || condition == nullptr || step == nullptr || !step->isIncrementOp()
        || plainVariable(step->getSubExpr()) != var || plainVariable(condition->getLHS()) != var
        || (condition->getOpcode() != BO_LT && condition->getOpcode() != BO_LE)
        || kernel.isModifiedWithin(var, loop->getBody()))
        return std::nullopt;
    const auto start = kernel.form(var->getInit());
    const auto bound = kernel.form(condition->getRHS());
    const auto length = start && bound ? (*bound - *start).constantValue() : std::nullopt;
    return length && condition->getOpcode() == BO_LE ? *length + 1 : length;
}

/// Whether \p loop is the other case of a whole vector: the few elements that are left at the end.
bool isTail(const KernelScope& kernel, const Stmt* loop)
{
    const Stmt* above = kernel.parent(loop);
    const auto* around = llvm::dyn_cast_or_null<CompoundStmt>(above);
    const auto* choice = llvm::dyn_cast_or_null<IfStmt>(around != nullptr ? kernel.parent(around) : above);
    const auto* counted = llvm::dyn_cast<ForStmt>(loop);
    if (choice == nullptr || choice->getElse() == nullptr || counted == nullptr
        || choice->getElse() != (around != nullptr ? static_cast<const Stmt*>(around) : loop))
        return false;
    bool hasVectors = false;
    walk(choice->getThen(), [&](const Stmt* node) {
        hasVectors = hasVectors || (llvm::isa<ForStmt>(node) && constantLength(kernel, node));
        return !hasVectors;
    });
    return hasVectors;
}

/// Whether every loop has a length that the compiler knows and unrolls.
bool hasShortLoopsOnly(const KernelScope& kernel)
{
    constexpr std::int64_t kLongest = 16;
    bool isShort = true;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node) && !isTail(kernel, node))
            isShort = isShort && constantLength(kernel, node).value_or(kLongest + 1) <= kLongest;
        return isShort;
    });
    return isShort;
}

/// Which index gets several elements a thread, and how.
struct CoarseAxis {
    const ThreadIndex* index = nullptr;
    const char* things;  ///< what a thread gets several of
    std::string place;  ///< initialiser, @ITEMS@ and @item@ open
};

class Coarsen : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"coarsen", "Give each thread several elements",
                "one thread an element of one or two dimensions, no long loop and no barrier",
                "fewer threads to start, independent loads in flight, what rows have in common is worked out once"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (auto made = coarsened(context, kernel))
                proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    /// Elements that lie blocks apart in one dimension, so that accesses stay coalesced; neighbouring rows in two, so
    /// that they share what they read.
    static std::optional<CoarseAxis> axisOf(const KernelScope& kernel, const GuardedKernel& guarded)
    {
        if (guarded.indices.size() == 1 && guarded.indices[0].dimension == 0 && hasLinearLaunches(kernel)
            && !usesBuiltinsElsewhere(kernel, guarded))
            return apart(kernel, guarded.indices[0]);
        const auto* rows = guarded.indexOf(1);
        const auto launches = kernel.launches();
        const bool isPlane = guarded.indices.size() == 2 && rows != nullptr && guarded.indexOf(0) != nullptr
            && !launches.empty() && std::ranges::all_of(launches, [&](const auto* launch) {
                                 return launch->gridParts.size() >= 2 && launch->blockParts.size() >= 2
                                     && launch->arguments.size() == kernel.kernel().getNumParams();
                             });
        if (!isPlane || usesBuiltinsElsewhere(kernel, guarded, true))
            return std::nullopt;
        if (rows->scale != 1)
            return apart(kernel, *rows);
        return CoarseAxis{rows, "rows",
                          fmt::format("({}) * @ITEMS@ + @item@", kernel.source().text(rows->initialiser))};
    }

    /// A block does the work of as many neighbouring ones. In the user's own words, for a factor may be a tunable, and
    /// products of 64 bits have to stay so.
    static std::optional<CoarseAxis> apart(const KernelScope& kernel, const ThreadIndex& index)
    {
        const auto block = fmt::format("blockIdx.{}", "xyz"[index.dimension]);
        auto place = kernel.source().text(index.initialiser);
        const auto at = place.find(block);
        if (at == std::string::npos)
            return std::nullopt;
        place.replace(at, block.size(), fmt::format("({} * @ITEMS@ + @item@)", block));
        const char* things = index.dimension == 1 ? "rows" : index.scale == 1 ? "elements" : "vectors";
        return place.find(block, at + block.size() + 3) == std::string::npos
            ? std::optional(CoarseAxis{&index, things, std::move(place)})
            : std::nullopt;
    }

    /// The body's own returns leave the loop's turn; nothing where one stands within a loop.
    static bool replaceReturns(const KernelScope& kernel, const GuardedKernel& guarded,
                               std::vector<Replacement>& inside)
    {
        const auto& source = kernel.source();
        const auto* skipped = guarded.returnsEarly ? guarded.guard->getThen() : nullptr;
        bool isWhole = true;
        const auto replaceIn = [&](const Stmt* statement) {
            walk(statement, [&](const Stmt* node) {
                if (llvm::isa<LambdaExpr>(node))
                    return false;
                if (llvm::isa<ForStmt, WhileStmt, DoStmt, SwitchStmt>(node) && kernel.containsReturn(node))
                    isWhole = false;
                const auto range = llvm::isa<ReturnStmt>(node) ? source.range(node) : std::nullopt;
                isWhole = isWhole && (range || !llvm::isa<ReturnStmt>(node));
                if (range)
                    inside.push_back({*range, "continue"});
                return isWhole;
            });
        };
        if (skipped != nullptr)
            replaceIn(skipped);
        for (const Stmt* statement : guarded.body)
            replaceIn(statement);
        return isWhole;
    }

    [[nodiscard]] std::optional<MoveProposal> coarsened(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto guarded = guardedKernel(kernel, false, true);
        const auto axis = guarded ? axisOf(kernel, *guarded) : std::nullopt;
        if (!axis || !hasShortLoopsOnly(kernel) || kernel.synchronises(kernel.kernel().getBody()))
            return std::nullopt;
        const auto& source = context.source();
        const auto braces = source.range(kernel.kernel().getBody());
        const auto items = context.directives().freshName("ITEMS");
        const auto item = context.directives().freshName("item");
        std::vector<Replacement> inside = {
            {axis->index->initialiser, filled(axis->place, {{"ITEMS", items}, {"item", item}})}};
        if (!braces || !replaceReturns(kernel, *guarded, inside))
            return std::nullopt;
        const TextRange content{braces->begin + 1, braces->end - 1};
        const auto first = source.range(kernel.statements().front());
        const auto indentation = first ? indentationAt(source.text(), first->begin) : std::string("    ");
        SourceEdit edit(source.text());
        edit.replace(content,
                     fmt::format("\n{0}#pragma unroll\n{0}for (int {1} = 0; {1} < {2}; ++{1}) {{\n{3}{0}}}\n",
                                 indentation, item, items,
                                 reindented(rewritten(source.text(), content, inside), indentation + "    ")));
        for (const auto* launch : kernel.launches()) {
            const auto part = launch->gridParts[axis->index->dimension == 0 ? 0 : 1];
            edit.replace(part, fmt::format("ceil_div({}, {})", source.text(part), items));
        }
        context.directives().addTune(edit, items, {4, 1, 2, 8});
        return proposal(context, edit, braces->begin,
                        fmt::format("{} {} a thread in {}", items, axis->things, kernel.name()),
                        hypothesis(kernel, *axis), axis->index->dimension == 0 ? 1.15 : 1.3);
    }

    static std::string hypothesis(const KernelScope& kernel, const CoarseAxis& axis)
    {
        if (axis.index->dimension == 0)
            return fmt::format(
                "each thread of {} has 1 element and 1 load in flight an input: with 4 elements there are "
                "4, and a quarter of the blocks to start, ~1.15×",
                kernel.name());
        return fmt::format(
            "each thread of {} has 1 row: with 4 of its column there are 4 times as many loads in flight, "
            "and what depends on the column alone is worked out once, ~1.3×",
            kernel.name());
    }
};

}  // namespace

std::unique_ptr<Move> makeCoarsen() { return std::make_unique<Coarsen>(); }

}  // namespace warploom
