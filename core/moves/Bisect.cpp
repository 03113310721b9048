// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "moves/CodeTemplate.h"
#include "moves/GuardedKernel.h"
#include "moves/LinearSearch.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

/// Trees of more would not fit beside each other into shared memory.
constexpr std::int64_t kLargestTreeBytes = 32768;

constexpr const char* kBisectInPlace = R"({
    // @array@ ascends: its range is halved, in as many steps for every thread.
@begin@    for (@type@ @left@ = @length@; @left@ > 0;) {
        const @type@ @half@ = (@left@ + 1) / 2;
        @at@ += @comparison@ ? @half@ : 0;
        @left@ -= @half@;
    }
@end@})";

constexpr const char* kBisectInTree = R"({
@begin@    int @node@ = 1;
    #pragma unroll
    for (int @left@ = @NEAR@; @left@ > 1; @left@ /= 2)
        @node@ = 2 * @node@ + (@comparison@ ? 1 : 0);
    @place@ @sets@ min(@node@ - @NEAR@, int(@count@));
})";

constexpr const char* kBisectNear = R"({
    // @array@ as a tree, filled up with what no value exceeds: what the threads look at in one step of their
    // searches lies side by side, in different banks.
    __shared__ @element@ @tree@[@NEAR@];
    for (int @node@ = threadIdx.x + 1; @node@ < @NEAR@; @node@ += blockDim.x) {
        const int @depth@ = 31 - __clz(@node@);
        const int @from@ = (2 * @node@ + 1 - (2 << @depth@)) * (@NEAR@ >> (@depth@ + 1)) - 1;
        @tree@[@node@] = @from@ < @count@ ? @array@[@from@] : @largest@;
    }
    __syncthreads();
    for (@indexType@ @i@ = @start@; @i@ < @bound@; @i@ += blockDim.x * gridDim.x) {
@body@    }
})";

/// The largest value of a type; empty for types that no tree is made of.
std::string largestOfType(QualType type)
{
    const auto* builtin = type->getAs<BuiltinType>();
    switch (builtin == nullptr ? BuiltinType::Void : builtin->getKind()) {
    case BuiltinType::Int:
        return "0x7fffffff";
    case BuiltinType::UInt:
        return "0xffffffffu";
    case BuiltinType::LongLong:
        return "0x7fffffffffffffffll";
    case BuiltinType::ULongLong:
        return "0xffffffffffffffffull";
    case BuiltinType::Float:
        return "__int_as_float(0x7f800000)";
    case BuiltinType::Double:
        return "__longlong_as_double(0x7ff0000000000000ll)";
    default:
        return {};
    }
}

