// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FactorCode.h"
#include "moves/MoveCatalogue.h"
#include "moves/TimedArguments.h"
#include "moves/WrittenSource.h"

namespace warploom {

using namespace clang;

namespace {

/// From which tolerance on factors may be rounded to half precision, or to bfloat16, which keeps three bits less.
constexpr double kHalfTolerance = 1e-3;
constexpr double kBfloatTolerance = 8e-3;
/// How often a factor is used at least for it to be worth its way through memory.
constexpr std::int64_t kFewestUses = 16;
/// Of one factor, at the sizes that are timed.
constexpr std::int64_t kMostBytes = std::int64_t{8} << 30;
/// What is left of a move's own gain where factors have to be written first.
constexpr double kGainKept = 0.6;
/// The same where results are more precise than rounded factors, so that it may well be refused.
constexpr double kDoubtfulGain = 0.04;
/// The same where factors come in two parts, each with products of its own.
constexpr double kGainOfParts = 0.3;
/// What is left of the gain of strips, as a move of its own: whole tiles are more of the gain there.
constexpr double kGainOfStrips = 0.5;
/// What a factor in two parts may be off by, of itself: half of its last bit.
constexpr double kHalfPartsError = 0x1p-22;
constexpr double kBfloatPartsError = 0x1p-16;
/// Of an integer type that every half can hold.
constexpr std::uint64_t kHalfInteger = 15;

/// A contraction whose factors are worked out from what is loaded: unpacked, scaled, functions of it. Written to memory
/// first, by a launch of their own, they are plain arrays, which other moves know how to multiply.
class WriteFactors : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "write-factors", "Work a contraction's factors out first",
            "one thread an element of a matrix product of which a factor is worked out from what is loaded (unpacked "
            "from words, scaled by groups, any function of values), in one loop or in loops within each other",
            "each value is worked out once, and what is multiplied lies as the tensor cores want it"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        Proposals made;
        for (const auto& kernel : context.kernels()) {
            const auto nest = factorNest(kernel, context.request().sizes);
            if (!nest || !hasWork(kernel, *nest) || !isWorthIt(context, kernel, *nest))
                continue;
            const auto* type = narrowType(context, kernel, *nest);
            const auto* parts = partsType(context, kernel, *nest);
            const bool isNarrowFirst = type != nullptr && hasNarrowResults(context, kernel);
            const Makers narrow = {makeWgmmaContraction, makeTensorContraction};
            if (isNarrowFirst)
                addMade(context, kernel, *nest, *type, narrow, kGainKept, made);
            if (parts != nullptr)
                addMade(context, kernel, *nest, *parts, narrow, kGainOfParts, made);
            addMade(context, kernel, *nest, floatType(), {makeTensorSplit, makePipelineContraction}, kGainKept, made);
            if (type != nullptr && !isNarrowFirst)
                addMade(context, kernel, *nest, *type, narrow, kDoubtfulGain, made);
        }
        made.whole.insert(made.whole.end(), made.strips.begin(), made.strips.end());
        return made.whole;
    }

private:
    struct Proposals {
        std::vector<MoveProposal> whole;
        std::vector<MoveProposal> strips;
    };
    using Makers = std::vector<std::unique_ptr<Move> (*)()>;

    static std::vector<const NestFactor*> factorsOf(const FactorNest& nest)
    {
        std::vector<const NestFactor*> all;
        for (const auto& side : nest.factors)
            for (const auto& factor : side)
                all.push_back(&factor);
        return all;
    }

    /// Whether any factor is more than a load, or they are loads of several types.
    static bool hasWork(const KernelScope& kernel, const FactorNest& nest)
    {
        const auto factors = factorsOf(nest);
        const auto areAll = [&](const std::string& element) {
            return std::ranges::all_of(factors,
                                       [&](const NestFactor* factor) { return isLoadOf(kernel, *factor, element); });
        };
        return nest.loops.size() > 1 || nest.products > 1
            || (!areAll(halfType().element) && !areAll(bfloatType().element) && !areAll(floatType().element));
    }

    /// Whether factors are used often and fit into memory, wherever sizes are known.
    static bool isWorthIt(const MoveContext& context, const KernelScope& kernel, const FactorNest& nest)
    {
        const auto extentOf = [&](int dimension, const ParameterValues& values) {
            const auto form = kernel.form(nest.guarded.bounds.at(nest.guarded.indexOf(dimension)->var));
            return form ? valueWith(*form, values) : std::nullopt;
        };
        return std::ranges::all_of(timedArguments(context, kernel), [&](const ParameterValues& values) {
            const auto across = extentOf(0, values);
            const auto down = extentOf(1, values);
            auto depth = valueWith(*kernel.form(nest.outermost().loop.bound), values);
            for (std::size_t at = 1; at < nest.loops.size() && depth && nest.outermost().step == 1; ++at) {
                const auto rounds = valueWith(*kernel.form(nest.loops[at].loop.bound), values);
                depth = rounds ? std::optional(*depth * *rounds) : std::nullopt;
            }
            if (!across || !down || !depth)
                return true;
            if (nest.outermost().step == 1)
                *depth *= nest.products;
            return std::min(*across, *down) >= kFewestUses && *depth * std::max(*across, *down) * 4 <= kMostBytes;
        });
    }

    /// What factors may be rounded to; null where they have to stay as they are.
    static const WrittenType* narrowType(const MoveContext& context, const KernelScope& kernel, const FactorNest& nest)
    {
        const auto factors = factorsOf(nest);
        const auto isAny = [&](const WrittenType& type) {
            return std::ranges::any_of(
                factors, [&](const NestFactor* factor) { return isLoadOf(kernel, *factor, type.element); });
        };
        const auto rtol = context.request().rtol;
        if (isAny(bfloatType()) && !isAny(halfType()))
            return rtol >= kBfloatTolerance ? &bfloatType() : nullptr;
        return rtol >= kHalfTolerance ? &halfType() : nullptr;
    }

