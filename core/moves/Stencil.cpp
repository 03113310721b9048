// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Stencil.h"

#include "moves/SizeForms.h"
#include "moves/StencilTaps.h"
#include "moves/WindowEdges.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kWidest = 10;  ///< distance of the farthest taps along an axis
constexpr std::int64_t kLongestTable = 128;

/// What a plain assignment sets; null for anything else.
const Expr* targetOf(const Stmt* statement)
{
    if (const auto* whole = llvm::dyn_cast<ExprWithCleanups>(statement))
        statement = whole->getSubExpr();
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(statement))
        return binary->getOpcode() == BO_Assign ? binary->getLHS() : nullptr;
    const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(statement);
    return call != nullptr && call->getOperator() == OO_Equal ? call->getArg(0) : nullptr;
}

class StencilReader {
public:
    StencilReader(const MoveContext& context, GridKernel grid)
        : m_context(context)
        , m_kernel(grid.kernel())
        , m_stencil{std::move(grid), {}, {}, {}, {}, {}, {}, {}}
        , m_taps(m_stencil.grid, kWidest)
    {
    }

    std::optional<Stencil> read()
    {
        const Stmt* body = m_kernel.kernel().getBody();
        if (m_kernel.synchronises(body) || m_kernel.hasAliases() || !readFlow(body) || !readAccesses(body)
            || m_stencil.outputs.empty())
            return std::nullopt;
        for (const auto& output : m_stencil.outputs)
            if (!stores(m_stencil.grid.guarded().body, output))
                return std::nullopt;
        if (isPatched(2))
            std::erase_if(m_stencil.tables,
                          [&](const auto& table) { return table.first.dependsOn(grid().axes()[2].symbol); });
        std::array<std::int64_t, 3> low{};
        std::array<std::int64_t, 3> high{};
        for (std::size_t axis = 0; axis < 3; ++axis) {
            low[axis] = -m_stencil.low(axis);
            high[axis] = m_stencil.high(axis);
        }
        m_stencil.settled = settledConditions(grid(), m_taps.counters(), low, high);
        readTests(body);
        return m_stencil;
    }

private:
    [[nodiscard]] const GridKernel& grid() const { return m_stencil.grid; }

    /// Loops with their counters, and returns that leave no loop.
    bool readFlow(const Stmt* body)
    {
        bool isPlain = true;
        walk(body, [&](const Stmt* node) {
            if (llvm::isa<LambdaExpr, GotoStmt, LabelStmt, SwitchStmt>(node))
                isPlain = false;
            m_taps.addLoop(node);
            if (const auto* done = llvm::dyn_cast<ReturnStmt>(node)) {
                const bool isGuard = grid().guarded().returnsEarly && isWithin(done, grid().guarded().guard);
                isPlain = isPlain && (isGuard || m_taps.loopsAround(done).empty());
                if (!isGuard)
                    m_stencil.returns.push_back(done);
            }
            if (const auto* statement = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : statement->decls())
                    isPlain = isPlain && !one->hasAttr<CUDASharedAttr>();
            return isPlain;
        });
        return isPlain;
    }

    [[nodiscard]] bool isWithin(const Stmt* node, const Stmt* outer) const
    {
        while (node != nullptr && node != outer)
            node = m_kernel.parent(node);
        return node != nullptr;
    }

    bool readAccesses(const Stmt* body)
    {
        const auto accesses = m_kernel.accesses(body);
        std::set<const VarDecl*> written;
        for (const auto& access : accesses) {
            const auto* base = baseOf(access);
            const bool isLocal = base != nullptr && base->isLocalVarDecl();
            if (base == nullptr || access.atomic || (access.writes && !isLocal && !readStore(access)))
                return false;
            if (access.writes)
                written.insert(base);
        }
        for (const auto& access : accesses)
            if (const auto* base = baseOf(access);
                access.reads && !base->isLocalVarDecl() && (written.count(base) > 0 || !readLoad(access, base)))
                return false;
        return true;
    }

    /// The array that is touched, be it at a place that is kept on the grid; null where that is not sure.
    [[nodiscard]] const VarDecl* baseOf(const Access& access) const
    {
        if (access.base != nullptr || access.writes)
            return access.base;
        WindowEdges edges(grid());
        const auto place = edges.read(access.expression);
        return place ? place->base : nullptr;
    }

