// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

#include <spdlog/spdlog.h>

#include "moves/IdleDefinitions.h"
#include "moves/KnownKernel.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

namespace {

/// Kernels that need more are no hand's work.
constexpr int kMostSimplifications = 64;

const std::vector<std::unique_ptr<Simplification>>& simplifications()
{
    static const auto all = [] {
        std::vector<std::unique_ptr<Simplification>> made;
        made.push_back(makePlainInstance());
        made.push_back(makePlainMacro());
        made.push_back(makePlainCalls());
        made.push_back(makePlainFields());
        made.push_back(makePlainArrow());
        made.push_back(makePlainDeclarations());
        made.push_back(makePlainSteps());
        made.push_back(makePlainStaged());
        made.push_back(makePlainNest());
        made.push_back(makePlainScope());
        made.push_back(makePlainGuard());
        made.push_back(makePlainLast());
        made.push_back(makePlainZero());
        made.push_back(makePlainNames());
        made.push_back(makePlainMultiplyAdd());
        made.push_back(makePlainExit());
        made.push_back(makePlainWhile());
        made.push_back(makePlainShift());
        made.push_back(makePlainPointers());
        made.push_back(makePlainPointer());
        made.push_back(makePlainContinue());
        made.push_back(makePlainChain());
        made.push_back(makePlainSum());
        made.push_back(makePlainHints());
        made.push_back(makePlainAdvance());
        made.push_back(makePlainRange());
        made.push_back(makePlainClamp());
        made.push_back(makePlainCounter());
        made.push_back(makePlainElement());
        made.push_back(makePlainFactors());
        made.push_back(makePlainCovered());
        made.push_back(makePlainLayer());
        made.push_back(makePlainBase());
        made.push_back(makePlainChoice());
        made.push_back(makePlainBatch());
        made.push_back(makePlainCoarsened());
        made.push_back(makePlainAlias());
        made.push_back(makePlainJointRow());
        made.push_back(makePlainThreads());
        made.push_back(makePlainStride());
        made.push_back(makePlainBlocks());
        made.push_back(makePlainRows());
        made.push_back(makePlainSerial());
        made.push_back(makePlainGrid());
        made.push_back(makePlainDigits());
        made.push_back(makePlainAxes());
        made.push_back(makePlainIndices());
        made.push_back(makePlainStart());
        made.push_back(makePlainBackward());
        made.push_back(makePlainStored());
        made.push_back(makePlainLimit());
        made.push_back(makePlainSooner());
        made.push_back(makePlainRecurrence());
        made.push_back(makePlainFirst());
        made.push_back(makePlainTree());
        made.push_back(makePlainAtomicSum());
        made.push_back(makePlainEpilogue());
        made.push_back(makePlainSynonym());
        // Last: whoever knows a loop or an array by what it does has looked by then.
        made.push_back(makePlainTurns());
        made.push_back(makePlainArray());
        return made;
    }();
    return all;
}

using Refused = std::set<const Simplification*>;

/// The first that applies, with what it makes of which kernel.
struct Simplified {
    const Simplification* made = nullptr;
    std::string text;
    std::string kernel;
};

Simplified simplified(const ParsedSource& source, const Refused& refused, const std::set<std::string>& leftAlone)
{
    for (const auto* function : source.kernels()) {
        const KernelScope kernel(source, *function);
        if (leftAlone.count(kernel.name()) > 0)
            continue;
        const bool isKnown = isKnownThroughout(kernel);
        for (const auto& one : simplifications())
            if (auto text = refused.count(one.get()) == 0 && (isKnown || one->looksWithin()) ? one->apply(kernel)
                                                                                             : std::nullopt;
                text && *text != source.text())
                return {one.get(), std::move(*text), kernel.name()};
    }
    return {};
}

class RewritePlainly : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"plain-form", "Sums in registers, items to threads",
                "a sum that is kept in memory, blocks of one thread, or a loop over the whole grid",
                "no store an iteration, full warps, and a form that other moves work on"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        const auto plain = plainForm(context.source(), context.request().fileName);
        if (!plain || !plain->changesWork || !plain->unshared.empty())
            return {};
        return {MoveProposal{description().name, fmt::format("write it plainly: {}", fmt::join(plain->done, ", ")),
                             plain->source,
                             "what a thread keeps in registers costs no memory access, and a warp of 32 items is "
                             "fetched and issued once instead of 32 times, ~1.5×",
                             1.5, 1}};
    }
};

}  // namespace

std::optional<PlainForm> plainForm(const ParsedSource& source, const std::string& fileName,
                                   const std::set<std::string>& leftAlone)
{
    PlainForm plain;
    std::unique_ptr<ParsedSource> owned;
    const ParsedSource* current = &source;
    Refused refused;
    for (int i = 0; i < kMostSimplifications; ++i) {
        auto [made, text, kernel] = simplified(*current, refused, leftAlone);
        if (made == nullptr)
            break;
        auto parsed = ParsedSource::parse(text, fileName);
        if (!parsed) {
            spdlog::warn("{} made a source that does not parse: {}", made->what(), parsed.error().toString());
            refused.insert(made);
            continue;
        }
        if (std::ranges::find(plain.done, made->what()) == plain.done.end())
            plain.done.push_back(made->what());
        plain.changesWork = plain.changesWork || made->changesWork();
        if (made->undoesSharing())
            plain.unshared.insert(kernel);
        plain.source = std::move(text);
        owned = std::move(*parsed);
        current = owned.get();
    }
    if (plain.done.empty())
        return std::nullopt;
    // One may be named by another that goes first.
    for (int i = 0; i < kMostSimplifications; ++i) {
        auto text = withoutIdleDefinitions(source, *current);
        auto parsed = text == plain.source ? nullptr : ParsedSource::parse(text, fileName).value_or(nullptr);
        if (parsed == nullptr)
            break;
        plain.source = std::move(text);
        owned = std::move(parsed);
        current = owned.get();
    }
    return plain;
}

std::unique_ptr<Move> makePlainForm() { return std::make_unique<RewritePlainly>(); }

}  // namespace warploom
