// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/NeighbourSum.h"

#include "moves/NeighbourTaps.h"
#include "moves/SizeForms.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kFarthest = 10;  ///< rows, or columns, that a window has beside its first
constexpr std::int64_t kLargestSum = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kWidestColumn = 8;
constexpr std::size_t kMostColumnSizes = 3;  ///< each is a copy of the code

class NeighbourReader {
public:
    NeighbourReader(const MoveContext& context, GridKernel grid)
        : m_context(context)
        , m_kernel(grid.kernel())
        , m_result{std::move(grid), nullptr, nullptr, nullptr, nullptr, nullptr, {}, {}, {}, {}, {}, nullptr, nullptr}
    {
    }

    std::optional<NeighbourSum> read()
    {
        const Stmt* body = m_kernel.kernel().getBody();
        if (grid().isLinear() || !hasSignedIndices() || m_kernel.synchronises(body) || m_kernel.hasAliases()
            || !isPlain(body) || !readStore() || !readSum() || !readSteps() || !isExact())
            return std::nullopt;
        return m_result;
    }

private:
    [[nodiscard]] const GridKernel& grid() const { return m_result.grid; }

    /// Whether what is left of the first element can be told.
    [[nodiscard]] bool hasSignedIndices() const
    {
        return std::ranges::all_of(grid().guarded().indices, [&](const auto& index) {
            const auto type = index.var->getType();
            return index.dimension == 2
                || (type->isSignedIntegerType() && m_kernel.source().context().getTypeSize(type) >= 32);
        });
    }

    /// Whether the code can be run for several elements, one after the other.
    [[nodiscard]] bool isPlain(const Stmt* body) const
    {
        bool found = true;
        walk(body, [&](const Stmt* node) {
            if (llvm::isa<LambdaExpr, GotoStmt, LabelStmt, SwitchStmt, GCCAsmStmt>(node))
                found = false;
            if (llvm::isa<ReturnStmt>(node))
                found = found && grid().guarded().returnsEarly && isWithin(node, grid().guarded().guard);
            if (const auto* statement = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : statement->decls()) {
                    const auto* var = llvm::dyn_cast<VarDecl>(one);
                    found = found && var != nullptr && !var->hasAttr<CUDASharedAttr>()
                        && (!var->isStaticLocal() || var->getType().isConstQualified());
                }
            return found;
        });
        return found;
    }

    [[nodiscard]] bool isWithin(const Stmt* node, const Stmt* outer) const
    {
        while (node != nullptr && node != outer)
            node = m_kernel.parent(node);
        return node != nullptr;
    }

