// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PatchWriter.h"

namespace warploom {

using namespace clang;

void PatchWriter::openLoop(CodeLines& lines, std::size_t number, std::int64_t more, bool isUnrolled) const
{
    lines.add(isUnrolled ? "#pragma unroll" : "#pragma unroll 1");
    lines.open(
        fmt::format("for (int {0} = 0; {0} < {1}; ++{0}) {{", m_step[number], plus(m_names.count[number], more)));
}

std::string PatchWriter::patchText() const
{
    CodeLines lines;
    lines.add(fmt::format("// A patch of {} elements of {}{}: {}.", patchSize(" x "), m_kernel.name(),
                          m_names.marches ? ", plane after plane" : "",
                          m_isWindow ? "what they read of their neighbourhood is loaded once, into registers"
                                     : "what elements of a row or a column share is worked out once"));
    if (hasInside()) {
        lines.add(fmt::format("// {}: all that is read exists.", m_inside));
        lines.add(fmt::format("template <bool {}>", m_inside));
    }
    lines.add(fmt::format("static __device__ __forceinline__ void {}({}{})", m_patchName, m_parameters,
                          coordinates(true, false)));
    lines.open("{");
    for (const auto& [parameter, value] : m_grid.known())
        lines.add(fmt::format("constexpr {} {} = {};", typeText(m_kernel, parameter->getType()),
                              parameter->getNameAsString(), value));
    if (m_isWindow) {
        for (const auto& table : m_stencil.tables)
            addTable(lines, table);
        for (const auto& window : m_stencil.windows)
            addWindow(lines, window);
    }
    if (m_names.marches) {
        addWalk(lines);
    } else {
        addElements(lines);
        for (const auto& output : m_stencil.outputs)
            addStores(lines, output);
    }
    lines.close();
    return lines.text();
}

void PatchWriter::addTable(CodeLines& lines, const StencilTable& table) const
{
    const auto name = tableName(table);
    lines.add(fmt::format("{} {}[{}];", elementOf(table.base), name, table.length));
    lines.add("#pragma unroll");
    lines.open(fmt::format("for (int {0} = 0; {0} < {1}; ++{0})", m_step[0], table.length));
    const auto first = table.first.isZero() ? std::string() : m_grid.text(table.first) + " + ";
    lines.add(fmt::format("{}[{}] = {}[{}{}];", name, m_step[0], table.base->getNameAsString(), first, m_step[0]));
    lines.close("");
}

void PatchWriter::addRun(CodeLines& lines, const std::string& name, const std::string& element) const
{
    lines.add(
        fmt::format("struct alignas(sizeof({0}) * {1}) {2} {{ {0} at[{1}]; }};", element, m_names.count[0], name));
}

std::string PatchWriter::exists(const StencilWindow& window, std::size_t number) const
{
    const auto& step = number == 2 ? planeStep(window) : m_step[number];
    const auto first = fmt::format("{} + {}", m_first[number], step);
    const auto low = window.low[number];
    std::string text;
    if (low < 0)
        text = fmt::format("({} >= {} || {} >= {})", step, -low, first, -low);
    if (window.high[number] > 0) {
        const auto isBefore = fmt::format("{} < {}", plus(first, low), bound(number));
        text += (text.empty() ? "" : " && ")
            + (isKept(number) ? fmt::format("({} < {} || {})", step, plus(m_names.count[number], -low), isBefore)
                              : isBefore);
    }
    return text.empty() || !hasInside() ? text : fmt::format("({} || ({}))", m_inside, text);
}

std::string PatchWriter::placeText(std::size_t number, const std::string& step, std::int64_t low) const
{
    return isPatched(number) ? plus(fmt::format("{} + {}", m_first[number], step), low) : axis(number).name;
}

std::string PatchWriter::rowText(const VarDecl* base, bool hasPlanes, const std::string& row,
                                 const std::string& plane) const
{
    const auto line = hasPlanes ? fmt::format("((long long)({}) * {} + {})", plane, bound(1), row)
                                : fmt::format("(long long)({})", row);
    return fmt::format("{} + {} * {} + {}", base->getNameAsString(), line, bound(0), m_first[0]);
}

void PatchWriter::addNear(CodeLines& lines, const StencilWindow& window, std::size_t number) const
{
    const auto& one = axis(number);
    const bool isInt = one.type == "int" && m_grid.isIntBound(one);
    const auto first = isInt ? m_first[number] : fmt::format("(long long)({})", m_first[number]);
    const auto place =
        plus(fmt::format("{} + {}", first, number == 2 ? planeStep(window) : m_step[number]), window.low[number]);
    const auto kept = isInt ? fmt::format("min(max({}, 0), {} - 1)", place, bound(number))
                            : fmt::format("min(max({}, 0ll), (long long)({}) - 1)", place, one.boundText);
    lines.add(fmt::format("const {} {} = {};", isInt ? "int" : "long long", m_near[number],
                          hasInside() ? fmt::format("{} ? {} : {}", m_inside, place, kept) : kept));
}

std::string PatchWriter::windowShape(const StencilWindow& window) const
{
    std::string shape;
    for (const auto number : m_patched)
        if (isKept(number) && (number != 2 || window.hasPlanes))
            shape += "[" + plus(m_names.count[number], reach(window, number)) + "]";
    return shape;
}

void PatchWriter::addWindow(CodeLines& lines, const StencilWindow& window) const
{
    addRun(lines, fresh(window.base, "run"), elementOf(window.base));
    if (isWalked(window)) {
        addWalkedWindow(lines, window);
        return;
    }
    lines.add(fmt::format("{} {}{};", elementOf(window.base), fresh(window.base, "window"), windowShape(window)));
    addLoads(lines, window, fresh(window.base, "window"));
}

void PatchWriter::addLoads(CodeLines& lines, const StencilWindow& window, const std::string& place) const
{
    const auto from = fresh(window.base, "row");
    auto to = place;
    std::string condition;
    std::size_t opened = 0;
    for (const auto number : m_patched) {
        if (number == 0 || (number == 2 && !window.hasPlanes))
            continue;
        if (isKept(number)) {
            openLoop(lines, number, reach(window, number));
            to += "[" + m_step[number] + "]";
            ++opened;
        }
        if (isKeptNear(window, number))
            addNear(lines, window, number);
        else if (const auto one = exists(window, number); !one.empty())
            condition += (condition.empty() ? "" : " && ") + one;
    }
    if (!condition.empty())
        lines.add(fmt::format("const bool {} = {};", m_exists, condition));
    const auto placeOf = [&](std::size_t number, const std::string& step) {
        if (number == 2 && !window.hasPlanes)
            return std::string();
        return isKeptNear(window, number) ? m_near[number] : placeText(number, step, window.low[number]);
    };
    lines.add(
        fmt::format("const {}* {} = {};", elementOf(window.base), from,
                    rowText(window.base, window.hasPlanes, placeOf(1, m_step[1]), placeOf(2, planeStep(window)))));
    addMiddle(lines, window, to, !condition.empty());
    if (window.low[0] != 0 || window.high[0] != 0)
        addSides(lines, window, to, !condition.empty());
    for (; opened > 0; --opened)
        lines.close();
}

void PatchWriter::addMiddle(CodeLines& lines, const StencilWindow& window, const std::string& place,
                            bool hasCondition) const
{
    const auto run = fresh(window.base, "run");
    const auto load = fmt::format("*reinterpret_cast<const {}*>({})", run, fresh(window.base, "row"));
    lines.add(fmt::format("const {} {} = {};", run, m_run,
                          hasCondition ? fmt::format("{} ? {} : {}()", m_exists, load, run) : load));
    openLoop(lines, 0, 0);
    lines.add(fmt::format("{}[{}] = {}.at[{}];", place, plus(m_step[0], -window.low[0]), m_run, m_step[0]));
    lines.close();
}

void PatchWriter::addSides(CodeLines& lines, const StencilWindow& window, const std::string& place,
                           bool hasCondition) const
{
    const auto& step = m_step[0];
    openLoop(lines, 0, window.high[0] - window.low[0]);
    const bool isNear = isKeptNear(window, 0);
    if (isNear)
        addNear(lines, window, 0);
    std::string isBeside = window.low[0] < 0 ? fmt::format("{} < {}", step, -window.low[0]) : std::string();
    if (window.high[0] > 0)
        isBeside +=
            (isBeside.empty() ? "" : " || ") + fmt::format("{} >= {}", step, plus(m_names.count[0], -window.low[0]));
    lines.open(fmt::format("if ({})", isBeside));
    const auto condition = isNear ? (hasCondition ? m_exists : std::string())
                                  : (hasCondition ? m_exists + " && " : "") + exists(window, 0);
    const auto load = fmt::format("{}[{}]", fresh(window.base, "row"),
                                  isNear ? m_near[0] + " - " + m_first[0] : plus(step, window.low[0]));
    lines.add(condition.empty()
                  ? fmt::format("{}[{}] = {};", place, step, load)
                  : fmt::format("{}[{}] = {} ? {} : {}();", place, step, condition, load, elementOf(window.base)));
    lines.close("");
    lines.close();
}

void PatchWriter::addElements(CodeLines& lines) const
{
    for (const auto& output : m_stencil.outputs) {
        std::string shape;
        for (const auto number : m_patched)
            shape += isKept(number) ? "[" + m_names.count[number] + "]" : "";
        lines.add(fmt::format("{} {}{};", elementOf(output.base), fresh(output.base, "patch"), shape));
    }
    const auto opened = static_cast<std::size_t>(std::ranges::count_if(m_patched, [&](auto n) { return isKept(n); }));
    for (const auto number : m_patched)
        if (isKept(number))
            openLoop(lines, number, 0);
    for (const auto number : m_patched)
        lines.add(fmt::format("const {} {} = {};", axis(number).type, axis(number).name, coordinate(number)));
    if (m_grid.isLinear())
        lines.add(fmt::format("const {} {} = ({} * {} + {}) * {} + {};", numberType(),
                              m_grid.guarded().indices[0].var->getNameAsString(), axis(2).name, bound(1), axis(1).name,
                              bound(0), axis(0).name));
    lines.insert(m_preamble);
    const auto body = m_grid.guarded().bodyRange;
    lines.insert(indentationAt(m_source.text(), body.begin) + rewritten(m_source.text(), body, m_changes));
    for (std::size_t i = 0; i < opened; ++i)
        lines.close();
}

void PatchWriter::addStores(CodeLines& lines, const StencilOutput& output) const
{
    const auto run = fresh(output.base, "run");
    const auto to = fresh(output.base, "row");
    const auto element = elementOf(output.base);
    if (m_isWindow)
        addRun(lines, run, element);
    std::size_t opened = 0;
    for (const auto number : m_patched) {
        if (number == 0 || !isKept(number))
            continue;
        openLoop(lines, number, 0);
        ++opened;
    }
    const bool hasPlanes = m_grid.axes().size() == 3;
    lines.add(fmt::format("{}* {} = {};", element, to,
                          rowText(output.base, hasPlanes, placeText(1, m_step[1], 0),
                                  hasPlanes ? placeText(2, m_step[2], 0) : std::string())));
    if (m_isWindow)
        lines.add(fmt::format("{} {};", run, m_run));
    openLoop(lines, 0, 0);
    const auto target =
        m_isWindow ? fmt::format("{}.at[{}]", m_run, m_step[0]) : fmt::format("{}[{} * blockDim.x]", to, m_step[0]);
    lines.add(fmt::format("{} = {}{};", target, fresh(output.base, "patch"), steps()));
    lines.close();
    if (m_isWindow)
        lines.add(fmt::format("*reinterpret_cast<{}*>({}) = {};", run, to, m_run));
    for (; opened > 0; --opened)
        lines.close();
}

}  // namespace warploom
