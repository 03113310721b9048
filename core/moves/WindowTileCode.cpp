// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeLines.h"
#include "moves/SizeForms.h"
#include "moves/WindowTile.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::array<char, 3> kLetters{'x', 'y', 'z'};

std::string plus(const std::string& text, std::int64_t amount)
{
    if (amount == 0)
        return text;
    return fmt::format("{} {} {}", text, amount < 0 ? "-" : "+", amount < 0 ? -amount : amount);
}

/// Writes the element, and the kernel that stages what a block's elements read.
class TileWriter {
public:
    TileWriter(const MoveContext& context, const WindowTile& tile, const WindowTileNames& names)
        : m_context(context)
        , m_source(context.source())
        , m_tile(tile)
        , m_grid(tile.grid)
        , m_kernel(tile.grid.kernel())
        , m_names(names)
    {
        const auto fresh = [&](const std::string& name) { return context.directives().freshName(name); };
        m_inside = fresh("INSIDE");
        m_isInside = fresh("is_inside");
        m_element = fresh(m_kernel.name() + "_element");
        for (const auto& axis : m_grid.axes())
            m_first.push_back(fresh("first_" + (axis.var == nullptr ? std::string("plane") : axis.name)));
        m_step = {fresh("across"), fresh("down"), fresh("deep")};
        m_near = {fresh("near_x"), fresh("near_y"), fresh("near_z")};
        m_sizes = {names.block[0], fmt::format("{} * {}", names.block[1], names.rows), names.planes};
    }

