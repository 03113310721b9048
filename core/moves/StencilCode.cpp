// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StencilCode.h"

#include "moves/PatchWriter.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

std::string PatchWriter::plus(const std::string& text, std::int64_t amount)
{
    if (amount == 0)
        return text;
    return fmt::format("{} {} {}", text, amount < 0 ? "-" : "+", amount < 0 ? -amount : amount);
}

std::string PatchWriter::operand(const std::string& text)
{
    return text.find_first_of(" ?:+-*/%<>&|^") == std::string::npos ? text : "(" + text + ")";
}

PatchWriter::PatchWriter(const MoveContext& context, const Stencil& stencil, PatchKind kind, const PatchNames& names,
                         bool isOneOfSeveral)
    : m_context(context)
    , m_source(context.source())
    , m_stencil(stencil)
    , m_grid(stencil.grid)
    , m_kernel(stencil.grid.kernel())
    , m_isWindow(kind == PatchKind::Window)
    , m_names(names)
{
    const auto fresh = [&](const std::string& name) { return context.directives().freshName(name); };
    m_inside = fresh("INSIDE");
    m_run = fresh("run");
    m_exists = fresh("exists");
    m_ahead = fresh("ahead");
    m_plane = fresh("plane");
    m_chosen = fresh("chosen");
    auto patch = m_kernel.name() + "_patch";
    if (isOneOfSeveral)
        for (const auto& [parameter, value] : m_grid.known())
            patch += fmt::format("_{}", value);
    m_patchName = fresh(patch);
    m_elementName = fresh(m_kernel.name() + "_element");
    for (const auto& axis : m_grid.axes()) {
        m_first.push_back(fresh("first_" + axis.name));
        m_near.push_back(fresh("near_" + axis.name));
    }
    for (const auto* name : {"across", "down", "deep"})
        m_step.push_back(fresh(name));
    for (std::size_t axis = m_grid.axes().size(); axis-- > 0;)
        if (!m_names.count[axis].empty())
            m_patched.push_back(axis);
}

bool PatchWriter::write(std::vector<PatchWriter>& writers, SourceEdit& edit)
{
    const auto& first = writers.front();
    const auto body = first.m_source.range(first.m_kernel.kernel().getBody());
    const auto before = offsetBeforeKernel(first.m_kernel);
    std::string patches;
    for (auto& writer : writers) {
        if (!body || !before || !writer.readParameters() || !writer.readChanges())
            return false;
        patches += writer.patchText() + "\n";
    }
    edit.insert(*before, first.elementText() + patches);
    edit.replace({body->begin + 1, body->end - 1}, "\n" + first.kernelText(writers));
    first.writeLaunch(edit);
    return true;
}

bool PatchWriter::readParameters()
{
    for (const auto* parameter : m_kernel.kernel().parameters()) {
        const auto range = m_source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
        if (!range || parameter->getName().empty())
            return false;
        const auto text = m_source.text(*range);
        m_allParameters += text + ", ";
        m_allArguments += parameter->getNameAsString() + ", ";
        if (m_grid.known().count(parameter) > 0)
            continue;
        m_parameters += (m_names.marches ? withoutAliases(text, *parameter) : text) + ", ";
        m_arguments += parameter->getNameAsString() + ", ";
    }
    return true;
}

/// The next plane is loaded before the last one is stored, which the compiler does only where they cannot be the same.
std::string PatchWriter::withoutAliases(const std::string& text, const ParmVarDecl& parameter)
{
    const auto name = parameter.getNameAsString();
    const auto at = text.rfind(name);
    if (!parameter.getType()->isPointerType() || parameter.getType().isRestrictQualified() || at == std::string::npos)
        return text;
    return text.substr(0, at) + "__restrict__ " + text.substr(at);
}

std::string PatchWriter::coordinates(bool isParameter, bool isElement) const
{
    std::string text;
    for (std::size_t number = 0; number < m_grid.axes().size(); ++number) {
        const auto& one = axis(number);
        if (one.var == nullptr && !m_grid.isLinear())
            continue;
        const auto name = isPatched(number) && !isElement ? m_first[number] : one.name;
        text += (text.empty() ? "" : ", ") + (isParameter ? one.type + " " + name : name);
    }
    return text;
}

