// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FusedKernel.h"
#include "moves/FusedRows.h"
#include "moves/HostWords.h"
#include "moves/InlinedMap.h"
#include "moves/MoveCatalogue.h"
#include "moves/SourceTokens.h"

namespace warploom {

using namespace clang;

namespace {

/// Bytes that an element of the index space moves, before and after.
struct FusedTraffic {
    std::int64_t before = 0;
    std::int64_t after = 0;

    [[nodiscard]] double gain() const
    {
        return after > 0 && before > after ? static_cast<double>(before) / static_cast<double>(after) : 1.05;
    }
};

FusedTraffic trafficOf(const LaunchPair& pair, const FusedKernel& fused)
{
    FusedTraffic traffic;
    std::set<std::pair<std::string, std::string>> read;
    std::set<std::pair<std::string, std::string>> written;
    for (const auto* map : {&pair.first, &pair.second}) {
        std::set<std::pair<std::string, std::string>> ownRead;
        std::set<std::pair<std::string, std::string>> ownWritten;
        for (const auto& access : map->accesses) {
            if (access.buffer.empty() || !ownElement(*map, access))
                continue;
            const std::pair key(access.buffer, access.index->toString());
            const auto bytes = map->kernel->source()
                                   .context()
                                   .getTypeSizeInChars(innermostElement(access.access.base->getType()))
                                   .getQuantity();
            const auto* value = fused.valueOf(access.buffer);
            const bool isInRegister = value != nullptr && map == &pair.second;
            const bool isDropped = value != nullptr && !value->isStored && map == &pair.first;
            if (access.access.reads && ownRead.insert(key).second) {
                traffic.before += bytes;
                traffic.after += !isInRegister && read.insert(key).second ? bytes : 0;
            }
            if (access.access.writes && ownWritten.insert(key).second) {
                traffic.before += bytes;
                traffic.after += !isDropped && written.insert(key).second ? bytes : 0;
            }
        }
    }
    return traffic;
}

/// Names of functions that are called within \p kernel.
std::set<std::string> calleesOf(const KernelScope& kernel)
{
    std::set<std::string> names;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (const auto* call = llvm::dyn_cast<CallExpr>(node))
            names.insert(calleeName(call));
        return true;
    });
    return names;
}

/// Whether the earlier kernel's text means the same where the later one stands: no macro changes on the way, and no
/// function comes in that a call could mean as well.
bool canMoveTo(const KernelScope& earlier, const KernelScope& later)
{
    const auto& source = earlier.source();
    const auto from = offsetBeforeKernel(earlier);
    const auto to = source.range(later.kernel().getBody());
    if (!from || !to || to->begin < *from)
        return false;
    for (const auto& token : tokensOf(source.text({*from, to->end})))
        if (token.kind == SourceToken::Kind::Directive
            && !std::string_view(source.text({*from + token.range.begin, *from + token.range.end}))
                    .starts_with("#pragma unroll"))
            return false;
    const auto callees = calleesOf(earlier);
    for (const Decl* declaration : source.context().getTranslationUnitDecl()->decls()) {
        const auto* function = llvm::dyn_cast<NamedDecl>(declaration);
        const auto at = source.offset(declaration->getLocation());
        if (function != nullptr && at && *at > *from && *at < to->begin
            && callees.count(identifierOf(function).str()) > 0)
            return false;
    }
    return true;
}

/// Whether the kernel stands by itself in the file.
bool standsAtTop(const KernelScope& kernel)
{
    const auto* around = kernel.kernel().getLexicalDeclContext();
    return llvm::isa<TranslationUnitDecl>(around) || llvm::isa<LinkageSpecDecl>(around);
}