    bool readStore(const Access& access)
    {
        const Stmt* assignment = m_kernel.parent(access.expression);
        const Stmt* above = assignment == nullptr ? nullptr : m_kernel.parent(assignment);
        while (llvm::isa_and_nonnull<ExprWithCleanups>(above))
            above = m_kernel.parent(above);
        const auto place = access.index && !access.reads ? grid().canonical(*access.index) : std::nullopt;
        if (assignment == nullptr || targetOf(assignment) != access.expression
            || !llvm::isa_and_nonnull<CompoundStmt, IfStmt>(above) || !place || access.call != nullptr
            || !m_taps.loopsAround(assignment).empty()
            || innermostElement(access.base->getType()).isVolatileQualified())
            return false;
        const auto found = std::ranges::find(m_stencil.outputs, access.base, &StencilOutput::base);
        if (found != m_stencil.outputs.end()) {
            found->stores.push_back(access.expression);
            return found->place == *place;
        }
        m_stencil.outputs.push_back({access.base, *place, {access.expression}});
        return place->coefficient(grid().axes()[0].symbol) == IndexForm::constant(1) && ownsPlace(*place);
    }

    /// Whether no two elements have one place, and rows start at multiples of their length.
    [[nodiscard]] bool ownsPlace(const IndexForm& place) const
    {
        const auto& axes = grid().axes();
        auto expected = IndexForm::symbol(axes[0].symbol);
        auto stride = axes[0].bound;
        for (std::size_t axis = 1; axis < axes.size(); ++axis) {
            expected = expected + IndexForm::symbol(axes[axis].symbol) * stride;
            stride = stride * axes[axis].bound;
        }
        return place == expected;
    }

    bool readLoad(const Access& access, const VarDecl* base)
    {
        if (innermostElement(base->getType()).isVolatileQualified())
            return false;
        const auto* fact = m_context.arrayOf(m_kernel, base);
        const auto index = access.index ? grid().canonical(*access.index) : std::nullopt;
        if (fact == nullptr || !m_taps.onlyFixedLoops(access.expression)
            || (index && readTap(access, base, *index, *fact, {})))
            return true;
        WindowEdges edges(grid());
        const auto place = edges.read(access.expression);
        const bool isKept =
            place && !edges.edges().empty() && readTap(access, place->base, place->index, *fact, edges.edges());
        if (!isKept && index)
            readTable(access, *index, *fact);
        return true;
    }

    /// Counters that take part in places have to be known: those loops will be unrolled.
    void noteLoops(const Stmt* node, const IndexForm& used)
    {
        for (const ForStmt* loop : m_taps.loopsOf(node, used))
            m_stencil.loops.insert(loop);
    }

    bool readTap(const Access& access, const VarDecl* base, const IndexForm& index, const BufferFact& fact,
                 const std::vector<KeptEdge>& edges)
    {
        auto found = m_taps.read(StencilTaps::wholeOf(access), base, index, fact, edges);
        if (!found)
            return false;
        found->window.isRepeated = !edges.empty();
        for (const auto& offset : found->tap.offset)
            noteLoops(found->tap.expression, offset);
        return StencilTaps::add(m_stencil.windows, std::move(*found));
    }

    /// A read within one of equal parts of a buffer: the whole, or that of a plane.
    void readTable(const Access& access, const IndexForm& index, const BufferFact& fact)
    {
        IndexForm place;
        for (const auto& [monomial, factor] : index.terms()) {
            auto term = IndexForm::constant(factor);
            for (const auto& symbol : monomial)
                term = term * IndexForm::symbol(symbol);
            if (rangeOf(term, m_taps.counters()))
                place = place + term;
        }
        const auto first = index - place;
        const auto range = rangeOf(place, m_taps.counters());
        auto length = IndexForm::constant(1);
        auto parts = grid().elementsOf(fact);
        for (auto extent = fact.shape.rbegin(); parts && range && extent != fact.shape.rend(); ++extent) {
            const auto form = grid().hostForm(*extent);
            length = form ? length * *form : IndexForm();
            const auto count = length.constantValue();
            if (!count || *count == 0)
                return;
            if (range->first < 0 || range->second >= *count || *count > kLongestTable)
                continue;
            if (isPart(first, *count, exactQuotient(*parts, length)))
                addTable({access.base, first, *count, {{StencilTaps::wholeOf(access), place}}});
            return;
        }
    }

    /// Whether \p first is where one of \p parts parts of \p length values starts, the same for all elements of a
    /// plane.
    [[nodiscard]] bool isPart(const IndexForm& first, std::int64_t length, const std::optional<IndexForm>& parts) const
    {
        const auto number = exactQuotient(first, IndexForm::constant(length));
        if (!parts || !number)
            return false;
        if (number->isZero())
            return true;
        if (grid().axes().size() < 3)
            return false;
        const auto plane = IndexForm::symbol(grid().axes()[2].symbol);
        if (*number == plane)
            return grid().axes()[2].extent == *parts;
        const auto& terms = number->terms();
        const auto opaque = terms.size() == 1 && terms.begin()->second == 1 && terms.begin()->first.size() == 1
            ? opaqueParts(terms.begin()->first.front())
            : std::nullopt;
        return opaque && opaque->operation == '%' && opaque->left == plane && grid().onHost(opaque->right) == parts;
    }

