// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionLayout.h"

#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kWidestVector = 16;
/// Of vectors of 2-byte elements, and of larger ones.
constexpr int kVectorElements = 8;

class LayoutReader {
public:
    LayoutReader(const KernelScope& kernel, const FactorIndices& indices, ContractionFactor& found)
        : m_kernel(kernel)
        , m_indices(indices)
        , m_found(found)
        , m_vector(found.bytes == 1 ? kWidestVector : kVectorElements)
    {
    }

    void read(const IndexForm& index)
    {
        const auto alongDepth = index.coefficient(m_indices.depth);
        const auto alongOwn = index.coefficient(threadSymbol(m_indices.dimension));
        if (!alongOwn)
            return;
        if (!alongDepth) {
            readRuns(index, *alongOwn);
            return;
        }
        const auto rest = index - m_indices.own * *alongOwn - depthForm() * *alongDepth;
        m_found.layout = alongDepth->isOne() ? FactorLayout::AlongDepth
            : alongOwn->isOne()              ? FactorLayout::AlongOutput
                                             : FactorLayout::Scattered;
        if (m_found.layout == FactorLayout::Scattered || !isLayer(rest) || rest.dependsOn(m_indices.depth))
            return;
        m_found.hasLayer = !rest.isZero();
        const auto& pitch = m_found.layout == FactorLayout::AlongDepth ? *alongOwn : *alongDepth;
        m_found.isAffine = isSettled(pitch);
        if (m_found.isAffine && !readPitch(pitch, rest))
            m_found.pitch.reset();
    }

private:
    [[nodiscard]] IndexForm depthForm() const { return IndexForm::symbol(m_indices.depth); }

    [[nodiscard]] bool isSettled(const IndexForm& pitch) const
    {
        return !pitch.dependsOn(m_indices.depth) && !pitch.dependsOn(threadSymbol(m_indices.dimension));
    }

    /// x[row * pitch + p / length * jump + p % length]: what lies between runs depends on their number alone.
    void readRuns(const IndexForm& index, const IndexForm& pitch)
    {
        const auto within = remainderOf(index);
        const auto length = within ? opaqueParts(*within)->right : IndexForm();
        const auto rest = within ? index - m_indices.own * pitch - IndexForm::symbol(*within) : IndexForm();
        if (!within || !isSettled(pitch) || length.dependsOn(m_indices.depth) || !isLayer(length) || !isLayer(rest)
            || !dependsOnRunsOnly(rest, IndexForm::opaque("/", depthForm(), length)))
            return;
        m_found.layout = FactorLayout::AlongDepth;
        m_found.hasLayer = true;
        m_found.hasRuns = true;
        if (!readPitch(pitch, rest + length))
            m_found.pitch.reset();
    }

    /// The symbol of p % length, if it stands in \p index once and by itself.
    [[nodiscard]] std::optional<std::string> remainderOf(const IndexForm& index) const
    {
        std::optional<std::string> found;
        for (const auto& [symbols, times] : index.terms()) {
            const auto parts = symbols.size() == 1 ? opaqueParts(symbols.front()) : std::nullopt;
            if (!parts || parts->operation != '%' || parts->left != depthForm())
                continue;
            if (found || times != 1)
                return std::nullopt;
            found = symbols.front();
        }
        return found;
    }

    [[nodiscard]] bool dependsOnRunsOnly(const IndexForm& form, const IndexForm& run) const
    {
        const auto settled = withoutRun(form, run.terms().begin()->first.front());
        return settled && !settled->dependsOn(m_indices.depth);
    }

    /// \p form with a number for \p run wherever that stands; nothing where it is no form any more.
    static std::optional<IndexForm> withoutRun(const IndexForm& form, const std::string& run)
    {
        IndexForm result;
        for (const auto& [symbols, times] : form.terms()) {
            auto product = IndexForm::constant(times);
            for (const auto& symbol : symbols) {
                const auto parts = symbol == run ? std::nullopt : opaqueParts(symbol);
                const auto left = parts ? withoutRun(parts->left, run) : std::nullopt;
                const auto right = parts ? withoutRun(parts->right, run) : std::nullopt;
                if (parts && (!left || !right))
                    return std::nullopt;
                product = product
                    * (symbol == run ? IndexForm()
                           : parts   ? quotientForm(parts->operation, *left, *right)
                                     : IndexForm::symbol(symbol));
            }
            result = result + product;
        }
        return result;
    }

    /// What must be a multiple of a vector for lines, which begin \p pitch apart, and what is added to all of them, to
    /// be such multiples; false where that cannot be said.
    bool readPitch(const IndexForm& pitch, const IndexForm& rest)
    {
        std::string symbol;
        if (pitch.isMultiple(std::nullopt, m_vector))
            m_found.pitch = "";
        const bool isSettled = m_found.pitch.has_value();
        std::size_t fewest = 0;
        for (const ParmVarDecl* parameter : m_kernel.kernel().parameters()) {
            const auto size = m_kernel.symbolOf(parameter);
            if (m_kernel.isModified(parameter) || isSettled || !pitch.isMultiple(size, m_vector))
                continue;
            // One that the layers' places are multiples of as well says most.
            const auto others = partsBeside(rest, size);
            if (m_found.pitch && others >= fewest)
                continue;
            fewest = others;
            m_found.pitch = parameter->getNameAsString();
            m_found.lineStep = pitch == IndexForm::symbol(size) ? *m_found.pitch : "";
            symbol = size;
        }
        return readLayerParts(rest, symbol);
    }

    /// Terms that are no multiples of a vector's elements by themselves, and do not hold \p size.
    [[nodiscard]] std::size_t partsBeside(const IndexForm& rest, const std::string& size) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(rest.terms(), [&](const auto& term) {
            return term.second % m_vector != 0 && std::ranges::find(term.first, size) == term.first.end();
        }));
    }

    /// Whether all blocks of a layer add the same, for the same p.
    [[nodiscard]] static bool isLayer(const IndexForm& rest)
    {
        for (int dimension = 0; dimension < 2; ++dimension)
            if (rest.dependsOn(threadSymbol(dimension)) || rest.dependsOn(blockSymbol(dimension)))
                return false;
        return !rest.dependsOn(threadSymbol(2));
    }

    /// What each term of \p rest has to be a multiple of; false where one has nothing that could be.
    bool readLayerParts(const IndexForm& rest, const std::string& pitch)
    {
        for (const auto& [symbols, times] : rest.terms()) {
            if (times % m_vector == 0 || std::ranges::find(symbols, pitch) != symbols.end())
                continue;
            const auto parameters = m_kernel.kernel().parameters();
            const auto part = std::ranges::find_if(parameters, [&](const ParmVarDecl* parameter) {
                return !m_kernel.isModified(parameter) && parameter->getType()->isIntegerType()
                    && std::ranges::find(symbols, m_kernel.symbolOf(parameter)) != symbols.end();
            });
            if (part == parameters.end())
                return false;
            m_found.layerParts.push_back((*part)->getNameAsString());
        }
        return true;
    }

    const KernelScope& m_kernel;
    const FactorIndices& m_indices;
    ContractionFactor& m_found;
    int m_vector;
};

}  // namespace

void readFactorLayout(const KernelScope& kernel, const IndexForm& index, const FactorIndices& indices,
                      ContractionFactor& found)
{
    LayoutReader(kernel, indices, found).read(index);
}

}  // namespace warploom
