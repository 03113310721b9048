// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "moves/CodeTemplate.h"
#include "moves/ContractionCode.h"
#include "moves/HostWords.h"
#include "moves/MoveCatalogue.h"
#include "moves/RowEdges.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Registers of a thread that a row may take; the kernel needs others.
constexpr std::int64_t kMostRegisters = 128;
/// Registers of a multiprocessor, and how many of a thread's the kernel needs for other things.
constexpr std::int64_t kBlockRegisters = 65536;
constexpr std::int64_t kUnkeptRegisters = 32;
/// Steps that a thread has by default, where blocks can be made larger instead.
constexpr std::int64_t kFewSteps = 8;

/// An array whose elements several of the loops read at the same places.
struct KeptArray {
    const VarDecl* base = nullptr;
    std::vector<std::optional<std::size_t>> lanes;  ///< of each loop's plan
    std::size_t from = 0;  ///< the loop before which registers are filled
    std::string name;  ///< of the registers
};

/// The first loop that reads or writes \p kept.
std::size_t firstOf(const KeptArray& kept)
{
    const auto first = std::ranges::find_if(kept.lanes, [](const auto& lane) { return lane.has_value(); });
    return static_cast<std::size_t>(first - kept.lanes.begin());
}

/// Loops over one row by the same threads, one after the other.
struct RowLoops {
    std::vector<StridedLoop> loops;
    std::vector<KeptArray> kept;
};

class RowLoopsRecogniser {
public:
    RowLoopsRecogniser(const KernelScope& kernel, RowStart rows)
        : m_kernel(kernel)
        , m_rows(rows)
    {
    }

