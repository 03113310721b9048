// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <charconv>

#include "moves/ConstantUses.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kAxes = "XYZ";

/// Ranges of the integer \p value written within \p range.
std::vector<TextRange> integersIn(std::string_view text, TextRange range, std::int64_t value)
{
    std::vector<TextRange> found;
    const auto isWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    for (auto at = range.begin; at < range.end;) {
        if (!isWord(text[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < range.end && isWord(text[end]))
            ++end;
        if (text.substr(at, end - at) == std::to_string(value))
            found.push_back({at, end});
        at = end;
    }
    return found;
}

/// The axis of the grid that goes with \p axis of blocks: of blockIdx.x * blockDim.y it is another one.
std::size_t gridAxisOf(const KernelScope& kernel, std::size_t axis)
{
    const auto axisIn = [](const Expr* side, llvm::StringRef builtin) -> std::optional<std::size_t> {
        const auto* member = llvm::dyn_cast<MemberExpr>(side->IgnoreParenCasts());
        const Expr* base = member == nullptr ? nullptr : member->getBase()->IgnoreParenCasts();
        const auto* reference = llvm::dyn_cast_or_null<DeclRefExpr>(base);
        if (reference == nullptr || identifierOf(reference->getDecl()) != builtin)
            return std::nullopt;
        const auto field = identifierOf(member->getMemberDecl());
        return field == "x" ? 0 : field == "y" ? 1 : 2;
    };
    auto found = axis;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* product = llvm::dyn_cast<BinaryOperator>(node);
        if (product == nullptr || product->getOpcode() != BO_Mul)
            return true;
        for (const bool isSwapped : {false, true}) {
            const auto* first = isSwapped ? product->getRHS() : product->getLHS();
            const auto* second = isSwapped ? product->getLHS() : product->getRHS();
            if (const auto block = axisIn(first, "blockIdx"); block && axisIn(second, "blockDim") == axis)
                found = *block;
        }
        return true;
    });
    return found;
}

class LiteralTunable : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"literal-tunable", "Make a constant tunable",
                "a block size in a launch directive, a tile or unroll constant in the kernel",
                "the tuner can find the value that fits the card"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        const auto keep = [&](std::optional<MoveProposal> made) {
            if (made)
                proposals.push_back(std::move(*made));
        };
        for (const auto& constant : namedConstants(context.source()))
            keep(namedProposal(context, constant));
        for (const auto& kernel : context.kernels()) {
            keep(blockProposal(context, kernel));
            keep(unrollProposal(context, kernel));
        }
        return proposals;
    }

