// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockReader.h"

namespace warploom {

using namespace clang;

namespace {

/// Larger of what was carried and something else; null for anything else.
ValueTree maximumWith(const ValueTree& after, const std::string& symbol, const VarDecl* var)
{
    const auto isCarry = [&](const ValueTree& tree) {
        return tree->kind == ValueKind::Carry && tree->symbol == symbol && tree->base == var;
    };
    const bool isMaximum =
        after->kind == ValueKind::Call && (after->text == "fmaxf" || after->text == "fmax" || after->text == "max");
    if (isMaximum && after->operands.size() == 2)
        for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
            if (isCarry(after->operands[i]))
                return after->operands[1 - i];
    if (after->kind != ValueKind::Select)
        return nullptr;
    // Nothing is less than the lowest of all.
    if (after->operands.size() == 2 && isCarry(after->operands[1])) {
        const auto inner = maximumWith(after->operands[0], symbol, var);
        return inner == nullptr ? nullptr : choiceValue(after->index, inner, numberValue(kLowestScore));
    }
    const auto* test = after->operands.size() == 3 ? after->operands[2].get() : nullptr;
    if (test == nullptr || test->operands.size() != 2)
        return nullptr;
    const bool isGreater = test->text == ">" || test->text == ">=";
    const auto& more = test->operands[isGreater ? 0 : 1];
    const auto& less = test->operands[isGreater ? 1 : 0];
    if (!isSame(after->operands[0], more) || !isSame(after->operands[1], less))
        return nullptr;
    return isCarry(more) ? less : isCarry(less) ? more : nullptr;
}

}  // namespace

void BlockReader::takeOver(const std::set<const VarDecl*>& changed)
{
    for (const auto* var : changed) {
        const auto found = m_threads.variables().find(var);
        auto known = found == m_threads.variables().end() ? std::nullopt : common(found->second);
        if (var->hasAttr<CUDASharedAttr>() && !var->getType()->isArrayType())
            known = common(BlockThreads::Lanes(m_teams.size(), m_threads.kept(var, {}, 0)));
        else if (var->hasAttr<CUDASharedAttr>())
            continue;
        m_variables[var] = known.value_or(Binding{});
        if (known)
            m_threads.forget(var);
    }
}

/// What all threads have alike.
std::optional<ValueReader::Binding> BlockReader::common(const BlockThreads::Lanes& lanes) const
{
    LaneValue first;
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        const bool isShare = lanes[lane].kind == LaneValue::Kind::Share;
        const auto one = isShare ? whole(lanes[lane], static_cast<int>(lane)) : lanes[lane];
        if (one.kind == LaneValue::Kind::Unknown || (lane > 0 && one != first))
            return std::nullopt;
        first = one;
    }
    if (first.kind == LaneValue::Kind::Number)
        return Binding{first.form + IndexForm::constant(first.number), {}, nullptr, {}};
    if (first.kind == LaneValue::Kind::Place)
        return Binding{{}, PointerForm{first.base, first.form + IndexForm::constant(first.number)}, nullptr, {}};
    return Binding{{}, {}, first.tree, {}};
}

/// The whole fold, where a thread has all shares of its team.
LaneValue BlockReader::whole(const LaneValue& share, int lane) const
{
    const auto loop = m_sharedLoops.find(share.tree->symbol);
    if (loop == m_sharedLoops.end() || loop->second.teams != m_teams
        || share.team != m_teams[static_cast<std::size_t>(lane)]
        || static_cast<std::int64_t>(share.parts.count()) != loop->second.step)
        return {};
    Value fold = *share.tree;
    fold.isShare = false;
    for (const auto& other : share.others)
        if (!isSame(other, share.tree->operands[0]))
            fold.operands[0] = operationValue(ValueKind::Call, "fmaxf", {fold.operands[0], other});
    return LaneValue::ofTree(std::make_shared<const Value>(std::move(fold)));
}

LaneValue BlockReader::laneValue(const VarDecl* var, int lane)
{
    const auto found = m_variables.find(var);
    const bool isKnown = found != m_variables.end()
        && (found->second.number || found->second.pointer || found->second.value != nullptr || found->second.array);
    if (!isKnown && m_threads.variables().count(var) > 0)
        return {};
    const auto& binding = bound(var);
    if (binding.number)
        return LaneValue::ofNumber(0, *binding.number);
    if (binding.pointer) {
        LaneValue made;
        made.kind = LaneValue::Kind::Place;
        made.base = binding.pointer->base;
        made.form = binding.pointer->offset;
        return made;
    }
    const auto& tree = binding.value;
    if (tree == nullptr || !holdsShare(tree))
        return LaneValue::ofTree(tree);
    const auto loop = m_sharedLoops.find(tree->symbol);
    const bool isWhole = std::ranges::any_of(tree->operands, holdsShare);
    if (!tree->isShare || isWhole || loop == m_sharedLoops.end())
        return {};
    LaneValue made;
    made.kind = LaneValue::Kind::Share;
    made.tree = tree;
    made.team = loop->second.teams[static_cast<std::size_t>(lane)];
    made.parts.set(static_cast<std::size_t>(loop->second.parts[static_cast<std::size_t>(lane)]));
    return made;
}

ValueTree BlockReader::folded(const VarDecl* var, const ValueTree& before, const ValueTree& after,
                              const ValueLoop& loop) const
{
    auto tree = ValueReader::folded(var, before, after, loop);
    if (tree == nullptr)
        return nullptr;
    Value fold = *tree;
    if (fold.text == "?" && !var->getType()->isArrayType()) {
        const auto larger = maximumWith(fold.operands[1], loop.symbol, var);
        const auto carries = [&](const Value& one) {
            return one.kind == ValueKind::Carry && one.symbol == loop.symbol;
        };
        if (larger != nullptr && !holds(larger, carries)) {
            fold.text = "max";
            fold.operands[1] = larger;
        }
    }
    const auto shared = m_sharedLoops.find(loop.symbol);
    fold.isShare = shared != m_sharedLoops.end() && shared->second.step > 1;
    // Each thread would bring what the sum starts from.
    if (fold.isShare && (fold.text == "?" || (fold.text == "+" && !isZero(fold.operands[0]))))
        return nullptr;
    return std::make_shared<const Value>(std::move(fold));
}

}  // namespace warploom