    std::optional<RowLoops> recognise()
    {
        collect();
        if (m_result.loops.size() < 2 || !areAlike())
            return std::nullopt;
        findKept();
        return m_result.kept.empty() || !keepsOwners() || changesBetween() || !areDividedAlike()
            ? std::nullopt
            : std::optional(std::move(m_result));
    }

private:
    void collect()
    {
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            auto loop = stridedLoop(m_kernel, node, m_rows);
            if (loop)
                m_result.loops.push_back(std::move(*loop));
            return !loop;
        });
    }

    /// Same block of statements, same threads, same columns and the same width.
    [[nodiscard]] bool areAlike() const
    {
        const auto& first = m_result.loops.front();
        const auto& source = m_kernel.source();
        return std::ranges::all_of(m_result.loops, [&](const StridedLoop& loop) {
            return m_kernel.parent(loop.counted.statement) == m_kernel.parent(first.counted.statement)
                && loop.bound == first.bound && source.text(loop.start) == source.text(first.start)
                && source.text(loop.step) == source.text(first.step) && loop.plan.width() == first.plan.width()
                && loop.plan.needsMultipleBound() == first.plan.needsMultipleBound()
                && loop.plan.start() == first.plan.start()
                && m_kernel.source().context().hasSameUnqualifiedType(loop.counted.var->getType(),
                                                                      first.counted.var->getType());
        });
    }

    /// Whether the single elements around vectors are the same threads' in all loops, or no loop writes.
    [[nodiscard]] bool areDividedAlike() const
    {
        const auto& loops = m_result.loops;
        if (!loops.front().plan.start()
            || std::ranges::all_of(loops, [](const auto& loop) { return loop.plan.written().empty(); }))
            return true;
        const bool isOrdered = RowEdges(m_kernel, loops.front()).isOrdered();
        return std::ranges::all_of(loops,
                                   [&](const auto& loop) { return RowEdges(m_kernel, loop).isOrdered() == isOrdered; });
    }

    void findKept()
    {
        const auto& directives = m_kernel.source().directives();
        for (const auto& lane : m_result.loops.front().plan.lanes())
            addKept(lane);
        for (std::size_t i = 1; i < m_result.loops.size(); ++i)
            for (const auto& lane : m_result.loops[i].plan.lanes())
                if (std::ranges::none_of(m_result.kept, [&](const auto& one) { return one.base == lane.base; }))
                    addKept(lane);
        for (auto& one : m_result.kept)
            one.name = directives.freshName(one.base->getName().str() + "_row");
    }

    /// Where two loops load it. What depends on the column alone, such as weights, is no row: caches have it.
    void addKept(const VectorPlan::Lane& lane)
    {
        if (lane.rest.isZero())
            return;
        KeptArray kept{lane.base, {}, 0, {}};
        int readers = 0;
        for (const auto& loop : m_result.loops) {
            std::optional<std::size_t> found;
            const auto& lanes = loop.plan.lanes();
            for (std::size_t i = 0; i < lanes.size(); ++i)
                if (lanes[i].base == lane.base && lanes[i].rest == lane.rest)
                    found = i;
            readers += found && lanes[*found].loads ? 1 : 0;
            kept.lanes.push_back(found);
        }
        if (!isThereFirst(lane.place))
            kept.from = firstOf(kept);
        if (readers >= 2)
            m_result.kept.push_back(std::move(kept));
    }

    /// Whether \p place can be said where the registers are filled: before the first loop, so without what is declared
    /// after it.
    [[nodiscard]] bool isThereFirst(const std::string& place) const
    {
        const auto names = namesIn(place);
        const auto* first = m_result.loops.front().counted.statement;
        const auto* around = m_kernel.parent(first);
        return std::ranges::none_of(around->children(), [&](const Stmt* statement) {
            const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(statement);
            return declaration != nullptr && first->getEndLoc() < declaration->getBeginLoc()
                && std::ranges::any_of(
                       declaration->decls(),
                       [&](const Decl* one) {
                           const auto* named = llvm::dyn_cast<NamedDecl>(one);
                           return named != nullptr && names.count(identifierOf(named).str()) > 0;
                       });
        });
    }

    /// Whatever the loops write nothing else touches: elements change hands between threads.
    [[nodiscard]] bool keepsOwners() const
    {
        std::set<const VarDecl*> guarded;
        for (const auto& loop : m_result.loops)
            guarded.insert(loop.plan.written().begin(), loop.plan.written().end());
        return std::ranges::all_of(m_kernel.accesses(m_kernel.kernel().getBody()), [&](const Access& access) {
            const bool isKept =
                std::ranges::any_of(m_result.kept, [&](const auto& one) { return one.base == access.base; });
            if (guarded.count(access.base) == 0 && !(isKept && access.writes))
                return true;
            const auto range = m_kernel.source().range(access.expression);
            return std::ranges::any_of(m_result.loops,
                                       [&](const auto& loop) { return range && loop.whole.contains(*range); });
        });
    }

    /// Whether a variable that the loops have in common, in bounds or places, is set between them, or a launch passes
    /// what they write as another parameter too.
    [[nodiscard]] bool changesBetween() const
    {
        std::set<const VarDecl*> shared;
        std::set<const VarDecl*> written;
        for (const auto& loop : m_result.loops) {
            written.insert(loop.plan.written().begin(), loop.plan.written().end());
            const std::vector<const Stmt*> common{loop.counted.start, loop.counted.bound, loop.counted.step};
            for (const Stmt* part : common)
                addVariables(part, shared);
            for (const auto& access : m_kernel.accesses(loop.counted.statement->getBody()))
                addVariables(access.expression, shared);
        }
        const auto begin = m_result.loops.front().counted.statement->getBeginLoc();
        const auto end = m_result.loops.back().counted.statement->getEndLoc();
        const auto* around = m_kernel.parent(m_result.loops.front().counted.statement);
        bool changes = !passesApart(m_kernel, written);
        for (const Stmt* statement : around->children())
            if (statement != nullptr && begin <= statement->getBeginLoc() && statement->getBeginLoc() <= end)
                changes = changes || std::ranges::any_of(shared, [&](const VarDecl* var) {
                              return m_kernel.isModifiedWithin(var, statement);
                          });
        return changes;
    }

    /// Those from outside of the loops.
    void addVariables(const Stmt* part, std::set<const VarDecl*>& variables) const
    {
        walk(part, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            const bool isOwn =
                std::ranges::any_of(m_result.loops, [&](const auto& loop) { return loop.counted.var == var; });
            if (var != nullptr && !isOwn)
                variables.insert(var);
            return true;
        });
    }

    const KernelScope& m_kernel;
    RowStart m_rows;
    RowLoops m_result;
};

