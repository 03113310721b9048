// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AttentionForm.h"

#include <cstdlib>

#include "moves/ValueProduct.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kMostDepth = 256;
constexpr std::int64_t kDepthStep = 16;
constexpr int kAlignedBytes = 16;
constexpr double kHuge = 1e9;
constexpr unsigned kCountedBits = 32;  // tiles reach past the last row and key

const Value* loadWithin(const ValueTree& tree)
{
    const Value* node = tree.get();
    while (node->kind == ValueKind::Convert && node->operands.size() == 1)
        node = node->operands[0].get();
    return node->kind == ValueKind::Load ? node : nullptr;
}

/// Whether it is the same for all rows and keys, and cheap.
bool isScalar(const ValueTree& tree)
{
    return !holds(tree, [](const Value& one) {
        return one.kind == ValueKind::Load || one.kind == ValueKind::Fold || one.kind == ValueKind::Carry
            || (one.kind == ValueKind::Index && !one.index.constantValue()) || one.kind == ValueKind::Select;
    });
}

/// Whether exp() of it is nothing beside any other score.
bool isLowest(const ValueTree& tree)
{
    if (tree->kind != ValueKind::Binary || tree->operands.size() != 1 || tree->text != "-")
        return false;
    const auto& size = tree->operands[0];
    return (size->kind == ValueKind::Number && std::strtod(size->text.c_str(), nullptr) > kHuge)
        || (size->kind == ValueKind::Call && size->text.find("inf") != std::string::npos);
}

bool areSameSet(const std::vector<IndexForm>& a, const std::vector<IndexForm>& b)
{
    const auto includes = [](const auto& all, const auto& some) {
        return std::ranges::all_of(some, [&](const auto& one) { return std::ranges::find(all, one) != all.end(); });
    };
    return includes(a, b) && includes(b, a);
}

