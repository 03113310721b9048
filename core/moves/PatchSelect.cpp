// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PatchWriter.h"

namespace warploom {

using namespace clang;

namespace {

/// An element at the edge has few instructions of its own, and a branch that some lanes take costs the others dearly
/// (H200, 27 points in f32, march-planes: 386 µs with branches, 287 without).
constexpr const char* kSelectComment =
    "// Both are worked out: a choice is cheaper than a branch that some lanes take.";

/// What \p statement assigns, where it does nothing else.
const BinaryOperator* plainAssignment(const Stmt* statement)
{
    const auto* assignment = llvm::dyn_cast_or_null<BinaryOperator>(statement);
    return assignment != nullptr && assignment->getOpcode() == BO_Assign ? assignment : nullptr;
}

std::vector<const Stmt*> statementsOfBranch(const Stmt* branch)
{
    if (const auto* compound = llvm::dyn_cast_or_null<CompoundStmt>(branch))
        return {compound->body_begin(), compound->body_end()};
    return branch == nullptr ? std::vector<const Stmt*>() : std::vector{branch};
}

const Stmt* lastOf(const std::vector<const Stmt*>& statements)
{
    return statements.empty() ? nullptr : statements.back();
}

}  // namespace

bool PatchWriter::storesResult(const BinaryOperator* assignment) const
{
    const auto& stores = m_stencil.outputs.front().stores;
    return assignment != nullptr && std::ranges::find(stores, assignment->getLHS()->IgnoreParens()) != stores.end();
}

void PatchWriter::selectResults()
{
    const bool isOne = m_stencil.outputs.size() == 1 && m_stencil.outputs.front().stores.size() == 2;
    const auto& body = m_grid.guarded().body;
    if (!isOne || body.empty())
        return;
    for (const Stmt* statement : body) {
        const auto* branch = llvm::dyn_cast<IfStmt>(statement);
        if (branch == nullptr || branch->getInit() != nullptr || branch->getConditionVariable() != nullptr
            || branch->getCond()->HasSideEffects(m_source.context()))
            continue;
        if (branch->getElse() == nullptr ? selectEarlyResult(*branch) : selectEitherResult(*branch))
            return;
    }
}

bool PatchWriter::selectEarlyResult(const IfStmt& branch)
{
    const auto then = statementsOfBranch(branch.getThen());
    const auto* early = then.size() == 2 ? plainAssignment(then[0]) : nullptr;
    const auto* late = plainAssignment(m_grid.guarded().body.back());
    if (!storesResult(early) || !storesResult(late) || m_stencil.returns.size() != 1
        || then[1] != m_stencil.returns.front())
        return false;
    const auto range = m_source.statementRange(&branch);
    const auto condition = m_source.range(branch.getCond());
    const auto value = m_source.range(early->getRHS());
    const auto last = m_source.range(late->getRHS());
    if (!range || !condition || !value || !last)
        return false;
    const auto& own = m_stencil.outputs.front().base;
    change(*range,
           fmt::format("{0}\n{1}const bool {2} = {3};\n{1}const {4} {5} = {6};", kSelectComment,
                       indentationAt(m_source.text(), range->begin), m_chosen,
                       rewritten(m_source.text(), *condition, m_changes), elementOf(own), fresh(own, "chosen"),
                       rewritten(m_source.text(), *value, m_changes)));
    selectLast(*last);
    return true;
}

bool PatchWriter::selectEitherResult(const IfStmt& branch)
{
    const auto* first = plainAssignment(lastOf(statementsOfBranch(branch.getThen())));
    const auto* second = plainAssignment(lastOf(statementsOfBranch(branch.getElse())));
    if (&branch != m_grid.guarded().body.back() || !storesResult(first) || !storesResult(second)
        || !m_stencil.returns.empty())
        return false;
    const auto begin = m_source.offset(branch.getBeginLoc());
    const auto then = m_source.offset(branch.getThen()->getBeginLoc());
    const auto condition = m_source.range(branch.getCond());
    const auto target = m_source.range(first->getLHS());
    const auto thenRange = m_source.statementRange(branch.getThen());
    const auto otherwise = m_source.offset(branch.getElse()->getBeginLoc());
    const auto last = m_source.range(second->getRHS());
    if (!begin || !then || !condition || !target || !thenRange || !otherwise || !last)
        return false;
    const auto& own = m_stencil.outputs.front().base;
    const auto value = fresh(own, "chosen");
    const auto indentation = indentationAt(m_source.text(), *begin);
    change({*begin, *then},
           fmt::format("{0}\n{3}const bool {1} = {2};\n{3}{4} {5};\n{3}", kSelectComment, m_chosen,
                       rewritten(m_source.text(), *condition, m_changes), indentation, elementOf(own), value));
    change(*target, value);
    change({thenRange->end, *otherwise}, "\n" + indentation);
    selectLast(*last);
    return true;
}

void PatchWriter::selectLast(TextRange value)
{
    change(value,
           fmt::format("{} ? {} : {}", m_chosen, fresh(m_stencil.outputs.front().base, "chosen"),
                       operand(rewritten(m_source.text(), value, m_changes))));
}

void PatchWriter::change(TextRange range, std::string text)
{
    std::erase_if(m_changes, [range](const Replacement& one) { return range.contains(one.range); });
    m_changes.push_back({range, std::move(text)});
}

}  // namespace warploom
