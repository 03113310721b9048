// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/QueryAttention.h"

#include "moves/ValueProduct.h"

namespace warploom {

using namespace clang;

namespace {

bool isWholeSum(const ValueTree& tree)
{
    return tree->kind == ValueKind::Fold && tree->text == "+" && isZero(tree->operands[0]) && tree->type == "float";
}

bool isMaximum(const ValueTree& tree)
{
    return tree->kind == ValueKind::Fold && tree->text == "max" && tree->type == "float";
}

bool holdsFold(const ValueTree& tree)
{
    return holds(tree, [](const Value& one) { return one.kind == ValueKind::Fold || one.kind == ValueKind::Carry; });
}

bool isLowestOfAll(const ValueTree& tree) { return tree->kind == ValueKind::Number && tree->text == kLowestScore; }

class QueryRecogniser {
public:
    explicit QueryRecogniser(const KernelScope& kernel, const std::vector<std::int64_t>& shape)
        : m_kernel(kernel)
        , m_reader(kernel, shape)
    {
    }

    std::optional<QueryAttention> recognise()
    {
        if (!m_reader.readKernel() || m_reader.stores().size() != 1)
            return std::nullopt;
        m_found.store = m_reader.stores().front();
        const auto& loops = m_found.store.loops;
        if (loops.size() != 1 || !loops[0].start.isZero() || loops[0].isNarrow || isOfGrid(loops[0].bound))
            return std::nullopt;
        m_found.outSymbol = loops[0].symbol;
        m_found.width = loops[0].bound;
        if (!findMean(m_found.store.value) || !readTotals() || !readScore())
            return std::nullopt;
        for (const auto& loop : m_reader.allLoops())
            if (loop.symbol == m_found.keySymbol)
                m_found.keys = loop;
        if (m_found.keys.isNarrow || m_found.keys.symbol.empty())
            return std::nullopt;
        m_found.named = m_reader.named();
        m_found.guards = m_reader.guards();
        m_found.printer = m_reader.printer();
        findSharing();
        return m_found;
    }

private:
    static bool isOfGrid(const IndexForm& form)
    {
        for (int axis = 0; axis < 3; ++axis)
            if (form.dependsOn(BlockReader::builtinSymbol("blockIdx", axis)))
                return true;
        return form.dependsOn("~");
    }
    [[nodiscard]] bool isOfKey(const ValueTree& tree) const { return dependsOn(tree, m_found.keySymbol); }
    [[nodiscard]] bool isOfOutput(const ValueTree& tree) const { return dependsOn(tree, m_found.outSymbol); }

    bool findMean(const ValueTree& tree)
    {
        if (isWholeSum(tree) && isOfOutput(tree))
            return readMean(tree);
        return std::ranges::any_of(tree->operands, [&](const auto& one) { return findMean(one); });
    }

    /// sum over t of weight * value, where all but the value's own factors are of no output element.
    bool readMean(const ValueTree& fold)
    {
        m_found.mean = fold;
        m_found.keySymbol = fold->symbol;
        ValueProduct product;
        product.add(fold->operands[1]);
        ValueTree value;
        for (const auto& factor : product.factors) {
            auto& place = isOfOutput(factor) ? value : m_found.weight;
            if (!isOfKey(factor))
                m_found.factors.push_back(factor);
            else if (place != nullptr)
                return false;
            else
                place = factor;
        }
        m_found.divisors = product.divisors;
        return value != nullptr && m_found.weight != nullptr
            && std::ranges::none_of(m_found.divisors, [&](auto& one) { return isOfKey(one) || isOfOutput(one); })
            && std::ranges::none_of(m_found.factors, [&](auto& one) { return isOfOutput(one); })
            && readLine(value, m_found.outSymbol, m_found.value) && readWeight(m_found.weight);
    }