std::string PatchWriter::elementText() const
{
    const auto body = m_source.range(m_kernel.kernel().getBody());
    CodeLines lines;
    lines.add(fmt::format("// One element of {}.", m_kernel.name()));
    const auto& guarded = m_grid.guarded();
    const auto parameters =
        m_grid.isLinear() ? numberType() + " " + guarded.indices[0].var->getNameAsString() : coordinates(true, true);
    lines.add(
        fmt::format("static __device__ __forceinline__ void {}({}{})", m_elementName, m_allParameters, parameters));
    std::vector<Replacement> removed;
    for (const Stmt* statement : m_kernel.statements()) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        const bool isIndex =
            std::ranges::any_of(guarded.indices, [&](const auto& index) { return index.var == var && var != nullptr; })
            || std::ranges::any_of(m_grid.axes(), [&](const auto& one) { return one.var == var && var != nullptr; });
        const auto range = isIndex ? m_source.statementRange(statement) : std::nullopt;
        if (range)
            removed.push_back({withLine(*range), ""});
    }
    lines.add("{");
    return lines.text() + reindented(rewritten(m_source.text(), {body->begin + 1, body->end - 1}, removed), "    ")
        + "}\n\n";
}

TextRange PatchWriter::withLine(TextRange range) const
{
    const auto text = m_source.text();
    const auto newline = text.find('\n', range.end);
    const auto begin = range.begin - std::min(range.begin, indentationAt(text, range.begin).size());
    const bool ownLine = begin == 0 || text[begin - 1] == '\n';
    if (!ownLine || newline == std::string_view::npos)
        return range;
    const auto rest = text.substr(range.end, newline - range.end);
    const auto other = rest.find_first_not_of(" \t\r");
    return other == std::string_view::npos || rest.substr(other, 2) == "//" ? TextRange{begin, newline + 1} : range;
}

std::string PatchWriter::kernelText(const std::vector<PatchWriter>& writers) const
{
    CodeLines lines;
    lines.open("");
    if (m_grid.isLinear())
        addLinePlace(lines);
    else
        addGridPlace(lines);
    addSingles(lines, writers);
    for (std::size_t i = 0; i < writers.size(); ++i) {
        if (writers.size() > 1) {
            const auto condition = i + 1 < writers.size() ? fmt::format("if ({}) {{", writers[i].isMeant()) : "{";
            if (i > 0)
                lines.close("} else " + condition);
            lines.open(i > 0 ? "" : condition);
        }
        writers[i].addCall(lines);
    }
    if (writers.size() > 1)
        lines.close();
    return lines.text();
}

std::string PatchWriter::isMeant() const
{
    std::vector<std::string> parts;
    for (const auto& [parameter, value] : m_grid.known())
        parts.push_back(fmt::format("{} == {}", parameter->getNameAsString(), value));
    return fmt::format("{}", fmt::join(parts, " && "));
}

std::string PatchWriter::isNotMeant() const
{
    std::vector<std::string> parts;
    for (const auto& [parameter, value] : m_grid.known())
        parts.push_back(fmt::format("{} != {}", parameter->getNameAsString(), value));
    return fmt::format("{}", fmt::join(parts, " || "));
}

void PatchWriter::addCall(CodeLines& lines) const
{
    const auto call = fmt::format("({}{});", m_arguments, coordinates(false, false));
    std::string inside;
    for (const auto number : m_patched)
        if (const auto whole = hasNeighbours(number); !whole.empty())
            inside += (inside.empty() ? "" : " && ") + whole;
    if (!hasInside()) {
        lines.add(m_patchName + call);
        return;
    }
    lines.open(fmt::format("if ({})", inside));
    lines.add(m_patchName + "<true>" + call);
    lines.close("else");
    lines.open("");
    lines.add(m_patchName + "<false>" + call);
    lines.close("");
}

