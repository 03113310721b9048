// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PatchWriter.h"

namespace warploom {

using namespace clang;

void PatchWriter::addWalkedWindow(CodeLines& lines, const StencilWindow& window) const
{
    const auto element = elementOf(window.base);
    const auto load = fresh(window.base, "load");
    const auto name = fresh(window.base, "window");
    const auto shape = windowShape(window);
    const auto kept = reach(window, 2);
    lines.add(fmt::format("{} {}[{}]{};", element, name, kept + 1, shape));
    lines.add(fmt::format("const auto {} = [&](int {}, {} (&{}){})", load, m_ahead, element, m_plane, shape));
    lines.open("{");
    addLoads(lines, window, m_plane);
    lines.close("};");
    for (std::int64_t plane = 0; plane < kept; ++plane)
        lines.add(fmt::format("{0}({1}, {2}[{1}]);", load, plane, name));
}

void PatchWriter::addWalk(CodeLines& lines) const
{
    std::int64_t most = 0;
    for (const auto& window : m_stencil.windows)
        most = std::max(most, isWalked(window) ? reach(window, 2) : 0);
    // As many rounds as there are planes in a window: then they change their names, and nothing is moved.
    lines.add(fmt::format("#pragma unroll {}", most + 1));
    lines.open(fmt::format("for (int {0} = 0; {0} < {1} && {2} < {3}; ++{0}) {{", m_step[2], m_names.count[2],
                           coordinate(2), bound(2)));
    for (const auto& window : m_stencil.windows)
        if (isWalked(window))
            lines.add(fmt::format("{}({}, {}[{}]);", fresh(window.base, "load"), plus(m_step[2], reach(window, 2)),
                                  fresh(window.base, "window"), reach(window, 2)));
    addElements(lines);
    for (const auto& output : m_stencil.outputs)
        addStores(lines, output);
    for (const auto& window : m_stencil.windows)
        if (isWalked(window) && reach(window, 2) > 0)
            addShift(lines, window);
    lines.close();
}

void PatchWriter::addShift(CodeLines& lines, const StencilWindow& window) const
{
    const auto name = fresh(window.base, "window");
    lines.add("#pragma unroll");
    lines.open(fmt::format("for (int {0} = 0; {0} < {1}; ++{0}) {{", m_ahead, reach(window, 2)));
    openLoop(lines, 1, reach(window, 1));
    openLoop(lines, 0, reach(window, 0));
    const auto place = fmt::format("[{}][{}]", m_step[1], m_step[0]);
    lines.add(fmt::format("{0}[{1}]{2} = {0}[{1} + 1]{2};", name, m_ahead, place));
    for (int i = 0; i < 3; ++i)
        lines.close();
}

}  // namespace warploom