    bool readLine(const ValueTree& tree, const std::string& along, QueryLine& line) const
    {
        line.value = tree;
        int loads = 0;
        bool isPlain = !holdsFold(tree);
        const auto look = [&](const Value& one) {
            if (one.kind == ValueKind::Load && one.index.dependsOn(along)) {
                line.load = &one;
                ++loads;
            } else {
                isPlain = isPlain && !one.index.dependsOn(along);
            }
            return false;
        };
        holds(tree, look);
        const auto step = loads == 1 ? line.load->index.coefficient(along) : std::nullopt;
        const auto pitch = loads == 1 ? line.load->index.coefficient(m_found.keySymbol) : std::nullopt;
        if (!isPlain || !step || !step->isOne() || !pitch || pitch->isZero())
            return false;
        line.pitch = *pitch;
        const auto type = innermostElement(line.load->base->getType()).getUnqualifiedType();
        line.element = type.getAsString(m_kernel.source().context().getPrintingPolicy());
        line.bytes = static_cast<int>(m_kernel.source().context().getTypeSizeInChars(type).getQuantity());
        return line.bytes == 1 || line.bytes == 2 || line.bytes == 4;
    }

    /// A choice of an exponential or 0, or the exponential itself.
    bool readWeight(const ValueTree& tree)
    {
        if (tree->kind == ValueKind::Select && tree->operands.size() == 2 && isZero(tree->operands[1])) {
            m_chosen = tree;
            return m_chosen->operands[0]->kind == ValueKind::Call && readWeight(tree->operands[0]);
        }
        static const std::set<std::string> known = {"exp", "expf", "__expf", "exp2", "exp2f"};
        if (tree->kind != ValueKind::Call || tree->operands.size() != 1 || known.count(tree->text) == 0)
            return false;
        m_found.exponential = tree;
        ValueProduct product;
        product.add(tree->operands[0]);
        for (const auto& factor : product.factors) {
            if (!isOfKey(factor) && !holdsFold(factor))
                continue;
            if (m_found.largest != nullptr || !readExcess(factor))
                return false;
        }
        return m_found.largest != nullptr
            && std::ranges::none_of(product.divisors, [&](auto& one) { return isOfKey(one) || holdsFold(one); });
    }

    bool readExcess(const ValueTree& tree)
    {
        if (tree->kind == ValueKind::Convert)
            return readExcess(tree->operands[0]);
        if (tree->kind != ValueKind::Binary || tree->text != "-" || tree->operands.size() != 2
            || !isMaximum(tree->operands[1]) || isOfOutput(tree->operands[0]))
            return false;
        m_found.scoreInWeight = tree->operands[0];
        m_found.largest = tree->operands[1];
        return isOverKeys(*m_found.largest);
    }

    [[nodiscard]] bool isOverKeys(const Value& fold) const
    {
        return fold.start == m_found.mean->start && fold.bound == m_found.mean->bound;
    }

    /// The same over keys as within the mean, which has another variable for them.
    [[nodiscard]] ValueTree alike(const Value& fold) const
    {
        return substituted(fold.operands[1], fold.symbol, IndexForm::symbol(m_found.keySymbol));
    }

    bool readTotals()
    {
        const auto& highest = *m_found.largest;
        const auto& start = highest.operands[0];
        const bool isNegative = start->kind == ValueKind::Binary && start->operands.size() == 1;
        m_found.isStartFinite = (isNegative ? start->operands[0] : start)->kind == ValueKind::Number;
        m_found.score = alike(highest);
        if (holdsFold(start) || m_found.score == nullptr)
            return false;
        const auto isHidden = [&](const ValueTree& score) {
            return score->kind == ValueKind::Select && score->operands.size() == 2 && isLowestOfAll(score->operands[1])
                && isSame(score->operands[0], m_found.scoreInWeight) && m_chosen != nullptr
                && m_chosen->index == score->index;
        };
        if (!isSame(m_found.score, m_found.scoreInWeight) && !isHidden(m_found.score))
            return false;
        auto trees = m_found.factors;
        trees.insert(trees.end(), m_found.divisors.begin(), m_found.divisors.end());
        trees.push_back(m_found.store.value);
        return std::ranges::all_of(trees, [&](const auto& tree) { return readRest(tree); });
    }

    /// Of all that stands around the mean, only sums and maxima of the same weights.
    bool readRest(const ValueTree& tree)
    {
        if (tree == m_found.mean || isLargest(tree))
            return true;
        if (tree->kind == ValueKind::Carry || dependsOnKeyAlone(tree))
            return false;
        if (tree->kind != ValueKind::Fold)
            return std::ranges::all_of(tree->operands, [&](const auto& one) { return readRest(one); });
        if (!isTotal(tree))
            return false;
        m_found.total = tree;
        return true;
    }

    [[nodiscard]] bool dependsOnKeyAlone(const ValueTree& tree) const
    {
        return tree->index.dependsOn(m_found.keySymbol);
    }

