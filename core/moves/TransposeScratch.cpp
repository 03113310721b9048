// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostWords.h"
#include "moves/MoveCatalogue.h"
#include "moves/PlainLaunch.h"
#include "moves/ScratchRows.h"
#include "moves/SizeForms.h"
#include "task/ElementType.h"

namespace warploom {

using namespace clang;

namespace {

/// Threads along x that a block has to have, so that there are neighbours.
constexpr std::int64_t kFewestNeighbours = 8;
/// How many rounds each loop around an access counts for.
constexpr double kRoundsOfScratchLoop = 16;
/// Share of an access's time that its sectors take, and the most that is promised.
constexpr double kSavedOfScratch = 0.75;
constexpr double kMostOfScratch = 3;

/// What a kernel does with one of the scratches, and how launches call its rows.
struct ScratchUse {
    const KernelScope* kernel = nullptr;
    ScratchRows rows;
    std::vector<std::pair<const LaunchLine*, IndexForm>> counts;  ///< rows that there are
};

/// The two axes of a scratch, as directives have them.
struct RowsOfScratch {
    IndexForm count;
    IndexForm pitch;
    friend bool operator==(const RowsOfScratch&, const RowsOfScratch&) = default;
};

/// Parameters that launches pass nothing but sizes for, and products of them.
std::set<std::string> countsOf(const MoveContext& context, const KernelScope& kernel)
{
    std::set<std::string> counts;
    const auto& sizes = context.request().sizes;
    const auto isCount = [&](const ParmVarDecl* parameter) {
        return std::ranges::all_of(kernel.launches(), [&](const LaunchLine* launch) {
            const auto text = kernel.source().text(launch->arguments[parameter->getFunctionScopeIndex()]);
            const auto form = formOfExpression(withoutLets(context.directives(), text));
            return form && std::ranges::all_of(form->terms(), [&](const auto& term) {
                       return term.second >= 0 && std::ranges::all_of(term.first, [&](const std::string& symbol) {
                                  return std::ranges::find(sizes, symbol) != sizes.end();
                              });
                   });
        });
    };
    for (const auto* parameter : kernel.kernel().parameters())
        if (parameter->getType()->isIntegerType() && isCount(parameter))
            counts.insert(kernel.symbolOf(parameter));
    return counts;
}

/// Finds the scratches whose axes can be exchanged, all together.
class ScratchAxes {
public:
    explicit ScratchAxes(const MoveContext& context)
        : m_context(context)
    {
        for (const auto& scratch : context.directives().scratches())
            if (isOnlyPassed(scratch.name))
                m_names.insert(scratch.name);
        // One that cannot be takes those with it that share a parameter.
        while (!m_names.empty() && !readAll()) { }
    }

    [[nodiscard]] const std::set<std::string>& names() const { return m_names; }
    [[nodiscard]] const std::vector<ScratchUse>& uses() const { return m_uses; }
    [[nodiscard]] const RowsOfScratch& rowsOf(const std::string& name) const { return m_rows.at(name); }

private:
    /// Whether launches pass it as it is, and nothing else but a step that zeroes it names it.
    [[nodiscard]] bool isOnlyPassed(const std::string& name) const
    {
        const auto& source = m_context.source();
        std::vector<TextRange> lines;
        if (const auto own = scratchLine(source, name))
            lines.push_back(*own);
        bool isWhole = true;
        for (const auto& launch : m_context.directives().launches()) {
            lines.push_back(launch.line);
            for (const auto& argument : launch.arguments)
                isWhole = isWhole && (source.text(argument) == name || !mentions(source.text(argument), name));
        }
        for (std::size_t at = 0; at < source.text().size();) {
            const auto line = lineAround(source, at);
            if (source.text(line).starts_with("// warploom: zero "))
                lines.push_back(line);
            at = line.end + 1;
        }
        return isWhole && !isNamed(source, name, lines);
    }

    /// False where names had to go.
    bool readAll()
    {
        m_uses.clear();
        m_rows.clear();
        std::set<std::string> gone;
        std::set<std::string> read;
        for (const auto& kernel : m_context.kernels())
            for (const auto* parameter : kernel.kernel().parameters())
                readParameter(kernel, parameter, gone, read);
        for (const auto& name : m_names)
            if (read.count(name) == 0 || isForStranger(name))
                gone.insert(name);
        for (const auto& name : gone)
            m_names.erase(name);
        return gone.empty();
    }

