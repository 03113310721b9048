// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Contraction.h"
#include "moves/MoveCatalogue.h"
#include "moves/RowCopy.h"
#include "moves/RowNest.h"
#include "moves/StridedWindowCode.h"
#include "moves/TimedArguments.h"
#include "moves/WholeArrays.h"
#include "moves/WideLoop.h"

namespace warploom {

using namespace clang;

namespace {

class Vectorize : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"vectorize", "Load and store 16 bytes at a time",
                "threads that touch consecutive elements of 1 to 8 bytes, or several each: a map, or loops that "
                "threads share",
                "a quarter of the memory instructions, more bytes in flight"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext())
                continue;
            // Else a vector's elements go through a loop one after the other.
            if (auto columns = columnsOfVectors(context, kernel))
                proposals.push_back(std::move(*columns));
            else if (auto made = mapOfVectors(context, kernel))
                proposals.push_back(std::move(*made));
            else if (auto copy = copyOfVectors(context, kernel))
                proposals.push_back(std::move(*copy));
            else if (auto rows = rowsOfVectors(context, kernel))
                proposals.push_back(std::move(*rows));
            if (auto made = loopsOfVectors(context, kernel))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Rows that go elsewhere as they are.
    [[nodiscard]] std::optional<MoveProposal> copyOfVectors(const MoveContext& context, const KernelScope& kernel) const
    {
        SourceEdit edit(context.source().text());
        const auto copy = widenRowCopy(context, kernel, edit);
        const auto body = context.source().range(kernel.kernel().getBody());
        if (!copy || !body)
            return std::nullopt;
        return proposal(
            context, edit, body->begin, fmt::format("16-byte accesses in {}", kernel.name()),
            fmt::format("{} moves {} bytes a thread and divides for each: of its rows, which stay whole, 16 "
                        "bytes a thread need 1/{} of the instructions for the same sectors, ~2×",
                        kernel.name(), copy->bytes, copy->width),
            2.0);
    }

    /// Elements that are told apart by what is left of their numbers, with several places each.
    [[nodiscard]] std::optional<MoveProposal> rowsOfVectors(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto found = rowsOfMap(kernel);
        if (!found)
            return std::nullopt;
        const auto width = widthOf(*found, true);
        return severalColumns(
            context, kernel, *found, width, fmt::format("16-byte accesses along the rows of {}", kernel.name()),
            fmt::format("{} loads and stores a single element a lane in {} places, and divides for each: {} neighbours "
                        "of a row a thread need 1/{} of the instructions for the same sectors, ~2×",
                        kernel.name(), found->lines.size() + found->stores.size(), width, width));
    }

    /// Columns that each thread goes down, row by row.
    [[nodiscard]] std::optional<MoveProposal> columnsOfVectors(const MoveContext& context,
                                                               const KernelScope& kernel) const
    {
        const auto found = columnsOfRows(kernel);
        if (!found || jointContraction(kernel) || foldedPairs(kernel))
            return std::nullopt;
        const auto width = widthOf(*found, false);
        return severalColumns(
            context, kernel, *found, width, fmt::format("16-byte loads across the columns of {}", kernel.name()),
            fmt::format("each turn of {} loads a single element a lane: {} neighbouring columns a thread need 1/{} of "
                        "the turns and loads for the same sectors, ~2×",
                        kernel.name(), width, width));
    }

    /// Elements of a vector of the smallest that are loaded, or \p withStores stored.
    static int widthOf(const StridedWindows& found, bool withStores)
    {
        int bytes = VectorPlan::kVectorBytes;
        for (const auto& line : found.lines)
            bytes = std::min(bytes, line.bytes);
        for (const auto& store : found.stores)
            bytes = withStores ? std::min(bytes, store.bytes) : bytes;
        return VectorPlan::kVectorBytes / bytes;
    }

