// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StencilCode.h"

#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Lines of code, indented by the blocks that are open.
class CodeLines {
public:
    void add(const std::string& line) { m_text += std::string(m_depth * 4, ' ') + line + "\n"; }
    /// Without text: only further in, or out.
    void open(const std::string& line)
    {
        if (!line.empty())
            add(line);
        ++m_depth;
    }
    void close(const std::string& line = "}")
    {
        --m_depth;
        if (!line.empty())
            add(line);
    }
    /// Somebody else's lines.
    void insert(std::string_view code) { m_text += reindented(code, std::string(m_depth * 4, ' ')); }
    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    std::string m_text;
    std::size_t m_depth = 0;
};

std::string plus(const std::string& text, std::int64_t amount)
{
    if (amount == 0)
        return text;
    return fmt::format("{} {} {}", text, amount < 0 ? "-" : "+", amount < 0 ? -amount : amount);
}

std::string operand(const std::string& text)
{
    return text.find_first_of(" ?:") == std::string::npos ? text : "(" + text + ")";
}

class PatchWriter {
public:
    PatchWriter(const MoveContext& context, const Stencil& stencil, PatchKind kind, const PatchNames& names)
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
        m_patchName = fresh(m_kernel.name() + "_patch");
        m_elementName = fresh(m_kernel.name() + "_element");
        for (const auto& axis : m_grid.axes())
            m_first.push_back(fresh("first_" + axis.name));
        for (const auto* name : {"across", "down", "deep"})
            m_step.push_back(fresh(name));
        for (std::size_t axis = m_grid.axes().size(); axis-- > 0;)
            if (!m_names.count[axis].empty())
                m_patched.push_back(axis);
    }

    bool write(SourceEdit& edit)
    {
        const auto body = m_source.range(m_kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(m_kernel);
        if (!body || !before || !readParameters() || !readChanges())
            return false;
        edit.insert(*before, elementText() + patchText() + "\n");
        edit.replace({body->begin + 1, body->end - 1}, "\n" + kernelText());
        writeLaunch(edit);
        return true;
    }

private:
    [[nodiscard]] const GridAxis& axis(std::size_t number) const { return m_grid.axes()[number]; }
    [[nodiscard]] bool isPatched(std::size_t number) const { return !m_names.count[number].empty(); }
    [[nodiscard]] std::string bound(std::size_t number) const { return operand(axis(number).boundText); }
    /// Whether patches with all their neighbours have code of their own. In a line of threads nearly every warp has
    /// others.
    [[nodiscard]] bool hasInside() const { return m_isWindow && !m_grid.isLinear(); }
    [[nodiscard]] std::string elementOf(const VarDecl* base) const
    {
        return typeText(m_kernel, innermostElement(base->getType()));
    }
    [[nodiscard]] std::string fresh(const VarDecl* base, const std::string& what) const
    {
        return m_context.directives().freshName(base->getNameAsString() + "_" + what);
    }

    bool readParameters()
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
            m_parameters += text + ", ";
            m_arguments += parameter->getNameAsString() + ", ";
        }
        return true;
    }

    /// Changes of the user's own body, and declarations before it.
    bool readChanges()
    {
        bool isWritten = true;
        const auto replace = [&](const Stmt* node, const std::string& text) {
            const auto range = m_source.range(node);
            isWritten = isWritten && range;
            if (range)
                m_changes.push_back({*range, text});
        };
        if (m_isWindow) {
            for (const auto& window : m_stencil.windows)
                for (const auto& tap : window.taps)
                    replace(tap.expression, tapText(window, tap));
            for (const ForStmt* loop : m_stencil.loops)
                unrollLoop(loop);
        }
        for (const auto& table : m_stencil.tables)
            for (const auto& [read, place] : table.reads)
                if (m_isWindow)
                    replace(read, fmt::format("{}[{}]", tableName(table), m_grid.text(place)));
        for (const auto& output : m_stencil.outputs)
            for (const Expr* store : output.stores)
                replace(store, fresh(output.base, "patch") + steps());
        for (const ReturnStmt* done : m_stencil.returns)
            replace(done, "continue");
        if (hasInside())
            settleConditions();
        if (m_isWindow)
            shortenConditions();
        return isWritten && readDivisions() && readPreamble();
    }

    void settleConditions()
    {
        for (const auto& [condition, value] : m_stencil.settled) {
            const auto range = m_source.range(condition);
            if (!range)
                continue;
            m_changes.push_back({{range->begin, range->begin}, value ? m_inside + " || (" : "!" + m_inside + " && ("});
            m_changes.push_back({{range->end, range->end}, ")"});
        }
    }

    /// A test of one neighbour's coordinate is none where the patch itself reaches as far.
    void shortenConditions()
    {
        for (const auto& test : m_stencil.tests) {
            const auto range = m_source.range(test.comparison);
            if (!range)
                continue;
            const auto place =
                test.offset.isZero() ? m_step[test.axis] : m_step[test.axis] + " + " + m_grid.text(test.offset);
            const auto known =
                test.isLower ? fmt::format("{} >= 0", place) : fmt::format("{} < {}", place, m_names.count[test.axis]);
            m_changes.push_back({{range->begin, range->begin}, "(" + known + " || "});
            m_changes.push_back({{range->end, range->end}, ")"});
        }
    }

    void unrollLoop(const ForStmt* loop)
    {
        const auto at = m_source.offset(loop->getBeginLoc());
        if (!at || llvm::isa_and_nonnull<AttributedStmt>(m_kernel.parent(loop)))
            return;
        const auto indentation = indentationAt(m_source.text(), *at);
        const auto line = m_source.text().rfind('\n', *at);
        const bool ownLine = line != std::string_view::npos && *at - line - 1 == indentation.size();
        m_changes.push_back({{*at, *at}, (ownLine ? "" : "\n" + indentation) + "#pragma unroll\n" + indentation});
    }

    /// Where the thread's number was divided stand coordinates now.
    bool readDivisions()
    {
        bool isWritten = true;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* expression = llvm::dyn_cast<Expr>(node);
            const auto* found = expression == nullptr ? nullptr : m_grid.divided(expression);
            if (found == nullptr)
                return true;
            const auto range = m_source.range(node);
            isWritten = isWritten && range;
            if (range)
                m_changes.push_back({*range, castTo(llvm::cast<Expr>(node), found->name)});
            return false;
        });
        return isWritten;
    }

    /// \p name with the type that \p expression has, unless that goes into a variable.
    [[nodiscard]] std::string castTo(const Expr* expression, const std::string& name) const
    {
        const Stmt* above = m_kernel.parent(expression);
        while (llvm::isa_and_nonnull<ImplicitCastExpr>(above))
            above = m_kernel.parent(above);
        return llvm::isa_and_nonnull<DeclStmt>(above)
            ? name
            : fmt::format("({})({})", typeText(m_kernel, expression->getType()), name);
    }

    bool readPreamble()
    {
        for (const Stmt* statement : m_grid.guarded().preamble) {
            const auto range = m_source.statementRange(statement);
            if (!range)
                return false;
            const auto* declared = llvm::cast<DeclStmt>(statement)->getSingleDecl();
            const bool isAxis = std::ranges::any_of(
                m_grid.axes(), [&](const auto& one) { return one.var != nullptr && one.var == declared; });
            if (!isAxis)
                m_preamble += rewritten(m_source.text(), *range, m_changes) + "\n";
        }
        return true;
    }

    /// Index of an element of the patch: [down][across].
    [[nodiscard]] std::string steps() const
    {
        std::string text;
        for (const auto number : m_patched)
            text += "[" + m_step[number] + "]";
        return text;
    }

    [[nodiscard]] std::string tapText(const StencilWindow& window, const StencilWindow::Tap& tap) const
    {
        auto text = fresh(window.base, "window");
        for (const auto number : m_patched) {
            if (number == 2 && !window.hasPlanes)
                continue;
            const auto offset = tap.offset[number] - IndexForm::constant(window.low[number]);
            text += offset.isZero() ? fmt::format("[{}]", m_step[number])
                                    : fmt::format("[{} + {}]", m_step[number], m_grid.text(offset));
        }
        return text;
    }

    [[nodiscard]] std::string tableName(const StencilTable& table) const
    {
        const auto number = &table - m_stencil.tables.data();
        const bool isFirst =
            std::ranges::find(m_stencil.tables, table.base, &StencilTable::base) - m_stencil.tables.begin() == number;
        return fresh(table.base, "table") + (isFirst ? "" : std::to_string(number));
    }

    /// Coordinates as parameters, or as arguments.
    [[nodiscard]] std::string coordinates(bool isParameter, bool isElement) const
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

    /// One element as the kernel had it, for the sizes that patches do not know.
    [[nodiscard]] std::string elementText() const
    {
        const auto body = m_source.range(m_kernel.kernel().getBody());
        CodeLines lines;
        lines.add(fmt::format("// One element of {}.", m_kernel.name()));
        const auto& guarded = m_grid.guarded();
        const auto parameters = m_grid.isLinear() ? numberType() + " " + guarded.indices[0].var->getNameAsString()
                                                  : coordinates(true, true);
        lines.add(
            fmt::format("static __device__ __forceinline__ void {}({}{})", m_elementName, m_allParameters, parameters));
        std::vector<Replacement> removed;
        for (const Stmt* statement : m_kernel.statements()) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* var = declaration == nullptr || !declaration->isSingleDecl()
                ? nullptr
                : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
            const bool isIndex =
                std::ranges::any_of(guarded.indices,
                                    [&](const auto& index) { return index.var == var && var != nullptr; })
                || std::ranges::any_of(m_grid.axes(),
                                       [&](const auto& one) { return one.var == var && var != nullptr; });
            const auto range = isIndex ? m_source.statementRange(statement) : std::nullopt;
            if (range)
                removed.push_back({withLine(*range), ""});
        }
        lines.add("{");
        return lines.text() + reindented(rewritten(m_source.text(), {body->begin + 1, body->end - 1}, removed), "    ")
            + "}\n\n";
    }

    /// \p range with its whole line when nothing else but a comment stands there.
    [[nodiscard]] TextRange withLine(TextRange range) const
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

    /// Of the number that threads of a line have.
    [[nodiscard]] std::string numberType() const { return axis(2).type; }

    void openLoop(CodeLines& lines, std::size_t number, std::int64_t more, bool isUnrolled = true) const
    {
        lines.add(isUnrolled ? "#pragma unroll" : "#pragma unroll 1");
        lines.open(
            fmt::format("for (int {0} = 0; {0} < {1}; ++{0}) {{", m_step[number], plus(m_names.count[number], more)));
    }

    [[nodiscard]] std::string patchText() const
    {
        CodeLines lines;
        lines.add(fmt::format("// A patch of {} elements of {}: {}.", patchSize(" x "), m_kernel.name(),
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
        addElements(lines);
        for (const auto& output : m_stencil.outputs)
            addStores(lines, output);
        lines.close();
        return lines.text();
    }

    [[nodiscard]] std::string patchSize(const std::string& between) const
    {
        std::string text;
        for (const auto number : m_patched)
            text += (text.empty() ? "" : between) + m_names.count[number];
        return text;
    }

    void addTable(CodeLines& lines, const StencilTable& table) const
    {
        const auto name = tableName(table);
        lines.add(fmt::format("{} {}[{}];", elementOf(table.base), name, table.length));
        lines.add("#pragma unroll");
        lines.open(fmt::format("for (int {0} = 0; {0} < {1}; ++{0})", m_step[0], table.length));
        const auto first = table.first.isZero() ? std::string() : m_grid.text(table.first) + " + ";
        lines.add(fmt::format("{}[{}] = {}[{}{}];", name, m_step[0], table.base->getNameAsString(), first, m_step[0]));
        lines.close("");
    }

    /// A struct of a row's elements that is loaded and stored at once.
    void addRun(CodeLines& lines, const std::string& name, const std::string& element) const
    {
        lines.add(
            fmt::format("struct alignas(sizeof({0}) * {1}) {2} {{ {0} at[{1}]; }};", element, m_names.count[0], name));
    }

    /// Whether a column, row or plane of the window exists; empty where it always does. The patch itself has what lies
    /// between its ends.
    [[nodiscard]] std::string exists(const StencilWindow& window, std::size_t number) const
    {
        const auto& step = m_step[number];
        const auto first = fmt::format("{} + {}", m_first[number], step);
        const auto low = window.low[number];
        std::string text;
        if (low < 0)
            text = fmt::format("({} >= {} || {} >= {})", step, -low, first, -low);
        if (window.high[number] > 0)
            text += (text.empty() ? "" : " && ")
                + fmt::format("({} < {} || {} < {})", step, plus(m_names.count[number], -low), plus(first, low),
                              bound(number));
        return text.empty() || !hasInside() ? text : fmt::format("({} || ({}))", m_inside, text);
    }

    /// Address of a row of an array, at the first column of the patch.
    [[nodiscard]] std::string rowText(const VarDecl* base, bool hasPlanes, const std::array<std::int64_t, 3>& low) const
    {
        const auto coordinate = [&](std::size_t number) {
            return isPatched(number) ? plus(fmt::format("{} + {}", m_first[number], m_step[number]), low[number])
                                     : axis(number).name;
        };
        const auto row = coordinate(1);
        const auto line = hasPlanes ? fmt::format("((long long)({}) * {} + {})", coordinate(2), bound(1), row)
                                    : fmt::format("(long long)({})", row);
        return fmt::format("{} + {} * {} + {}", base->getNameAsString(), line, bound(0), m_first[0]);
    }

    void addWindow(CodeLines& lines, const StencilWindow& window) const
    {
        const auto name = fresh(window.base, "window");
        const auto run = fresh(window.base, "run");
        const auto from = fresh(window.base, "row");
        const auto element = elementOf(window.base);
        std::string shape;
        std::string place;
        std::string condition;
        std::vector<std::size_t> outer;
        for (const auto number : m_patched) {
            if (number == 2 && !window.hasPlanes)
                continue;
            shape += "[" + plus(m_names.count[number], window.high[number] - window.low[number]) + "]";
            if (number == 0)
                continue;
            outer.push_back(number);
            place += "[" + m_step[number] + "]";
            if (const auto one = exists(window, number); !one.empty())
                condition += (condition.empty() ? "" : " && ") + one;
        }
        addRun(lines, run, element);
        lines.add(fmt::format("{} {}{};", element, name, shape));
        for (const auto number : outer)
            openLoop(lines, number, window.high[number] - window.low[number]);
        if (!condition.empty())
            lines.add(fmt::format("const bool {} = {};", m_exists, condition));
        lines.add(fmt::format("const {}* {} = {};", element, from, rowText(window.base, window.hasPlanes, window.low)));
        addMiddle(lines, window, name + place, !condition.empty());
        if (window.low[0] != 0 || window.high[0] != 0)
            addSides(lines, window, name + place, !condition.empty());
        for (std::size_t i = 0; i < outer.size(); ++i)
            lines.close();
    }

    /// The patch's own columns of a row, as a vector.
    void addMiddle(CodeLines& lines, const StencilWindow& window, const std::string& place, bool hasCondition) const
    {
        const auto run = fresh(window.base, "run");
        const auto load = fmt::format("*reinterpret_cast<const {}*>({})", run, fresh(window.base, "row"));
        lines.add(fmt::format("const {} {} = {};", run, m_run,
                              hasCondition ? fmt::format("{} ? {} : {}()", m_exists, load, run) : load));
        openLoop(lines, 0, 0);
        lines.add(fmt::format("{}[{}] = {}.at[{}];", place, plus(m_step[0], -window.low[0]), m_run, m_step[0]));
        lines.close();
    }

    /// The columns beside it.
    void addSides(CodeLines& lines, const StencilWindow& window, const std::string& place, bool hasCondition) const
    {
        const auto& step = m_step[0];
        openLoop(lines, 0, window.high[0] - window.low[0]);
        std::string isBeside = window.low[0] < 0 ? fmt::format("{} < {}", step, -window.low[0]) : std::string();
        if (window.high[0] > 0)
            isBeside += (isBeside.empty() ? "" : " || ")
                + fmt::format("{} >= {}", step, plus(m_names.count[0], -window.low[0]));
        lines.open(fmt::format("if ({})", isBeside));
        lines.add(fmt::format("{}[{}] = {}{} ? {}[{}] : {}();", place, step, hasCondition ? m_exists + " && " : "",
                              exists(window, 0), fresh(window.base, "row"), plus(step, window.low[0]),
                              elementOf(window.base)));
        lines.close("");
        lines.close();
    }

    void addElements(CodeLines& lines) const
    {
        for (const auto& output : m_stencil.outputs) {
            std::string shape;
            for (const auto number : m_patched)
                shape += "[" + m_names.count[number] + "]";
            lines.add(fmt::format("{} {}{};", elementOf(output.base), fresh(output.base, "patch"), shape));
        }
        for (const auto number : m_patched)
            openLoop(lines, number, 0);
        for (const auto number : m_patched)
            lines.add(fmt::format("const {} {} = {};", axis(number).type, axis(number).name, coordinate(number)));
        if (m_grid.isLinear())
            lines.add(fmt::format("const {} {} = ({} * {} + {}) * {} + {};", numberType(),
                                  m_grid.guarded().indices[0].var->getNameAsString(), axis(2).name, bound(1),
                                  axis(1).name, bound(0), axis(0).name));
        lines.insert(m_preamble);
        const auto body = m_grid.guarded().bodyRange;
        lines.insert(indentationAt(m_source.text(), body.begin) + rewritten(m_source.text(), body, m_changes));
        for (std::size_t i = 0; i < m_patched.size(); ++i)
            lines.close();
    }

    /// Coordinate of the element of a patch.
    [[nodiscard]] std::string coordinate(std::size_t number) const
    {
        const bool isApart = number == 0 && !m_isWindow;
        return fmt::format("{} + {}{}", m_first[number], m_step[number], isApart ? " * blockDim.x" : "");
    }

    void addStores(CodeLines& lines, const StencilOutput& output) const
    {
        const auto run = fresh(output.base, "run");
        const auto to = fresh(output.base, "row");
        const auto element = elementOf(output.base);
        if (m_isWindow)
            addRun(lines, run, element);
        for (const auto number : m_patched)
            if (number != 0)
                openLoop(lines, number, 0);
        lines.add(fmt::format("{}* {} = {};", element, to, rowText(output.base, m_grid.axes().size() == 3, {})));
        if (m_isWindow)
            lines.add(fmt::format("{} {};", run, m_run));
        openLoop(lines, 0, 0);
        const auto target =
            m_isWindow ? fmt::format("{}.at[{}]", m_run, m_step[0]) : fmt::format("{}[{} * blockDim.x]", to, m_step[0]);
        lines.add(fmt::format("{} = {}{};", target, fresh(output.base, "patch"), steps()));
        lines.close();
        if (m_isWindow)
            lines.add(fmt::format("*reinterpret_cast<{}*>({}) = {};", run, to, m_run));
        for (std::size_t i = 1; i < m_patched.size(); ++i)
            lines.close();
    }

    [[nodiscard]] std::string kernelText() const
    {
        CodeLines lines;
        lines.open("");
        if (m_grid.isLinear())
            addLinePlace(lines);
        else
            addGridPlace(lines);
        addSingles(lines);
        const auto call = fmt::format("({}{});", m_arguments, coordinates(false, false));
        std::string inside;
        for (const auto number : m_patched)
            if (const auto whole = hasNeighbours(number); !whole.empty())
                inside += (inside.empty() ? "" : " && ") + whole;
        if (!hasInside()) {
            lines.add(m_patchName + call);
            return lines.text();
        }
        lines.open(fmt::format("if ({})", inside));
        lines.add(m_patchName + "<true>" + call);
        lines.close("else");
        lines.open("");
        lines.add(m_patchName + "<false>" + call);
        return lines.text();
    }

    [[nodiscard]] std::string hasNeighbours(std::size_t number) const
    {
        const auto begins = m_stencil.low(number) < 0 ? fmt::format("{} >= {}", m_first[number], -m_stencil.low(number))
                                                      : std::string();
        if (m_stencil.high(number) == 0)
            return begins;
        return (begins.empty() ? "" : begins + " && ")
            + fmt::format("{} + {} <= {}", m_first[number], plus(m_names.count[number], m_stencil.high(number)),
                          bound(number));
    }

    /// Where a patch is not whole.
    [[nodiscard]] std::string isCut(std::size_t number) const
    {
        if (number == 0)
            return m_isWindow ? fmt::format("{} % {} != 0", bound(0), m_names.count[0])
                              : fmt::format("{} + ({} - 1) * blockDim.x >= {}", m_first[0], m_names.count[0], bound(0));
        return fmt::format("{} + {} > {}", m_first[number], m_names.count[number], bound(number));
    }

    void addGridPlace(CodeLines& lines) const
    {
        constexpr std::array<char, 3> kLetters{'x', 'y', 'z'};
        std::string outside;
        for (std::size_t number = 0; number < m_grid.axes().size(); ++number) {
            const auto& one = axis(number);
            if (one.var == nullptr)
                continue;
            const auto letter = kLetters[number];
            const bool isLayer = m_grid.guarded().indexOf(static_cast<int>(number)) == nullptr;
            auto place = isLayer ? std::string("blockIdx.z")
                                 : fmt::format("(blockIdx.{0} * blockDim.{0} + threadIdx.{0})", letter);
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

    void addLinePlace(CodeLines& lines) const
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
        lines.add(
            fmt::format("const {} {} = {} % {} * {};", axis(0).type, m_first[0], patch, columns, m_names.count[0]));
        lines.add(fmt::format("const {} {} = {} / {} % {} * {};", axis(1).type, m_first[1], patch, columns, rows,
                              m_names.count[1]));
        lines.add(fmt::format("const {} {} = {} / {} / {};", type, axis(2).name, patch, columns, rows));
        lines.open(fmt::format("if ((long long)({}) * {} * {} >= {})", axis(2).name, bound(1), bound(0),
                               m_source.text(m_grid.guarded().bounds.at(index.var))));
        lines.add("return;");
        lines.close("");
    }

    /// One element after the other, where patches are cut or have other sizes than they know.
    void addSingles(CodeLines& lines) const
    {
        std::string condition;
        for (const auto& [parameter, value] : m_grid.known())
            condition += fmt::format("{} != {} || ", parameter->getNameAsString(), value);
        for (const auto number : m_patched)
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
            place =
                fmt::format("({} * {} + {}) * {} + {}", axis(2).name, bound(1), coordinate(1), bound(0), coordinate(0));
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

    void writeLaunch(SourceEdit& edit) const
    {
        const auto& launch = *m_kernel.launches().front();
        const auto host = [&](std::size_t number) { return hostText(axis(number)); };
        if (m_grid.isLinear()) {
            edit.replace(launch.grid,
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
        edit.replace(launch.grid,
                     fmt::format("dim3(ceil_div({}, {} * {}), ceil_div({}, {} * {}){}{})", host(0), m_names.block[0],
                                 m_names.count[0], host(1), m_names.block[1], m_names.count[1], hasLayers ? ", " : "",
                                 planes));
        edit.replace(launch.block, fmt::format("dim3({}, {})", m_names.block[0], m_names.block[1]));
    }

    [[nodiscard]] std::string hostText(const GridAxis& one) const
    {
        return expressionText(one.extent, m_context.request().sizes);
    }

    const MoveContext& m_context;
    const ParsedSource& m_source;
    const Stencil& m_stencil;
    const GridKernel& m_grid;
    const KernelScope& m_kernel;
    const bool m_isWindow;
    const PatchNames& m_names;
    std::string m_inside;
    std::string m_run;
    std::string m_exists;
    std::string m_patchName;
    std::string m_elementName;
    std::string m_allParameters;
    std::string m_allArguments;
    std::string m_parameters;
    std::string m_arguments;
    std::string m_preamble;
    std::vector<std::string> m_first;  ///< names of the patch's first coordinates
    std::vector<std::string> m_step;  ///< names of counters within the patch
    std::vector<std::size_t> m_patched;  ///< axes, the outermost first
    std::vector<Replacement> m_changes;
};

}  // namespace

bool writePatches(const MoveContext& context, const Stencil& stencil, PatchKind kind, const PatchNames& names,
                  SourceEdit& edit)
{
    return PatchWriter(context, stencil, kind, names).write(edit);
}

}  // namespace warploom
