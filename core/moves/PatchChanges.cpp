// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PatchWriter.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether \p value is worked out of numbers alone, by functions of one line at most: nobody misses it.
bool isOfNumbers(const Expr* value, const ASTContext& context, bool isWithin = false)
{
    bool isPlain = value != nullptr && !value->HasSideEffects(context, false);
    walk(value, [&](const Stmt* node) {
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto* function = call == nullptr ? nullptr : call->getDirectCallee();
        if (call == nullptr || !isPlain)
            return isPlain;
        const auto* body = function == nullptr ? nullptr : llvm::dyn_cast_or_null<CompoundStmt>(function->getBody());
        const auto* line =
            body != nullptr && body->size() == 1 ? llvm::dyn_cast<ReturnStmt>(body->body_front()) : nullptr;
        const bool isShort = line != nullptr && !isWithin && isOfNumbers(line->getRetValue(), context, true);
        isPlain = function != nullptr && (isShort || !function->hasBody())
            && std::ranges::all_of(function->parameters(),
                                   [](const auto* one) { return one->getType()->isIntegerType(); });
        return isPlain;
    });
    return isPlain;
}

}  // namespace

bool PatchWriter::readChanges()
{
    bool isWritten = true;
    const auto replace = [&](const Stmt* node, const std::string& text) {
        const auto range = m_source.range(node);
        isWritten = isWritten && range;
        if (range)
            m_changes.push_back({*range, text});
    };
    if (m_isWindow) {
        for (const auto& window : m_stencil.windows)
            for (const auto& tap : window.taps)
                replace(tap.expression, tapText(window, tap));
        for (const ForStmt* loop : m_stencil.loops)
            unrollLoop(loop);
    }
    for (const auto& table : m_stencil.tables)
        for (const auto& [read, place] : table.reads)
            if (m_isWindow)
                replace(read, fmt::format("{}[{}]", tableName(table), m_grid.text(place)));
    for (const auto& output : m_stencil.outputs)
        for (const Expr* store : output.stores)
            replace(store, fresh(output.base, "patch") + steps());
    for (const ReturnStmt* done : m_stencil.returns)
        replace(done, "continue");
    removeIdle();
    if (hasInside())
        settleConditions();
    if (m_isWindow)
        shortenConditions();
    if (!isWritten || !readDivisions())
        return false;
    if (m_names.marches)
        selectResults();
    return readPreamble();
}

bool PatchWriter::isReplaced(TextRange range) const
{
    return std::ranges::any_of(
        m_changes, [&](const auto& change) { return change.range.size() > 0 && change.range.contains(range); });
}

void PatchWriter::removeIdle()
{
    walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* statement = llvm::dyn_cast<DeclStmt>(node);
        const auto* var = statement != nullptr && statement->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(statement->getSingleDecl())
            : nullptr;
        const bool isOfBlock = statement != nullptr && llvm::isa_and_nonnull<CompoundStmt>(m_kernel.parent(statement));
        if (var == nullptr || !isOfBlock || !isIdle(var))
            return true;
        if (const auto range = m_source.statementRange(statement))
            m_changes.push_back({withLine(*range), ""});
        return false;
    });
}

bool PatchWriter::isIdle(const VarDecl* var) const
{
    const auto uses = m_kernel.references(var, m_kernel.kernel().getBody());
    const auto isGone = [&](const DeclRefExpr* use) {
        const auto at = m_source.range(use);
        return at && std::ranges::any_of(m_stencil.windows, [&](const auto& window) {
                   return window.isRepeated && std::ranges::any_of(window.taps, [&](const auto& tap) {
                              const auto range = m_source.range(tap.expression);
                              return range && range->contains(*at);
                          });
               });
    };
    return m_isWindow && var->getType()->isIntegerType() && !uses.empty() && !m_kernel.isModified(var)
        && std::ranges::none_of(m_grid.axes(), [&](const auto& one) { return one.var == var; })
        && std::ranges::none_of(m_grid.guarded().indices, [&](const auto& one) { return one.var == var; })
        && isOfNumbers(var->getInit(), m_source.context()) && std::ranges::all_of(uses, isGone);
}

