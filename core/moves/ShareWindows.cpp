// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/StridedWindowCode.h"

namespace warploom {

namespace {

class ShareWindows : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "share-windows", "Give each thread several windows of a row",
            "one thread an element that goes through a window of its input, as pooling does, whose neighbours' windows "
            "lie two elements apart or more and overlap or touch",
            "rows of the input come in 16-byte loads, once for all windows that reach into them; places are worked "
            "out once; stores are wide"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext())
                continue;
            if (const auto found = stridedWindows(kernel))
                if (auto made = shared(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> shared(const MoveContext& context, const KernelScope& kernel,
                                                     const StridedWindows& found) const
    {
        SourceEdit edit(context.source().text());
        const auto outputs = context.directives().freshName("OUTPUTS");
        context.directives().addTune(edit, outputs, {4, 8, 2});
        if (!writeStridedWindows(context, kernel, found, outputs, edit))
            return std::nullopt;
        const auto line = context.source().offset(kernel.kernel().getLocation()).value_or(0);
        return proposal(context, edit, line, fmt::format("{} windows of a row a thread in {}", outputs, kernel.name()),
                        fmt::format("each thread of {} loads {} single elements a row for one window and works out "
                                    "all of its places: 4 windows together need {} neighbours, most of them in 16-byte "
                                    "loads, and a quarter of the rest, ~2.5×",
                                    kernel.name(), found.taps, 3 * found.stride + found.taps),
                        2.5);
    }
};

}  // namespace

std::unique_ptr<Move> makeShareWindows() { return std::make_unique<ShareWindows>(); }

}  // namespace warploom
