// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/MoveCatalogue.h"
#include "moves/MoveChain.h"
#include "moves/RowSharing.h"
#include "moves/StripFolds.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Blocks of a row each that fill a large card.
constexpr double kManyRows = 1056;
/// Elements between those of neighbouring threads from which on they share no sectors.
constexpr std::int64_t kScatteredFrom = 8;
/// Threads with a column each that do so.
constexpr double kManyColumns = 135'000;
constexpr std::int64_t kLeastStrips = 4;
constexpr std::int64_t kMostStrips = 256;
constexpr double kMostGainOfStrips = 4;
constexpr double kLeastGainOfStrips = 1.3;

/// A fold with the scratch that holds what the strips come to.
struct StripPartial {
    StripFold fold;
    std::string name;
};

/// A loop with the launch that takes it in strips.
struct StripLaunch {
    CountedLoop counted;
    std::string kernel;
    std::vector<StripPartial> partials;
};

TextRange parametersEnd(const KernelScope& kernel)
{
    const auto* parameter = kernel.kernel().getParamDecl(kernel.kernel().getNumParams() - 1);
    const auto range = kernel.source().range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
    return range ? TextRange{range->end, range->end} : TextRange{};
}

/// The texts that split one kernel's loops.
class StripWriter {
public:
    StripWriter(const MoveContext& context, const KernelScope& kernel, const StripFolds& folds)
        : m_source(context.source())
        , m_kernel(kernel)
        , m_folds(folds)
    {
        const auto& directives = context.directives();
        const auto* index = folds.guarded.indices[0].var;
        m_values = {{"STRIPS", directives.freshName("STRIPS")},
                    {"strip", directives.freshName("strip")},
                    {"length", directives.freshName("strip_length")},
                    {"end", directives.freshName("strip_end")},
                    {"i", index->getNameAsString()},
                    {"outputs", operand(m_source.text(folds.guarded.bounds.at(index)))}};
        nameLaunches(directives);
    }

    [[nodiscard]] const std::vector<StripLaunch>& launches() const { return m_launches; }
    [[nodiscard]] std::string tunable() const { return valueOf(m_values, "STRIPS"); }

    /// False, with \p edit unusable, where something has no place in the text.
    bool apply(SourceEdit& edit, const LaunchLine& launch)
    {
        const auto parameters = parametersEnd(m_kernel);
        const auto outputs = m_kernel.argumentOf(launch, m_folds.guarded.bounds.at(m_folds.guarded.indices[0].var));
        if (outputs.empty() || parameters.end == 0 || launch.arguments.empty())
            return false;
        const TextRange arguments{launch.arguments.front().begin, launch.arguments.back().end};
        std::string lines;
        std::string passed;
        for (std::size_t at = 0; at < m_launches.size(); ++at) {
            const auto strips = stripsText(at);
            const auto added = m_source.statementRange(m_launches[at].counted.statement);
            if (!strips || !added)
                return false;
            edit.insert(m_folds.definition.begin, *strips);
            edit.insert(parameters.end, declared(m_launches[at], true));
            edit.replace(*added, addedText(m_launches[at]));
            for (const auto& partial : m_launches[at].partials) {
                lines += filled(fmt::format("// warploom: scratch {} {}[@STRIPS@ * ({})]\n", partial.name,
                                            partial.fold.scratchType, outputs),
                                m_values);
                passed += ", " + partial.name;
            }
            lines += filled(fmt::format("// warploom: launch {}<<<dim3({}, @STRIPS@), {}>>>({}{})\n",
                                        m_launches[at].kernel, m_source.text(launch.grid), m_source.text(launch.block),
                                        m_source.text(arguments), passed),
                            m_values);
        }
        edit.insert(launch.line.begin, lines);
        edit.insert(arguments.end, passed);
        return true;
    }

private:
    static std::string operand(const std::string& text)
    {
        return text.find_first_of("?&|^<>=,") == std::string::npos ? text : "(" + text + ")";
    }

    void nameLaunches(const DirectiveEditor& directives)
    {
        const bool isOne = m_folds.loops.size() == 1 && m_folds.loops[0].folds.size() == 1;
        for (const auto& loop : m_folds.loops) {
            const auto number = m_launches.empty() ? "" : fmt::format("_{}", m_launches.size() + 1);
            auto& launch =
                m_launches.emplace_back(loop.counted, directives.freshName(m_kernel.name() + "_strips" + number));
            for (const auto& fold : loop.folds)
                launch.partials.push_back(
                    {fold,
                     directives.freshName(isOne ? "partial" : "partial_" + fold.reduction.var->getNameAsString())});
        }
    }

