// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "moves/CodeTemplate.h"
#include "moves/MoveCatalogue.h"
#include "moves/Selection.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kSelectBytes = 16;

/// The lists are of constant length and all indices known once loops are unrolled, so that they stay in registers.
constexpr const char* kSelectFunctions =
    R"(// Orders @P@ values, the @word@ first, of which each half does so already, in opposite directions.
static __device__ __forceinline__ void @settle@(@T@ (&list)[@P@])
{
#pragma unroll
    for (int level = @LOG@ - 1; level >= 0; --level)
#pragma unroll
        for (int k = 0; k < @P@; ++k)
            if ((k & (1 << level)) == 0) {
                const @T@ first = @better@(list[k], list[k | 1 << level]);
                list[k | 1 << level] = @worse@(list[k], list[k | 1 << level]);
                list[k] = first;
            }
}

// Puts one value where it belongs in an ordered list, whose last it displaces.
static __device__ __forceinline__ void @keep@(@T@ (&list)[@P@], @T@ value)
{
#pragma unroll
    for (int k = @P@ - 1; k > 0; --k)
        list[k] = @better@(list[k], @worse@(list[k - 1], value));
    list[0] = @better@(list[0], value);
}

// The @word@ @P@ of an ordered list and of @P@ values in any order.
static __device__ __forceinline__ void @keepAll@(@T@ (&list)[@P@], @T@ (&values)[@P@])
{
#pragma unroll
    for (int k = 0; k < @P@; ++k)  // not a number is no candidate
        values[k] = @better@(values[k], list[@P@ - 1]);
#pragma unroll
    for (int size = 1; size <= @LOG@; ++size)
#pragma unroll
        for (int level = size - 1; level >= 0; --level)
#pragma unroll
            for (int k = 0; k < @P@; ++k)
                if ((k & (1 << level)) == 0) {
                    const @T@ one = @better@(values[k], values[k | 1 << level]);
                    const @T@ two = @worse@(values[k], values[k | 1 << level]);
                    values[k] = (k & (1 << size)) == 0 ? one : two;
                    values[k | 1 << level] = (k & (1 << size)) == 0 ? two : one;
                }
#pragma unroll
    for (int k = 0; k < @P@; ++k)
        list[k] = @better@(list[k], values[@P@ - 1 - k]);
    @settle@(list);
}

// Every one of @lanes@ neighbouring lanes gets the @word@ @P@ of all their ordered lists.
static __device__ __forceinline__ void @join@(@T@ (&list)[@P@], int @lanes@)
{
    for (int offset = 1; offset < @lanes@; offset *= 2) {
        @T@ other[@P@];
#pragma unroll
        for (int k = 0; k < @P@; ++k)
            other[k] = __shfl_xor_sync(0xffffffffu, list[@P@ - 1 - k], offset);
#pragma unroll
        for (int k = 0; k < @P@; ++k)
            list[k] = @better@(list[k], other[k]);
        @settle@(list);
    }
}

)";

constexpr const char* kSelectRow =
    R"(// Each of the threads of a row keeps the @P@ @word@ of what it sees, in registers: 16 bytes at a time, and one by
// one what lies before the first and behind the last of those.
const @E@* @elements@ = &@start@;
const @C@ @head@ = min(@C@(@bound@), @C@((@BYTES@ - size_t(@elements@) % @BYTES@) % @BYTES@ / sizeof(@E@)));
const @C@ @vectors@ = (@bound@ - @head@) / @W@;
for (@C@ @edge@ = @member@; @edge@ < @bound@ - @vectors@ * @W@; @edge@ += @size@) {
    const @C@ @c@ = @edge@ < @head@ ? @edge@ : @edge@ + @vectors@ * @W@;
    const @T@ @value@ = @single@;
    if (@value@ @beats@ @list@[@P@ - 1])
        @keep@(@list@, @value@);
}
for (@C@ @vector@ = @member@; @vector@ < @vectors@; @vector@ += @LOADS@ * @size@) {
    __align__(@BYTES@) @E@ @loaded@[@LOADS@][@W@];
    #pragma unroll
    for (int @load@ = 0; @load@ < @LOADS@; ++@load@)
        if (@vector@ + @load@ * @size@ < @vectors@)
            *reinterpret_cast<@V@*>(@loaded@[@load@]) = *reinterpret_cast<const @V@*>(
                @elements@ + @head@ + (@vector@ + @load@ * @size@) * @W@);
    #pragma unroll
    for (int @from@ = 0; @from@ < @LOADS@ * @W@; @from@ += @P@) {
        @T@ @values@[@P@];
        bool @any@ = false;
        #pragma unroll
        for (int @k@ = 0; @k@ < @P@; ++@k@) {
            const int @load@ = (@from@ + @k@) / @W@;
            const int @lane@ = (@from@ + @k@) % @W@;
            @values@[@k@] = @list@[@P@ - 1];
@several@            @any@ = @any@ || @values@[@k@] @beats@ @list@[@P@ - 1];
        }
        if (@any@)
            @keepAll@(@list@, @values@);
    }
}
)";

