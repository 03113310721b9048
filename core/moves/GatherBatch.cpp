// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/GatherLoop.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kGatherBytes = 16;

constexpr const char* kGatherBatches =
    R"(// First the indices of a batch, then all that they point to, then what is done with it in the old order.
@end@for (@loopType@ @p@ = @start@; @p@ < @bound@; @p@ += @GATHERS@) {
    @indexType@ @row@[@GATHERS@];
    #pragma unroll
    for (int @turn@ = 0; @turn@ < @GATHERS@; ++@turn@)
        if (@p@ + @turn@ < @bound@)
            @row@[@turn@] = @load@;
    @array@
    #pragma unroll
    for (int @turn@ = 0; @turn@ < @GATHERS@; ++@turn@)
        if (@p@ + @turn@ < @bound@)
            @fetch@
    #pragma unroll
    for (int @turn@ = 0; @turn@ < @GATHERS@; ++@turn@)
        if (@p@ + @turn@ < @bound@) {
@rest@        }
}
)";

std::string gatherVectorType(std::int64_t bytes, const std::string& element)
{
    if (bytes == kGatherBytes)
        return element == "float" ? "float4" : "uint4";
    return bytes == 8 ? "uint2" : "unsigned int";
}

class GatherBatch : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"gather-batch", "Gather in batches",
                "a loop that loads an index, and then what it points to, to fold it into a variable",
                "several gathers are in flight at once, 16 bytes each where neighbours gather neighbouring columns"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext())
                continue;
            const auto loops = gatherLoops(kernel);
            if (loops.empty())
                continue;
            if (auto made = columns(context, kernel, loops))
                proposals.push_back(std::move(*made));
            if (auto made = batches(context, kernel, loops))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static CodeValues names(const MoveContext& context, const GatherLoop& loop)
    {
        const auto& source = context.source();
        const auto& policy = source.context().getPrintingPolicy();
        CodeValues values = {{"p", loop.counted.var->getNameAsString()},
                             {"start", source.text(loop.counted.start)},
                             {"loopType", loop.counted.var->getType().getUnqualifiedType().getAsString(policy)},
                             {"indexType", loop.indexType.getAsString(policy)},
                             {"type", loop.type.getAsString(policy)}};
        for (const char* name : {"turn", "row", "gathered", "lane", "GATHERS"})
            values.emplace_back(name, context.directives().freshName(name));
        return values;
    }

    /// Replacements within the loop's body for one turn of a batch; \p gathered stands for what was gathered.
    static std::vector<Replacement> forTurn(const KernelScope& kernel, const GatherLoop& loop, const CodeValues& values,
                                            const std::string& gathered)
    {
        const auto& source = kernel.source();
        const Stmt* body = loop.counted.statement->getBody();
        auto made = kernel.renaming(loop.counted.var, body, filled("(@p@ + @turn@)", values))
                        .value_or(std::vector<Replacement>{});
        const auto row = filled("@row@[@turn@]", values);
        if (loop.index != nullptr)
            for (const auto& one : kernel.renaming(loop.index, body, row).value_or(std::vector<Replacement>{}))
                made.push_back(one);
        const auto keepOut = [&](TextRange range) {
            std::erase_if(made, [range](const auto& one) { return range.contains(one.range); });
        };
        if (loop.index == nullptr && gathered.empty()) {
            keepOut(*source.range(loop.load));
            made.push_back({*source.range(loop.load), row});
        }
        if (!gathered.empty()) {
            keepOut(*source.range(loop.gather.expression));
            made.push_back({*source.range(loop.gather.expression), gathered});
        }
        return made;
    }

    /// The loop in batches. \p fetch and \p array say how one element, or several, are kept; \p more renames within
    /// what is done with them.
    static std::string loopText(const KernelScope& kernel, const GatherLoop& loop, CodeValues values,
                                const std::string& array, const std::string& fetch, const std::string& rest)
    {
        const auto& source = kernel.source();
        const auto turns = kernel.renaming(loop.counted.var, loop.load, filled("@p@ + @turn@", values))
                               .value_or(std::vector<Replacement>{});
        const bool isPlain = llvm::isa_and_nonnull<ParmVarDecl>(plainVariable(loop.counted.bound));
        const auto type = loop.counted.bound->IgnoreParenImpCasts()->getType().getUnqualifiedType();
        const auto end = isPlain ? source.text(loop.counted.bound)
                                 : source.directives().freshName(loop.counted.var->getNameAsString() + "_end");
        values.emplace_back("end",
                            isPlain ? std::string()
                                    : fmt::format("const {} {} = {};\n",
                                                  type.getAsString(source.context().getPrintingPolicy()), end,
                                                  source.text(loop.counted.bound)));
        values.emplace_back("bound", end);
        values.emplace_back("load", rewritten(source.text(), *source.range(loop.load), turns));
        values.emplace_back("array", array);
        values.emplace_back("fetch", fetch);
        values.emplace_back("rest", rest);
        return filled(kGatherBatches, values);
    }

    static std::string restText(const KernelScope& kernel, const GatherLoop& loop,
                                const std::vector<Replacement>& replacements, const std::string& indentation)
    {
        const auto& source = kernel.source();
        std::string text;
        for (const Stmt* statement : loop.rest) {
            const auto range = *source.statementRange(statement);
            text += reindented(
                indentationAt(source.text(), range.begin) + rewritten(source.text(), range, replacements), indentation);
        }
        return text;
    }

    static std::string inPlaceText(const KernelScope& kernel, const GatherLoop& loop, const CodeValues& values)
    {
        const auto& source = kernel.source();
        const auto place =
            rewritten(source.text(), *source.range(loop.gather.expression), forTurn(kernel, loop, values, {}));
        return loopText(kernel, loop, values, filled("@type@ @gathered@[@GATHERS@];", values),
                        filled("@gathered@[@turn@] = ", values) + place + ";",
                        restText(kernel, loop, forTurn(kernel, loop, values, filled("@gathered@[@turn@]", values)),
                                 "            "));
    }

    /// \p code instead of a statement, with its indentation.
    static Replacement instead(const ParsedSource& source, const Stmt* statement, const std::string& code)
    {
        const auto range = *source.statementRange(statement);
        const auto indentation = indentationAt(source.text(), range.begin);
        const auto text = reindented(code, indentation);
        return {range, text.substr(indentation.size(), text.size() - indentation.size() - 1)};
    }

    static std::vector<Replacement> inPlace(const MoveContext& context, const KernelScope& kernel,
                                            const std::vector<GatherLoop>& loops)
    {
        std::vector<Replacement> made;
        for (const auto& loop : loops)
            made.push_back(
                instead(context.source(), loop.counted.statement, inPlaceText(kernel, loop, names(context, loop))));
        return made;
    }

    [[nodiscard]] std::optional<MoveProposal> batches(const MoveContext& context, const KernelScope& kernel,
                                                      const std::vector<GatherLoop>& loops) const
    {
        SourceEdit edit(context.source().text());
        for (const auto& [range, text] : inPlace(context, kernel, loops))
            edit.replace(range, text);
        context.directives().addTune(edit, valueOf(names(context, loops.front()), "GATHERS"), {8, 4, 16, 2});
        return proposal(context, edit, context.source().statementRange(loops.front().counted.statement)->begin,
                        fmt::format("gathers in batches in {}", kernel.name()),
                        fmt::format("each turn of the loop of {} waits for an index and then for what it points to: 8 "
                                    "of each in flight at once wait an eighth as often, ~1.5×",
                                    kernel.name()),
                        1.5);
    }

    /// Renames what differs from column to column within \p statement.
    static std::vector<Replacement> forLane(const KernelScope& kernel, const GatheredColumns& found,
                                            const Stmt* statement, const std::string& lane)
    {
        std::vector<Replacement> made;
        const auto rename = [&](const VarDecl* var, const std::string& text) {
            if (var != nullptr)
                for (const auto& one : kernel.renaming(var, statement, text).value_or(std::vector<Replacement>{}))
                    made.push_back(one);
        };
        const auto* index = found.guarded.indices[0].var;
        rename(index, fmt::format("({} + {})", index->getNameAsString(), lane));
        if (found.column != index)
            rename(found.column,
                   found.column == nullptr ? "" : fmt::format("({} + {})", found.column->getNameAsString(), lane));
        rename(found.sum, fmt::format("{}[{}]", found.sum->getNameAsString(), lane));
        return made;
    }

    /// The body's statements as they are for several columns.
    static std::vector<Replacement> columnEdits(const MoveContext& context, const KernelScope& kernel,
                                                const GatheredColumns& found, std::int64_t width, CodeValues values)
    {
        const auto& source = context.source();
        const auto& policy = source.context().getPrintingPolicy();
        const auto& loop = found.loop;
        const auto lane = valueOf(values, "lane");
        const auto stored = found.store->getLHS()->getType().getUnqualifiedType();
        const auto storedBytes = static_cast<std::int64_t>(source.context().getTypeSize(stored) / 8) * width;
        values.insert(values.end(),
                      {{"W", std::to_string(width)},
                       {"V", gatherVectorType(kGatherBytes, valueOf(values, "type"))},
                       {"sum", found.sum->getNameAsString()},
                       {"sumType", found.sum->getType().getUnqualifiedType().getAsString(policy)},
                       {"zero", source.text(found.sum->getInit())},
                       {"stored", context.directives().freshName("stored")},
                       {"storedType", stored.getAsString(policy)},
                       {"storedVector", gatherVectorType(storedBytes, stored.getAsString(policy))},
                       {"storedBytes", std::to_string(storedBytes)},
                       {"place", source.text(found.store->getLHS())}});
        auto turns = forTurn(kernel, loop, values, filled("@gathered@[@turn@][@lane@]", values));
        for (const auto& one : forLane(kernel, found, loop.counted.statement->getBody(), lane))
            if (std::ranges::none_of(turns, [&](const auto& other) { return other.range.contains(one.range); }))
                turns.push_back(one);
        const auto rest = filled("            #pragma unroll\n"
                                 "            for (int @lane@ = 0; @lane@ < @W@; ++@lane@) {\n",
                                 values)
            + restText(kernel, loop, turns, "                ") + "            }\n";
        const auto gather =
            rewritten(source.text(), *source.range(loop.gather.expression), forTurn(kernel, loop, values, {}));
        const auto batch =
            loopText(kernel, loop, values, filled("__align__(16) @type@ @gathered@[@GATHERS@][@W@];", values),
                     filled("*reinterpret_cast<@V@*>(@gathered@[@turn@]) =\n"
                            "                *reinterpret_cast<const @V@*>(&",
                            values)
                         + gather + ");",
                     rest);
        values.emplace_back("result",
                            rewritten(source.text(), *source.range(found.store->getRHS()),
                                      forLane(kernel, found, found.store->getRHS(), lane)));
        const auto store = filled(
            "__align__(@storedBytes@) @storedType@ @stored@[@W@];\n"
            "#pragma unroll\n"
            "for (int @lane@ = 0; @lane@ < @W@; ++@lane@)\n"
            "    @stored@[@lane@] = @result@;\n"
            "*reinterpret_cast<@storedVector@*>(&@place@) = *reinterpret_cast<const @storedVector@*>(@stored@);\n",
            values);
        const auto sums = filled("@sumType@ @sum@[@W@];\n#pragma unroll\n"
                                 "for (int @lane@ = 0; @lane@ < @W@; ++@lane@)\n    @sum@[@lane@] = @zero@;\n",
                                 values);
        return {instead(source, found.declaration, sums), instead(source, loop.counted.statement, batch),
                instead(source, found.store, store)};
    }

    /// The kernel for several columns a thread.
    static std::optional<std::string> columnsText(const MoveContext& context, const KernelScope& kernel,
                                                  const GatheredColumns& found, std::int64_t width,
                                                  const std::string& name)
    {
        const auto& source = context.source();
        const auto begin = offsetBeforeKernel(kernel);
        const auto braces = source.range(kernel.kernel().getBody());
        const auto at = source.offset(kernel.kernel().getLocation());
        const auto start = found.guarded.indices[0].initialiser;
        if (!begin || !braces || !at || source.text(found.sum->getInit()).empty()
            || source.text().substr(*begin, braces->begin - *begin).find('{') != std::string_view::npos)
            return std::nullopt;
        auto edits = columnEdits(context, kernel, found, width, names(context, found.loop));
        edits.push_back({{*at, *at + kernel.name().size()}, name});
        edits.push_back({start, fmt::format("({}) * {}", source.text(start), width)});
        return fmt::format("// {} with {} columns a thread, 16 bytes of each row.\n", kernel.name(), width)
            + rewritten(source.text(), {*begin, braces->end}, edits) + "\n\n";
    }

    [[nodiscard]] std::optional<MoveProposal> columns(const MoveContext& context, const KernelScope& kernel,
                                                      const std::vector<GatherLoop>& loops) const
    {
        const auto found = gatheredColumns(kernel);
        const auto& source = context.source();
        if (!found || kernel.launches().size() != 1 || !hasLinearLaunches(kernel) || kernel.launches().front()->shared)
            return std::nullopt;
        const auto& launch = *kernel.launches().front();
        const auto bytes = static_cast<std::int64_t>(source.context().getTypeSize(found->loop.type) / 8);
        const auto width = kGatherBytes / std::max<std::int64_t>(bytes, 1);
        const auto stored = found->store->getLHS()->getType();
        const auto storedBytes = static_cast<std::int64_t>(source.context().getTypeSize(stored) / 8) * width;
        const auto name = context.directives().freshName(kernel.name() + "_columns");
        const auto length = kernel.argumentOf(launch, found->guarded.bounds.begin()->second);
        const auto* parameter = llvm::dyn_cast<ParmVarDecl>(found->width);
        const auto columns =
            parameter == nullptr ? std::string() : source.text(launch.arguments[parameter->getFunctionScopeIndex()]);
        const auto close = source.text().find(')', launch.arguments.back().end);
        if (width < 2 || storedBytes < 4 || storedBytes > kGatherBytes || length.empty()
            || close == std::string_view::npos || source.text(launch.line).find(" when ") != std::string::npos)
            return std::nullopt;
        const auto text = columnsText(context, kernel, *found, width, name);
        if (!text)
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.insert(*offsetBeforeKernel(kernel), *text);
        for (const auto& [range, inside] : inPlace(context, kernel, loops))
            edit.replace(range, inside);
        context.directives().addTune(edit, valueOf(names(context, found->loop), "GATHERS"), {8, 4, 16, 2});
        const bool isName = columns.find_first_of(" +-*/%?") == std::string::npos;
        const auto fits = fmt::format(fmt::runtime(isName ? "{} % {} == 0" : "({}) % {} == 0"), columns, width);
        const auto condition = fmt::format("{} && ({}) % {} == 0", fits, length, width);
        const TextRange arguments{launch.arguments.front().begin, launch.arguments.back().end};
        edit.insert(launch.line.begin,
                    fmt::format("// warploom: launch {}<<<ceil_div({}, {}), {}>>>({}) when {}\n", name,
                                source.text(launch.grid), width, source.text(launch.block), source.text(arguments),
                                condition));
        edit.insert(close + 1, fmt::format(" when !({})", condition));
        return proposal(
            context, edit, source.statementRange(found->loop.counted.statement)->begin,
            fmt::format("{} columns a thread, gathers in batches in {}", width, kernel.name()),
            fmt::format("each thread of {} waits for an index and then for {} bytes: 8 gathers of 16 bytes in flight "
                        "at once, and a {}th of the threads that load the same indices, ~3×",
                        kernel.name(), bytes, width),
            3.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeGatherBatch() { return std::make_unique<GatherBatch>(); }

}  // namespace warploom
