// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StridedWindows.h"

#include "moves/FoldLoop.h"
#include "moves/FoldRound.h"
#include "moves/PlainLaunch.h"
#include "moves/RowQuotients.h"
#include "moves/SharedValues.h"
#include "moves/StridedWindowReader.h"

namespace warploom {

using namespace clang;

StridedWindowReader::StridedWindowReader(const KernelScope& kernel)
    : m_kernel(kernel)
{
}

std::optional<StridedWindows> StridedWindowReader::read()
{
    return readCommon() && readParts() && !m_result.loops.empty() && readRows() && readDeclarations() && readNest()
            && readStates() && readTap() && readEpilogue()
        ? std::optional(std::move(m_result))
        : std::nullopt;
}

std::optional<StridedWindows> StridedWindowReader::readMap()
{
    m_result.stride = 1;
    m_result.taps = 1;
    m_isMap = true;
    return readCommon() && readParts() && m_result.loops.empty() && readRows() && m_result.isLinear
            && readDeclarations() && readEpilogue() && !m_result.stores.empty() && readMapLoads()
        ? std::optional(std::move(m_result))
        : std::nullopt;
}

std::optional<StridedWindows> StridedWindowReader::readColumns()
{
    m_result.stride = 1;
    m_result.taps = 1;
    return readCommon() && readParts() && !m_result.loops.empty() && readRows() && readDeclarations() && readNest()
            && readStates() && isSteady(*m_result.loops.back()) && readColumnRound() && readEpilogue()
        ? std::optional(std::move(m_result))
        : std::nullopt;
}

bool StridedWindowReader::readCommon()
{
    auto guarded = guardedKernel(m_kernel);
    if (!guarded || guarded->indexOf(0) == nullptr || guarded->indexOf(0)->scale != 1
        || usesOwnBuiltinsElsewhere(m_kernel, *guarded) || m_kernel.hasAliases() || declaresShared(m_kernel)
        || m_kernel.synchronises(m_kernel.kernel().getBody()))
        return false;
    m_result.guarded = std::move(*guarded);
    m_result.index = m_result.guarded.indexOf(0)->var;
    if (m_result.guarded.bounds.count(m_result.index) == 0)
        return false;
    for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
        if (access.writes || access.base == nullptr)
            m_written.insert(access.base);
    return m_written.count(nullptr) == 0;
}

std::vector<const Stmt*> StridedWindowReader::everything() const
{
    auto all = m_result.guarded.preamble;
    all.insert(all.end(), m_result.guarded.body.begin(), m_result.guarded.body.end());
    return all;
}

bool StridedWindowReader::readParts()
{
    for (const Stmt* statement : everything()) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* loop = llvm::dyn_cast<ForStmt>(statement);
        if (m_result.loops.empty() && m_result.epilogue.empty() && declaration != nullptr)
            m_result.declarations.push_back(declaration);
        else if (m_result.loops.empty() && m_result.epilogue.empty() && loop != nullptr)
            m_result.loops.push_back(loop);
        else
            m_result.epilogue.push_back(statement);
    }
    return !m_result.epilogue.empty();
}

bool StridedWindowReader::readRows()
{
    if (auto quotients = rowQuotients(m_kernel, m_result.index)) {
        m_result.isLinear = true;
        m_result.columns = quotients->columns;
        m_result.columnUses = std::move(quotients->columnUses);
        m_result.rowUses = std::move(quotients->rowUses);
        m_columnNodes = std::move(quotients->columnNodes);
        m_rowNodes = std::move(quotients->rowNodes);
        return m_result.guarded.indices.size() == 1 && !varies(m_result.columns) && !varies(m_result.bound());
    }
    m_result.columns = m_result.bound();
    return !varies(m_result.columns);
}

bool StridedWindowReader::readDeclarations()
{
    for (const DeclStmt* statement : m_result.declarations) {
        const auto* var = declared(*statement);
        if (var == nullptr || !makesValues(statement) || !(m_isMap ? reads(statement) : onlyReads(statement))
            || (m_isMap && m_kernel.isModified(var)) || !m_kernel.source().statementRange(statement))
            return false;
        if (varies(var->getInit()))
            m_result.moving.insert(var);
    }
    return true;
}

bool StridedWindowReader::reads(const Stmt* statement) const
{
    return std::ranges::none_of(m_kernel.accesses(statement),
                                [](const Access& access) { return access.writes || access.atomic; });
}

bool StridedWindowReader::onlyReads(const Stmt* statement) const
{
    return makesValues(statement) && std::ranges::all_of(m_kernel.accesses(statement), [&](const Access& access) {
               return !access.writes && !access.atomic && m_written.count(access.base) == 0;
           });
}

bool StridedWindowReader::readStates()
{
    const auto changed = variablesSetBy(m_kernel, m_result.nest());
    if (!changed)
        return false;
    for (const DeclStmt* statement : m_result.declarations) {
        const auto* var = declared(*statement);
        if (changed->count(var) > 0)
            m_result.states.push_back(var);
        else if (m_kernel.isModified(var))
            return false;
    }
    m_result.moving.insert(m_result.states.begin(), m_result.states.end());
    // A loop that others set variables for is not this one.
    const auto isKnown = [&](const VarDecl* var) {
        return isDeclaredWithin(var, m_result.nest())
            || std::ranges::find(m_result.states, var) != m_result.states.end();
    };
    for (std::size_t i = 0; i + 1 < m_result.loops.size(); ++i)
        if (!isSteady(*m_result.loops[i]))
            return false;
    return !m_result.states.empty() && std::ranges::all_of(*changed, isKnown);
}

const VarDecl* StridedWindowReader::declared(const DeclStmt& statement)
{
    const auto* var = statement.isSingleDecl() ? llvm::dyn_cast<VarDecl>(statement.getSingleDecl()) : nullptr;
    return var != nullptr && var->hasInit() && var->hasLocalStorage() && !var->getType()->isReferenceType()
            && !var->getType()->isArrayType()
        ? var
        : nullptr;
}

bool StridedWindowReader::varies(const Stmt* statement) const
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        found = found || m_columnNodes.count(node) > 0
            || (var != nullptr && (var == m_result.index || var == m_result.tap || m_result.moving.count(var) > 0));
        return !found && m_rowNodes.count(node) == 0;
    });
    return found;
}

bool StridedWindowReader::readMapLoads()
{
    std::vector<const Stmt*> statements(m_result.declarations.begin(), m_result.declarations.end());
    statements.insert(statements.end(), m_result.epilogue.begin(), m_result.epilogue.end());
    for (const Stmt* statement : statements)
        for (const auto& access : m_kernel.accesses(statement)) {
            const auto* place = llvm::dyn_cast<ArraySubscriptExpr>(access.expression);
            const bool isStored = access.writes;
            if (isStored || (!varies(access.expression) && m_written.count(access.base) == 0))
                continue;
            const auto form = place == nullptr ? std::nullopt : formOfPlace(*place);
            if (!form || form->column != 1 || access.call != nullptr || access.atomic
                || !llvm::isa_and_nonnull<ParmVarDecl>(access.base) || !isAlways(place, statements)
                || !addLine(*place, *form))
                return false;
        }
    return !m_result.lines.empty();
}

std::optional<StridedWindows> stridedWindows(const KernelScope& kernel) { return StridedWindowReader(kernel).read(); }

std::optional<StridedWindows> rowsOfMap(const KernelScope& kernel) { return StridedWindowReader(kernel).readMap(); }

std::optional<StridedWindows> columnsOfRows(const KernelScope& kernel)
{
    return StridedWindowReader(kernel).readColumns();
}

}  // namespace warploom