class KeepRow : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"keep-row", "Keep the row in registers",
                "several loops in which the threads of a block or warp share one row, over the same elements",
                "the row is read once, 16 bytes at a time, and all its loads are in flight at once"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || kernel.launches().empty())
                continue;
            const auto aligned = RowLoopsRecogniser(kernel, RowStart::Aligned).recognise();
            const auto anywhere = !aligned || hasOddRows(context, kernel, aligned->loops.front())
                ? RowLoopsRecogniser(kernel, RowStart::Anywhere).recognise()
                : std::nullopt;
            // What the rows are read with may be aligned where they are, weights for one.
            if (aligned && (!anywhere || lanesOf(*anywhere) < lanesOf(*aligned)))
                if (auto made = keeping(context, kernel, *aligned))
                    proposals.push_back(std::move(*made));
            if (anywhere)
                if (auto made = keeping(context, kernel, *anywhere))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static std::size_t lanesOf(const RowLoops& found)
    {
        std::size_t lanes = 0;
        for (const auto& loop : found.loops)
            lanes += loop.plan.lanes().size();
        return lanes;
    }

    /// The pieces of text that all loops have in common.
    static CodeValues valuesOf(const MoveContext& context, const KernelScope& kernel, const RowLoops& found,
                               const std::string& steps)
    {
        const auto& source = context.source();
        const auto& loop = found.loops.front();
        const auto& directives = context.directives();
        const bool isName = loop.bound.find_first_of(" +-*/%()[].") == std::string::npos;
        const auto type =
            loop.counted.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        const RowEdges edges(kernel, loop);
        const auto start = source.text(loop.start);
        const bool isOperand = start.find_first_of("%/") == std::string::npos;
        // Values may hold marks of what comes later.
        return {{"whole",
                 loop.plan.start()                    ? "min(@all@, @most@)"
                     : loop.plan.needsMultipleBound() ? "@bound@ % @width@ == 0 ? min(@bound@, @most@) : 0"
                                                      : "min(@bound@ / @width@ * @width@, @most@)"},
                {"most",
                 type == "int" ? "int(@STEPS@ * @width@ * @size@)" : "static_cast<@type@>(@STEPS@ * @width@ * @size@)"},
                {"first", loop.plan.start() ? "@head@ + " : ""},
                {"end", loop.plan.start() ? "@head@ + @kept@" : "@kept@"},
                {"rest", isOperand ? "@kept@ + @member@" : "@kept@ + (@member@)"},
                {"kept", directives.freshName(isName ? loop.bound + "_kept" : "kept")},
                {"head", edges.head()},
                {"all", edges.whole()},
                {"STEPS", steps},
                {"step", directives.freshName("step")},
                {"type", type},
                {"bound", isName ? loop.bound : fmt::format("({})", loop.bound)},
                {"member", start},
                {"size", source.text(loop.step)},
                {"width", std::to_string(loop.plan.width())}};
    }

    /// How much of a row is kept.
    static std::string opening(const KernelScope& kernel, const RowLoops& found, const CodeValues& values,
                               const std::string& indentation)
    {
        const auto& loop = found.loops.front();
        const std::string remark = loop.plan.start()
            ? RowEdges(kernel, loop).declarations()
                + "// What this thread reads of the first @kept@ elements in vectors stays in registers between the "
                  "loops.\n"
            : "// What this thread reads of the row stays in registers between the loops; columns from @kept@ on do "
              "not fit.\n";
        return reindented(filled(remark + "const @type@ @kept@ = @whole@;\n", values), indentation);
    }

    /// Registers of what is kept from loop \p from on, and the loop that fills them.
    static std::string loads(const RowLoops& found, std::size_t from, const CodeValues& values,
                             const std::string& indentation)
    {
        const auto& loop = found.loops.front();
        std::string arrays;
        std::string moves;
        std::size_t count = 0;
        for (const auto& kept : found.kept) {
            if (kept.from != from)
                continue;
            ++count;
            // The place is in terms of the variable of the loop that it is of.
            const auto at = firstOf(kept);
            const auto& plan = found.loops[at].plan;
            const auto& lane = plan.lanes()[*kept.lanes[at]];
            const auto place =
                withIdentifier(lane.place, found.loops[at].counted.var->getName(), loop.counted.var->getName());
            arrays += fmt::format("__align__(16) {} {}[@STEPS@][{}];\n", lane.element, kept.name, plan.width());
            moves +=
                fmt::format("        *reinterpret_cast<{0}*>({1}[@step@]) = *reinterpret_cast<const {0}*>(&{2});\n",
                            plan.vectorType(lane), kept.name, place);
        }
        if (count == 0)
            return {};
        const bool single = count == 1;
        return reindented(filled(arrays + "#pragma unroll\nfor (int @step@ = 0; @step@ < @STEPS@; ++@step@) {\n    "
                                     + head(loop) + "    if (" + loop.counted.var->getName().str() + " < @end@)"
                                     + (single ? "\n" : " {\n") + moves + (single ? "" : "    }\n") + "}\n",
                                 values),
                          indentation);
    }

    static std::string head(const StridedLoop& loop)
    {
        return fmt::format("const @type@ {} = @first@(@step@ * @size@ + @member@) * @width@;\n",
                           loop.counted.var->getName().str());
    }

    /// What registers hold, then the rest as it was.
    static std::string loopText(const KernelScope& kernel, const RowLoops& found, std::size_t at,
                                const CodeValues& values, const std::string& indentation)
    {
        const auto& loop = found.loops[at];
        const auto& source = kernel.source();
        std::map<std::size_t, std::string> present;
        for (const auto& kept : found.kept)
            if (kept.lanes[at])
                present[*kept.lanes[at]] = filled(kept.name + "[@step@]", values);
        const auto inner = loop.plan.vectorText("        ", present);
        const auto fast = filled("#pragma unroll\nfor (int @step@ = 0; @step@ < @STEPS@; ++@step@) {\n    " + head(loop)
                                     + "    if (" + loop.counted.var->getName().str() + " < @end@) {\n",
                                 values)
            + inner + "    }\n}\n";
        if (loop.plan.start()) {
            RowEdges edges(kernel, loop);
            edges.nameAs(valueOf(values, "head"), valueOf(values, "all"));
            auto text = reindented(edges.before() + fast + edges.vectorHead(valueOf(values, "kept"))
                                       + loop.plan.vectorText("    ") + "}\n" + edges.after(),
                                   indentation);
            text.pop_back();
            return text;
        }
        const auto rest = rewritten(source.text(), loop.whole, {{loop.start, filled("@rest@", values)}});
        return reindented(fast, indentation) + indentation + rest;
    }

    /// How long rows are where they are timed, as far as it is known.
    static std::vector<std::int64_t> timedLengths(const MoveContext& context, const KernelScope& kernel,
                                                  const StridedLoop& loop)
    {
        std::vector<std::int64_t> lengths;
        const auto bound = kernel.form(loop.counted.bound);
        for (const auto& values : timedArguments(context, kernel))
            if (const auto length = bound ? valueWith(*bound, values) : std::nullopt)
                lengths.push_back(*length);
        return lengths;
    }

    /// Whether all the registers that may be taken hold less than half of every row that is timed: what they cost in
    /// threads is more than what they save.
    static bool isTooLong(const MoveContext& context, const KernelScope& kernel, const StridedLoop& loop,
                          std::int64_t held)
    {
        const auto lengths = timedLengths(context, kernel, loop);
        return !lengths.empty()
            && std::ranges::all_of(lengths, [held](std::int64_t length) { return 2 * held < length; });
    }

    /// Steps with which the registers hold the longest row that is timed, \p most at most; 4 where none is known.
    static std::int64_t stepsFor(const MoveContext& context, const KernelScope& kernel, const StridedLoop& loop,
                                 std::int64_t sharers, std::int64_t most)
    {
        const auto lengths = timedLengths(context, kernel, loop);
        const auto longest = lengths.empty() ? 0 : std::ranges::max(lengths);
        if (longest <= 0)
            return std::min<std::int64_t>(4, most);
        const auto each = sharers * loop.plan.width();
        const auto needed = static_cast<std::uint64_t>((longest + each - 1) / each);
        return std::min(static_cast<std::int64_t>(std::bit_ceil(needed)), most);
    }

    /// Steps for which the registers of a multiprocessor suffice, a whole block having some for other things.
    static std::int64_t fittingSteps(const KernelScope& kernel, const StridedLoop& loop, std::int64_t sharers,
                                     std::size_t arrays)
    {
        const auto step = kernel.form(loop.counted.step);
        if (!step || step->constantValue())
            return kMostRegisters;
        const auto steps = (kBlockRegisters / sharers - kUnkeptRegisters) / 4 / static_cast<std::int64_t>(arrays);
        return steps < 1 ? 1 : static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(steps)));
    }

    /// Makes larger blocks the default where rows are too long for the threads of this one; returns the threads then.
    static std::int64_t enlargeBlocks(const MoveContext& context, const KernelScope& kernel, const StridedLoop& loop,
                                      SourceEdit& edit, std::int64_t sharers)
    {
        const auto& directives = context.directives();
        const auto* tune = directives.findTune(context.source().text(kernel.launches().front()->block));
        const auto step = kernel.form(loop.counted.step);
        if (tune == nullptr || tune->values.empty() || tune->values.front() != sharers || !step
            || step->constantValue())
            return sharers;
        auto values = tune->values;
        std::ranges::sort(values);
        const auto fits = std::ranges::find_if(values, [&](std::int64_t block) {
            return block >= sharers && stepsFor(context, kernel, loop, block, kMostRegisters) <= kFewSteps;
        });
        const auto chosen = fits == values.end() ? values.back() : *fits;
        if (chosen <= sharers)
            return sharers;
        auto order = tune->values;
        order.erase(std::ranges::find(order, chosen));
        order.insert(order.begin(), chosen);
        const bool ended = context.source().text(tune->line).ends_with('\n');
        edit.replace(tune->line,
                     fmt::format("// warploom: tune {} = {}{}", tune->name, fmt::join(order, " "), ended ? "\n" : ""));
        return chosen;
    }

    [[nodiscard]] std::optional<MoveProposal> keeping(const MoveContext& context, const KernelScope& kernel,
                                                      const RowLoops& found) const
    {
        const auto& first = found.loops.front();
        const auto& directives = context.directives();
        SourceEdit edit(context.source().text());
        // 16 bytes, four registers, a step and array.
        const auto most = std::max<std::int64_t>(1, kMostRegisters / 4 / static_cast<std::int64_t>(found.kept.size()));
        const auto sharers =
            enlargeBlocks(context, kernel, first, edit, sharersOf(kernel, first.counted).value_or(256));
        if (isTooLong(context, kernel, first, most * sharers * first.plan.width()))
            return std::nullopt;
        const auto steps = stepsFor(context, kernel, first, sharers,
                                    std::min(most, fittingSteps(kernel, first, sharers, found.kept.size())));
        const auto name = directives.freshName("ROW_STEPS");
        const auto values = valuesOf(context, kernel, found, name);
        const auto indentation = indentationAt(context.source().text(), first.whole.begin);
        for (std::size_t i = 0; i < found.loops.size(); ++i) {
            const auto text = (i == 0 ? opening(kernel, found, values, indentation) : std::string())
                + loads(found, i, values, indentation) + loopText(kernel, found, i, values, indentation);
            edit.replace(found.loops[i].whole, text.substr(indentation.size()));
        }
        directives.addTune(edit, name, powersAround(steps, 1, most));
        const auto block = context.source().text(kernel.launches().front()->block);
        if (kernel.launches().size() == 1 && kernel.launches().front()->blockParts.size() == 1)
            addLaunchBounds(edit, kernel, block);
        return proposal(
            context, edit, first.whole.begin,
            fmt::format("row in registers in {}{}", kernel.name(), first.plan.start() ? ", wherever it starts" : ""),
            hypothesis(kernel, found), 1.5);
    }

    static std::string hypothesis(const KernelScope& kernel, const RowLoops& found)
    {
        std::size_t readers = 0;
        for (const auto& loop : found.loops)
            readers += std::ranges::any_of(loop.plan.lanes(), [&](const auto& lane) {
                return lane.loads && lane.base == found.kept.front().base;
            });
        return fmt::format(
            "{} reads each row {} times, 1 load in flight a thread: from registers it reads it once, with "
            "16-byte loads that are all in flight together, ~1.5×",
            kernel.name(), readers);
    }
};

}  // namespace

std::unique_ptr<Move> makeKeepRow() { return std::make_unique<KeepRow>(); }

}  // namespace warploom
