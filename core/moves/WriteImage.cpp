// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "moves/Contraction.h"
#include "moves/ConvolutionCode.h"
#include "moves/FactorCode.h"
#include "moves/FactorNest.h"
#include "moves/MoveCatalogue.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"
#include "moves/TimedArguments.h"
#include "moves/WrittenSource.h"

namespace warploom {

using namespace clang;

namespace {

/// What rounding one factor to half precision, or to bfloat16, is off by, of itself; of both it is twice that.
constexpr double kHalfRounding = 0x1p-11;
constexpr double kBfloatRounding = 0x1p-8;
/// What an image in two parts of a half may be off by: half of the last bit of both.
constexpr double kHalfPartsRounding = 0x1p-22;
/// How often each element of the image is used at least for it to be worth its way through memory.
constexpr std::int64_t kFewestOutputs = 8;
/// Of products in a sum: fewer leave a tensor core's step empty.
constexpr std::int64_t kFewestProducts = 16;
/// Of the image, at the sizes that are timed.
constexpr std::int64_t kMostImageBytes = std::int64_t{8} << 30;
/// What is left of a move's own gain where the image has to be written first, and where it is multiplied in two parts.
constexpr double kImageGainKept = 0.6;
constexpr double kImagePartsGainKept = 0.3;

/// A convolution over channels, with the image written first: channels side by side, as far as taps reach, and with the
/// edge in it. Then it is a product of matrices whose rows overlap, which other moves know how to do.
class WriteImage : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"write-image", "Write a convolution's image with its channels side by side",
                "one thread an element of a convolution that adds up over channels and taps, along up to three axes, "
                "channels first; with dilation, steps, padding by conditions, functions of what is loaded",
                "each value is worked out once, and the rest is a product for the tensor cores"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto found = channelConvolution(kernel);
            if (!found || isProductAnyway(context, kernel, *found))
                continue;
            if (const auto* narrow = narrowType(context, kernel, *found))
                addMade(context, kernel, *found, *narrow, {makeWgmmaContraction, makeTensorContraction}, proposals);
            if (isImageInParts(context, kernel, *found))
                addMade(context, kernel, *found, halfPartsType(), {makeWgmmaContraction, makeTensorContraction},
                        proposals);
            if (!areLoadsOf(kernel, *found, {&halfType(), &bfloatType()}))
                addMade(context, kernel, *found, floatType(), {makeTensorSplit, makePipelineContraction}, proposals);
        }
        return proposals;
    }

