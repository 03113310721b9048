// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostWords.h"
#include "moves/ItemLoop.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"
#include "moves/SliceWriter.h"

namespace warploom {

using namespace clang;

namespace {

const char* const kLayerSlice =
    "@type@* const @layer@ = reinterpret_cast<@type@*>(@array@) + @number@ * (0ull + @elements@);\n"
    "const unsigned @count@ = min(@elements@, @SLICE@ + 0u);\n";

const char* const kMergeLayer = "for (unsigned @at@ = threadIdx.x; @at@ < @count@; @at@ += blockDim.x)\n"
                                "    if (@kept@[@at@] != 0)\n"
                                "        atomicAdd(@layer@ + @at@, @kept@[@at@]);\n";

const char* const kItemsOfLayer =
    "const long long @first@ = blockIdx.x * @pixels@;\n"
    "const long long @rest@ = min(static_cast<long long>(@total@) - @first@, @pixels@);\n";

class LayerSlices : public SliceWriter {
public:
    using SliceWriter::SliceWriter;

protected:
    bool readOwn() override { return (readLayersOfGrid() || readLayersOfIndex()) && nameLayers(); }

    std::optional<std::pair<std::int64_t, std::int64_t>> measure(const ExpressionScope& sizes,
                                                                 std::int64_t most) const override
    {
        std::int64_t elements = 0;
        for (const auto& one : m_arrays) {
            const auto own = valueOfText(elementsOf(one), sizes);
            if (!own || *own > most)
                return std::nullopt;
            elements = std::max(elements, *own);
        }
        return std::pair(std::int64_t{1}, elements);
    }

    void nameOwn() override
    {
        const auto& directives = m_context.directives();
        for (const auto* name : {"first", "rest", "LAYERS"})
            m_names.emplace_back(name, directives.freshName(name));
        for (auto& one : m_arrays) {
            const auto array = one.array.base->getName().str();
            for (const auto* part : {"layer", "count", "elements"})
                one.names.emplace_back(part, directives.freshName(fmt::format("{}_{}", array, part)));
            one.names.emplace_back("add", directives.freshName("addToLayer"));
        }
    }

    std::string functions() const override
    {
        std::string text;
        for (const auto& one : m_arrays)
            if (const auto own = filled(kAddToRun, one.names); text.find(own) == std::string::npos)
                text += own;
        return text;
    }

    std::string shared() const override { return m_index == nullptr ? "" : kItemsOfLayer; }
    std::string slice() const override { return kLayerSlice; }
    std::string merge() const override { return kMergeLayer; }
    std::string passed() const override { return ", @layer@, @count@, @kept@"; }

    std::vector<std::pair<std::string, std::string>> parameters() const override
    {
        std::vector<std::pair<std::string, std::string>> all;
        for (const auto& one : m_arrays)
            all.emplace_back("unsigned " + valueOf(one.names, "elements"), elementsOf(one));
        if (m_index != nullptr)
            all.emplace_back("long long " + valueOf(m_names, "pixels"), itemsWords());
        return all;
    }

    std::string lets() const override
    {
        return isPlainWord(m_layers) ? "" : fmt::format("// warploom: let @LAYERS@ = {}\n", m_layers);
    }

    std::string comment() const override
    {
        return fmt::format("// Blocks of one {} go through one layer of the items, a share of them each, and keep what "
                           "it adds to {}.\n",
                           m_index == nullptr ? fmt::format("{}", fmt::join(namesOfAxes(), " and ")) : "blockIdx.x",
                           arrayNames());
    }

    std::string itemsText() const override
    {
        return m_index == nullptr ? SliceWriter::itemsText() : valueOf(m_names, "rest");
    }
    std::string itemsWords() const override
    {
        return m_index == nullptr ? SliceWriter::itemsWords() : hostWords(m_kernel, m_launch, m_pixels).value_or("");
    }

    std::string indexText() const override
    {
        if (m_index == nullptr)
            return SliceWriter::indexText();
        const auto type =
            m_index->var->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
        return filled(
            fmt::format("const {0} {1} = static_cast<{0}>(@first@ + @item@);\n", type, m_index->var->getName().str()),
            m_names);
    }