    [[nodiscard]] std::optional<MoveProposal> severalColumns(const MoveContext& context, const KernelScope& kernel,
                                                             const StridedWindows& found, int width, std::string title,
                                                             std::string hypothesis) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        SourceEdit edit(context.source().text());
        const auto outputs = context.directives().freshName("OUTPUTS");
        if (!body || width < 2 || !writeStridedWindows(context, kernel, found, outputs, edit))
            return std::nullopt;
        context.directives().addTune(edit, outputs, powersAround(std::min(width, 8), 2, 8));
        return proposal(context, edit, body->begin, std::move(title), std::move(hypothesis), 2.0);
    }

    [[nodiscard]] std::optional<MoveProposal> mapOfVectors(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto guarded = guardedKernel(kernel);
        const auto* along = guarded ? guarded->indexOf(0) : nullptr;
        // A loop of every element of a vector would go through its own memory after the other's.
        if (along == nullptr || usesOwnBuiltinsElsewhere(kernel, *guarded) || !passesAll(kernel)
            || (guarded->indices.size() > 1 && std::ranges::any_of(guarded->body, holdsLoop)))
            return std::nullopt;
        const auto& index = *along;
        if (!std::ranges::all_of(guarded->preamble,
                                 [&](const Stmt* one) { return isOfAllElements(kernel, one, index.var); }))
            return std::nullopt;
        const Expr* bound = guarded->bounds.at(index.var);
        auto plan = VectorPlan::make(kernel, index.var, bound, guarded->body, guarded->bodyRange, VectorsOf::Periods,
                                     RowStart::Aligned, wholeArrays(context, kernel, bound));
        const auto limit = context.source().text(bound);
        if (!plan || limit.empty())
            return std::nullopt;
        // Of rows that follow each other without a gap, those of whole vectors begin on a boundary.
        if (plan->needsMultipleBound())
            plan->addPeriod(limit);
        plan->shareQuotients([&, timed = timedArguments(context, kernel)](const Expr* divisor) {
            return isMultipleOf(kernel, divisor, plan->width(), timed);
        });
        SourceEdit edit(context.source().text());
        edit.replace(index.initialiser,
                     fmt::format("({}) * {}", context.source().text(index.initialiser), plan->width()));
        const auto indentation = indentationAt(context.source().text(), guarded->bodyRange.begin);
        const auto body =
            vectorOrTail(context, *plan, index.var->getName().str(), typeOf(kernel, index.var), limit, indentation);
        const auto inner = body.substr(indentation.size(), body.size() - indentation.size() - 1);
        const bool bare = !guarded->returnsEarly && !llvm::isa<CompoundStmt>(guarded->guard->getThen());
        const auto close = context.source().offset(guarded->guard->getRParenLoc());
        if (bare && close)
            edit.replace(
                {*close + 1, guarded->bodyRange.end},
                fmt::format(" {{\n{}{}\n{}}}", indentation, inner, indentationAt(context.source().text(), *close)));
        else
            edit.replace(guarded->bodyRange, inner);
        for (const auto* launch : kernel.launches())
            edit.replace(launch->gridParts[0],
                         fewerBlocks(context.source().text(launch->gridParts[0]),
                                     context.source().text(launch->blockParts[0]), plan->width()));
        return finished(context, kernel, edit, *plan, index.initialiser.begin);
    }

    static bool holdsLoop(const Stmt* statement)
    {
        bool found = false;
        walk(statement, [&](const Stmt* node) {
            found = found || llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
            return !found;
        });
        return found;
    }

    /// Whether every launch, of which there is one, passes each parameter.
    static bool passesAll(const KernelScope& kernel)
    {
        const auto launches = kernel.launches();
        return !launches.empty() && std::ranges::all_of(launches, [&](const auto* launch) {
            return launch->arguments.size() == kernel.kernel().getNumParams();
        });
    }

    /// Whether \p statement declares what is the same for all elements that \p index numbers.
    static bool isOfAllElements(const KernelScope& kernel, const Stmt* statement, const VarDecl* index)
    {
        return llvm::isa<DeclStmt>(statement) && kernel.references(index, statement).empty();
    }

    /// Whether \p size is a multiple of \p width wherever it is timed.
    static bool isMultipleOf(const KernelScope& kernel, const Expr* size, int width,
                             const std::vector<ParameterValues>& timed)
    {
        const auto form = kernel.form(size);
        return form && !timed.empty() && std::ranges::all_of(timed, [&](const auto& values) {
                   const auto value = valueWith(*form, values);
                   return value && *value % width == 0;
               });
    }

    [[nodiscard]] std::optional<MoveProposal> loopsOfVectors(const MoveContext& context,
                                                             const KernelScope& kernel) const
    {
        std::vector<WideLoop> loops;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            auto loop = wideLoop(context, kernel, node);
            if (loop)
                loops.push_back(std::move(*loop));
            return !loop;
        });
        if (!keepsOwners(kernel, loops))
            std::erase_if(loops, [](const WideLoop& loop) { return !loop.aligned; });
        if (loops.empty() || !keepsOwners(kernel, loops))
            return std::nullopt;
        SourceEdit edit(context.source().text());
        WideLoopWriter writer(context, kernel);
        for (const auto& loop : loops)
            edit.replace(loop.first().whole, writer.text(loop));
        return finished(context, kernel, edit, loops.front().first().plan, loops.front().first().whole.begin);
    }

    /// Elements change hands between threads: whatever is written and one of these loops touches only they may touch,
    /// all alike.
    static bool keepsOwners(const KernelScope& kernel, const std::vector<WideLoop>& loops)
    {
        const auto accesses = kernel.accesses(kernel.kernel().getBody());
        std::set<const VarDecl*> written;
        for (const auto& loop : loops)
            for (const auto& lane : loop.first().plan.lanes())
                if (std::ranges::any_of(accesses, [&](const auto& access) {
                        return access.writes && (access.base == lane.base || access.base == nullptr);
                    }))
                    written.insert(lane.base);
        std::map<const VarDecl*, const WideLoop*> first;
        for (const auto& access : accesses) {
            if (written.count(access.base) == 0)
                continue;
            const auto range = kernel.source().range(access.expression);
            const auto within = std::find_if(loops.begin(), loops.end(), [&](const auto& loop) {
                return range && loop.first().whole.contains(*range);
            });
            if (within == loops.end() || !isOfOne(kernel, within->first(), access))
                return false;
            const auto* other = first.emplace(access.base, &*within).first->second;
            if (other != &*within && !haveSameOwners(kernel, *within, *other))
                return false;
        }
        return true;
    }

    static bool haveSameOwners(const KernelScope& kernel, const WideLoop& one, const WideLoop& other)
    {
        if (one.first().bound != other.first().bound || one.first().plan.width() != other.first().plan.width()
            || one.first().plan.needsMultipleBound() != other.first().plan.needsMultipleBound()
            || one.aligned.has_value() != other.aligned.has_value()
            || one.anywhere.has_value() != other.anywhere.has_value())
            return false;
        return !one.anywhere
            || (one.anywhere->plan.start() == other.anywhere->plan.start() && startsSettled(kernel, *one.anywhere)
                && RowEdges(kernel, *one.anywhere).isOrdered() == RowEdges(kernel, *other.anywhere).isOrdered());
    }

    /// Whether loops around \p loop never come back to an element with another of its iterations.
    static bool isOfOne(const KernelScope& kernel, const StridedLoop& loop, const Access& access)
    {
        const Stmt* around = nullptr;
        for (const Stmt* node = kernel.parent(loop.counted.statement); node != nullptr; node = kernel.parent(node))
            around = llvm::isa<ForStmt, WhileStmt, DoStmt>(node) ? node : around;
        return around == nullptr
            || (access.index
                && isOfOneIteration(kernel, *access.index, loop.counted.var, kernel.form(loop.counted.bound), around));
    }

    /// ceil_div(n, B) for fewer elements a block: ceil_div(n, B * 4).
    static std::string fewerBlocks(const std::string& grid, const std::string& block, int width)
    {
        const auto ending = fmt::format(", {})", block);
        if (grid.rfind("ceil_div(", 0) == 0 && grid.size() > ending.size()
            && grid.compare(grid.size() - ending.size(), ending.size(), ending) == 0)
            return fmt::format("{}, {} * {})", grid.substr(0, grid.size() - ending.size()), block, width);
        return fmt::format("ceil_div({}, {})", grid, width);
    }

    [[nodiscard]] std::optional<MoveProposal> finished(const MoveContext& context, const KernelScope& kernel,
                                                       const SourceEdit& edit, const VectorPlan& plan,
                                                       std::size_t at) const
    {
        return proposal(
            context, edit, at, fmt::format("16-byte accesses in {}", kernel.name()),
            fmt::format("the accesses of {} are {} bytes a lane: 16-byte ones need 1/{} of the memory instructions for "
                        "the same sectors, ~1.3×",
                        kernel.name(), plan.elementBytes(), plan.width()),
            1.3);
    }
};

}  // namespace

std::unique_ptr<Move> makeVectorize() { return std::make_unique<Vectorize>(); }

}  // namespace warploom