    bool write(SourceEdit& edit)
    {
        const auto body = m_source.range(m_kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(m_kernel);
        if (!body || !before || !readParameters() || !readChanges())
            return false;
        const auto element = elementText();
        if (element.empty())
            return false;
        edit.insert(*before, element + "\n");
        edit.replace({body->begin + 1, body->end - 1}, "\n" + kernelText());
        writeLaunch(edit);
        return true;
    }

private:
    [[nodiscard]] const GridAxis& axis(std::size_t number) const { return m_grid.axes()[number]; }
    [[nodiscard]] std::string bound(std::size_t number) const
    {
        const auto& text = axis(number).boundText;
        return text.find_first_of(" ?:+-*/%<>&|^") == std::string::npos ? text : "(" + text + ")";
    }
    [[nodiscard]] bool isDeep() const { return !m_names.planes.empty(); }
    [[nodiscard]] bool hasPlanes() const { return m_grid.axes().size() == 3; }
    [[nodiscard]] std::string fresh(const VarDecl* base) const
    {
        return m_context.directives().freshName(base->getNameAsString() + "_tile");
    }
    [[nodiscard]] std::string elementOf(const VarDecl* base) const
    {
        return typeText(m_kernel, innermostElement(base->getType()));
    }
    /// Of coordinates that may lie before the first.
    [[nodiscard]] std::string placeType(std::size_t number) const
    {
        return axis(number).type == "int" ? "int" : "long long";
    }

    /// Number of the block along an axis.
    [[nodiscard]] std::string blockText(std::size_t number) const
    {
        return placeType(number) == "int" ? fmt::format("blockIdx.{}", kLetters[number])
                                          : fmt::format("(long long)(blockIdx.{})", kLetters[number]);
    }

    /// \p place, or the nearest coordinate that exists.
    [[nodiscard]] std::string nearText(std::size_t number, const std::string& place) const
    {
        const bool isInt = placeType(number) == "int" && m_grid.isIntBound(axis(number));
        if (isInt)
            return fmt::format("min(max({}, 0), {} - 1)", place, bound(number));
        return fmt::format("min(max({0}, {1}(0)), {1}({2}) - 1)", place,
                           placeType(number) == "int" ? "int" : "(long long)", axis(number).boundText);
    }

    bool readParameters()
    {
        for (const auto* parameter : m_kernel.kernel().parameters()) {
            const auto range = m_source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
            if (!range || parameter->getName().empty())
                return false;
            m_parameters += m_source.text(*range) + ", ";
            m_arguments += parameter->getNameAsString() + ", ";
        }
        return true;
    }

    /// Axes of a tile, the outermost first.
    [[nodiscard]] std::vector<std::size_t> axesOf(const StencilWindow& window) const
    {
        return isDeep() && window.hasPlanes ? std::vector<std::size_t>{2, 1, 0} : std::vector<std::size_t>{1, 0};
    }

    [[nodiscard]] std::string extentOf(const StencilWindow& window, std::size_t number) const
    {
        return plus(m_sizes[number], window.high[number] - window.low[number]);
    }

    [[nodiscard]] std::string shapeOf(const StencilWindow& window) const
    {
        std::string shape;
        for (const auto number : axesOf(window))
            shape += fmt::format("[{}]", extentOf(window, number));
        return shape;
    }

    bool readChanges()
    {
        for (const auto& window : m_tile.windows)
            for (const auto& tap : window.taps) {
                const auto range = m_source.range(tap.expression);
                if (!range)
                    return false;
                auto text = fresh(window.base);
                for (const auto number : axesOf(window)) {
                    const auto offset = tap.offset[number] - IndexForm::constant(window.low[number]);
                    text += offset.isZero() ? fmt::format("[{}]", m_step[number])
                                            : fmt::format("[{} + {}]", m_step[number], m_grid.text(offset));
                }
                m_changes.push_back({*range, text});
            }
        const auto taps = m_changes;
        for (const auto& [condition, value] : m_tile.settled) {
            const auto range = m_source.range(condition);
            // Choices within a load's index go with it.
            if (!range || std::ranges::any_of(taps, [&](const auto& tap) { return tap.range.contains(*range); }))
                continue;
            m_changes.push_back({{range->begin, range->begin}, value ? m_inside + " || (" : "!" + m_inside + " && ("});
            m_changes.push_back({{range->end, range->end}, ")"});
        }
        for (const auto* loop : m_tile.loops)
            unrollLoop(loop);
        return true;
    }

    /// Loops whose turns are few altogether are written out, others as the tunable says.
    void unrollLoop(const ForStmt* loop)
    {
        const auto at = m_source.offset(loop->getBeginLoc());
        const auto turns = turnsWithin(m_tile, loop);
        if (!at || llvm::isa_and_nonnull<AttributedStmt>(m_kernel.parent(loop)))
            return;
        const auto indentation = indentationAt(m_source.text(), *at);
        const auto line = m_source.text().rfind('\n', *at);
        const bool ownLine = line != std::string_view::npos && *at - line - 1 == indentation.size();
        m_changes.push_back({{*at, *at},
                             fmt::format("{}#pragma unroll{}\n{}", ownLine ? "" : "\n" + indentation,
                                         turns <= kMostTurns ? "" : " " + m_names.unroll, indentation)});
    }

    [[nodiscard]] std::string elementText() const
    {
        CodeLines lines;
        std::string tiles;
        for (const auto& window : m_tile.windows)
            tiles += fmt::format("const {} (&{}){}, ", elementOf(window.base), fresh(window.base), shapeOf(window));
        lines.add(
            fmt::format("// One element of {}, which stands at [{}{}][{}] of its block; what lies around it comes "
                        "from the block's tile.",
                        m_kernel.name(), isDeep() ? m_step[2] + "][" : "", m_step[1], m_step[0]));
        lines.add(fmt::format("// {}: all that is read exists.", m_inside));
        lines.add(fmt::format("template <bool {}>", m_inside));
        lines.add(fmt::format("static __device__ __forceinline__ void {}({}{}{}int {}, int {}{})", m_element,
                              m_parameters, tiles, isDeep() ? fmt::format("int {}, ", m_step[2]) : "", m_step[1],
                              m_step[0], coordinates(true)));
        lines.open("{");
        for (const Stmt* statement : m_grid.guarded().preamble) {
            const auto range = m_source.statementRange(statement);
            if (!range)
                return {};
            const auto* declared = llvm::cast<DeclStmt>(statement)->getSingleDecl();
            const bool isAxis = std::ranges::any_of(
                m_grid.axes(), [&](const auto& one) { return one.var != nullptr && one.var == declared; });
            if (!isAxis)
                lines.insert(rewritten(m_source.text(), *range, m_changes) + "\n");
        }
        const auto body = m_grid.guarded().bodyRange;
        lines.insert(indentationAt(m_source.text(), body.begin) + rewritten(m_source.text(), body, m_changes));
        lines.close();
        return lines.text();
    }

    /// Coordinates as parameters, or as arguments.
    [[nodiscard]] std::string coordinates(bool isParameter) const
    {
        std::string text;
        for (const auto& one : m_grid.axes())
            if (one.var != nullptr)
                text += ", " + (isParameter ? one.type + " " + one.name : one.name);
        return text;
    }

    [[nodiscard]] std::string kernelText() const
    {
        CodeLines lines;
        lines.open("");
        for (const auto& window : m_tile.windows)
            lines.add(fmt::format("__shared__ {} {}{};", elementOf(window.base), fresh(window.base), shapeOf(window)));
        lines.add(fmt::format("const {} {} = {} * {};", placeType(0), m_first[0], blockText(0), m_sizes[0]));
        lines.add(fmt::format("const {} {} = {} * ({});", placeType(1), m_first[1], blockText(1), m_sizes[1]));
        if (isDeep())
            lines.add(fmt::format("const {} {} = {} * {};", placeType(2), m_first[2], blockText(2), m_sizes[2]));
        else if (hasPlanes() && axis(2).var != nullptr)
            lines.add(fmt::format("const {} {} = blockIdx.z;", axis(2).type, axis(2).name));
        lines.add("// The block's elements and what lies around them; what there is none of is filled from the edge.");
        for (const auto& window : m_tile.windows)
            addStaging(lines, window);
        lines.add("__syncthreads();");
        addElements(lines);
        return lines.text();
    }

    void addStaging(CodeLines& lines, const StencilWindow& window) const
    {
        const auto axes = axesOf(window);
        std::string place;
        for (const auto number : axes) {
            const bool isSpread = number < 2;
            lines.open(fmt::format(
                "for (int {0} = {1}; {0} < {2}; {3}) {{", m_step[number],
                isSpread ? fmt::format("threadIdx.{}", kLetters[number]) : "0", extentOf(window, number),
                isSpread ? fmt::format("{} += {}", m_step[number], m_names.block[number]) : "++" + m_step[number]));
            lines.add(fmt::format(
                "const {} {} = {};", placeType(number), m_near[number],
                nearText(number, plus(fmt::format("{} + {}", m_first[number], m_step[number]), window.low[number]))));
            place += fmt::format("[{}]", m_step[number]);
        }
        const auto row = window.hasPlanes
            ? fmt::format("((long long)({}) * {} + {})", isDeep() ? m_near[2] : axis(2).name, bound(1), m_near[1])
            : fmt::format("(long long)({})", m_near[1]);
        lines.add(fmt::format("{}{} = {}[{} * {} + {}];", fresh(window.base), place, window.base->getNameAsString(),
                              row, bound(0), m_near[0]));
        for (std::size_t i = 0; i < axes.size(); ++i)
            lines.close();
    }

    /// Whether all that the block's elements read exists.
    [[nodiscard]] std::string insideText() const
    {
        std::string text;
        for (std::size_t number = 0; number < m_grid.axes().size(); ++number) {
            if (m_tile.low(number) < 0)
                text += (text.empty() ? "" : " && ") + fmt::format("{} >= {}", m_first[number], -m_tile.low(number));
            if (m_tile.high(number) > 0)
                text += (text.empty() ? "" : " && ")
                    + fmt::format("{} + {} <= {}", m_first[number], plus(m_sizes[number], m_tile.high(number)),
                                  bound(number));
        }
        return text;
    }

    void addElements(CodeLines& lines) const
    {
        lines.add(fmt::format("const {} {} = {} + threadIdx.x;", axis(0).type, axis(0).name, m_first[0]));
        std::string outside = fmt::format("{} >= {}", axis(0).name, bound(0));
        if (hasPlanes() && !isDeep() && axis(2).var != nullptr && !axis(2).boundText.empty())
            outside += fmt::format(" || {} >= {}", axis(2).name, bound(2));
        lines.open(fmt::format("if ({})", outside));
        lines.add("return;");
        lines.close("");
        lines.add(fmt::format("const bool {} = {};", m_isInside, insideText()));
        if (isDeep())
            addTurns(lines, 2);
        addTurns(lines, 1);
        std::string tiles;
        for (const auto& window : m_tile.windows)
            tiles += fresh(window.base) + ", ";
        const auto call = fmt::format("({}{}{}{}, threadIdx.x{});", m_arguments, tiles,
                                      isDeep() ? m_step[2] + ", " : "", m_step[1], coordinates(false));
        lines.open(fmt::format("if ({})", m_isInside));
        lines.add(m_element + "<true>" + call);
        lines.close("else");
        lines.open("");
        lines.add(m_element + "<false>" + call);
        lines.close("");
        for (int i = isDeep() ? 0 : 1; i < 2; ++i)
            lines.close();
    }

    void addTurns(CodeLines& lines, std::size_t number) const
    {
        lines.add("#pragma unroll 1");
        lines.open(fmt::format("for (int {0} = {1}; {0} < {2}; {3}) {{", m_step[number],
                               number == 1 ? "threadIdx.y" : "0", m_sizes[number],
                               number == 1 ? fmt::format("{} += {}", m_step[number], m_names.block[1])
                                           : "++" + m_step[number]));
        lines.add(fmt::format("const {} {} = {} + {};", axis(number).type, axis(number).name, m_first[number],
                              m_step[number]));
        lines.open(fmt::format("if ({} >= {})", axis(number).name, bound(number)));
        lines.add("break;");
        lines.close("");
    }

    void writeLaunch(SourceEdit& edit) const
    {
        const auto& launch = *m_kernel.launches().front();
        const auto host = [&](std::size_t number) {
            return expressionText(axis(number).extent, m_context.request().sizes);
        };
        const bool hasLayers = launch.gridParts.size() == 3;
        auto planes = m_grid.guarded().indexOf(2) != nullptr ? host(2)
            : hasLayers                                      ? m_source.text(launch.gridParts[2])
                                                             : std::string();
        if (isDeep())
            planes = fmt::format("ceil_div({}, {})", planes, m_names.planes);
        for (const auto* one : m_kernel.launches()) {
            edit.replace(one->grid,
                         fmt::format("dim3(ceil_div({}, {}), ceil_div({}, {}){}{})", host(0), m_sizes[0], host(1),
                                     m_sizes[1], planes.empty() ? "" : ", ", planes));
            edit.replace(one->block, fmt::format("dim3({}, {})", m_names.block[0], m_names.block[1]));
        }
    }

    const MoveContext& m_context;
    const ParsedSource& m_source;
    const WindowTile& m_tile;
    const GridKernel& m_grid;
    const KernelScope& m_kernel;
    const WindowTileNames& m_names;
    std::string m_inside;
    std::string m_isInside;
    std::string m_element;
    std::string m_parameters;
    std::string m_arguments;
    std::vector<std::string> m_first;  ///< names of the block's first coordinates
    std::array<std::string, 3> m_step;  ///< names of places within the block
    std::array<std::string, 3> m_near;  ///< names of coordinates that exist
    std::array<std::string, 3> m_sizes;  ///< elements of a block
    std::vector<Replacement> m_changes;
};

}  // namespace

bool writeWindowTile(const MoveContext& context, const WindowTile& tile, const WindowTileNames& names, SourceEdit& edit)
{
    return TileWriter(context, tile, names).write(edit);
}

}  // namespace warploom