void PatchWriter::settleConditions()
{
    for (const auto& [condition, value] : m_stencil.settled) {
        const auto range = m_source.range(condition);
        if (!range || isReplaced(*range))
            continue;
        m_changes.push_back({{range->begin, range->begin}, value ? m_inside + " || (" : "!" + m_inside + " && ("});
        m_changes.push_back({{range->end, range->end}, ")"});
    }
}

void PatchWriter::shortenConditions()
{
    for (const auto& test : m_stencil.tests) {
        const auto range = m_source.range(test.comparison);
        if (!range || !isKept(test.axis) || isReplaced(*range))
            continue;
        const auto place =
            test.offset.isZero() ? m_step[test.axis] : m_step[test.axis] + " + " + m_grid.text(test.offset);
        const auto known =
            test.isLower ? fmt::format("{} >= 0", place) : fmt::format("{} < {}", place, m_names.count[test.axis]);
        m_changes.push_back({{range->begin, range->begin}, "(" + known + " || "});
        m_changes.push_back({{range->end, range->end}, ")"});
    }
}

void PatchWriter::unrollLoop(const ForStmt* loop)
{
    const auto at = m_source.offset(loop->getBeginLoc());
    if (!at || llvm::isa_and_nonnull<AttributedStmt>(m_kernel.parent(loop)))
        return;
    const auto indentation = indentationAt(m_source.text(), *at);
    const auto line = m_source.text().rfind('\n', *at);
    const bool ownLine = line != std::string_view::npos && *at - line - 1 == indentation.size();
    m_changes.push_back({{*at, *at}, (ownLine ? "" : "\n" + indentation) + "#pragma unroll\n" + indentation});
}

bool PatchWriter::readDivisions()
{
    bool isWritten = true;
    walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* expression = llvm::dyn_cast<Expr>(node);
        const auto* found = expression == nullptr ? nullptr : m_grid.divided(expression);
        if (found == nullptr)
            return true;
        const auto range = m_source.range(node);
        isWritten = isWritten && range;
        if (range)
            m_changes.push_back({*range, castTo(llvm::cast<Expr>(node), found->name)});
        return false;
    });
    return isWritten;
}

std::string PatchWriter::castTo(const Expr* expression, const std::string& name) const
{
    const Stmt* above = m_kernel.parent(expression);
    while (llvm::isa_and_nonnull<ImplicitCastExpr>(above))
        above = m_kernel.parent(above);
    return llvm::isa_and_nonnull<DeclStmt>(above)
        ? name
        : fmt::format("({})({})", typeText(m_kernel, expression->getType()), name);
}

bool PatchWriter::readPreamble()
{
    for (const Stmt* statement : m_grid.guarded().preamble) {
        const auto range = m_source.statementRange(statement);
        if (!range)
            return false;
        const auto* declared = llvm::cast<DeclStmt>(statement)->getSingleDecl();
        const bool isAxis = std::ranges::any_of(
            m_grid.axes(), [&](const auto& one) { return one.var != nullptr && one.var == declared; });
        if (!isAxis)
            m_preamble += rewritten(m_source.text(), *range, m_changes) + "\n";
    }
    return true;
}

std::string PatchWriter::steps() const
{
    std::string text;
    for (const auto number : m_patched)
        text += isKept(number) ? "[" + m_step[number] + "]" : "";
    return text;
}

std::string PatchWriter::tapText(const StencilWindow& window, const StencilWindow::Tap& tap) const
{
    auto text = fresh(window.base, "window");
    for (const auto number : m_patched) {
        if (number == 2 && !window.hasPlanes)
            continue;
        const auto offset = tap.offset[number] - IndexForm::constant(window.low[number]);
        const auto place = offset.isZero() ? std::string() : m_grid.text(offset);
        if (!isKept(number))
            text += fmt::format("[{}]", place.empty() ? "0" : place);
        else
            text +=
                place.empty() ? fmt::format("[{}]", m_step[number]) : fmt::format("[{} + {}]", m_step[number], place);
    }
    return text;
}

std::string PatchWriter::tableName(const StencilTable& table) const
{
    const auto number = &table - m_stencil.tables.data();
    const bool isFirst =
        std::ranges::find(m_stencil.tables, table.base, &StencilTable::base) - m_stencil.tables.begin() == number;
    return fresh(table.base, "table") + (isFirst ? "" : std::to_string(number));
}

}  // namespace warploom