    /// What factors may be written as the sum of two of, where the others are loads of that type; null where they may
    /// not.
    static const WrittenType* partsType(const MoveContext& context, const KernelScope& kernel, const FactorNest& nest)
    {
        const auto rtol = context.request().rtol;
        for (const auto* type : {&halfPartsType(), &bfloatPartsType()}) {
            const bool isHalf = type == &halfPartsType();
            const auto isLoaded = [&](const std::vector<NestFactor>& side) {
                return std::ranges::all_of(
                    side, [&](const NestFactor& factor) { return isLoadOf(kernel, factor, type->element); });
            };
            const auto factors = factorsOf(nest);
            if (isLoaded(nest.factors[0]) != isLoaded(nest.factors[1])
                && rtol >= (isHalf ? kHalfPartsError : kBfloatPartsError)
                && (isHalf || hasNarrowResults(context, kernel))
                && (!isHalf
                    || std::ranges::all_of(factors, [&](const auto* factor) { return fitsHalf(kernel, *factor); })))
                return type;
        }
        return nullptr;
    }

    /// Whether no part of \p factor is an integer of a type that goes beyond what a half can hold.
    static bool fitsHalf(const KernelScope& kernel, const NestFactor& factor)
    {
        return std::ranges::all_of(factor.loads, [&](const Access& load) {
            const auto type = innermostElement(load.base->getType());
            const auto isMultiplied = [&](const FactorParts& parts) {
                return std::ranges::any_of(parts, [&](const FactorPart& part) {
                    return part.expression->IgnoreParenCasts() == load.expression;
                });
            };
            const auto bits = kernel.source().context().getTypeSize(type) - (type->isSignedIntegerType() ? 1 : 0);
            return !type->isIntegerType() || bits <= kHalfInteger || std::ranges::none_of(factor.parts, isMultiplied);
        });
    }

    /// Whether what the kernel stores is no more precise than rounded factors, as far as it is known.
    static bool hasNarrowResults(const MoveContext& context, const KernelScope& kernel)
    {
        const auto* launch = kernel.launches().front();
        const auto accesses = kernel.accesses(kernel.kernel().getBody());
        return std::ranges::none_of(accesses, [&](const Access& access) {
            const auto* buffer = access.writes ? context.bufferOf(kernel, *launch, access.base) : nullptr;
            return buffer != nullptr && buffer->elementType != "f16" && buffer->elementType != "bf16";
        });
    }

    static std::optional<WrittenSource> written(const MoveContext& context, const KernelScope& kernel,
                                                const FactorNest& nest, const WrittenType& type)
    {
        for (const bool keepsLoads : {true, false})
            if (const auto text = withWrittenFactors(context, kernel, nest, type, keepsLoads))
                if (auto source = writtenSource(context, kernel.name(), *text, nest.sums.size(), type.parts))
                    return source;
        return std::nullopt;
    }

    /// What \p make's move makes of strips of the depth of \p plain, which has few tiles.
    static std::vector<MoveProposal> madeOfStrips(std::unique_ptr<Move> (*make)(), const MoveContext& plain)
    {
        std::vector<MoveProposal> made;
        for (const auto& strips : makeSplitContraction()->propose(plain)) {
            auto request = plain.request();
            request.source = strips.source;
            const auto source = ParsedSource::parse(request.source, request.fileName);
            if (!source)
                continue;
            for (auto& one : make()->propose(MoveContext(**source, request))) {
                one.title = strips.title + ", " + one.title;
                one.hypothesis = strips.hypothesis + "; then " + one.hypothesis;
                one.predictedGain *= strips.predictedGain * kGainOfStrips;
                made.push_back(std::move(one));
            }
        }
        return made;
    }

    void addMade(const MoveContext& context, const KernelScope& kernel, const FactorNest& nest, const WrittenType& type,
                 const Makers& makers, double share, Proposals& proposals) const
    {
        const auto source = written(context, kernel, nest, type);
        if (!source)
            return;
        const MoveContext inner(*source->parsed, source->request);
        const auto kept = type.parts == 1 ? type.scratch : fmt::format("{} parts of {}", type.parts, type.scratch);
        const auto line = context.source().lineOf(context.source().offset(kernel.kernel().getLocation()).value_or(0));
        const auto add = [&](MoveProposal one, std::vector<MoveProposal>& all) {
            // Of this kernel, not of others in the file.
            if (one.title.find(kernel.name()) == std::string::npos)
                return;
            one.hypothesis = fmt::format("each factor of {} is worked out anew for every element that it is part of: "
                                         "as {} in memory it is worked out once; then {}",
                                         kernel.name(), kept, one.hypothesis);
            one.move = description().name;
            one.title = fmt::format("write the factors of {} as {}, {}", kernel.name(), kept, one.title);
            one.predictedGain = std::max(1.0, one.predictedGain * share);
            one.line = line;
            all.push_back(std::move(one));
        };
        for (const auto make : makers)
            for (auto& one : make()->propose(inner))
                add(std::move(one), proposals.whole);
        // Of what warpgroups take there are the fewest tiles.
        if (std::find(makers.begin(), makers.end(), &makeWgmmaContraction) != makers.end())
            for (auto& one : madeOfStrips(makeWgmmaContraction, inner))
                add(std::move(one), proposals.strips);
    }
};

}  // namespace

std::unique_ptr<Move> makeWriteFactors() { return std::make_unique<WriteFactors>(); }

}  // namespace warploom
