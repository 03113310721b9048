// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "moves/MoveCatalogue.h"
#include "moves/RowSharing.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Threads that fill a large card.
constexpr double kManyThreads = 270'000;
/// What sharing brings where threads fill the card already: several loads of each column are in flight at once.
constexpr double kLeastGain = 1.15;
constexpr double kMostGain = 6;

/// One thread a column gives a card as many threads as there are columns, each with one load in flight.
class ShareColumns : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"share-columns", "Let the warps of a block share columns",
                "one thread a column: loops that go down it in steps of a row, and fold it or write it",
                "neighbouring threads keep neighbouring columns, and each column has several threads of a block"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto guarded = guardedKernel(kernel);
            if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0 || !hasLineBlocks(kernel)
                || usesOwnBuiltinsElsewhere(kernel, *guarded) || kernel.kernel().isDependentContext())
                continue;
            const auto work = rowWork(kernel, *guarded, RowDirection::Across);
            if (!work)
                continue;
            if (auto made = shared(context, kernel, *guarded, *work))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> shared(const MoveContext& context, const KernelScope& kernel,
                                                     const GuardedKernel& guarded, const RowWork& work) const
    {
        const auto columns = context.directives().freshName("COLUMNS");
        SourceEdit edit(context.source().text());
        RowSharing sharing(context, kernel, guarded, work, columnGroup(columns), columns);
        if (!sharing.apply(edit) || !leaveEarly(context.source(), guarded, edit))
            return std::nullopt;
        edit.insert(*offsetBeforeKernel(kernel), sharing.functions());
        const bool isNarrow = narrowest(kernel, work) < 4;
        context.directives().addTune(
            edit, columns, isNarrow ? std::vector<std::int64_t>{64, 32, 128} : std::vector<std::int64_t>{32, 64, 128});
        context.directives().addRequire(edit, fmt::format("{} % {} == 0", sharing.block(), columns));
        const double gain = gainOf(context, kernel, guarded);
        return proposal(
            context, edit, guarded.indices[0].initialiser.begin,
            fmt::format("warps share columns in {}", kernel.name()),
            fmt::format("a thread of {} goes down its whole column alone, 1 load after the other: when the warps of a "
                        "block share some neighbouring columns, each has several threads with a load in flight, and "
                        "neighbouring threads still read neighbours, ~{:.1f}×",
                        kernel.name(), gain),
            gain);
    }

    /// Threads beyond the last column leave before the others meet, where a condition only kept them out.
    static bool leaveEarly(const ParsedSource& source, const GuardedKernel& guarded, SourceEdit& edit)
    {
        if (guarded.returnsEarly)
            return true;
        const auto whole = source.statementRange(guarded.guard);
        const auto condition = source.range(guarded.guard->getCond());
        const auto then = source.range(guarded.guard->getThen());
        if (!whole || !condition || !then)
            return false;
        const auto indentation = indentationAt(source.text(), whole->begin);
        edit.replace({whole->begin, then->begin},
                     fmt::format("if (!({}))\n{}    return;\n{}", source.text(*condition), indentation, indentation));
        return true;
    }

    /// Bytes of the smallest elements that the loops walk over: of a row, a block has to read whole lines.
    static std::int64_t narrowest(const KernelScope& kernel, const RowWork& work)
    {
        std::int64_t least = 8;
        for (const auto& loop : work.loops)
            for (const auto& access : kernel.accesses(loop.counted.statement))
                if (llvm::isa_and_nonnull<ParmVarDecl>(access.base))
                    least = std::min<std::int64_t>(
                        least,
                        kernel.source().context().getTypeSizeInChars(access.expression->getType()).getQuantity());
        return least;
    }

    static double gainOf(const MoveContext& context, const KernelScope& kernel, const GuardedKernel& guarded)
    {
        std::optional<std::int64_t> most;
        const auto bound = kernel.form(guarded.bounds.begin()->second);
        for (const auto& values : timedArguments(context, kernel))
            if (const auto columns = bound ? valueWith(*bound, values) : std::nullopt)
                most = std::max(most.value_or(0), *columns);
        // Grids of several lines have more columns than the bound says.
        const bool isLine =
            std::ranges::all_of(kernel.launches(), [](const auto* one) { return one->gridParts.size() == 1; });
        if (!most || *most <= 0 || !isLine)
            return 1.5;
        return std::clamp(std::sqrt(kManyThreads / static_cast<double>(*most)), kLeastGain, kMostGain);
    }
};

}  // namespace

std::unique_ptr<Move> makeShareColumns() { return std::make_unique<ShareColumns>(); }

}  // namespace warploom