class FuseLaunches : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"fuse-launches", "Fuse launches that follow each other",
                "two launches of one thread an element over the same elements, the second needing of what the first "
                "writes its own element only; or a map whose values the second reads, each once",
                "what goes from one to the other stays in registers, what both read is read once, a launch less"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        auto proposals = ofPairs(context);
        if (!proposals.empty())
            for (auto& rows : fusedRows(context, [this](const MoveContext& own) { return ofPairs(own); }))
                proposals.push_back(std::move(rows));
        return proposals;
    }

    [[nodiscard]] std::vector<MoveProposal> ofPairs(const MoveContext& context) const
    {
        std::vector<MoveProposal> proposals;
        const auto& launches = context.directives().launches();
        for (std::size_t i = 0; i + 1 < launches.size(); ++i)
            if (auto made = ofPair(context, launches[i], launches[i + 1]))
                proposals.push_back(std::move(*made));
        return proposals;
    }

    [[nodiscard]] std::optional<MoveProposal> ofPair(const MoveContext& context, const LaunchLine& launch,
                                                     const LaunchLine& next) const
    {
        const auto* first = kernelOf(context, launch);
        const auto* second = kernelOf(context, next);
        if (first == nullptr || second == nullptr || !standsAtTop(*first) || !standsAtTop(*second))
            return std::nullopt;
        auto before = mapLaunch(context, *first, launch, true, true);
        auto after = before ? mapLaunch(context, *second, next, true, true) : std::nullopt;
        const auto pair = after ? launchPair(context, std::move(*before), std::move(*after)) : std::nullopt;
        return pair ? fused(context, *pair) : inlined(context, launch, next);
    }