class Bisect : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"bisect", "Halve the range of a search",
                "a loop along an array that ascends by the task's word, until an element exceeds a value",
                "as many steps as the length has binary digits instead of its half, alike for all threads"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto searches =
                kernel.kernel().isDependentContext() ? std::vector<LinearSearch>{} : linearSearches(context, kernel);
            if (searches.empty())
                continue;
            if (auto made = nearby(context, kernel, searches))
                proposals.push_back(std::move(*made));
            if (auto made = inPlace(context, kernel, searches))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static CodeValues values(const MoveContext& context, const LinearSearch& search)
    {
        const auto& source = context.source();
        const auto& policy = source.context().getPrintingPolicy();
        const auto count = source.text(search.count);
        const auto* typed = search.counts ? search.at : search.place;
        CodeValues names = {{"array", search.array->getNameAsString()},
                            {"count", count},
                            {"place", search.place->getNameAsString()},
                            {"sets", search.counts ? "+=" : "="},
                            {"element", search.elementType.getAsString(policy)},
                            {"largest", largestOfType(search.elementType)},
                            {"type", typed->getType().getUnqualifiedType().getAsString(policy)}};
        for (const char* name : {"left", "half", "node", "depth", "from", "wanted", "NEAR", "BLOCKS", "below"})
            names.emplace_back(name, context.directives().freshName(name));
        names.emplace_back("tree", context.directives().freshName(search.array->getNameAsString() + "_tree"));
        names.emplace_back("at", search.counts ? valueOf(names, "below") : search.place->getNameAsString());
        return names;
    }

    /// What stands instead of the loop: \p code, in which \p element is compared.
    static std::string searchText(const MoveContext& context, const LinearSearch& search, const char* code,
                                  const std::string& element)
    {
        const auto& source = context.source();
        auto names = values(context, search);
        std::vector<Replacement> compared = {{*source.range(search.element), filled(element, names)}};
        std::string begin;
        if (plainVariable(search.value) == nullptr) {
            const auto type = search.value->getType().getUnqualifiedType();
            begin = fmt::format("    const {} {} = {};\n", type.getAsString(source.context().getPrintingPolicy()),
                                valueOf(names, "wanted"), source.text(search.value));
            compared.push_back({*source.range(search.value), valueOf(names, "wanted")});
        }
        const bool isTree = code == kBisectInTree;
        if (search.counts && !isTree)
            begin += filled("    @type@ @below@ = 0;\n", names);
        if (search.setsToZero && !isTree)
            begin += filled("    @place@ = 0;\n", names);
        const bool isWhole = search.counts || search.startsAtZero;
        names.emplace_back("begin", begin);
        names.emplace_back("end", search.counts ? filled("    @place@ += @below@;\n", names) : std::string());
        names.emplace_back("length", filled(isWhole ? "@count@" : "@count@ - @place@", names));
        names.emplace_back("comparison", rewritten(source.text(), *source.range(search.comparison), compared));
        return filled(code, names);
    }

    static std::vector<Replacement> replacements(const MoveContext& context, const std::vector<LinearSearch>& searches,
                                                 const char* code, const std::string& element)
    {
        std::vector<Replacement> made;
        for (const auto& search : searches) {
            const auto range = *context.source().statementRange(search.loop);
            const auto indentation = indentationAt(context.source().text(), range.begin);
            const auto text = reindented(searchText(context, search, code, element), indentation);
            made.push_back({range, text.substr(indentation.size(), text.size() - indentation.size() - 1)});
        }
        return made;
    }

    static std::string sentence(const KernelScope& kernel)
    {
        return fmt::format("{} goes along half of the elements for each value, and a warp waits for its largest: "
                           "halving 256 of them takes 9 steps instead of 128",
                           kernel.name());
    }

    [[nodiscard]] std::optional<MoveProposal> inPlace(const MoveContext& context, const KernelScope& kernel,
                                                      const std::vector<LinearSearch>& searches) const
    {
        SourceEdit edit(context.source().text());
        const auto made = replacements(context, searches, kBisectInPlace, "@array@[@at@ + @half@ - 1]");
        for (const auto& [range, text] : made)
            edit.replace(range, text);
        return proposal(context, edit, made.front().range.begin, fmt::format("bisect in {}", kernel.name()),
                        sentence(kernel) + ", ~8×", 8.0);
    }

    /// Whether a kernel of its own can take what fits into shared memory.
    static bool canBeNear(const KernelScope& kernel, const GuardedKernel& guarded,
                          const std::vector<LinearSearch>& searches)
    {
        const auto& first = searches.front();
        const auto& source = kernel.source();
        if (guarded.indices.size() != 1 || guarded.indices[0].dimension != 0 || !guarded.preamble.empty()
            || usesBuiltinsElsewhere(kernel, guarded) || kernel.launches().size() != 1 || !hasLinearLaunches(kernel)
            || kernel.launches().front()->shared || largestOfType(first.elementType).empty()
            || source.text(kernel.launches().front()->line).find(" when ") != std::string::npos)
            return false;
        for (const Stmt* statement : guarded.body)
            if (kernel.containsReturn(statement) || kernel.synchronises(statement))
                return false;
        return std::ranges::all_of(searches, [&](const LinearSearch& search) {
            return search.array == first.array && plainVariable(search.count) == plainVariable(first.count)
                && (search.counts || search.startsAtZero);
        });
    }

    /// The smallest tree that holds what is timed.
    static std::int64_t treeSize(const MoveContext& context, const std::string& count, std::int64_t largest)
    {
        const auto found = context.request().timeSizes.find(count);
        std::int64_t most = 1023;
        if (found != context.request().timeSizes.end() && !found->second.empty())
            most = std::ranges::max(found->second);
        return std::clamp(static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(most) + 1)),
                          std::int64_t{64}, largest);
    }

    static std::optional<std::string> nearText(const MoveContext& context, const KernelScope& kernel,
                                               const GuardedKernel& guarded, const std::vector<LinearSearch>& searches,
                                               const std::string& name)
    {
        const auto& source = context.source();
        const auto& index = guarded.indices[0];
        const auto begin = offsetBeforeKernel(kernel);
        const auto braces = source.range(kernel.kernel().getBody());
        const auto at = source.offset(kernel.kernel().getLocation());
        if (!begin || !braces || !at
            || source.text().substr(*begin, braces->begin - *begin).find('{') != std::string_view::npos)
            return std::nullopt;
        auto names = values(context, searches.front());
        const auto body = indentationAt(source.text(), guarded.bodyRange.begin)
            + rewritten(source.text(), guarded.bodyRange,
                        replacements(context, searches, kBisectInTree, "@tree@[@node@]"));
        names.emplace_back("indexType",
                           index.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy()));
        names.emplace_back("i", index.var->getNameAsString());
        names.emplace_back("start", source.text(index.initialiser));
        names.emplace_back("bound", source.text(guarded.bounds.at(index.var)));
        names.emplace_back("body", reindented(body, "        "));
        const auto head =
            rewritten(source.text(), {*begin, braces->begin}, {{{*at, *at + kernel.name().size()}, name}});
        return filled("// " + kernel.name() + " where @array@ has less than @NEAR@ elements.\n", names) + head
            + filled(kBisectNear, names) + "\n\n";
    }

    [[nodiscard]] std::optional<MoveProposal> nearby(const MoveContext& context, const KernelScope& kernel,
                                                     const std::vector<LinearSearch>& searches) const
    {
        const auto guarded = guardedKernel(kernel);
        if (!guarded || !canBeNear(kernel, *guarded, searches))
            return std::nullopt;
        const auto& source = context.source();
        const auto& launch = *kernel.launches().front();
        const auto names = values(context, searches.front());
        const auto name = context.directives().freshName(kernel.name() + "_near");
        const auto text = nearText(context, kernel, *guarded, searches, name);
        const auto count = kernel.argumentOf(launch, searches.front().count);
        const auto close = source.text().find(')', launch.arguments.back().end);
        if (!text || count.empty() || close == std::string_view::npos)
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.insert(*offsetBeforeKernel(kernel), *text);
        for (const auto& [range, inside] :
             replacements(context, searches, kBisectInPlace, "@array@[@at@ + @half@ - 1]"))
            edit.replace(range, inside);
        const auto largest = kLargestTreeBytes
            / static_cast<std::int64_t>(source.context().getTypeSize(searches.front().elementType) / 8);
        context.directives().addTune(edit, valueOf(names, "NEAR"),
                                     powersAround(treeSize(context, count, largest), 64, largest));
        context.directives().addTune(edit, valueOf(names, "BLOCKS"), {1056, 2112, 528, 4224, 8448});
        const TextRange arguments{launch.arguments.front().begin, launch.arguments.back().end};
        edit.insert(launch.line.begin,
                    fmt::format("// warploom: launch {}<<<min({}, {}), {}>>>({}) when {} < {}\n", name,
                                source.text(launch.grid), valueOf(names, "BLOCKS"), source.text(launch.block),
                                source.text(arguments), count, valueOf(names, "NEAR")));
        edit.insert(close + 1, fmt::format(" when {} >= {}", count, valueOf(names, "NEAR")));
        return proposal(context, edit, source.statementRange(searches.front().loop)->begin,
                        fmt::format("bisect near in {}", kernel.name()), sentence(kernel) + ", in shared memory, ~12×",
                        12.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeBisect() { return std::make_unique<Bisect>(); }

}  // namespace warploom