    [[nodiscard]] static std::string declared(const StripLaunch& launch, bool isRead)
    {
        std::string text;
        for (const auto& partial : launch.partials)
            text += fmt::format(", {}{}* {}", isRead ? "const " : "", partial.fold.type, partial.name);
        return text;
    }

    /// What strips have come to, put together.
    [[nodiscard]] std::string addedText(const StripLaunch& launch) const
    {
        const auto& text = m_source.text();
        const auto indentation = indentationAt(text, m_source.statementRange(launch.counted.statement)->begin);
        std::vector<std::string> steps;
        for (const auto& partial : launch.partials) {
            const auto name = partial.fold.reduction.var->getNameAsString();
            const auto element = filled(partial.name + "[size_t(@strip@) * @outputs@ + @i@]", m_values);
            steps.push_back(partial.fold.reduction.operation == ReductionOperation::Sum
                                ? fmt::format("{} += {};", name, element)
                                : fmt::format("{} = {};", name, combination(partial.fold.reduction, name, element)));
        }
        const auto separator = "\n" + indentation + "    ";
        return filled("for (int @strip@ = 0; @strip@ < @STRIPS@; ++@strip@)", m_values)
            + (steps.size() == 1 ? separator + steps[0]
                                 : fmt::format(" {{{}{}\n{}}}", separator, fmt::join(steps, separator), indentation));
    }

    [[nodiscard]] std::string storedText(const StripLaunch& launch, const std::string& indentation) const
    {
        std::vector<std::string> stores;
        for (const auto& partial : launch.partials)
            stores.push_back(fmt::format("{}{} = {};", partial.name,
                                         filled("[size_t(blockIdx.y) * @outputs@ + @i@]", m_values),
                                         partial.fold.reduction.var->getNameAsString()));
        return fmt::format("{}", fmt::join(stores, "\n" + indentation));
    }

    /// The kernel that folds one strip of a loop: the user's own, with another end.
    [[nodiscard]] std::optional<std::string> stripsText(std::size_t at) const
    {
        const auto& launch = m_launches[at];
        const auto name = m_source.offset(m_kernel.kernel().getLocation());
        const auto loop = m_source.statementRange(launch.counted.statement);
        const auto start = m_source.range(launch.counted.start);
        const auto bound = m_source.range(launch.counted.bound);
        if (!name || !loop || !start || !bound)
            return std::nullopt;
        const auto parameters = parametersEnd(m_kernel);
        std::vector<Replacement> changes{{{*name, *name + m_kernel.name().size()}, launch.kernel}};
        for (std::size_t before = 0; before < at; ++before) {
            const auto whole = m_source.statementRange(m_launches[before].counted.statement);
            if (!whole)
                return std::nullopt;
            changes.push_back({parameters, declared(m_launches[before], true)});
            changes.push_back({*whole, addedText(m_launches[before])});
        }
        const auto indentation = indentationAt(m_source.text(), loop->begin);
        changes.push_back({parameters, declared(launch, false)});
        changes.push_back({{loop->begin, loop->begin}, boundsText(launch, indentation)});
        changes.push_back({*start, filled("@length@ * blockIdx.y", m_values)});
        changes.push_back({*bound, valueOf(m_values, "end")});
        changes.push_back(
            {{loop->end, m_folds.guarded.bodyRange.end}, "\n" + indentation + storedText(launch, indentation)});
        return rewritten(m_source.text(), m_folds.definition, changes) + "\n\n";
    }

    [[nodiscard]] std::string boundsText(const StripLaunch& launch, const std::string& indentation) const
    {
        const auto type =
            launch.counted.var->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
        const auto bound = m_source.text(launch.counted.bound);
        const auto cast = type.find(' ') == std::string::npos ? type : "static_cast<" + type + ">";
        return filled(fmt::format("// One of the strips that {4} puts together.\n{3}"
                                  "const {0} @length@ = ({1} + @STRIPS@ - 1) / @STRIPS@;\n{3}"
                                  "const {0} @end@ = min({5}({2}), {5}(@length@ * (blockIdx.y + 1)));\n{3}",
                                  type, operand(bound), bound, indentation, m_kernel.name(), cast),
                      m_values);
    }

    const ParsedSource& m_source;
    const KernelScope& m_kernel;
    const StripFolds& m_folds;
    CodeValues m_values;
    std::vector<StripLaunch> m_launches;
};

