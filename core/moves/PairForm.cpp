// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PairForm.h"

namespace warploom {

using namespace clang;

namespace {

const Value* loadBelow(const ValueTree& tree)
{
    const Value* node = tree.get();
    while (node->kind == ValueKind::Convert)
        node = node->operands[0].get();
    return node->kind == ValueKind::Load ? node : nullptr;
}

class PairRecogniser {
public:
    explicit PairRecogniser(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_reader(kernel)
    {
    }

    std::optional<PairProducts> recognise()
    {
        auto guarded = guardedKernel(m_kernel, false);
        if (!guarded || guarded->indices.size() != 1 || guarded->indexOf(0) == nullptr
            || usesBuiltinsElsewhere(m_kernel, *guarded))
            return std::nullopt;
        m_found.guarded = std::move(*guarded);
        const auto* index = m_found.guarded.indices[0].var;
        m_reader.bind(index);
        m_found.indexSymbol = ValueReader::symbolFor(index->getNameAsString());
        auto statements = m_found.guarded.preamble;
        statements.insert(statements.end(), m_found.guarded.body.begin(), m_found.guarded.body.end());
        if (!m_reader.run(statements) || m_reader.stores().size() != 1 || m_reader.triangles().size() != 1)
            return std::nullopt;
        m_found.store = m_reader.stores().front();
        m_found.printer = m_reader.printer();
        const auto results = m_reader.formOf(m_found.guarded.bounds.at(index));
        if (!results || !m_found.store.loops.empty() || m_found.store.index != IndexForm::symbol(m_found.indexSymbol))
            return std::nullopt;
        m_found.results = *results;
        if (!readTriangle() || !findSum(m_found.store.value) || !readSum() || !readType())
            return std::nullopt;
        return m_found;
    }

private:
    /// Pairs are counted from the start of each sample, in rows that become shorter by one.
    bool readTriangle()
    {
        const auto& triangle = m_reader.triangles().front();
        const auto& terms = triangle.counted.terms();
        if (!triangle.firstRow.isZero() || terms.size() != 1 || terms.begin()->second != 1
            || terms.begin()->first.size() != 1)
            return false;
        const auto quotient = m_found.printer.quotients.find(terms.begin()->first.front());
        if (quotient == m_found.printer.quotients.end() || std::get<0>(quotient->second) != "%"
            || std::get<1>(quotient->second) != IndexForm::symbol(m_found.indexSymbol))
            return false;
        const auto& pairs = std::get<2>(quotient->second);
        for (const ParmVarDecl* parameter : m_kernel.kernel().parameters())
            if (!m_kernel.isModified(parameter)
                && pairs == IndexForm::symbol(ValueReader::symbolFor(parameter->getNameAsString())))
                m_found.pairs = parameter;
        m_found.sampleSymbol =
            IndexForm::opaque("/", std::get<1>(quotient->second), pairs).terms().begin()->first.front();
        m_found.rowSymbol = triangle.rowSymbol;
        m_found.length = triangle.length.without(triangle.rowSymbol);
        const auto slope = triangle.length.coefficient(triangle.rowSymbol);
        return m_found.pairs != nullptr && slope && slope->constantValue() == -1 && isOfParameters(m_found.length);
    }

    [[nodiscard]] bool isOfParameters(const IndexForm& form) const
    {
        return !form.dependsOn("~") && !form.dependsOn(m_found.indexSymbol);
    }

    bool findSum(const ValueTree& tree)
    {
        if (tree->kind == ValueKind::Fold && tree->text == "+" && tree->start.isZero() && isZero(tree->operands[0])) {
            m_found.sum = tree;
            return true;
        }
        return std::ranges::any_of(tree->operands, [&](const auto& one) { return findSum(one); });
    }

    bool readSum()
    {
        const auto& product = m_found.sum->operands[1];
        m_found.depthSymbol = m_found.sum->symbol;
        m_found.depth = m_found.sum->bound;
        if (product->kind != ValueKind::Binary || product->text != "*" || !isOfParameters(m_found.depth))
            return false;
        for (const auto& loop : m_reader.allLoops())
            if (loop.symbol == m_found.depthSymbol)
                m_found.depthName = loop.name;
        return readFactors(product->operands[0], product->operands[1])
            || readFactors(product->operands[1], product->operands[0]);
    }

    /// The vector of the triangle's row, and that of its column.
    bool readFactors(const ValueTree& row, const ValueTree& column)
    {
        const auto* first = loadBelow(row);
        const auto* second = loadBelow(column);
        const auto& rest = m_reader.triangles().front().restSymbol;
        if (first == nullptr || second == nullptr || first->base != second->base || first->base == m_found.store.base)
            return false;
        const auto stride = first->index.coefficient(m_found.sampleSymbol);
        const auto pitch = first->index.coefficient(m_found.rowSymbol);
        const auto step = first->index.coefficient(m_found.depthSymbol);
        if (!stride || !pitch || !step || stride->isZero() || pitch->isZero() || !isOfParameters(*pitch)
            || !isOfParameters(*stride) || !isOfParameters(*step)
            || first->index
                != IndexForm::symbol(m_found.sampleSymbol) * *stride + IndexForm::symbol(m_found.rowSymbol) * *pitch
                    + IndexForm::symbol(m_found.depthSymbol) * *step)
            return false;
        for (const int apart : {0, 1}) {
            const auto more = IndexForm::symbol(rest) + IndexForm::constant(apart);
            // Both are the same load but for the vector's number.
            const auto moved = substituted(row, m_found.rowSymbol, IndexForm::symbol(m_found.rowSymbol) + more);
            if (moved == nullptr || !isSame(moved, column))
                continue;
            m_found.apart = apart;
            m_found.base = first->base;
            m_found.load = row;
            m_found.pitch = *pitch;
            m_found.stride = *stride;
            m_found.isDense = step->isOne();
            return true;
        }
        return false;
    }

    /// Sums are of the type that the factors are converted to.
    bool readType()
    {
        const auto text = [&](QualType type) {
            return type.getUnqualifiedType().getAsString(m_kernel.source().context().getPrintingPolicy());
        };
        const auto element = innermostElement(m_found.base->getType());
        m_found.element = text(element);
        m_found.elementBytes = static_cast<int>(m_kernel.source().context().getTypeSizeInChars(element).getQuantity());
        m_found.type = m_found.sum->type;
        m_found.typeBytes = m_found.type == "double" ? 8 : 4;
        const bool isWider = holds(m_found.sum->operands[1], [](const Value& one) {
            return one.kind == ValueKind::Convert && one.text == "double";
        });
        return m_found.type == "double" || (m_found.type == "float" && m_found.element != "double" && !isWider);
    }

    const KernelScope& m_kernel;
    ValueReader m_reader;
    PairProducts m_found;
};

}  // namespace

std::optional<PairProducts> pairProducts(const KernelScope& kernel)
{
    return kernel.kernel().isDependentContext() ? std::nullopt : PairRecogniser(kernel).recognise();
}

}  // namespace warploom