class AttentionRecogniser {
public:
    explicit AttentionRecogniser(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_reader(kernel)
    {
    }

    std::optional<Attention> recognise()
    {
        auto guarded = guardedKernel(m_kernel, true);
        if (!guarded || guarded->indices.size() != 1 || guarded->indexOf(0) == nullptr)
            return std::nullopt;
        m_found.guarded = std::move(*guarded);
        const auto* row = m_found.guarded.indices[0].var;
        if (m_kernel.source().context().getIntWidth(row->getType()) < kCountedBits)
            return std::nullopt;
        m_reader.bind(row);
        m_found.rowSymbol = ValueReader::symbolFor(row->getNameAsString());
        auto statements = m_found.guarded.preamble;
        statements.insert(statements.end(), m_found.guarded.body.begin(), m_found.guarded.body.end());
        if (!m_reader.run(statements) || m_reader.stores().size() != 1)
            return std::nullopt;
        const auto rows = m_reader.formOf(m_found.guarded.bounds.at(row));
        if (!rows || rows->dependsOn(m_found.rowSymbol))
            return std::nullopt;
        m_found.rows = *rows;
        m_found.store = m_reader.stores().front();
        if (!readStore() || !findResult(m_found.store.value) || !readMatrices())
            return std::nullopt;
        m_found.printer = m_reader.printer();
        return m_found;
    }

private:
    bool readStore()
    {
        const auto& store = m_found.store;
        if (store.loops.size() != 1 || !store.loops[0].start.isZero())
            return false;
        m_found.width = store.loops[0].bound.constantValue().value_or(0);
        return isDepth(m_found.width) && store.index.dependsOn(store.loops[0].symbol)
            && store.index.dependsOn(m_found.rowSymbol);
    }

    static bool isDepth(std::int64_t depth) { return depth > 0 && depth <= kMostDepth && depth % kDepthStep == 0; }

    /// The one part of what is stored that is a weighted mean over keys.
    bool findResult(const ValueTree& tree)
    {
        if (readResult(tree))
            return true;
        return std::ranges::any_of(tree->operands, [&](const auto& one) { return findResult(one); });
    }

    bool readResult(const ValueTree& tree)
    {
        ValueProduct outer;
        outer.add(tree);
        if (outer.factors.size() != 1 || !isPlainSum(outer.factors[0]))
            return false;
        const auto fold = outer.factors[0];
        ValueProduct inner;
        std::vector<IndexForm> limits = {fold->bound};
        inner.add(peeled(fold->operands[1], fold->symbol, limits, isZero));
        auto divisors = outer.divisors;
        divisors.insert(divisors.end(), inner.divisors.begin(), inner.divisors.end());
        if (inner.factors.size() != 2 || divisors.size() != 1)
            return false;
        m_found.keySymbol = fold->symbol;
        for (const std::size_t first : {std::size_t{0}, std::size_t{1}}) {
            m_found.limits = limits;
            m_found.scales.clear();
            m_found.divisors.clear();
            const auto weight = peeled(inner.factors[first], fold->symbol, m_found.limits, isZero);
            const auto ofSums = m_found.limits;
            m_found.value.value = inner.factors[1 - first];
            m_found.result = tree;
            if (readWeight(*weight) && loadWithin(m_found.value.value) != nullptr
                && isTotal(divisors[0], weight, ofSums))
                return !isWider(*fold) && !isWider(*divisors[0]) && areLimitsKnown();
        }
        return false;
    }

    /// Whether \p fold adds up in a wider type than what the exponential returns.
    [[nodiscard]] bool isWider(const Value& fold) const { return fold.type == "double" && m_found.type != "double"; }

    /// What is taken under conditions on the key, else \p isNothing; the conditions become limits.
    static ValueTree peeled(ValueTree tree, const std::string& symbol, std::vector<IndexForm>& limits,
                            bool (*isNothing)(const ValueTree&))
    {
        while (tree->kind == ValueKind::Select && tree->operands.size() == 2 && isNothing(tree->operands[1])) {
            const auto slope = tree->index.coefficient(symbol);
            if (!slope || slope->constantValue() != -1)
                break;
            limits.push_back(tree->index.without(symbol) + IndexForm::constant(1));
            tree = tree->operands[0];
        }
        return tree;
    }

    /// exp(scale * dot(query, key) - whatever does not depend on the key)
    bool readWeight(const Value& weight)
    {
        static const std::set<std::string> natural = {"exp", "expf", "__expf"};
        if (weight.kind != ValueKind::Call || weight.operands.size() != 1)
            return false;
        m_found.exponential = weight.text;
        m_found.type = weight.type;
        m_found.isBaseTwo = weight.text == "exp2" || weight.text == "exp2f";
        return (m_found.isBaseTwo || natural.count(weight.text) > 0) && readScore(weight.operands[0]);
    }

    [[nodiscard]] bool isOfKey(const ValueTree& tree) const { return dependsOn(tree, m_found.keySymbol); }

    bool readScore(const ValueTree& tree)
    {
        const auto known = m_found.limits.size();
        const auto score = peeled(tree, m_found.keySymbol, m_found.limits, isLowest);
        const std::vector<IndexForm> hidden(m_found.limits.begin() + static_cast<std::ptrdiff_t>(known),
                                            m_found.limits.end());
        if (!std::ranges::all_of(hidden, [&](const auto& limit) { return seesOne(tree, limit); }))
            return false;
        if (score->kind == ValueKind::Binary && (score->text == "-" || score->text == "+")) {
            std::vector<std::size_t> own;
            for (std::size_t i = 0; i < score->operands.size(); ++i)
                if (isOfKey(score->operands[i]))
                    own.push_back(i);
            if (own.size() != 1)
                return false;
            if (score->text == "-" && own[0] + 1 == score->operands.size())
                m_found.scales.push_back(numberValue("-1.0f"));
            return readScore(score->operands[own[0]]);
        }
        if (score->kind == ValueKind::Convert)
            return readScore(score->operands[0]);
        if (isPlainSum(score))
            return readProduct(*score);
        ValueProduct product;
        product.add(score);
        ValueTree rest;
        for (const auto& factor : product.factors) {
            if (!isOfKey(factor) && isScalar(factor))
                m_found.scales.push_back(factor);
            else if (rest != nullptr)
                return false;
            else
                rest = factor;
        }
        return rest != nullptr && rest != score && addDivisors(product) && readScore(rest);
    }

    /// Whether a row sees a key at \p limit: weights of keys that are all hidden behind a finite number are alike, not
    /// 0.
    [[nodiscard]] bool seesOne(const ValueTree& score, const IndexForm& limit) const
    {
        const bool isFinite = holds(score, [](const Value& one) {
            return one.kind == ValueKind::Select && one.operands.size() == 2 && isLowest(one.operands[1])
                && one.operands[1]->operands[0]->kind == ValueKind::Number;
        });
        return !isFinite || !limit.dependsOn(m_found.rowSymbol)
            || limit.without(m_found.rowSymbol).constantValue().value_or(0) >= 1;
    }

    bool addDivisors(const ValueProduct& product)
    {
        m_found.divisors.insert(m_found.divisors.end(), product.divisors.begin(), product.divisors.end());
        return std::ranges::all_of(product.divisors, isScalar);
    }

    bool readProduct(const Value& fold)
    {
        m_found.depthSymbol = fold.symbol;
        m_found.depth = fold.bound.constantValue().value_or(0);
        ValueProduct product;
        product.add(fold.operands[1]);
        m_found.query.value = m_found.key.value = nullptr;
        for (const auto& factor : product.factors) {
            if (loadWithin(factor) == nullptr && isScalar(factor))
                m_found.scales.push_back(factor);
            else if (auto& side = isOfKey(factor) ? m_found.key : m_found.query;
                     side.value != nullptr || loadWithin(factor) == nullptr)
                return false;
            else
                side.value = factor;
        }
        return m_found.query.value != nullptr && m_found.key.value != nullptr && isDepth(m_found.depth)
            && addDivisors(product) && !isWider(fold);
    }

    /// Whether \p total sums \p weight over the same keys.
    bool isTotal(const ValueTree& total, const ValueTree& weight, const std::vector<IndexForm>& limits)
    {
        if (!isPlainSum(total))
            return false;
        std::vector<IndexForm> own = {total->bound};
        const auto summed = peeled(total->operands[1], total->symbol, own, isZero);
        const auto alike = substituted(summed, total->symbol, IndexForm::symbol(m_found.keySymbol));
        return alike != nullptr && isSame(alike, weight) && areSameSet(own, limits);
    }

    /// Limits are sizes, or go up with the row.
    bool areLimitsKnown()
    {
        std::vector<IndexForm> different;
        for (const auto& limit : m_found.limits) {
            const auto slope = limit.coefficient(m_found.rowSymbol);
            const auto factor = slope ? slope->constantValue() : std::nullopt;
            if (!factor || *factor < 0 || *factor > 1 || limit.dependsOn("~"))
                return false;
            if (std::ranges::find(different, limit) == different.end())
                different.push_back(limit);
        }
        m_found.limits = different;
        return true;
    }

    bool readMatrices()
    {
        for (const auto& loop : m_reader.allLoops()) {
            if (loop.symbol == m_found.keySymbol)
                m_found.keys = loop;
            else if (loop.symbol == m_found.depthSymbol)
                m_found.depthName = loop.name;
        }
        const auto& out = m_found.store.loops[0].symbol;
        if (m_found.keys.isNarrow)
            return false;
        if (!readMatrix(m_found.query, m_found.rowSymbol, m_found.depthSymbol)
            || !readMatrix(m_found.key, m_found.keySymbol, m_found.depthSymbol)
            || !readMatrix(m_found.value, m_found.keySymbol, out))
            return false;
        return !dependsOn(m_found.key.value, m_found.rowSymbol) && !dependsOn(m_found.value.value, m_found.rowSymbol)
            && !isOfKey(m_found.query.value) && !dependsOn(m_found.value.value, m_found.depthSymbol);
    }

    bool readMatrix(AttentionMatrix& matrix, const std::string& line, const std::string& place) const
    {
        matrix.load = loadWithin(matrix.value);
        const auto& index = matrix.load->index;
        const auto pitch = index.coefficient(line);
        const auto step = index.coefficient(place);
        if (!pitch || !step || pitch->isZero() || step->isZero() || index.dependsOn("~element"))
            return false;
        const auto type = innermostElement(matrix.load->base->getType()).getUnqualifiedType();
        matrix.element = type.getAsString(m_kernel.source().context().getPrintingPolicy());
        matrix.bytes = static_cast<int>(m_kernel.source().context().getTypeSizeInChars(type).getQuantity());
        matrix.step = *step;
        const auto begin = index.without(line).without(place);
        const int width = kAlignedBytes / matrix.bytes;
        matrix.isAligned =
            step->isOne() && pitch->isMultiple(std::nullopt, width) && begin.isMultiple(std::nullopt, width);
        return !type->isIntegerType() && (type->isRealFloatingType() || matrix.bytes == 2);
    }

    const KernelScope& m_kernel;
    ValueReader m_reader;
    Attention m_found;
};

}  // namespace

std::optional<Attention> attention(const KernelScope& kernel)
{
    return kernel.kernel().isDependentContext() ? std::nullopt : AttentionRecogniser(kernel).recognise();
}

}  // namespace warploom