class SplitSum : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"split-sum", "Sum in strips",
                "one thread an output that sums long loops, or keeps their extrema: few threads, each with much to do",
                "as many times more threads as there are strips; another launch adds what they found"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || !hasLinearLaunches(kernel) || kernel.launches().size() != 1
                || kernel.launches().front()->shared)
                continue;
            const auto found = stripFolds(kernel);
            if (!found)
                continue;
            if (auto made = inStrips(context, kernel, *found))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> inStrips(const MoveContext& context, const KernelScope& kernel,
                                                       const StripFolds& found) const
    {
        StripWriter writer(context, kernel, found);
        const auto at = context.source().statementRange(found.loops.front().counted.statement);
        SourceEdit edit(context.source().text());
        const bool areRows = rowWork(kernel, found.guarded).has_value();
        const auto outputs = timedOutputs(context, kernel, found.guarded);
        context.directives().addTune(edit, writer.tunable(), stripsFor(outputs, areRows ? kManyRows : kManyColumns));
        if (!at || (!areRows && areScattered(kernel, found)) || !writer.apply(edit, *kernel.launches().front()))
            return std::nullopt;
        auto made = proposal(
            context, edit, at->begin, fmt::format("sum in strips in {}", kernel.name()),
            fmt::format("{} has one thread an output, too few to keep the card busy where outputs are few: strips "
                        "of its loop are several times as many threads, ~4×",
                        kernel.name()),
            kMostGainOfStrips);
        return made && areRows ? byBlocks(context, kernel, outputs, writer, std::move(*made)) : made;
    }

    /// Whether neighbouring threads load elements that lie far from each other: more of them would be no gain.
    static bool areScattered(const KernelScope& kernel, const StripFolds& found)
    {
        return std::ranges::any_of(found.loops, [&](const StripLoop& loop) {
            return std::ranges::any_of(kernel.accesses(loop.counted.statement), [&](const Access& access) {
                const auto apart = access.index && llvm::isa<ParmVarDecl>(access.base)
                    ? access.index->coefficient(threadSymbol(0))
                    : std::nullopt;
                return apart && (!apart->constantValue() || std::abs(*apart->constantValue()) >= kScatteredFrom);
            });
        });
    }

    /// Neighbouring threads are rows apart: blocks have to share the strips, or little is gained.
    [[nodiscard]] static std::optional<MoveProposal> byBlocks(const MoveContext& context, const KernelScope& kernel,
                                                              const std::vector<std::int64_t>& outputs,
                                                              const StripWriter& writer, MoveProposal made)
    {
        const auto rows = outputs.empty() ? 0 : std::ranges::max(outputs);
        if (rows == 0 || static_cast<double>(rows) * kLeastGainOfStrips > kManyRows)
            return std::nullopt;
        const auto rowPerBlock = makeRowPerBlock();
        for (const auto& launch : writer.launches()) {
            const auto title = fmt::format("{} in {}", blockGroup().words, launch.kernel);
            const auto shared = chained(context, {made.source, 1, {}},
                                        [&](const MoveContext& own) { return rowPerBlock->propose(own); });
            const auto one =
                std::ranges::find_if(shared, [&](const ChainedSource& chain) { return chain.done.back() == title; });
            if (one == shared.end())
                return std::nullopt;
            made.source = one->source;
        }
        made.title = fmt::format("several blocks a row in {}", kernel.name());
        made.predictedGain = std::clamp(kManyRows / static_cast<double>(rows), kLeastGainOfStrips, kMostGainOfStrips);
        made.hypothesis =
            fmt::format("{} has {} rows, and a card room for more blocks: several share a row, each with a "
                        "strip of it, and another launch adds what they found, ~{:.1f}×",
                        kernel.name(), rows, made.predictedGain);
        return made;
    }

    /// How many there are at the sizes that are timed.
    static std::vector<std::int64_t> timedOutputs(const MoveContext& context, const KernelScope& kernel,
                                                  const GuardedKernel& guarded)
    {
        std::vector<std::int64_t> outputs;
        const auto bound = kernel.form(guarded.bounds.begin()->second);
        for (const auto& values : timedArguments(context, kernel))
            if (const auto number = bound ? valueWith(*bound, values) : std::nullopt; number && *number > 0)
                outputs.push_back(*number);
        return outputs;
    }

    /// As many as bring the fewest outputs to \p many, in front.
    static std::vector<std::int64_t> stripsFor(const std::vector<std::int64_t>& outputs, double many)
    {
        if (outputs.empty())
            return {16, 8, 32, 64, 4, 128};
        const auto fewest = static_cast<double>(std::ranges::min(outputs));
        std::int64_t strips = kLeastStrips;
        while (strips < kMostStrips && static_cast<double>(strips) * fewest < many)
            strips *= 2;
        return powersAround(strips, kLeastStrips, kMostStrips);
    }
};

}  // namespace

std::unique_ptr<Move> makeSplitSum() { return std::make_unique<SplitSum>(); }

}  // namespace warploom
