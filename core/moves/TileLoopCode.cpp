// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/TileLoopCode.h"

#include "moves/ContractionCode.h"
#include "moves/GridKernel.h"
#include "moves/SharedValues.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kItemRun = R"(    #pragma unroll
    for (int @number@ = 0; @number@ < @ITEMS@; ++@number@) {
@place@@run@    }
)";

constexpr const char* kLastItemRun = R"(    #pragma unroll
    for (int @number@ = 0; @number@ < @ITEMS@; ++@number@) {
        const @itemType@ @item@ = @first@ + @number@ * @BLOCK@;
        if (@item@ < @items@) {
@run@        }
    }
)";

constexpr const char* kItemPlace = R"(const @itemType@ @own@ = @first@ + @number@ * @BLOCK@;
const @itemType@ @item@ = @own@ < @items@ ? @own@ : @itemsTerm@ - 1;
)";

/// Threads of a multiprocessor that hide each other's latencies.
constexpr std::int64_t kBusyThreads = 1024;

bool storesWithin(const KernelScope& kernel, const Stmt* statement)
{
    return std::ranges::any_of(kernel.accesses(statement), [](const Access& access) {
        return access.writes && llvm::isa_and_nonnull<ParmVarDecl>(access.base);
    });
}

}  // namespace

const char* itemPlace() { return kItemPlace; }

std::optional<ItemParts> itemParts(const KernelScope& kernel, const BroadcastKernel& found,
                                   const std::function<bool(const Stmt*)>& isLoop)
{
    ItemParts parts;
    for (const Stmt* statement : found.statements) {
        if (parts.loop == nullptr && makesValues(statement) && isLoop(statement)) {
            parts.loop = statement;
            continue;
        }
        // Threads without an item of their own do that as well.
        if (parts.loop == nullptr && (storesWithin(kernel, statement) || !makesValues(statement)))
            return std::nullopt;
        (parts.loop == nullptr ? parts.before : parts.after).push_back(statement);
    }
    const bool isOnly = std::ranges::none_of(parts.after, isLoop);
    return parts.loop != nullptr && isOnly && !parts.after.empty() ? std::optional(std::move(parts)) : std::nullopt;
}

CodeValues itemValues(const MoveContext& context, const KernelScope& kernel, const BroadcastKernel& found,
                      SourceEdit& edit)
{
    const auto& directives = context.directives();
    const auto type = typeText(kernel, found.item->getType().getUnqualifiedType());
    const auto item = found.item->getNameAsString();
    CodeValues values;
    for (const char* name : {"ITEMS", "TILE", "UNROLL"})
        values.emplace_back(name, directives.freshName(name));
    values.emplace_back("number", directives.freshName("item"));
    values.emplace_back("first", directives.freshName("first_" + item));
    values.emplace_back("own", directives.freshName("own_" + item));
    const bool isWide = context.source().context().getTypeSize(found.item->getType()) > 32;
    values.emplace_back("firstItem",
                        fmt::format("    const @itemType@ @first@ = {} * (@BLOCK@ * @ITEMS@) + threadIdx.x;\n",
                                    isWide ? "static_cast<@itemType@>(blockIdx.x)" : "blockIdx.x"));
    values.emplace_back("itemType", type);
    values.emplace_back("itemsTerm", termText(found.items));
    values.emplace_back("items", found.items);
    values.emplace_back("item", item);
    values.emplace_back("BLOCK", wholeWarpBlock(kernel, edit));
    for (const auto* launch : kernel.launches())
        edit.replace(launch->gridParts[0],
                     filled(fmt::format("ceil_div({}, @BLOCK@ * @ITEMS@)",
                                        kernel.argumentOf(*launch, found.guarded.bounds.at(found.item))),
                            values));
    addLaunchBounds(edit, kernel, valueOf(values, "BLOCK"));
    return values;
}

void addLoopNames(const MoveContext& context, const KernelScope& kernel, const CountedLoop& counted, CodeValues& values)
{
    const auto& directives = context.directives();
    const auto counter = counted.var->getNameAsString();
    const auto bound = context.source().text(counted.bound);
    values.emplace_back("base", directives.freshName(counter + "_tile"));
    values.emplace_back("count", directives.freshName(counter + "_count"));
    values.emplace_back("at", directives.freshName(counter + "_at"));
    values.emplace_back("counterType", typeText(kernel, counted.var->getType().getUnqualifiedType()));
    values.emplace_back("start", context.source().text(counted.start));
    values.emplace_back("boundTerm", termText(bound));
    values.emplace_back("bound", bound);
    values.emplace_back("counter", counter);
}

std::vector<std::int64_t> itemCounts(const MoveContext& context, const KernelScope& kernel,
                                     const BroadcastKernel& found, std::vector<std::int64_t> counts)
{
    const auto items = kernel.form(found.guarded.bounds.at(found.item));
    const auto least = std::max(context.request().multiprocessors, 1) * kBusyThreads * counts.front();
    const auto isFew = [&](const ParameterValues& values) {
        const auto value = items ? valueWith(*items, values) : std::nullopt;
        return value && *value < least;
    };
    if (std::ranges::any_of(timedArguments(context, kernel), isFew)) {
        std::erase(counts, 1);
        counts.insert(counts.begin(), 1);
    }
    return counts;
}

std::optional<std::string> roundText(const KernelScope& kernel, const ItemText& text, const CountedLoop& counted,
                                     std::vector<Replacement> changes)
{
    const auto* body = counted.statement->getBody();
    auto range = llvm::isa<CompoundStmt>(body) ? kernel.source().range(body) : kernel.source().statementRange(body);
    if (!range)
        return std::nullopt;
    if (llvm::isa<CompoundStmt>(body))
        range = TextRange{range->begin + 1, range->end - 1};
    return text.text(*range, body, std::move(changes));
}

std::optional<std::string> itemRun(const ItemText& text, const StatementRun& run, const BroadcastKernel& found,
                                   const CodeValues& values)
{
    const auto made = text.text(run);
    if (!made)
        return std::nullopt;
    const auto inner = reindented(*made, "        ");
    if (inner.empty())
        return inner;
    const auto place = mentions(*made, found.item->getName()) ? reindented(kItemPlace, "        ") : std::string();
    auto all = values;
    all.emplace_back("place", place);
    all.emplace_back("run", inner);
    return completed(kItemRun, all);
}

std::optional<std::string> lastRun(const ItemText& text, const StatementRun& run, const BroadcastKernel&,
                                   const CodeValues& values)
{
    const auto made = text.text(run);
    if (!made)
        return std::nullopt;
    auto all = values;
    all.emplace_back("run", reindented(*made, "            "));
    return completed(kLastItemRun, all);
}

std::string completed(std::string text, const CodeValues& values)
{
    for (int depth = 0; depth < 4; ++depth) {
        auto next = filled(text, values);
        if (next == text)
            break;
        text = std::move(next);
    }
    return text;
}

}  // namespace warploom