    std::string gridOf(const std::string& shares) const override
    {
        if (m_index != nullptr || ofBlocks())
            return fmt::format("dim3({}, {})", valueOf(m_names, "slices"), shares);
        std::string grid = "dim3(" + shares;
        for (std::size_t axis = 1; axis < m_launch.gridParts.size(); ++axis)
            grid += ", "
                + (m_guarded.indexOf(static_cast<int>(axis)) != nullptr ? "1"
                                                                        : m_source.text(m_launch.gridParts[axis]));
        return grid + ")";
    }

    std::string axisOfShares() const override { return m_index == nullptr && !ofBlocks() ? "x" : "y"; }
    std::vector<std::int64_t> blocksEach() const override { return {8, 4, 2, 16}; }

private:
    [[nodiscard]] IndexForm formOfWords(const std::string& words) const
    {
        return formOfExpression(withoutLets(m_context.directives(), words)).value_or(IndexForm());
    }

    /// How many of the array's first axes have \p extent layers together; none where there are no such.
    [[nodiscard]] std::optional<std::size_t> axesOf(const SlicedArray& one, const IndexForm& extent) const
    {
        auto product = warploom::one();
        for (std::size_t axes = 1; axes < shapeOf(one).size(); ++axes) {
            product = product * formOfWords(shapeOf(one)[axes - 1]);
            if (product == extent)
                return axes;
        }
        return std::nullopt;
    }

    /// Whether each array has as many layers.
    bool readAxes(const IndexForm& extent)
    {
        m_axes.clear();
        for (const auto& one : m_arrays)
            if (const auto axes = axesOf(one, extent))
                m_axes.push_back(*axes);
        return m_axes.size() == m_arrays.size();
    }

    /// Whether each block goes through a layer of its own so far.
    [[nodiscard]] bool ofBlocks() const { return isLoopOfBlock(m_kernel, m_guarded); }

    /// blockIdx.z, where no thread has a number of its own in that direction, or blockIdx.y and blockIdx.z.
    bool readLayersOfGrid()
    {
        std::vector<int> apart;
        if (ofBlocks() && m_launch.gridParts.size() != 1)
            return false;
        if (ofBlocks())
            apart.push_back(0);
        for (int axis = 2; axis > 0; --axis)
            if (m_guarded.indexOf(axis) == nullptr && static_cast<std::size_t>(axis) < m_launch.gridParts.size()
                && m_source.text(m_launch.gridParts[static_cast<std::size_t>(axis)]) != "1")
                apart.push_back(axis);
        if (apart.empty())
            return false;
        std::vector<std::vector<int>> choices = {apart};
        if (apart.size() == 2)
            choices = {apart, {apart[0]}, {apart[1]}};
        return std::ranges::any_of(choices, [&](const std::vector<int>& axes) {
            auto extent = warploom::one();
            m_layers.clear();
            for (const int axis : axes) {
                const auto words = m_source.text(m_launch.gridParts[static_cast<std::size_t>(axis)]);
                extent = extent * formOfWords(words);
                m_layers += (m_layers.empty() ? "" : " * ") + (isPlainWord(words) ? words : "(" + words + ")");
            }
            m_gridAxes = axes;
            return readAxes(extent);
        });
    }

    /// index / pixels, with as many indices as layers have pixels.
    bool readLayersOfIndex()
    {
        if (m_launch.gridParts.size() != 1 || m_guarded.indices.size() != 1 || m_guarded.guard == nullptr)
            return false;
        const auto& index = m_guarded.indices.front();
        const auto total = hostWords(m_kernel, m_launch, boundOf(index));
        if (!total)
            return false;
        bool isFound = false;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* quotient = llvm::dyn_cast<BinaryOperator>(node);
            const auto pixels = isFound || quotient == nullptr || quotient->getOpcode() != BO_Div
                ? std::nullopt
                : divisorOf(quotient, index.var, 0);
            const auto words = pixels ? hostWords(m_kernel, m_launch, *pixels) : std::nullopt;
            const auto layers = words ? exactQuotient(formOfWords(*total), formOfWords(*words)) : std::nullopt;
            if (layers && readAxes(*layers)) {
                isFound = true;
                m_index = &index;
                m_pixels = *pixels;
                m_layers = expressionText(*layers, {});
            }
            return !isFound;
        });
        if (isFound)
            putNumber();
        return isFound;
    }

