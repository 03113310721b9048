// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/Permutation.h"

namespace warploom {

using namespace clang;

namespace {

/// A store and a load whose neighbouring threads touch neighbours on one side and columns on the other.
struct Transposition {
    Access store;
    Access load;
    const Stmt* statement = nullptr;  ///< the one that stores
    bool loadIsContiguous = true;  ///< else the store is
};

bool isContiguous(const Access& access, int dimension)
{
    const auto stride = access.index ? access.index->coefficient(threadSymbol(dimension)) : std::nullopt;
    return stride && stride->isOne();
}

bool isStrided(const Access& access, int dimension)
{
    const auto stride = access.index ? access.index->coefficient(threadSymbol(dimension)) : std::nullopt;
    return stride && !stride->constantValue();
}

bool isGlobal(const Access& access) { return llvm::isa_and_nonnull<ParmVarDecl>(access.base); }

std::optional<Transposition> transpositionOf(const KernelScope& kernel, const GuardedKernel& guarded)
{
    if (guarded.body.size() != 1)
        return std::nullopt;
    Transposition found;
    found.statement = guarded.body.front();
    const auto* assignment = llvm::dyn_cast<BinaryOperator>(found.statement);
    if (assignment == nullptr || assignment->getOpcode() != BO_Assign)
        return std::nullopt;
    const auto accesses = kernel.accesses(found.statement);
    std::vector<Access> turned;
    for (const auto& access : accesses) {
        if (!isGlobal(access) || access.call != nullptr)
            return std::nullopt;
        if (access.writes && found.store.expression != nullptr)
            return std::nullopt;
        if (access.writes)
            found.store = access;
    }
    if (found.store.expression == nullptr || found.store.reads)
        return std::nullopt;
    found.loadIsContiguous = isStrided(found.store, 0) && isContiguous(found.store, 1);
    if (!found.loadIsContiguous && !(isContiguous(found.store, 0) && isStrided(found.store, 1)))
        return std::nullopt;
    const int loadAxis = found.loadIsContiguous ? 0 : 1;
    for (const auto& access : accesses)
        if (!access.writes && isContiguous(access, loadAxis) && isStrided(access, 1 - loadAxis))
            turned.push_back(access);
    if (turned.size() != 1 || turned.front().base == found.store.base
        || !isUnconditional(kernel, found.statement, turned.front().expression))
        return std::nullopt;
    found.load = turned.front();
    return found;
}

class TileTranspose : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "tile-transpose", "Turn a tile in shared memory",
            "one thread an element of two dimensions or more, its loads along one of them and its stores along another",
            "loads and stores both touch whole 128-byte lines"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            auto made = planeOf(context, kernel);
            if (!made)
                made = permuted(context, kernel);
            if (made)
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    struct Names {
        std::string tile;
        std::string rows;
        std::string pad;
        std::string array;
        std::string step;
    };

    /// Two directions, one of the threads each.
    [[nodiscard]] std::optional<MoveProposal> planeOf(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto guarded = guardedKernel(kernel);
        if (!guarded || guarded->indices.size() != 2 || guarded->indexOf(0) == nullptr || guarded->indexOf(1) == nullptr
            || !guarded->preamble.empty() || usesBuiltinsElsewhere(kernel, *guarded) || kernel.launches().empty()
            || kernel.hasAliases())
            return std::nullopt;
        const auto turned = transpositionOf(kernel, *guarded);
        return turned ? tiled(context, kernel, *guarded, *turned) : std::nullopt;
    }

    /// More directions, or found by / and %.
    [[nodiscard]] std::optional<MoveProposal> permuted(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto permutation = Permutation::make(context, kernel);
        const auto body = context.source().range(kernel.kernel().getBody());
        SourceEdit edit(context.source().text());
        if (!permutation || !body || !permutation->editInto(edit))
            return std::nullopt;
        return proposal(
            context, edit, body->begin, fmt::format("turn tiles of {} in shared memory", kernel.name()),
            fmt::format(
                "what {} reads side by side it writes far apart, or the reverse, 32 sectors a request of a warp, "
                "and divides for each element: through tiles both sides move whole lines, 4 sectors a request, "
                "and a block divides once, ~2.5×",
                kernel.name()),
            2.5);
    }