std::string PatchWriter::hasNeighbours(std::size_t number) const
{
    const auto begins =
        m_stencil.low(number) < 0 ? fmt::format("{} >= {}", m_first[number], -m_stencil.low(number)) : std::string();
    if (m_stencil.high(number) == 0)
        return begins;
    return (begins.empty() ? "" : begins + " && ")
        + fmt::format("{} + {} <= {}", m_first[number], plus(m_names.count[number], m_stencil.high(number)),
                      bound(number));
}

std::string PatchWriter::isCut(std::size_t number) const
{
    if (number == 0)
        return m_isWindow ? fmt::format("{} % {} != 0", bound(0), m_names.count[0])
                          : fmt::format("{} + ({} - 1) * blockDim.x >= {}", m_first[0], m_names.count[0], bound(0));
    return fmt::format("{} + {} > {}", m_first[number], m_names.count[number], bound(number));
}

void PatchWriter::addGridPlace(CodeLines& lines) const
{
    constexpr std::array<char, 3> kLetters{'x', 'y', 'z'};
    std::string outside;
    for (std::size_t number = 0; number < m_grid.axes().size(); ++number) {
        const auto& one = axis(number);
        if (one.var == nullptr)
            continue;
        const auto letter = kLetters[number];
        const bool isLayer = m_grid.guarded().indexOf(static_cast<int>(number)) == nullptr;
        auto place =
            isLayer ? std::string("blockIdx.z") : fmt::format("(blockIdx.{0} * blockDim.{0} + threadIdx.{0})", letter);
        const bool isApart = number == 0 && !m_isWindow;
        if (isApart)
            place = fmt::format("blockIdx.x * {} * blockDim.x + threadIdx.x", m_names.count[0]);
        else if (isPatched(number))
            place += " * " + m_names.count[number];
        else if (!isLayer)
            place = place.substr(1, place.size() - 2);
        const auto name = isPatched(number) ? m_first[number] : one.name;
        lines.add(fmt::format("const {} {} = {};", one.type, name, place));
        if (!one.boundText.empty())
            outside += (outside.empty() ? "" : " || ") + fmt::format("{} >= {}", name, bound(number));
    }
    lines.open(fmt::format("if ({})", outside));
    lines.add("return;");
    lines.close("");
}

void PatchWriter::addLinePlace(CodeLines& lines) const
{
    const auto& index = m_grid.guarded().indices[0];
    const auto fresh = [&](const std::string& name) { return m_context.directives().freshName(name); };
    const auto type = numberType();
    const auto patch = fresh("patch");
    const auto columns = fresh("patches_across");
    const auto rows = fresh("patches_down");
    lines.add(fmt::format("const {} {} = {};", type, patch, m_source.text(index.initialiser)));
    lines.add(fmt::format("const {0} {1} = ({2} + {3} - 1) / {3};", type, columns, bound(0), m_names.count[0]));
    lines.add(fmt::format("const {0} {1} = ({2} + {3} - 1) / {3};", type, rows, bound(1), m_names.count[1]));
    lines.add(fmt::format("const {} {} = {} % {} * {};", axis(0).type, m_first[0], patch, columns, m_names.count[0]));
    lines.add(fmt::format("const {} {} = {} / {} % {} * {};", axis(1).type, m_first[1], patch, columns, rows,
                          m_names.count[1]));
    lines.add(fmt::format("const {} {} = {} / {} / {};", type, axis(2).name, patch, columns, rows));
    lines.open(fmt::format("if ((long long)({}) * {} * {} >= {})", axis(2).name, bound(1), bound(0),
                           m_source.text(m_grid.guarded().bounds.at(index.var))));
    lines.add("return;");
    lines.close("");
}