    /// Whether a launch passes it to a kernel that is not here.
    [[nodiscard]] bool isForStranger(const std::string& name) const
    {
        return std::ranges::any_of(m_context.directives().launches(), [&](const LaunchLine& launch) {
            const bool isHere = std::ranges::any_of(m_context.kernels(), [&](const KernelScope& kernel) {
                return kernel.name() == launch.kernel && kernel.kernel().getNumParams() == launch.arguments.size();
            });
            return !isHere && mentions(m_context.source().text(launch.line), name);
        });
    }

    void readParameter(const KernelScope& kernel, const ParmVarDecl* parameter, std::set<std::string>& gone,
                       std::set<std::string>& read)
    {
        std::set<std::string> passed;
        bool isOwn = true;
        for (const auto* launch : kernel.launches()) {
            const auto at = parameter->getFunctionScopeIndex();
            const auto name = launch->arguments.size() == kernel.kernel().getNumParams()
                ? m_context.source().text(launch->arguments[at])
                : std::string();
            isOwn = isOwn && m_names.count(name) > 0;
            if (m_names.count(name) > 0)
                passed.insert(name);
        }
        if (passed.empty())
            return;
        auto use = isOwn && isPlainKernel(kernel) ? readUse(kernel, parameter) : std::nullopt;
        (use ? read : gone).insert(passed.begin(), passed.end());
        if (use)
            m_uses.push_back(std::move(*use));
    }

    static bool isPlainKernel(const KernelScope& kernel)
    {
        const auto& function = kernel.kernel();
        bool isPlain = !function.isDependentContext() && function.getDescribedFunctionTemplate() == nullptr
            && function.getPreviousDecl() == nullptr;
        walk(function.getBody(), [&](const Stmt* node) {
            isPlain = isPlain && !llvm::isa<LambdaExpr, AsmStmt, LabelStmt>(node);
            return isPlain;
        });
        return isPlain && std::ranges::all_of(kernel.launches(), [&](const LaunchLine* launch) {
                   const auto shape = kernel.source().directives().blockShape(*launch);
                   return !shape || shape->front() >= kFewestNeighbours;
               });
    }

    std::optional<ScratchUse> readUse(const KernelScope& kernel, const ParmVarDecl* parameter)
    {
        auto rows = scratchRows(kernel, parameter, countsOf(m_context, kernel));
        if (!rows)
            return std::nullopt;
        ScratchUse use{&kernel, std::move(*rows), {}};
        for (const auto* launch : kernel.launches()) {
            const auto name = m_context.source().text(launch->arguments[parameter->getFunctionScopeIndex()]);
            const auto axes = axesOf(kernel, *launch, name, use.rows);
            if (!axes)
                return std::nullopt;
            const auto [known, isNew] = m_rows.try_emplace(name, *axes);
            if (!isNew && known->second != *axes)
                return std::nullopt;
            use.counts.emplace_back(launch, axes->count);
        }
        return use;
    }

    /// How many rows the scratch has when they are as long as the kernel says.
    [[nodiscard]] std::optional<RowsOfScratch> axesOf(const KernelScope& kernel, const LaunchLine& launch,
                                                      const std::string& name, const ScratchRows& rows) const
    {
        const auto& directives = m_context.directives();
        const auto scratch = std::ranges::find(directives.scratches(), name, &ScratchLine::name);
        const auto words = hostWords(kernel, launch, rows.pitch);
        const auto pitch = words ? formOfExpression(withoutLets(directives, *words)) : std::nullopt;
        const auto type = elementTypeFromName(scratch->type);
        const auto element = rows.array->getType()->getPointeeType();
        if (!pitch || !type || element->isIncompleteType()
            || kernel.source().context().getTypeSizeInChars(element).getQuantity() != elementSize(*type))
            return std::nullopt;
        auto all = one();
        for (const auto& extent : scratch->shape) {
            const auto form = formOfExpression(withoutLets(directives, directives.text(extent)));
            if (!form)
                return std::nullopt;
            all = all * *form;
        }
        const auto count = all.quotient(*pitch);
        return count && !count->isZero() ? std::optional(RowsOfScratch{*count, *pitch}) : std::nullopt;
    }