private:
    /// Replaces \p value by \p name in the launch's expressions that go with axis \p axis, and in the lets behind them.
    static void replaceInLaunch(const MoveContext& context, const KernelScope& kernel, const LaunchLine& launch,
                                std::size_t axis, std::int64_t value, const std::string& name,
                                std::map<TextRange, std::string>& changes)
    {
        const auto text = context.source().text();
        std::vector<TextRange> places;
        if (const auto gridAxis = gridAxisOf(kernel, axis); gridAxis < launch.gridParts.size())
            places.push_back(launch.gridParts[gridAxis]);
        if (launch.shared)
            places.push_back(*launch.shared);
        for (const auto& let : context.directives().lets())
            for (std::size_t i = 0, count = places.size(); i < count; ++i)
                if (mentions(text.substr(places[i].begin, places[i].size()), let.name))
                    places.push_back(let.expression);
        places.push_back(launch.blockParts[axis]);
        for (const auto& place : places) {
            for (const auto& range : integersIn(text, place, value))
                changes[range] = name;
            // The other way to round up: (n + 255) / 256.
            if (context.source().text(place).find(fmt::format("/ {}", value)) != std::string::npos)
                for (const auto& range : integersIn(text, place, value - 1))
                    changes[range] = fmt::format("{} - 1", name);
        }
    }

    static bool isTied(const ConstantUse& use)
    {
        return use.role == ConstantRole::ThreadIndex || use.role == ConstantRole::SharedExtent
            || use.role == ConstantRole::LoopStep || use.role == ConstantRole::LaunchBounds;
    }

    static void applyChanges(SourceEdit& edit, const std::map<TextRange, std::string>& changes)
    {
        for (const auto& [range, text] : changes)
            edit.replace(range, text);
    }

    [[nodiscard]] std::optional<MoveProposal> namedProposal(const MoveContext& context,
                                                            const NamedConstant& constant) const
    {
        if (constant.value < 2 || constant.value > 1024 || context.directives().findTune(constant.name) != nullptr)
            return std::nullopt;
        std::map<TextRange, std::string> changes;
        bool tied = false;
        std::size_t blockAxes = 0;
        for (const auto& kernel : context.kernels()) {
            std::set<ConstantRole> roles;
            for (const auto& use : constantUses(kernel))
                if (use.name == constant.name && isTied(use))
                    roles.insert(use.role);
            tied = tied || !roles.empty();
            if (roles.empty())
                continue;
            for (const auto* launch : kernel.launches()) {
                std::size_t equal = 0;
                for (std::size_t axis = 0; axis < launch->blockParts.size(); ++axis) {
                    if (context.source().text(launch->blockParts[axis]) == std::to_string(constant.value))
                        ++equal;
                    replaceInLaunch(context, kernel, *launch, axis, constant.value, constant.name, changes);
                }
                blockAxes = std::max(blockAxes, equal);
            }
        }
        if (!tied)
            return std::nullopt;
        SourceEdit edit(context.source().text());
        edit.removeWithLine(constant.definition);
        applyChanges(edit, changes);
        const auto values = blockAxes > 1 ? powersAround(constant.value, 4, 32)
            : blockAxes == 1 ? powersAround(constant.value, std::min<std::int64_t>(32, constant.value), 1024)
                             : powersAround(constant.value, 1, std::max<std::int64_t>(64, constant.value));
        context.directives().addTune(edit, constant.name, values);
        return finished(context, edit, constant.definition.begin, constant.name, values);
    }

    [[nodiscard]] std::optional<MoveProposal> blockProposal(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto launches = kernel.launches();
        if (launches.empty())
            return std::nullopt;
        const auto& parts = launches.front()->blockParts;
        const auto uses = constantUses(kernel);
        std::vector<std::int64_t> extents;
        for (const auto& part : parts) {
            const auto text = context.source().text(part);
            std::int64_t value = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            const bool literal = error == std::errc{} && end == text.data() + text.size();
            extents.push_back(literal && value <= 1024 ? value : 0);
        }
        // A named constant in the kernel that goes with this extent is what has to become tunable.
        for (auto& extent : extents)
            if (std::any_of(uses.begin(), uses.end(), [&](const auto& use) {
                    return !use.name.empty() && use.value == extent && isTied(use)
                        && context.directives().findTune(use.name) == nullptr;
                }))
                extent = 0;
        const auto lively = std::count_if(extents.begin(), extents.end(), [](auto extent) { return extent > 1; });
        if (lively == 0)
            return std::nullopt;
        const bool square =
            parts.size() == 2 && extents[0] == extents[1]
            && std::any_of(uses.begin(), uses.end(), [&](const auto& use) {
                   return use.role == ConstantRole::SharedExtent && use.value == extents[0] && use.name.empty();
               });
        return square ? squareBlock(context, kernel, extents[0], uses) : axesOfBlock(context, kernel, extents, uses);
    }

    [[nodiscard]] std::optional<MoveProposal> squareBlock(const MoveContext& context, const KernelScope& kernel,
                                                          std::int64_t extent,
                                                          const std::vector<ConstantUse>& uses) const
    {
        const auto name = context.directives().freshName("TILE");
        std::map<TextRange, std::string> changes;
        for (const auto* launch : kernel.launches())
            for (std::size_t axis = 0; axis < launch->blockParts.size(); ++axis)
                replaceInLaunch(context, kernel, *launch, axis, extent, name, changes);
        for (const auto& use : uses)
            if (use.name.empty() && use.value == extent)
                changes[use.range] = name;
        SourceEdit edit(context.source().text());
        applyChanges(edit, changes);
        const auto values = powersAround(extent, 4, 32);
        context.directives().addTune(edit, name, values);
        return finished(context, edit, kernel.launches().front()->line.begin, name, values);
    }

    [[nodiscard]] std::optional<MoveProposal> axesOfBlock(const MoveContext& context, const KernelScope& kernel,
                                                          const std::vector<std::int64_t>& extents,
                                                          const std::vector<ConstantUse>& uses) const
    {
        SourceEdit edit(context.source().text());
        std::map<TextRange, std::string> changes;
        std::string product;
        std::string names;
        std::string present;
        std::vector<std::int64_t> firstValues;
        for (std::size_t axis = 0; axis < extents.size(); ++axis) {
            std::string factor = context.source().text(kernel.launches().front()->blockParts[axis]);
            if (extents[axis] > 1) {
                factor = context.directives().freshName(extents.size() == 1 ? "BLOCK"
                                                                            : fmt::format("BLOCK_{}", kAxes[axis]));
                const auto values = valuesOf(extents, axis);
                context.directives().addTune(edit, factor, values);
                names += (names.empty() ? "" : ", ") + factor;
                present += (present.empty() ? "" : ", ") + std::to_string(extents[axis]);
                if (firstValues.empty())
                    firstValues = values;
                replaceAxis(context, kernel, axis, extents, factor, uses, changes);
            }
            product += (product.empty() ? "" : " * ") + factor;
        }
        if (extents.size() > 1)
            context.directives().addRequire(edit, product + " <= 1024");
        applyChanges(edit, changes);
        return finished(context, edit, kernel.launches().front()->line.begin, names, firstValues, present);
    }

    static std::vector<std::int64_t> valuesOf(const std::vector<std::int64_t>& extents, std::size_t axis)
    {
        const auto extent = extents[axis];
        if (extents.size() == 1)
            return powersAround(extent, std::min<std::int64_t>(extent, 32), 1024);
        return axis == 0 ? powersAround(extent, std::min<std::int64_t>(extent, 8), std::max<std::int64_t>(extent, 128))
                         : powersAround(extent, 1, std::max<std::int64_t>(extent, 32));
    }

    static void replaceAxis(const MoveContext& context, const KernelScope& kernel, std::size_t axis,
                            const std::vector<std::int64_t>& extents, const std::string& name,
                            const std::vector<ConstantUse>& uses, std::map<TextRange, std::string>& changes)
    {
        for (const auto* launch : kernel.launches())
            if (axis < launch->blockParts.size()
                && context.source().text(launch->blockParts[axis]) == std::to_string(extents[axis]))
                replaceInLaunch(context, kernel, *launch, axis, extents[axis], name, changes);
        for (const auto& use : uses) {
            const bool here = use.role != ConstantRole::ThreadIndex || use.dimension == static_cast<int>(axis);
            if (use.name.empty() && use.value == extents[axis] && isTied(use) && here)
                changes[use.range] = name;
        }
    }

    [[nodiscard]] std::optional<MoveProposal> unrollProposal(const MoveContext& context,
                                                             const KernelScope& kernel) const
    {
        SourceEdit edit(context.source().text());
        const auto name = context.directives().freshName("UNROLL");
        std::optional<ConstantUse> first;
        for (const auto& use : constantUses(kernel)) {
            if (use.role != ConstantRole::Unroll || !use.name.empty() || (first && use.value != first->value))
                continue;
            first = first.value_or(use);
            edit.replace(use.range, name);
        }
        if (!first || first->value < 1)
            return std::nullopt;
        const auto values = powersAround(first->value, 1, std::max<std::int64_t>(16, first->value));
        context.directives().addTune(edit, name, values);
        return finished(context, edit, first->range.begin, name, values);
    }

    [[nodiscard]] std::optional<MoveProposal> finished(const MoveContext& context, const SourceEdit& edit,
                                                       std::size_t at, const std::string& names,
                                                       const std::vector<std::int64_t>& values,
                                                       std::string present = {}) const
    {
        if (present.empty())
            present = std::to_string(values.front());
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        return proposal(
            context, edit, at, fmt::format("make {} tunable", names),
            fmt::format("{} {} fixed at {}: somewhere from {} to {} occupancy and tail suit the card better, ~1.1×",
                        names, names.find(',') == std::string::npos ? "is" : "are", present, *low, *high),
            1.1);
    }
};

}  // namespace

std::unique_ptr<Move> makeLiteralTunable() { return std::make_unique<LiteralTunable>(); }

}  // namespace warploom