private:
    static const KernelScope* kernelOf(const MoveContext& context, const LaunchLine& launch)
    {
        const KernelScope* found = nullptr;
        for (const auto& kernel : context.kernels())
            if (kernel.name() == launch.kernel) {
                if (found != nullptr)
                    return nullptr;
                found = &kernel;
            }
        return found;
    }

    [[nodiscard]] std::optional<MoveProposal> fused(const MoveContext& context, const LaunchPair& pair) const
    {
        const auto& source = context.source();
        const auto& first = *pair.first.kernel;
        const auto& second = *pair.second.kernel;
        const bool isInOrder = first.kernel().getLocation() < second.kernel().getLocation();
        const auto& earlier = isInOrder ? first : second;
        const auto& later = isInOrder ? second : first;
        if (!canMoveTo(earlier, later))
            return std::nullopt;
        const auto made = FusedKernel::make(context, pair);
        const auto head = headOf(first);
        const auto place = wholeDefinition(later);
        const auto other = wholeDefinition(earlier);
        if (!made || !head || !place || !other)
            return std::nullopt;
        const auto name = nameOf(context, pair);
        const bool isSame = &first == &second;
        const bool dropsEarlier = isGone(pair, earlier);
        const bool dropsLater = isGone(pair, later);
        SourceEdit edit(source.text());
        std::string text = dropsEarlier && !isSame ? commentOf(earlier) : std::string();
        text += dropsLater ? commentOf(later) : std::string();
        text += *head + name + made->text();
        const bool isLast = place->end == source.text().size();
        if (dropsLater)
            edit.replace(*place, text + (isLast ? "\n" : "\n\n"));
        else
            edit.insert(place->end, (isLast ? "\n" : "") + text + (isLast ? "\n" : "\n\n"));
        if (dropsEarlier && !isSame)
            edit.remove(*other);
        editDirectives(context, edit, pair, *made, name, isGone(pair, second));
        return described(context, edit, pair, *made, place->begin);
    }

    /// The second works out what the first would have written.
    [[nodiscard]] std::optional<MoveProposal> inlined(const MoveContext& context, const LaunchLine& first,
                                                      const LaunchLine& second) const
    {
        const auto map = InlinedMap::make(context, first, second);
        SourceEdit edit(context.source().text());
        if (!map || !canMoveTo(map->producer(), map->consumer()) || !map->editInto(edit))
            return std::nullopt;
        return proposal(
            context, edit, first.line.begin,
            fmt::format("fuse {} into {}", map->producer().name(), map->consumer().name()),
            fmt::format(
                "{0} writes {1} and {2} reads it: worked out at its {3} place{4}, {1} is neither written nor read, "
                "and one launch less is waited for, ~1.5×",
                map->producer().name(), map->buffer(), map->consumer().name(), map->reads(),
                map->reads() == 1 ? "" : "s"),
            1.5);
    }

    /// Whether nobody launches \p kernel any more.
    static bool isGone(const LaunchPair& pair, const KernelScope& kernel)
    {
        return std::ranges::all_of(kernel.launches(), [&](const auto* launch) {
            return launch == pair.first.launch || launch == pair.second.launch;
        });
    }

    /// What stands before the kernel's name.
    static std::optional<std::string> headOf(const KernelScope& kernel)
    {
        const auto begin = offsetBeforeKernel(kernel);
        const auto name = kernel.source().offset(kernel.kernel().getLocation());
        return begin && name ? std::optional(kernel.source().text({*begin, *name})) : std::nullopt;
    }

    static std::string commentOf(const KernelScope& kernel)
    {
        return kernel.source().text({wholeDefinition(kernel)->begin, *offsetBeforeKernel(kernel)});
    }

    static std::string nameOf(const MoveContext& context, const LaunchPair& pair)
    {
        constexpr std::size_t kLongest = 40;
        const auto both = pair.first.kernel->name() + "_" + pair.second.kernel->name();
        return context.directives().freshName(both.size() <= kLongest ? both : "fused");
    }

    static void editDirectives(const MoveContext& context, SourceEdit& edit, const LaunchPair& pair,
                               const FusedKernel& made, const std::string& name, bool dropsSecond)
    {
        const auto& source = context.source();
        const auto& first = *pair.first.launch;
        const auto& second = *pair.second.launch;
        edit.removeWithLine(first.line);
        edit.replace(second.line,
                     fmt::format("{}// warploom: launch {}<<<{}, {}>>>({})",
                                 indentationAt(source.text(), second.line.begin), name, source.text(first.grid),
                                 source.text(first.block), made.arguments()));
        for (const auto& value : made.values())
            if (value.isGone)
                edit.removeWithLine(*scratchLine(source, value.buffer));
        // Tunables of the second launch alone have nothing left to tune.
        for (const auto& tune : context.directives().tunes()) {
            if (!mentions(source.text(second.line), tune.name) || mentions(source.text(first.line), tune.name)
                || mentions(made.secondPart(), tune.name) || !dropsSecond)
                continue;
            auto rest = std::string(source.text());
            const auto definition = *wholeDefinition(*pair.second.kernel);
            for (const auto& range : {definition, tune.line, second.line})
                std::fill(rest.begin() + static_cast<std::ptrdiff_t>(range.begin),
                          rest.begin() + static_cast<std::ptrdiff_t>(range.end), ' ');
            if (!mentions(rest, tune.name))
                edit.removeWithLine(tune.line);
        }
    }

    [[nodiscard]] std::optional<MoveProposal> described(const MoveContext& context, const SourceEdit& edit,
                                                        const LaunchPair& pair, const FusedKernel& made,
                                                        std::size_t offset) const
    {
        const auto traffic = trafficOf(pair, made);
        const auto first = pair.first.kernel->name();
        const auto second = pair.second.kernel->name();
        const auto what = made.values().empty()
            ? fmt::format("{} and {} both touch {}", first, second, *pair.joint.begin())
            : fmt::format("{} writes {} and {} reads it again", first, made.values().front().buffer, second);
        return proposal(
            context, edit, offset, fmt::format("fuse {} and {}", first, second),
            fmt::format("{}: in one launch an element moves {} bytes in place of {}, and one launch less is "
                        "waited for, ~{:.1f}×",
                        what, traffic.after, traffic.before, traffic.gain()),
            traffic.gain());
    }
};

}  // namespace

std::unique_ptr<Move> makeFuseLaunches() { return std::make_unique<FuseLaunches>(); }

std::optional<MoveProposal> fusedLaunches(const MoveContext& context, const LaunchLine& first, const LaunchLine& second)
{
    return FuseLaunches().ofPair(context, first, second);
}

}  // namespace warploom