    const MoveContext& m_context;
    std::set<std::string> m_names;
    std::vector<ScratchUse> m_uses;
    std::map<std::string, RowsOfScratch> m_rows;
};

/// Rewrites all kernels and launches that get the scratches, and their lines.
class ScratchWriter {
public:
    ScratchWriter(const MoveContext& context, const ScratchAxes& axes)
        : m_context(context)
        , m_axes(axes)
        , m_edit(context.source().text())
    {
    }

    std::optional<SourceEdit> write()
    {
        for (const auto& use : m_axes.uses())
            writeUse(use);
        const bool areTurned = std::ranges::all_of(m_axes.names(), [&](const std::string& name) { return turn(name); });
        return areTurned && m_isWhole ? std::optional(m_edit) : std::nullopt;
    }

private:
    void writeUse(const ScratchUse& use)
    {
        const auto count = countWord(use);
        for (const auto& access : use.rows.accesses) {
            const auto element = fmt::format("{}[{}]", use.rows.array->getNameAsString(), placeText(access, count));
            m_edit.replace(access.range, (access.isAddress ? "&" : "") + element);
        }
        for (const auto* pointer : use.rows.pointers)
            m_edit.removeWithLine(*m_context.source().statementRange(pointer));
    }

    static std::string placeText(const RowAccess& access, const std::string& count)
    {
        if (access.column == "0")
            return access.row;
        if (access.column == "1")
            return fmt::format("{} + {}", access.isWide ? fmt::format("size_t({})", count) : count, access.row);
        const bool isWord = isPlainWord(access.column);
        const auto column = access.isWide ? fmt::format("size_t({})", access.column)
            : isWord                      ? access.column
                                          : fmt::format("({})", access.column);
        return fmt::format("{} * {} + {}", column, count, access.row);
    }

    /// What the kernel calls the number of rows: by a parameter that it has, else by a new one.
    std::string countWord(const ScratchUse& use)
    {
        const auto& first = use.counts.front().second;
        const auto number = first.constantValue();
        if (number && std::ranges::all_of(use.counts, [&](const auto& one) { return one.second == first; }))
            return std::to_string(*number);
        for (const auto* parameter : use.kernel->kernel().parameters())
            if (isCount(use, parameter))
                return parameter->getNameAsString();
        return addedWord(use);
    }

    [[nodiscard]] bool isCount(const ScratchUse& use, const ParmVarDecl* parameter) const
    {
        constexpr std::uint64_t kBits = 32;
        const auto& kernel = *use.kernel;
        return parameter->getType()->isIntegerType() && !kernel.isModified(parameter) && isOnlyName(kernel, parameter)
            && kernel.source().context().getTypeSize(parameter->getType()) >= kBits
            && std::ranges::all_of(use.counts, [&](const auto& one) {
                   const auto& argument = one.first->arguments[parameter->getFunctionScopeIndex()];
                   const auto text = withoutLets(m_context.directives(), m_context.source().text(argument));
                   return formOfExpression(text) == one.second;
               });
    }

    std::string addedWord(const ScratchUse& use)
    {
        auto& added = m_added[use.kernel];
        for (const auto& [counts, name] : added)
            if (counts == use.counts)
                return name;
        const auto base = added.empty() ? std::string("rows") : fmt::format("rows_{}", added.size() + 1);
        const auto name = m_context.directives().freshName(base);
        const auto& function = use.kernel->kernel();
        const auto last =
            m_context.source().range(function.getParamDecl(function.getNumParams() - 1)->getSourceRange());
        m_isWhole = m_isWhole && last;
        if (!m_isWhole)
            return name;
        m_edit.insert(last->end, fmt::format(", int {}", name));
        for (const auto& [launch, count] : use.counts)
            m_edit.insert(launch->arguments.back().end, ", " + expressionText(count, {}));
        added.emplace_back(use.counts, name);
        return name;
    }