    /// The one place that is written: each element its own, unconditionally.
    bool readStore()
    {
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody())) {
            if (access.base == nullptr || access.atomic)
                return false;
            if (!access.writes || access.base->isLocalVarDecl())
                continue;
            const auto place = access.index ? grid().canonical(*access.index) : std::nullopt;
            if (m_result.store != nullptr || access.reads || access.call != nullptr || !place || *place != ownPlace()
                || !isAssignedOnce(access.expression))
                return false;
            m_result.store = access.expression;
            m_result.output = access.base;
        }
        if (m_result.store == nullptr)
            return false;
        const auto type = innermostElement(m_result.output->getType());
        return (type->isIntegerType() || type->isRealFloatingType()) && hasGridShape(m_result.output)
            && !isReadElsewhere(m_result.output);
    }

    [[nodiscard]] bool isAssignedOnce(const Expr* place) const
    {
        const auto* assignment = llvm::dyn_cast_or_null<BinaryOperator>(m_kernel.parent(place));
        const auto& body = grid().guarded().body;
        return assignment != nullptr && assignment->getOpcode() == BO_Assign && assignment->getLHS() == place
            && std::ranges::find(body, assignment) != body.end() && !place->HasSideEffects(m_kernel.source().context());
    }

    [[nodiscard]] bool isReadElsewhere(const VarDecl* base) const
    {
        return m_kernel.references(base, m_kernel.kernel().getBody()).size() != 1
            || std::ranges::any_of(m_kernel.accesses(m_kernel.kernel().getBody()),
                                   [&](const auto& access) { return access.base == base && access.reads; });
    }

    /// Index of the element in an array that has the grid's shape.
    [[nodiscard]] IndexForm ownPlace() const
    {
        const auto& axes = grid().axes();
        return IndexForm::symbol(axes[0].symbol) + IndexForm::symbol(axes[1].symbol) * bound(0) + planePlace();
    }

    [[nodiscard]] IndexForm bound(std::size_t axis) const
    {
        return grid().canonical(grid().axes()[axis].bound).value_or(IndexForm());
    }

    bool readSum()
    {
        for (const Stmt* statement : grid().guarded().body) {
            if (const auto* hinted = llvm::dyn_cast<AttributedStmt>(statement))
                statement = hinted->getSubStmt();
            const auto* loop = llvm::dyn_cast<ForStmt>(statement);
            NeighbourTaps taps(grid());
            if (loop == nullptr || !taps.read(loop))
                continue;
            m_result.nest = loop;
            m_result.sum = taps.sum();
            m_result.base = taps.base();
            return readTaps(taps);
        }
        return std::ranges::any_of(grid().guarded().body, [&](const Stmt* statement) { return readValue(statement); });
    }

    /// A sum without loops in a declaration or an assignment, as large as possible.
    bool readValue(const Stmt* statement)
    {
        if (!llvm::isa<DeclStmt, BinaryOperator>(statement))
            return false;
        bool isFound = false;
        walk(statement, [&](const Stmt* node) {
            const auto* expression = llvm::dyn_cast<Expr>(node);
            if (isFound || expression == nullptr || !expression->isPRValue() || !expression->getType()->isIntegerType()
                || !llvm::isa<BinaryOperator>(expression))
                return !isFound;
            NeighbourTaps taps(grid());
            if (!taps.readValue(expression) || taps.all().size() < 3)
                return true;
            m_result.value = expression;
            m_result.base = taps.base();
            isFound = readTaps(taps);
            return false;
        });
        return isFound;
    }

    /// Whether the array has the grid's shape, so that all within its bounds exists.
    [[nodiscard]] bool hasGridShape(const VarDecl* base) const
    {
        const auto* fact = m_context.arrayOf(m_kernel, base);
        auto elements = one();
        for (const auto& axis : grid().axes())
            elements = elements * axis.extent;
        return fact != nullptr && llvm::isa<ParmVarDecl>(base)
            && !innermostElement(base->getType()).isVolatileQualified() && grid().elementsOf(*fact) == elements;
    }

    bool readTaps(const NeighbourTaps& taps)
    {
        if (m_result.base == m_result.output || !hasGridShape(m_result.base))
            return false;
        m_result.low = m_result.high = {};
        m_result.edges = {};
        std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> weights;
        bool isFirst = true;
        for (const auto& [tap, weight] : taps.all()) {
            std::array<std::int64_t, 2> offset{};
            if (!readTap(taps, tap, offset, isFirst))
                return false;
            isFirst = false;
            weights[{offset[1], offset[0]}] += weight;
            for (std::size_t axis = 0; axis < 2; ++axis) {
                m_result.low[axis] = std::min(m_result.low[axis], offset[axis]);
                m_result.high[axis] = std::max(m_result.high[axis], offset[axis]);
            }
        }
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const auto reach = m_result.high[axis] - m_result.low[axis];
            if (reach > kFarthest || (reach != 0 && m_result.edges[axis] == EdgeKind::None))
                return false;
        }
        const auto rows = static_cast<std::size_t>(m_result.high[1] - m_result.low[1] + 1);
        const auto columns = static_cast<std::size_t>(m_result.high[0] - m_result.low[0] + 1);
        m_result.weights.assign(rows, std::vector<std::int64_t>(columns));
        for (const auto& [place, weight] : weights)
            m_result.weights[static_cast<std::size_t>(place.first - m_result.low[1])]
                            [static_cast<std::size_t>(place.second - m_result.low[0])] = weight;
        return rows * columns > 1;
    }

    /// A tap as its distance in columns and rows from the element; all taps have to be of one kind.
    bool readTap(const NeighbourTaps& taps, const NeighbourTap& tap, std::array<std::int64_t, 2>& offset, bool isFirst)
    {
        auto rest = tap.index - planePlace();
        std::array<EdgeKind, 2> edges{};
        std::vector<IndexForm> allowed;
        const auto step = stepOf(rest);
        if (step.terms().size() != 1 || (!isFirst && step != m_step))
            return false;
        m_step = step;
        if (!coordinateOf(taps, tap, 1, rest, bound(0), edges[1], offset[1], allowed)
            || !coordinateOf(taps, tap, 0, rest, m_step, edges[0], offset[0], allowed) || rest != channelPlace()
            || !std::ranges::all_of(
                tap.inside, [&](const auto& form) { return std::ranges::find(allowed, form) != allowed.end(); }))
            return false;
        for (std::size_t axis = 0; axis < 2; ++axis) {
            if (edges[axis] == EdgeKind::None)
                continue;
            if (m_result.edges[axis] != EdgeKind::None && m_result.edges[axis] != edges[axis])
                return false;
            m_result.edges[axis] = edges[axis];
        }
        return true;
    }

    /// Index of a plane's first element.
    [[nodiscard]] IndexForm planePlace() const
    {
        const auto& axes = grid().axes();
        return axes.size() == 3 ? IndexForm::symbol(axes[2].symbol) * bound(0) * bound(1) : IndexForm();
    }

    /// Place of an element within its column.
    [[nodiscard]] IndexForm channelPlace() const
    {
        return m_step.isOne() ? IndexForm() : quotientForm('%', IndexForm::symbol(grid().axes()[0].symbol), m_step);
    }

    /// The coordinate of an element's own column or row.
    [[nodiscard]] IndexForm own(std::size_t axis) const
    {
        const auto symbol = IndexForm::symbol(grid().axes()[axis].symbol);
        return axis == 1 || m_step.isOne() ? symbol : quotientForm('/', symbol, m_step);
    }

    /// How many columns or rows there are.
    [[nodiscard]] std::optional<IndexForm> extent(std::size_t axis) const
    {
        return axis == 1 || m_step.isOne() ? std::optional(bound(axis)) : exactQuotient(bound(0), m_step);
    }

    /// Takes the coordinate's part, \p stride times it, off \p rest.
    bool coordinateOf(const NeighbourTaps& taps, const NeighbourTap& tap, std::size_t axis, IndexForm& rest,
                      const IndexForm& stride, EdgeKind& edge, std::int64_t& offset,
                      std::vector<IndexForm>& allowed) const
    {
        const auto number = extent(axis);
        if (!number || stride.terms().size() != 1)
            return false;
        for (const auto& [symbol, clamp] : taps.clamps()) {
            const auto distance = (clamp.inner - own(axis)).constantValue();
            if (!rest.dependsOn(symbol) || !distance || rest.coefficient(symbol) != stride
                || (clamp.bound ? *clamp.bound != *number : *distance > 0) || (!clamp.isLow && *distance < 0))
                continue;
            rest = rest.without(symbol);
            offset = *distance;
            edge = EdgeKind::Repeat;
            return true;
        }
        // Without a clamp the tap counts only where its coordinate is one of the grid's.
        const auto [times, left] = multiplesOf(rest - own(axis) * stride, stride);
        const auto distance = times.constantValue();
        if (!distance)
            return false;
        rest = left;
        offset = *distance;
        const auto coordinate = own(axis) + IndexForm::constant(*distance);
        allowed.push_back(coordinate);
        allowed.push_back(*number - one() - coordinate);
        const auto isGuarded = [&](const IndexForm& form) {
            return std::ranges::find(tap.inside, form) != tap.inside.end();
        };
        const bool isLow = isGuarded(coordinate);
        const bool isHigh = isGuarded(*number - one() - coordinate);
        edge = isLow || isHigh ? EdgeKind::Zero : EdgeKind::None;
        return (isLow || *distance >= 0) && (isHigh || *distance <= 0);
    }

    /// How many elements a column has, from their places within it; 1 where columns are elements.
    [[nodiscard]] IndexForm stepOf(const IndexForm& rest) const
    {
        const auto number = IndexForm::symbol(grid().axes()[0].symbol);
        for (const auto& [monomial, factor] : rest.terms())
            for (const auto& symbol : monomial)
                if (const auto parts = opaqueParts(symbol); parts && parts->operation == '%' && parts->left == number)
                    return parts->right;
        return one();
    }

    /// The parameter that \p form is.
    [[nodiscard]] const ParmVarDecl* parameterOf(const IndexForm& form) const
    {
        for (const auto* parameter : m_kernel.kernel().parameters())
            if (parameter->getType()->isSignedIntegerType() && !m_kernel.isModified(parameter)
                && form == IndexForm::symbol(m_kernel.symbolOf(parameter)))
                return parameter;
        return nullptr;
    }

    bool readSteps()
    {
        if (const auto value = m_step.constantValue()) {
            m_result.steps = {*value};
            return *value >= 1 && *value <= kWidestColumn;
        }
        m_result.step = parameterOf(m_step);
        if (m_result.step == nullptr)
            return false;
        for (const auto& values : timedArguments(m_context, m_kernel)) {
            const auto found = values.find(m_kernel.symbolOf(m_result.step));
            if (found == values.end() || found->second < 1 || found->second > kWidestColumn)
                return false;
            if (std::ranges::find(m_result.steps, found->second) == m_result.steps.end())
                m_result.steps.push_back(found->second);
        }
        return !m_result.steps.empty() && m_result.steps.size() <= kMostColumnSizes;
    }

    /// Whether no sum of any of the terms leaves 32 bits.
    [[nodiscard]] bool isExact() const
    {
        const auto [most, least] = m_result.range();
        return most + least < kLargestSum;
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    NeighbourSum m_result;
    IndexForm m_step;  ///< elements of a column
};

}  // namespace

std::int64_t NeighbourSum::bytes() const
{
    const auto type = innermostElement(base->getType());
    return grid.kernel().source().context().getTypeSizeInChars(type).getQuantity();
}

std::pair<std::int64_t, std::int64_t> NeighbourSum::range() const
{
    const auto bits = 8 * bytes();
    const bool isSigned = innermostElement(base->getType())->isSignedIntegerType();
    const auto most = isSigned ? (std::int64_t{1} << (bits - 1)) : (std::int64_t{1} << bits) - 1;
    std::pair<std::int64_t, std::int64_t> range{0, 0};
    for (const auto& row : weights)
        for (const auto weight : row) {
            (weight > 0 ? range.first : range.second) += std::abs(weight) * most;
            if (isSigned)
                (weight > 0 ? range.second : range.first) += std::abs(weight) * most;
        }
    return range;
}

std::optional<NeighbourSum> neighbourSumOf(const MoveContext& context, const KernelScope& kernel)
{
    auto grid = GridKernel::make(context, kernel);
    return grid ? NeighbourReader(context, std::move(*grid)).read() : std::nullopt;
}

}  // namespace warploom