void PatchWriter::addSingles(CodeLines& lines, const std::vector<PatchWriter>& writers) const
{
    std::vector<std::string> others;
    for (const auto& writer : writers)
        if (const auto other = writer.isNotMeant(); !other.empty())
            others.push_back(writers.size() > 1 && writer.m_grid.known().size() > 1 ? "(" + other + ")" : other);
    auto condition = fmt::format("{}", fmt::join(others, " && "));
    if (!condition.empty())
        condition = (others.size() > 1 ? "(" + condition + ")" : condition) + " || ";
    for (const auto number : m_patched)
        if (isKept(number))
            condition += isCut(number) + (number == 0 ? "" : " || ");
    lines.open(fmt::format("if ({}) {{", condition));
    std::string inside;
    for (const auto number : m_patched) {
        openLoop(lines, number, 0, false);
        if (m_grid.isLinear() || m_grid.guarded().indexOf(static_cast<int>(number)) == nullptr)
            inside += (inside.empty() ? "" : " && ") + fmt::format("{} < {}", coordinate(number), bound(number));
    }
    std::string place;
    if (!inside.empty())
        lines.open(fmt::format("if ({})", inside));
    if (m_grid.isLinear()) {
        place = fmt::format("({} * {} + {}) * {} + {}", axis(2).name, bound(1), coordinate(1), bound(0), coordinate(0));
    } else {
        for (std::size_t number = 0; number < m_grid.axes().size(); ++number)
            if (axis(number).var != nullptr)
                place += (place.empty() ? "" : ", ") + (isPatched(number) ? coordinate(number) : axis(number).name);
    }
    lines.add(fmt::format("{}({}{});", m_elementName, m_allArguments, place));
    if (!inside.empty())
        lines.close("");
    for (std::size_t i = 0; i < m_patched.size(); ++i)
        lines.close();
    lines.add("return;");
    lines.close();
}

void PatchWriter::writeLaunch(SourceEdit& edit) const
{
    const auto& launch = *m_kernel.launches().front();
    const auto host = [&](std::size_t number) { return hostText(axis(number)); };
    if (m_grid.isLinear()) {
        for (const auto* one : m_kernel.launches())
            edit.replace(one->grid,
                         fmt::format("ceil_div(({}) * ceil_div({}, {}) * ceil_div({}, {}), {})", host(2), host(1),
                                     m_names.count[1], host(0), m_names.count[0], m_source.text(launch.block)));
        return;
    }
    const bool hasLayers = launch.gridParts.size() == 3;
    // Blocks are flat from now on.
    const bool hasThreads = m_grid.guarded().indexOf(2) != nullptr;
    auto planes = hasThreads ? host(2) : hasLayers ? m_source.text(launch.gridParts[2]) : std::string();
    if (hasLayers && isPatched(2))
        planes = fmt::format("ceil_div({}, {})", planes, m_names.count[2]);
    for (const auto* one : m_kernel.launches()) {
        edit.replace(one->grid,
                     fmt::format("dim3(ceil_div({}, {} * {}), ceil_div({}, {} * {}){}{})", host(0), m_names.block[0],
                                 m_names.count[0], host(1), m_names.block[1], m_names.count[1], hasLayers ? ", " : "",
                                 planes));
        edit.replace(one->block, fmt::format("dim3({}, {})", m_names.block[0], m_names.block[1]));
    }
}

std::string PatchWriter::hostText(const GridAxis& one) const
{
    return expressionText(one.extent, m_context.request().sizes);
}

std::string PatchWriter::elementOf(const VarDecl* base) const
{
    return typeText(m_kernel, innermostElement(base->getType()));
}

std::string PatchWriter::fresh(const VarDecl* base, const std::string& what) const
{
    return m_context.directives().freshName(base->getNameAsString() + "_" + what);
}

std::string PatchWriter::patchSize(const std::string& between) const
{
    std::string text;
    for (const auto number : m_patched)
        text += (text.empty() ? "" : between) + m_names.count[number];
    return text;
}

std::string PatchWriter::coordinate(std::size_t number) const
{
    const bool isApart = number == 0 && !m_isWindow;
    return fmt::format("{} + {}{}", m_first[number], m_step[number], isApart ? " * blockDim.x" : "");
}

bool writePatches(const MoveContext& context, const std::vector<Stencil>& stencils, PatchKind kind,
                  const PatchNames& names, SourceEdit& edit)
{
    std::vector<PatchWriter> writers;
    for (const auto& stencil : stencils)
        writers.emplace_back(context, stencil, kind, names, stencils.size() > 1);
    return PatchWriter::write(writers, edit);
}

}  // namespace warploom