    /// Puts the extents of the rows' number last in the scratch's line; one extent stays.
    bool turn(const std::string& name)
    {
        const auto& directives = m_context.directives();
        const auto scratch = std::ranges::find(directives.scratches(), name, &ScratchLine::name);
        const auto& shape = scratch->shape;
        if (shape.size() == 1)
            return true;
        auto product = one();
        for (std::size_t i = 0; i + 1 < shape.size(); ++i) {
            product = product * *formOfExpression(withoutLets(directives, directives.text(shape[i])));
            if (product != m_axes.rowsOf(name).count)
                continue;
            std::vector<std::string> extents;
            for (std::size_t axis = 0; axis < shape.size(); ++axis)
                extents.push_back(directives.text(shape[(axis + i + 1) % shape.size()]));
            m_edit.replace({shape.front().begin, shape.back().end}, fmt::format("{}", fmt::join(extents, ", ")));
            return true;
        }
        return false;
    }

    using Counts = std::vector<std::pair<const LaunchLine*, IndexForm>>;

    const MoveContext& m_context;
    const ScratchAxes& m_axes;
    SourceEdit m_edit;
    bool m_isWhole = true;
    std::map<const KernelScope*, std::vector<std::pair<Counts, std::string>>> m_added;
};

/// What share of a kernel's accesses to memory those in \p rows are; loops count for several rounds.
double shareOf(const KernelScope& kernel, const std::set<const VarDecl*>& arrays)
{
    double own = 0;
    double all = 0;
    for (const auto& access : kernel.accesses(kernel.kernel().getBody())) {
        if (!llvm::isa_and_nonnull<ParmVarDecl>(access.base))
            continue;
        double rounds = 1;
        for (const auto* above = kernel.parent(access.expression); above != nullptr; above = kernel.parent(above))
            rounds *= llvm::isa<ForStmt, WhileStmt, DoStmt>(above) ? kRoundsOfScratchLoop : 1;
        all += rounds;
        own += arrays.count(access.base) > 0 ? rounds : 0;
    }
    return all > 0 ? own / all : 0;
}

class TransposeScratch : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"transpose-scratch", "Exchange a scratch's axes",
                "scratch buffers of which each thread walks along a row of its own",
                "what a warp loads and stores of them lies in whole lines"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        const ScratchAxes axes(context);
        auto edit = axes.names().empty() ? std::nullopt : ScratchWriter(context, axes).write();
        if (!edit)
            return {};
        explain(context, axes, *edit);
        const auto& first = *axes.uses().front().kernel;
        const auto share = largestShare(axes);
        const auto gain = std::min(kMostOfScratch, 1 / (1 - kSavedOfScratch * share));
        const auto names = fmt::format("{}", fmt::join(axes.names(), ", "));
        const auto body = context.source().range(first.kernel().getBody());
        auto made = proposal(
            context, *edit, body ? body->begin : 0, fmt::format("exchange the axes of {}", names),
            fmt::format("each thread of {} walks along its own row of {}, so that a warp touches 32 sectors at once; "
                        "with the axes exchanged its threads touch neighbours, which concerns {:.0f} % of the "
                        "accesses, ~{:.1f}×",
                        first.name(), names, 100 * share, gain),
            gain);
        return made ? std::vector<MoveProposal>{std::move(*made)} : std::vector<MoveProposal>{};
    }

private:
    static double largestShare(const ScratchAxes& axes)
    {
        std::map<const KernelScope*, std::set<const VarDecl*>> arrays;
        for (const auto& use : axes.uses())
            arrays[use.kernel].insert(use.rows.array);
        double share = 0;
        for (const auto& [kernel, own] : arrays)
            share = std::max(share, shareOf(*kernel, own));
        return share;
    }

    /// Says above the first of the scratches how they lie.
    static void explain(const MoveContext& context, const ScratchAxes& axes, SourceEdit& edit)
    {
        const auto& scratches = context.directives().scratches();
        const auto first =
            std::ranges::find_if(scratches, [&](const ScratchLine& line) { return axes.names().count(line.name) > 0; });
        if (const auto line = scratchLine(context.source(), first->name))
            edit.insert(
                line->begin,
                fmt::format("// {}: element i of row s lies at i * rows + s, so that neighbouring threads touch "
                            "neighbours.\n",
                            fmt::join(axes.names(), ", ")));
    }
};

}  // namespace

std::unique_ptr<Move> makeTransposeScratch() { return std::make_unique<TransposeScratch>(); }

}  // namespace warploom