constexpr const char* kSelectOutput = R"(for (@K@ @place@ = @writer@; @place@ < @count@; @place@ += @writers@) {
    @T@ @kept@ = @list@[0];
    #pragma unroll
    for (int @k@ = 1; @k@ < @count@; ++@k@)
        @kept@ = @k@ == @place@ ? @list@[@k@] : @kept@;
@output@}
)";

constexpr const char* kSelectBlock = R"(@join@(@list@, 32);
__shared__ @T@ @lists@[32][@P@];
if (threadIdx.x % 32 == 0) {
    #pragma unroll
    for (int @k@ = 0; @k@ < @P@; ++@k@)
        @lists@[threadIdx.x / 32][@k@] = @list@[@k@];
}
__syncthreads();
if (threadIdx.x < 32) {
    #pragma unroll
    for (int @k@ = 0; @k@ < @P@; ++@k@)
        @list@[@k@] = threadIdx.x < blockDim.x / 32 ? @lists@[threadIdx.x][@k@] : @lowest@;
    @join@(@list@, 32);
@outputs@}
)";

/// The names of min and max for values of \p type.
std::string selectExtremum(QualType type, bool isLargest)
{
    const std::string word = isLargest ? "max" : "min";
    return !type->isRealFloatingType() ? word
                                       : "f" + word + (type->isSpecificBuiltinType(BuiltinType::Float) ? "f" : "");
}