    [[nodiscard]] bool isPatched(std::size_t axis) const
    {
        return m_stencil.low(axis) != 0 || m_stencil.high(axis) != 0;
    }

    void addTable(StencilTable table)
    {
        noteLoops(table.reads[0].first, table.reads[0].second);
        for (auto& known : m_stencil.tables)
            if (known.base == table.base && known.first == table.first && known.length == table.length) {
                known.reads.push_back(table.reads[0]);
                return;
            }
        m_stencil.tables.push_back(std::move(table));
    }

    /// Whether every way through \p statements stores to \p output.
    [[nodiscard]] bool stores(const std::vector<const Stmt*>& statements, const StencilOutput& output) const
    {
        bool isStored = false;
        for (const Stmt* statement : statements) {
            isStored = isStored || std::ranges::find(output.stores, targetOf(statement)) != output.stores.end();
            if (const auto* branch = llvm::dyn_cast<IfStmt>(statement)) {
                const bool then = isStored || stores(statementsOf(branch->getThen()), output);
                const bool other =
                    isStored || (branch->getElse() != nullptr && stores(statementsOf(branch->getElse()), output));
                if ((!then && containsReturn(branch->getThen())) || (!other && containsReturn(branch->getElse())))
                    return false;
                isStored = (then || leavesKernel(branch->getThen())) && (other || leavesKernel(branch->getElse()));
            } else if (!isStored && containsReturn(statement)) {
                return false;
            }
        }
        return isStored;
    }

    static std::vector<const Stmt*> statementsOf(const Stmt* statement)
    {
        if (const auto* block = llvm::dyn_cast_or_null<CompoundStmt>(statement))
            return {block->body_begin(), block->body_end()};
        return {statement};
    }

    static bool containsReturn(const Stmt* statement)
    {
        bool found = false;
        walk(statement, [&](const Stmt* node) {
            found = found || llvm::isa<ReturnStmt>(node);
            return !found;
        });
        return found;
    }

    void readTests(const Stmt* body)
    {
        walk(body, [&](const Stmt* node) {
            const auto* comparison = llvm::dyn_cast<BinaryOperator>(node);
            if (comparison == nullptr || !comparison->isRelationalOp()
                || !comparison->getLHS()->getType()->isSignedIntegerType())
                return true;
            const auto left = grid().canonical(comparison->getLHS());
            const auto right = grid().canonical(comparison->getRHS());
            if (!left || !right)
                return true;
            const auto opcode = comparison->getOpcode();
            const auto strict = IndexForm::constant(opcode == BO_LT || opcode == BO_GT ? 1 : 0);
            const bool isLess = opcode == BO_LT || opcode == BO_LE;
            readTest(comparison, (isLess ? *right - *left : *left - *right) - strict);
            return true;
        });
    }

    /// A comparison that is true where \p form is at least 0.
    void readTest(const BinaryOperator* comparison, const IndexForm& form)
    {
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const auto coordinate = IndexForm::symbol(grid().axes()[axis].symbol);
            const auto after = form - coordinate;
            const auto before = grid().axes()[axis].bound - IndexForm::constant(1) - coordinate - form;
            if (rangeOf(after, m_taps.counters()))
                m_stencil.tests.push_back({comparison, axis, true, after});
            else if (rangeOf(before, m_taps.counters()))
                m_stencil.tests.push_back({comparison, axis, false, before});
        }
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    Stencil m_stencil;
    StencilTaps m_taps;
};

}  // namespace

std::int64_t Stencil::low(std::size_t axis) const
{
    std::int64_t farthest = 0;
    for (const auto& window : windows)
        farthest = std::min(farthest, window.low[axis]);
    return farthest;
}

std::int64_t Stencil::high(std::size_t axis) const
{
    std::int64_t farthest = 0;
    for (const auto& window : windows)
        farthest = std::max(farthest, window.high[axis]);
    return farthest;
}

std::optional<Stencil> stencilOf(const MoveContext& context, const KernelScope& kernel,
                                 const std::optional<KnownValues>& known)
{
    auto grid = GridKernel::make(context, kernel, known);
    return grid ? StencilReader(context, std::move(*grid)).read() : std::nullopt;
}

}  // namespace warploom