private:
    using Makers = std::vector<std::unique_ptr<Move> (*)()>;

    static bool isProduct(const KernelScope& kernel, const std::vector<std::string>& sizes)
    {
        return !kernel.kernel().isDependentContext() && (jointContraction(kernel) || factorNest(kernel, sizes));
    }

    /// Whether other moves know the kernel as a product, as it is or, where it has no taps, said more plainly.
    static bool isProductAnyway(const MoveContext& context, const KernelScope& kernel, const ChannelConvolution& found)
    {
        const auto& request = context.request();
        if (isProduct(kernel, request.sizes))
            return true;
        const bool hasTaps = std::ranges::any_of(found.axes, [](const auto& axis) { return axis.tap.has_value(); });
        const auto plain = hasTaps ? std::nullopt : plainForm(context.source(), request.fileName);
        const auto source = plain ? ParsedSource::parse(plain->source, request.fileName).value_or(nullptr) : nullptr;
        if (source == nullptr)
            return false;
        const auto functions = source->kernels();
        return std::ranges::any_of(functions, [&](const FunctionDecl* function) {
            const KernelScope plainly(*source, *function);
            return plainly.name() == kernel.name() && isProduct(plainly, request.sizes);
        });
    }

    /// The loads that \p parts are made of choice by choice, nothing else being done with them but conversions; empty
    /// where there is more.
    static std::vector<const Expr*> loadsOf(const KernelScope& kernel, const ChannelConvolution& found,
                                            const Expr* value)
    {
        value = loadedBy(value);
        const auto* var = plainVariable(value);
        for (const auto& choice : found.choices)
            if (choice.var == var && isZero(kernel, choice.otherwise))
                return loadsOf(kernel, found, choice.value);
        if (var != nullptr && isSettledLocal(kernel, var)
            && (var->getType()->isFloatingType() || var->getType()->isRecordType()))
            return loadsOf(kernel, found, var->getInit());
        if (llvm::isa<ArraySubscriptExpr>(value))
            return {value};
        const auto* choice = llvm::dyn_cast<ConditionalOperator>(value);
        if (choice == nullptr || isZero(kernel, choice->getTrueExpr()) == isZero(kernel, choice->getFalseExpr()))
            return {};
        return loadsOf(kernel, found,
                       isZero(kernel, choice->getTrueExpr()) ? choice->getFalseExpr() : choice->getTrueExpr());
    }

    /// Whether \p parts are a load of one of \p types, so that writing it as that loses nothing.
    static bool isLoadOf(const KernelScope& kernel, const ChannelConvolution& found, const FactorParts& parts,
                         const std::vector<const WrittenType*>& types)
    {
        const auto loads = parts.size() == 1 && !parts.front().divides
            ? loadsOf(kernel, found, parts.front().expression)
            : std::vector<const Expr*>();
        return !loads.empty() && std::ranges::all_of(loads, [&](const Expr* load) {
            return std::ranges::any_of(types,
                                       [&](const auto* type) { return elementOf(kernel, load) == type->element; });
        });
    }

    static std::string elementOf(const KernelScope& kernel, const Expr* load)
    {
        return load->getType().getCanonicalType().getUnqualifiedType().getAsString(
            kernel.source().context().getPrintingPolicy());
    }

    static bool areLoadsOf(const KernelScope& kernel, const ChannelConvolution& found,
                           const std::vector<const WrittenType*>& types)
    {
        return isLoadOf(kernel, found, found.image, types) && isLoadOf(kernel, found, found.filter, types);
    }

    /// What both sides may be rounded to; null where they have to stay as they are.
    static const WrittenType* narrowType(const MoveContext& context, const KernelScope& kernel,
                                         const ChannelConvolution& found)
    {
        const auto isAnyLoad = [&](const WrittenType& type) {
            return isLoadOf(kernel, found, found.image, {&type}) || isLoadOf(kernel, found, found.filter, {&type});
        };
        const bool isBfloat = isAnyLoad(bfloatType()) && !isAnyLoad(halfType());
        const auto& type = isBfloat ? bfloatType() : halfType();
        const int rounded = (isLoadOf(kernel, found, found.image, {&type}) ? 0 : 1)
            + (isLoadOf(kernel, found, found.filter, {&type}) ? 0 : 1);
        return context.request().rtol >= rounded * (isBfloat ? kBfloatRounding : kHalfRounding) ? &type : nullptr;
    }

    /// Whether the filter's halves stay what they are, and what is made of the image may be the sum of two halves.
    static bool isImageInParts(const MoveContext& context, const KernelScope& kernel, const ChannelConvolution& found)
    {
        return isLoadOf(kernel, found, found.filter, {&halfType()})
            && !isLoadOf(kernel, found, found.image, {&halfType(), &bfloatType()})
            && context.request().rtol >= kHalfPartsRounding;
    }

    /// Whether the image is used often and fits into memory, wherever sizes are known.
    static bool isWorthIt(const MoveContext& context, const ConvolutionPlan& plan)
    {
        const auto scopes = timedScopes(context.request());
        return std::ranges::all_of(scopes, [&](const ExpressionScope& scope) {
            const std::map<std::string, std::int64_t> values(scope.begin(), scope.end());
            return valueOf(plan.outputs(), values) >= kFewestOutputs
                && valueOf(plan.products(), values) >= kFewestProducts
                && valueOf(plan.imageElements(), values) * plan.type().bytes <= kMostImageBytes;
        });
    }

    void addMade(const MoveContext& context, const KernelScope& kernel, const ChannelConvolution& found,
                 const WrittenType& type, const Makers& makers, std::vector<MoveProposal>& proposals) const
    {
        const ConvolutionPlan plan(found, type);
        const auto text = isWorthIt(context, plan) ? withWrittenImage(context, kernel, plan) : std::nullopt;
        const auto source = text ? writtenSource(context, kernel.name(), *text, 1, 1) : std::nullopt;
        if (!source)
            return;
        const MoveContext inner(*source->parsed, source->request);
        const auto line = context.source().lineOf(context.source().offset(kernel.kernel().getLocation()).value_or(0));
        for (const auto make : makers)
            for (auto& one : make()->propose(inner)) {
                // Of this kernel, not of others in the file.
                if (one.title.find(kernel.name()) == std::string::npos)
                    continue;
                one.hypothesis =
                    fmt::format("{} loads an element of its image anew for each output channel and tap, channels a "
                                "plane apart: as {} in memory, channels side by side and the edge in it, it is a "
                                "matrix; then {}",
                                kernel.name(), type.scratch, one.hypothesis);
                one.move = description().name;
                one.title = fmt::format("write the image of {} as {}{}, {}", kernel.name(), type.scratch,
                                        type.parts == 1 ? "" : " in two parts", one.title);
                one.predictedGain =
                    std::max(1.0, one.predictedGain * (type.parts == 1 ? kImageGainKept : kImagePartsGainKept));
                one.line = line;
                proposals.push_back(std::move(one));
            }
    }
};

}  // namespace

std::unique_ptr<Move> makeWriteImage() { return std::make_unique<WriteImage>(); }

}  // namespace warploom