class SelectPerWarp : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"select-per-warp", "Select by warps or blocks",
                "one thread a row that keeps the largest or smallest elements of it in a sorted local array",
                "neighbouring threads read neighbouring elements, and the lists stay in registers"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || kernel.launches().size() != 1 || !hasLinearLaunches(kernel)
                || kernel.kernel().getNumParams() == 0)
                continue;
            const auto found = selectionOf(kernel);
            if (!found)
                continue;
            // Only some threads of a block get the merged list.
            for (const bool byBlock : {false, true})
                if (byBlock && found->needsAllThreads)
                    continue;
                else if (auto made = selected(context, kernel, *found, byBlock))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static CodeValues values(const MoveContext& context, const Selection& found, bool byBlock)
    {
        const auto& directives = context.directives();
        const auto& source = context.source();
        const auto& policy = source.context().getPrintingPolicy();
        const auto length = std::bit_ceil(static_cast<std::uint64_t>(found.count));
        const auto bytes = static_cast<std::int64_t>(source.context().getTypeSize(found.elementType)) / 8;
        const auto element = found.elementType.getAsString(policy);
        CodeValues names = {{"P", std::to_string(length)},
                            {"LOG", std::to_string(std::countr_zero(length))},
                            {"W", std::to_string(kSelectBytes / bytes)},
                            {"BYTES", std::to_string(kSelectBytes)},
                            {"T", found.type.getAsString(policy)},
                            {"E", element},
                            {"V", element == "float" ? "float4" : "uint4"},
                            {"C", found.loop.var->getType().getUnqualifiedType().getAsString(policy)},
                            {"better", selectExtremum(found.type, found.keepsLargest)},
                            {"worse", selectExtremum(found.type, !found.keepsLargest)},
                            {"beats", found.keepsLargest ? ">" : "<"},
                            {"word", found.keepsLargest ? "largest" : "smallest"},
                            {"count", std::to_string(found.count)},
                            {"list", found.list->getNameAsString()},
                            {"lowest", source.text(found.lowest)},
                            {"c", found.loop.var->getNameAsString()}};
        for (const char* name :
             {"settle", "keep", "keepAll", "join", "lanes", "elements", "head",  "vectors", "edge",  "vector", "loaded",
              "load",   "from", "values",  "any",  "lane",  "kept",     "lists", "LOADS",   "LANES", "GROUP"})
            names.emplace_back(name, directives.freshName(name));
        names.emplace_back("k", directives.freshName("slot"));
        names.emplace_back("value", directives.freshName("candidate"));
        const auto lanes = byBlock ? std::string("int(blockDim.x)") : valueOf(names, "lanes");
        names.emplace_back("size", lanes);
        names.emplace_back("member", byBlock ? "int(threadIdx.x)" : fmt::format("int(threadIdx.x % {})", lanes));
        names.emplace_back("writers", byBlock ? "32" : lanes);
        names.emplace_back("writer", valueOf(names, "member"));
        return names;
    }

    /// The value, with the element it is made of and its column called otherwise.
    static std::string valueText(const KernelScope& kernel, const Selection& found, const std::string& element,
                                 const std::string& column)
    {
        const auto& source = kernel.source();
        auto renamed = kernel.renaming(found.loop.var, found.value, column).value_or(std::vector<Replacement>{});
        if (!element.empty()) {
            const auto range = *source.range(found.element.expression);
            std::erase_if(renamed, [&](const auto& one) { return range.contains(one.range); });
            renamed.push_back({range, element});
        }
        return rewritten(source.text(), *source.range(found.value), renamed);
    }

    static std::string rowText(const KernelScope& kernel, const Selection& found, CodeValues names)
    {
        const auto& source = kernel.source();
        const auto several = valueText(kernel, found, filled("@loaded@[@load@][@lane@]", names), valueOf(names, "c"));
        const auto start = kernel.renaming(found.loop.var, found.element.expression, "0");
        const auto bound = source.text(found.loop.bound);
        names.emplace_back("bound", bound.find(' ') == std::string::npos ? bound : "(" + bound + ")");
        names.emplace_back("start",
                           rewritten(source.text(), *source.range(found.element.expression),
                                     start.value_or(std::vector<Replacement>{})));
        names.emplace_back("single", valueText(kernel, found, {}, valueOf(names, "c")));
        const auto isThere =
            filled("            if (@load@ < @LOADS@ && @vector@ + @load@ * @size@ < @vectors@)", names);
        const auto column = filled("const @C@ @c@ = @head@ + (@vector@ + @load@ * @size@) * @W@ + @lane@;\n", names);
        const auto kept = filled("                @values@[@k@] = ", names) + several + ";\n";
        names.emplace_back("several",
                           mentions(several, valueOf(names, "c"))
                               ? isThere + " {\n                " + column + kept + "            }\n"
                               : isThere + "\n" + kept);
        return filled(kSelectRow, names);
    }

    static std::string outputText(const KernelScope& kernel, const CountedLoop& output, CodeValues names)
    {
        const auto& source = kernel.source();
        const Stmt* body = output.statement->getBody();
        std::vector<Replacement> elements;
        for (const auto& access : kernel.accesses(body))
            if (access.base != nullptr && access.base->getNameAsString() == valueOf(names, "list"))
                elements.push_back({*source.range(access.expression), valueOf(names, "kept")});
        TextRange range = *source.statementRange(body);
        if (const auto* compound = llvm::dyn_cast<CompoundStmt>(body))
            range = {source.statementRange(*compound->body_begin())->begin,
                     source.statementRange(compound->body_back())->end};
        const auto text = indentationAt(source.text(), range.begin) + rewritten(source.text(), range, elements);
        names.emplace_back(
            "K", output.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy()));
        names.emplace_back("place", output.var->getNameAsString());
        names.emplace_back("output", reindented(text, "    "));
        return filled(kSelectOutput, names);
    }

    /// Replaces a whole statement by code with its indentation.
    static bool put(SourceEdit& edit, const ParsedSource& source, const Stmt* statement, const std::string& code)
    {
        const auto range = source.statementRange(statement);
        if (!range)
            return false;
        const auto indentation = indentationAt(source.text(), range->begin);
        const auto text = reindented(code, indentation);
        edit.replace(*range, text.substr(indentation.size(), text.size() - indentation.size() - 1));
        return true;
    }

    static bool editBody(const MoveContext& context, const KernelScope& kernel, const Selection& found,
                         const CodeValues& names, bool byBlock, SourceEdit& edit)
    {
        const auto& source = context.source();
        bool isPut = put(edit, source, found.declaration, filled("@T@ @list@[@P@];", names))
            && put(edit, source, found.fill,
                   filled("#pragma unroll\nfor (int @k@ = 0; @k@ < @P@; ++@k@)\n    @list@[@k@] = @lowest@;\n", names));
        auto row = rowText(kernel, found, names);
        if (!byBlock)
            row += filled("@join@(@list@, @lanes@);\n", names);
        isPut = isPut && put(edit, source, found.loop.statement, row);
        std::string outputs;
        for (const auto& output : found.outputs) {
            const auto text = outputText(kernel, output, names);
            outputs += text;
            isPut = isPut && (byBlock || put(edit, source, output.statement, text));
        }
        if (!byBlock || !isPut)
            return isPut;
        auto all = names;
        all.emplace_back("outputs", reindented(outputs, "    "));
        // What follows the first of several outputs is only outputs.
        for (std::size_t i = 1; i < found.outputs.size(); ++i)
            edit.removeWithLine(*source.statementRange(found.outputs[i].statement));
        return put(edit, source, found.outputs.front().statement, filled(kSelectBlock, all));
    }

    /// How many lanes a row has goes by its length, where the launch knows it.
    static bool editLaunch(const MoveContext& context, const KernelScope& kernel, const Selection& found,
                           const CodeValues& names, bool byBlock, SourceEdit& edit)
    {
        const auto& source = context.source();
        const auto& launch = *kernel.launches().front();
        const auto rows = kernel.argumentOf(launch, found.guarded.bounds.begin()->second);
        if (rows.empty() || launch.arguments.empty())
            return false;
        const auto block = wholeWarpBlock(kernel, edit);
        if (byBlock) {
            context.directives().addTune(edit, valueOf(names, "LOADS"), {4, 2, 8, 1});
            edit.replace(launch.grid, rows);
            return true;
        }
        const auto length = kernel.argumentOf(launch, found.loop.bound);
        const auto* parameter = kernel.kernel().getParamDecl(kernel.kernel().getNumParams() - 1);
        const auto last = source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
        if (!last)
            return false;
        const auto lanes = length.empty() ? valueOf(names, "GROUP") : valueOf(names, "LANES");
        context.directives().addTune(edit, valueOf(names, "GROUP"), {4, 8, 2, 16, 32});
        context.directives().addTune(edit, valueOf(names, "LOADS"), {4, 2, 8, 1});
        if (!length.empty())
            edit.insert(
                launch.line.begin,
                fmt::format("// warploom: let {} = {} >= 2048 ? 32 : {}\n", lanes, length, valueOf(names, "GROUP")));
        edit.insert(last->end, filled(", int @lanes@", names));
        edit.insert(launch.arguments.back().end, ", " + lanes);
        edit.replace(launch.grid, fmt::format("ceil_div({}, {} / {})", rows, block, lanes));
        return true;
    }

    [[nodiscard]] std::optional<MoveProposal> selected(const MoveContext& context, const KernelScope& kernel,
                                                       const Selection& found, bool byBlock) const
    {
        const auto names = values(context, found, byBlock);
        const auto before = offsetBeforeKernel(kernel);
        const auto& index = found.guarded.indices[0];
        SourceEdit edit(context.source().text());
        if (!before || !editBody(context, kernel, found, names, byBlock, edit)
            || !editLaunch(context, kernel, found, names, byBlock, edit))
            return std::nullopt;
        edit.replace(index.initialiser,
                     byBlock ? std::string("blockIdx.x")
                             : filled("blockIdx.x * (blockDim.x / @lanes@) + threadIdx.x / @lanes@", names));
        edit.insert(*before, filled(kSelectFunctions, names));
        return proposal(
            context, edit, index.initialiser.begin,
            fmt::format("{} a row selects in {}", byBlock ? "one block" : "a warp or some lanes", kernel.name()),
            fmt::format(
                "the 32 threads of a warp read 32 rows, 32 sectors a request, and their lists of {} are indexed "
                "by data, in local memory: neighbours that read 16 bytes each of one row, with lists in "
                "registers that are merged at the end, wait for memory only, ~{}×",
                found.count, byBlock ? 15 : 20),
            byBlock ? 15.0 : 20.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeSelectPerWarp() { return std::make_unique<SelectPerWarp>(); }

}  // namespace warploom