    [[nodiscard]] std::optional<MoveProposal> tiled(const MoveContext& context, const KernelScope& kernel,
                                                    const GuardedKernel& guarded, const Transposition& turned) const
    {
        const auto& directives = context.directives();
        const Names names{directives.freshName("TILE"), directives.freshName("TILE_ROWS"), directives.freshName("PAD"),
                          directives.freshName("tile"), directives.freshName("step")};
        SourceEdit edit(context.source().text());
        if (!editLaunches(context, edit, kernel, guarded, names))
            return std::nullopt;
        const auto text = body(context, kernel, guarded, turned, names);
        const auto body = context.source().range(kernel.kernel().getBody());
        if (!text || !body)
            return std::nullopt;
        edit.replace({body->begin + 1, body->end - 1}, *text);
        directives.addTune(edit, names.tile, {32, 16, 64});
        directives.addTune(edit, names.rows, {8, 4, 16, 32});
        directives.addTune(edit, names.pad, {1, 0, 2});
        directives.addRequire(edit, fmt::format("{} * {} <= 1024", names.tile, names.rows));
        directives.addRequire(edit, fmt::format("{} % {} == 0", names.tile, names.rows));
        const char* side = turned.loadIsContiguous ? "stores" : "loads";
        return proposal(
            context, edit, body->begin, fmt::format("turn tiles of {} in shared memory", kernel.name()),
            fmt::format("the {0} of a warp go to 32 rows, 32 sectors a request: through a 32 × 32 tile both sides "
                        "move 128-byte lines, 4 sectors a request, ~2.5×",
                        side),
            2.5);
    }

    /// The user's own statement in two phases: what is read in lines goes into the tile, what is written in lines comes
    /// out of it, each phase with the thread indices that suit it.
    static std::optional<std::string> body(const MoveContext& context, const KernelScope& kernel,
                                           const GuardedKernel& guarded, const Transposition& turned,
                                           const Names& names)
    {
        const auto& source = context.source();
        const auto store = source.statementRange(turned.statement);
        const auto load = source.range(turned.load.expression);
        const auto condition = source.range(guarded.guard->getCond());
        if (!store || !load || !condition || !store->contains(*load))
            return std::nullopt;
        const auto guard =
            guarded.returnsEarly ? fmt::format("!({})", source.text(*condition)) : source.text(*condition);
        const auto element = innermostElement(turned.load.base->getType())
                                 .getUnqualifiedType()
                                 .getAsString(source.context().getPrintingPolicy());
        const std::string straight = fmt::format("{}[threadIdx.y + {}][threadIdx.x]", names.array, names.step);
        const std::string across = fmt::format("{}[threadIdx.x][threadIdx.y + {}]", names.array, names.step);
        const auto loop =
            fmt::format("    for (int {0} = 0; {0} < {1}; {0} += {2}) {{\n", names.step, names.tile, names.rows);
        const auto stored = rewritten(source.text(), *store, {{*load, across}});
        std::string text =
            fmt::format("\n    __shared__ {0} {1}[{2}][{2} + {3}];\n", element, names.array, names.tile, names.pad);
        text += loop + indices(kernel, guarded, names, turned.loadIsContiguous);
        text += fmt::format("        if ({})\n            {} = {};\n    }}\n    __syncthreads();\n", guard, straight,
                            source.text(*load));
        text += loop + indices(kernel, guarded, names, !turned.loadIsContiguous);
        text += fmt::format("        if ({})\n            {}\n    }}\n", guard, stored);
        return text;
    }

    /// \p straight: threadIdx.x runs along the index of dimension 0, as in the original.
    static std::string indices(const KernelScope& kernel, const GuardedKernel& guarded, const Names& names,
                               bool straight)
    {
        std::string text;
        for (const auto& index : guarded.indices) {
            const bool alongX = (index.dimension == 0) == straight;
            text += fmt::format(
                "        const {} {} = blockIdx.{} * {} + {};\n",
                index.var->getType().getUnqualifiedType().getAsString(kernel.source().context().getPrintingPolicy()),
                index.var->getName().str(), "xy"[index.dimension], names.tile,
                alongX ? "threadIdx.x" : fmt::format("threadIdx.y + {}", names.step));
        }
        return text;
    }

    static bool editLaunches(const MoveContext& context, SourceEdit& edit, const KernelScope& kernel,
                             const GuardedKernel& guarded, const Names& names)
    {
        for (const auto* launch : kernel.launches()) {
            const auto across = kernel.argumentOf(*launch, guarded.bounds.at(guarded.indexOf(0)->var));
            const auto down = kernel.argumentOf(*launch, guarded.bounds.at(guarded.indexOf(1)->var));
            if (across.empty() || down.empty() || launch->gridParts.size() != 2)
                return false;
            edit.replace(launch->grid,
                         fmt::format("dim3(ceil_div({1}, {0}), ceil_div({2}, {0}))", names.tile, across, down));
            edit.replace(launch->block, fmt::format("dim3({}, {})", names.tile, names.rows));
        }
        return context.source().range(kernel.kernel().getBody()).has_value();
    }
};

}  // namespace

std::unique_ptr<Move> makeTileTranspose() { return std::make_unique<TileTranspose>(); }

}  // namespace warploom
