// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StencilTaps.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::array<std::int64_t, 3> kAnywhere{};

/// Whether another variable has the name of \p var within: offsets could not be written there.
bool isHidden(const VarDecl* var, const Stmt* within)
{
    bool found = false;
    walk(within, [&](const Stmt* node) {
        if (const auto* statement = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : statement->decls())
                found = found || identifierOf(llvm::cast<NamedDecl>(one)) == identifierOf(var);
        return !found;
    });
    return found;
}

}  // namespace

StencilTaps::StencilTaps(const GridKernel& grid, std::int64_t widest)
    : m_grid(grid)
    , m_kernel(grid.kernel())
    , m_widest(widest)
{
}

void StencilTaps::addLoop(const Stmt* statement)
{
    const auto loop = fixedLoop(m_grid, statement);
    if (!loop || isHidden(loop->var, loop->statement->getBody()))
        return;
    m_counters[m_kernel.symbolOf(loop->var)] = {loop->first, loop->last};
    m_loops[loop->statement] = m_kernel.symbolOf(loop->var);
}

std::vector<const Stmt*> StencilTaps::loopsAround(const Stmt* node) const
{
    std::vector<const Stmt*> loops;
    for (node = m_kernel.parent(node); node != nullptr; node = m_kernel.parent(node))
        if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node))
            loops.push_back(node);
    return loops;
}

bool StencilTaps::onlyFixedLoops(const Stmt* node) const
{
    return std::ranges::all_of(loopsAround(node),
                               [&](const Stmt* loop) { return m_loops.count(llvm::dyn_cast<ForStmt>(loop)) > 0; });
}

std::vector<const ForStmt*> StencilTaps::loopsOf(const Stmt* node, const IndexForm& form) const
{
    std::vector<const ForStmt*> loops;
    for (const Stmt* loop : loopsAround(node))
        if (const auto found = m_loops.find(llvm::dyn_cast<ForStmt>(loop));
            found != m_loops.end() && form.dependsOn(found->second))
            loops.push_back(found->first);
    return loops;
}

const Expr* StencilTaps::wholeOf(const Access& access)
{
    return access.call == nullptr ? access.expression : access.call;
}

std::optional<StencilTaps::Found> StencilTaps::read(const Expr* load, const VarDecl* base, const IndexForm& index,
                                                    const BufferFact& fact, const std::vector<KeptEdge>& edges) const
{
    const auto& axes = m_grid.axes();
    StencilWindow window{base, false, {}, {}, {}, false};
    StencilWindow::Tap tap{load, {}};
    auto rest = index;
    auto elements = IndexForm::constant(1);
    auto stride = IndexForm::constant(1);
    std::array<IndexForm, 3> strides;
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
        const auto times = index.coefficient(axes[axis].symbol);
        // What all planes share has no stride there.
        if (axis == 2 && times && times->isZero())
            break;
        if (!times || *times != stride || stride.terms().size() != 1)
            return std::nullopt;
        strides[axis] = stride;
        rest = rest - IndexForm::symbol(axes[axis].symbol) * stride;
        elements = elements * axes[axis].extent;
        window.hasPlanes = axis == 2;
        if (axis + 1 < axes.size() && axes[axis].bound.isZero())
            return std::nullopt;
        stride = stride * axes[axis].bound;
    }
    if (m_grid.elementsOf(fact) != elements)
        return std::nullopt;
    for (std::size_t axis = window.hasPlanes ? 2 : 1; axis > 0; --axis)
        std::tie(tap.offset[axis], rest) = multiplesOf(rest, strides[axis]);
    tap.offset[0] = rest;
    return isSafe(tap, edges, window) ? std::optional(Found{std::move(window), std::move(tap)}) : std::nullopt;
}

/// Whether the tap is on the grid wherever the kernel loads it.
bool StencilTaps::isSafe(const StencilWindow::Tap& tap, const std::vector<KeptEdge>& edges, StencilWindow& window) const
{
    GridFacts facts(m_grid, m_counters, kAnywhere, kAnywhere);
    facts.assumeAround(tap.expression);
    for (std::size_t number = 0; number < m_grid.axes().size(); ++number) {
        const auto& axis = m_grid.axes()[number];
        const auto& offset = tap.offset[number];
        const auto range = rangeOf(offset, m_counters);
        const auto isKept = [&](bool isLow) {
            return std::ranges::any_of(edges, [&](const auto& edge) {
                return edge.isLow == isLow && (isLow || edge.axis == number)
                    && edge.inner == IndexForm::symbol(axis.symbol) + offset;
            });
        };
        if (!range || (range != std::pair<std::int64_t, std::int64_t>() && !axis.isFree))
            return false;
        const bool isOnGrid = (range->first >= 0 || isKept(true)) && (range->second <= 0 || isKept(false));
        if (!isOnGrid && !facts.isInside(number, offset))
            return false;
        window.low[number] = std::min<std::int64_t>(0, range->first);
        window.high[number] = std::max<std::int64_t>(0, range->second);
        if (window.high[number] - window.low[number] > m_widest)
            return false;
    }
    return true;
}

bool StencilTaps::add(std::vector<StencilWindow>& windows, Found found)
{
    const auto known = std::ranges::find(windows, found.window.base, &StencilWindow::base);
    if (known == windows.end()) {
        found.window.taps.push_back(std::move(found.tap));
        windows.push_back(std::move(found.window));
        return true;
    }
    if (known->hasPlanes != found.window.hasPlanes)
        return false;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        known->low[axis] = std::min(known->low[axis], found.window.low[axis]);
        known->high[axis] = std::max(known->high[axis], found.window.high[axis]);
    }
    known->isRepeated = known->isRepeated || found.window.isRepeated;
    known->taps.push_back(std::move(found.tap));
    return true;
}

}  // namespace warploom