    [[nodiscard]] bool isLargest(const ValueTree& tree) const
    {
        return tree == m_found.largest || isSame(tree, m_found.largest);
    }

    [[nodiscard]] bool isTotal(const ValueTree& tree) const
    {
        return isWholeSum(tree) && isOverKeys(*tree) && isSame(alike(*tree), m_found.weight);
    }

    /// What a score is made of: one sum of products, and what else there is of no output element.
    bool readScore()
    {
        const auto find = [&](const auto& self, const ValueTree& tree) -> bool {
            if (isPlainSum(tree) && tree->type == "float" && m_found.product == nullptr) {
                m_found.product = tree;
                return true;
            }
            return tree->kind != ValueKind::Fold && tree->kind != ValueKind::Carry
                && (m_found.product == nullptr || tree != m_found.product)
                && std::ranges::all_of(tree->operands, [&](const auto& one) {
                       return isSame(one, m_found.product) || self(self, one);
                   });
        };
        if (!find(find, m_found.score) || m_found.product == nullptr || isOfOutput(m_found.score))
            return false;
        m_found.depthSymbol = m_found.product->symbol;
        m_found.depth = m_found.product->bound;
        return !isOfGrid(m_found.depth) && !m_found.depth.dependsOn(m_found.keySymbol) && readProduct();
    }

    bool readProduct()
    {
        ValueProduct product;
        product.add(m_found.product->operands[1]);
        ValueTree key;
        for (const auto& factor : product.factors) {
            auto& side = isOfKey(factor) ? key : m_found.query;
            side = side == nullptr ? factor : operationValue(ValueKind::Binary, "*", {side, factor});
        }
        for (const auto& divisor : product.divisors) {
            auto& side = isOfKey(divisor) ? key : m_found.query;
            if (side == nullptr)
                return false;
            side = operationValue(ValueKind::Binary, "/", {side, divisor});
        }
        return key != nullptr && m_found.query != nullptr && !holdsFold(m_found.query)
            && readLine(key, m_found.depthSymbol, m_found.key);
    }

    /// Whether \p form has the symbol itself as a factor, not only within a quotient or the like.
    static bool hasFactor(const IndexForm& form, const std::string& symbol)
    {
        return std::ranges::any_of(
            form.terms(), [&](const auto& term) { return std::ranges::find(term.first, symbol) != term.first.end(); });
    }

    /// The axis of the grid along which keys and values stay, or do for several rows.
    void findSharing()
    {
        const auto isFree = [&](const QueryLine& line, const std::string& symbol) {
            const auto others = mapped(
                line.value, [&](const ValueTree& node) { return node.get() == line.load ? numberValue("0") : node; });
            return !hasFactor(line.load->index, symbol) && !line.pitch.dependsOn(symbol) && !dependsOn(others, symbol);
        };
        const auto axes = m_kernel.launches().front()->gridParts.size();
        for (int axis = 0; axis < static_cast<int>(axes); ++axis) {
            const auto symbol = BlockReader::builtinSymbol("blockIdx", axis);
            const auto isUsed = m_found.store.index.dependsOn(symbol);
            if (!isUsed || !isFree(m_found.key, symbol) || !isFree(m_found.value, symbol))
                continue;
            m_found.axis = axis;
            m_found.isSharing = true;
            for (const auto& [quotient, parts] : m_found.printer.quotients)
                if (std::get<0>(parts) == "/" && std::get<1>(parts) == IndexForm::symbol(symbol)
                    && m_found.key.load->index.dependsOn(quotient))
                    m_found.group = std::get<2>(parts);
            return;
        }
    }

    const KernelScope& m_kernel;
    BlockReader m_reader;
    QueryAttention m_found;
    ValueTree m_chosen;  ///< the weight, where it is a choice
};

}  // namespace

std::optional<QueryAttention> queryAttention(const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    if (kernel.kernel().isDependentContext() || kernel.kernel().isTemplateInstantiation() || launches.size() != 1
        || kernel.hasAliases())
        return std::nullopt;
    const auto shape = kernel.source().directives().blockShape(*launches.front());
    if (!shape || (*shape)[0] * (*shape)[1] * (*shape)[2] > kMostLanes)
        return std::nullopt;
    return QueryRecogniser(kernel, *shape).recognise();
}

}  // namespace warploom
