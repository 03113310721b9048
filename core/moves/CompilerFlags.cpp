// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockSize.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

namespace {

/// Options that change code and not what it computes. Others that the compiler takes (-O2,
/// --allow-expensive-optimizations, --extra-device-vectorization, --dopt) made the same code of some fifty kernels.
constexpr std::array<const char*, 7> kChoices = {
    "-Xptxas=-dlcm=cg",  // loads pass L1 by: what is read once takes no room and no time there
    "-Xptxas=--register-usage-level=10",  // more registers, so that more loads are in flight
    "-Xptxas=--register-usage-level=0",  // fewer, so that more warps fit
    "-Xptxas=-dscm=cs",  // what is stored leaves L2 first
    "-Xptxas=-dlcm=cs",  // what is loaded leaves the caches first
    "-Xptxas=-dlcm=ca",
    "-Xptxas=-O1",
};

class CompilerFlags : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"compiler-flags", "Try other options of the compiler",
                "a source that is launched and leaves these options to the compiler",
                "another schedule, other caches, another number of registers may suit the card better"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        if (context.directives().launches().empty())
            return proposals;
        if (auto made = chosen(context))
            proposals.push_back(std::move(*made));
        if (auto made = capped(context))
            proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    /// Whether a flags line has a word of this.
    static bool hasFlag(const MoveContext& context, std::string_view part)
    {
        return std::ranges::any_of(context.directives().flags(), [&](TextRange flags) {
            return context.directives().text(flags).find(part) != std::string::npos;
        });
    }

    [[nodiscard]] std::optional<MoveProposal> chosen(const MoveContext& context) const
    {
        if (hasFlag(context, "Xptxas") || hasFlag(context, "ptxas-options"))
            return std::nullopt;
        const auto& directives = context.directives();
        const auto tune = directives.freshName("OPTIONS");
        SourceEdit edit(context.source().text());
        std::vector<std::int64_t> values = {1, 0};
        for (std::size_t choice = 2; choice <= kChoices.size(); ++choice)
            values.push_back(static_cast<std::int64_t>(choice));
        directives.addTune(edit, tune, values);
        for (std::size_t choice = 0; choice < kChoices.size(); ++choice)
            directives.addFlags(edit, fmt::format("{} when {} == {}", kChoices[choice], tune, choice + 1));
        return proposal(context, edit, directives.launches().front().line.begin,
                        fmt::format("choose among {} options of the compiler by {}", kChoices.size(), tune),
                        fmt::format("the compiler chooses caches and registers without the card and the data: {} other "
                                    "ways to make the same results, first loads that pass L1 by, ~1.02×",
                                    kChoices.size()),
                        1.02);
    }

    /// All kernels at once, where none says its own limit.
    [[nodiscard]] std::optional<MoveProposal> capped(const MoveContext& context) const
    {
        bool isWorthwhile = false;
        for (const auto& kernel : context.kernels()) {
            if (hasRegisterLimit(context, kernel))
                return std::nullopt;
            isWorthwhile = isWorthwhile || (!kernel.launches().empty() && mayNeedRegisters(kernel));
        }
        if (!isWorthwhile)
            return std::nullopt;
        const auto& directives = context.directives();
        const auto tune = directives.freshName("REGISTERS");
        SourceEdit edit(context.source().text());
        directives.addTune(edit, tune, {64, 0, 32, 40, 48, 80, 96, 128, 168});
        directives.addFlags(edit, fmt::format("--maxrregcount={} when {} > 0", tune, tune));
        return proposal(context, edit, directives.launches().front().line.begin,
                        fmt::format("at most {} registers a thread", tune),
                        "a thread may use 255 registers, with which 256 of 2048 threads fit on a multiprocessor: with "
                        "64 at most there is room for 1024, ~1.03×",
                        1.03);
    }
};

}  // namespace

std::unique_ptr<Move> makeCompilerFlags() { return std::make_unique<CompilerFlags>(); }

}  // namespace warploom