    /// What the index is divided by in all; nothing where \p value is anything else.
    [[nodiscard]] std::optional<IndexForm> divisorOf(const Expr* value, const VarDecl* index, int depth) const
    {
        static constexpr int kMostDivisions = 4;
        value = value->IgnoreParenCasts();
        const auto* var = plainVariable(value);
        if (depth > kMostDivisions)
            return std::nullopt;
        if (var == index)
            return warploom::one();
        if (var != nullptr)
            return var->isLocalVarDecl() && var->hasInit() && !m_kernel.isModified(var)
                ? divisorOf(var->getInit(), index, depth + 1)
                : std::nullopt;
        const auto* quotient = llvm::dyn_cast<BinaryOperator>(value);
        if (quotient == nullptr || quotient->getOpcode() != BO_Div || dependsOnThread(m_kernel, quotient->getRHS()))
            return std::nullopt;
        const auto before = divisorOf(quotient->getLHS(), index, depth + 1);
        const auto last = m_kernel.form(quotient->getRHS());
        return before && last ? std::optional(*before * *last) : std::nullopt;
    }

    /// Puts the block's own number for quotients that are it.
    void putNumber()
    {
        m_names.emplace_back("pixels", m_context.directives().freshName("layer_items"));
        m_names.emplace_back("total", operandText(m_kernel, boundOf(*m_index)));
        for (const Stmt* statement : m_guarded.body)
            walk(statement, [&](const Stmt* node) {
                const auto* quotient = llvm::dyn_cast<BinaryOperator>(node);
                if (quotient == nullptr || quotient->getOpcode() != BO_Div
                    || divisorOf(quotient, m_index->var, 0) != m_pixels)
                    return true;
                const auto type =
                    quotient->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
                if (const auto range = m_source.range(quotient))
                    m_changes.push_back({*range, fmt::format("static_cast<{}>(blockIdx.x)", type)});
                return false;
            });
    }

    bool nameLayers()
    {
        if (m_layers.empty())
            return false;
        m_names.emplace_back("slices", isPlainWord(m_layers) ? m_layers : valueOf(m_names, "LAYERS"));
        std::string number;
        for (const int axis : m_gridAxes) {
            const auto letter = "xyz"[axis];
            number = number.empty() ? fmt::format("blockIdx.{}", letter)
                                    : fmt::format("({0} * gridDim.{1} + blockIdx.{1})", number, letter);
        }
        m_names.emplace_back("number", m_index == nullptr ? number : "blockIdx.x");
        return true;
    }

    [[nodiscard]] std::vector<std::string> namesOfAxes() const
    {
        std::vector<std::string> names;
        for (const int axis : m_gridAxes)
            names.push_back(fmt::format("blockIdx.{}", "xyz"[axis]));
        return names;
    }

    [[nodiscard]] std::string elementsOf(const SlicedArray& one) const
    {
        const auto at = static_cast<std::size_t>(&one - m_arrays.data());
        return extent(one, m_axes[at], shapeOf(one).size());
    }

    std::vector<std::size_t> m_axes;  ///< how many axes of each array the layers are
    std::vector<int> m_gridAxes;  ///< along which the layers lie, the slowest first
    std::string m_layers;  ///< how many, in the launch's words
    const ThreadIndex* m_index = nullptr;  ///< whose quotient the layer is
    IndexForm m_pixels;  ///< that it is divided by
};

}  // namespace

std::unique_ptr<SliceWriter> makeLayerSlices(const MoveContext& context, const KernelScope& kernel,
                                             GuardedKernel guarded)
{
    return std::make_unique<LayerSlices>(context, kernel, std::move(guarded));
}

}  // namespace warploom
