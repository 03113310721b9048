// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/RowWork.h"
#include "moves/SizeForms.h"

namespace warploom {

namespace {

using namespace clang;

/// <<<dim3(ceil_div(lat, 64), levels), 64>>> with a row of the data for each thread: the rows are counted in one line,
/// as moves that share rows have them.
class PlainRows : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "rows in one line"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto guarded = guardedKernel(kernel);
        const auto* body = kernel.kernel().getBody();
        if (launch == nullptr || kernel.kernel().isDependentContext() || kernel.kernel().getPreviousDecl() != nullptr
            || !guarded || guarded->indices.size() != 1 || guarded->indices.front().dimension != 0
            || guarded->indices.front().scale != 1 || launch->gridParts.size() < 2 || launch->blockParts.size() != 1
            || launch->shared || promisesBlocks(kernel) || declaresShared(kernel) || kernel.synchronises(body)
            || !isCovered(kernel, *launch, *guarded) || !usesLayersOnly(kernel, *guarded)
            || std::ranges::any_of(guarded->preamble,
                                   [&](const Stmt* statement) { return !kernel.accesses(statement).empty(); }))
            return std::nullopt;
        auto made = rewritten(kernel, *launch, *guarded);
        return made && hasRows(*made, kernel.name()) ? made : std::nullopt;
    }

private:
    static const ParmVarDecl* lengthOf(const KernelScope& kernel, const GuardedKernel& guarded)
    {
        const auto* bound = guarded.bounds.at(guarded.indices.front().var);
        const auto* length = llvm::dyn_cast_or_null<ParmVarDecl>(plainVariable(bound));
        return length == nullptr || !length->getType()->isIntegerType() || kernel.isModified(length)
                || !isOnlyName(kernel, length)
            ? nullptr
            : length;
    }

    /// Whether there is a thread for each number below the bound, and the guard asks for nothing else.
    static bool isCovered(const KernelScope& kernel, const LaunchLine& launch, const GuardedKernel& guarded)
    {
        const auto& directives = kernel.source().directives();
        const auto* length = lengthOf(kernel, guarded);
        const auto* compared = llvm::dyn_cast<BinaryOperator>(guarded.guard->getCond()->IgnoreParens());
        if (length == nullptr || compared == nullptr || !compared->isComparisonOp())
            return false;
        const auto form = [&](TextRange part) {
            return formOfExpression(withoutLets(directives, directives.text(part)));
        };
        const auto grid = form(launch.gridParts.front());
        const auto block = form(launch.block);
        const auto bound = form(launch.arguments[length->getFunctionScopeIndex()]);
        return grid && block && bound && *grid == quotientForm('/', *bound + *block - IndexForm::constant(1), *block);
    }

    /// Whether all that asks which block it is asks for its layer.
    static bool usesLayersOnly(const KernelScope& kernel, const GuardedKernel& guarded)
    {
        const auto index = guarded.indices.front().initialiser;
        const auto* body = kernel.kernel().getBody();
        bool fits = !callsUseBuiltins(body);
        walk(body, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            if (reference == nullptr || !isThreadBuiltin(reference))
                return fits;
            const auto* member = llvm::dyn_cast_or_null<MemberExpr>(kernel.parent(reference));
            const auto form = member == nullptr ? std::nullopt : kernel.form(member);
            const auto at = member == nullptr ? std::nullopt : kernel.source().range(member);
            fits = fits && form && at
                && (index.contains(*at) || *form == IndexForm::symbol(blockSymbol(1))
                    || *form == IndexForm::symbol(blockSymbol(2)));
            return fits;
        });
        return fits;
    }

    static std::optional<std::string> parameterFor(const KernelScope& kernel, const LaunchLine& launch,
                                                   const std::string& words)
    {
        for (const auto* parameter : kernel.kernel().parameters())
            if (kernel.source().text(launch.arguments[parameter->getFunctionScopeIndex()]) == words
                && parameter->getType()->isIntegerType() && !kernel.isModified(parameter)
                && isOnlyName(kernel, parameter))
                return parameter->getName().str();
        return std::nullopt;
    }

    static std::string grouped(const std::string& text) { return isPlainWord(text) ? text : fmt::format("({})", text); }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const LaunchLine& launch,
                                                const GuardedKernel& guarded)
    {
        const auto& source = kernel.source();
        const auto& function = kernel.kernel();
        const auto* length = lengthOf(kernel, guarded);
        const auto name = length->getName().str();
        const auto row = source.directives().freshName("row");
        const auto rows = source.directives().freshName("rows");
        std::vector<std::string> layers = {fmt::format("{} / {}", row, name)};
        auto total = grouped(source.text(launch.arguments[length->getFunctionScopeIndex()])) + " * "
            + grouped(source.text(launch.gridParts[1]));
        if (launch.gridParts.size() > 2) {
            const auto planes = parameterFor(kernel, launch, source.text(launch.gridParts[1]));
            if (!planes)
                return std::nullopt;
            layers = {fmt::format("{} / {} % {}", row, name, *planes), fmt::format("{} / {} / {}", row, name, *planes)};
            total += " * " + grouped(source.text(launch.gridParts[2]));
        }
        const auto first = source.statementRange(kernel.statements().front());
        const auto last = source.range(function.getParamDecl(function.getNumParams() - 1)->getSourceRange());
        const auto condition = source.range(guarded.guard->getCond());
        const auto& index = guarded.indices.front();
        if (!first || !last || !condition)
            return std::nullopt;
        SourceEdit edit(source.text());
        bool isKnown = true;
        walk(function.getBody(), [&](const Stmt* node) {
            const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(node);
            const auto* member = llvm::dyn_cast<MemberExpr>(pseudo != nullptr ? pseudo->getSyntacticForm() : node);
            const auto form = member == nullptr ? std::nullopt : kernel.form(member);
            for (std::size_t i = 0; i < 2; ++i) {
                if (form != IndexForm::symbol(blockSymbol(static_cast<int>(i) + 1)))
                    continue;
                isKnown = isKnown && i < layers.size();
                if (isKnown)
                    edit.replace(*source.range(member),
                                 fmt::format("{}({})", isPlace(kernel, node) ? "int" : "unsigned", layers[i]));
            }
            return pseudo == nullptr;
        });
        if (!isKnown)
            return std::nullopt;
        insertBefore(edit, source, *first,
                     fmt::format("{}const long long {} = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;\n",
                                 indentationAt(source.text(), first->begin), row));
        edit.replace(index.initialiser, initialiserText(source, index.var, fmt::format("{} % {}", row, name)));
        edit.replace(*condition, fmt::format("{} {} {}", row, guarded.returnsEarly ? ">=" : "<", rows));
        edit.insert(last->end, fmt::format(", long long {}", rows));
        edit.insert(launch.arguments.back().end, fmt::format(", {}", total));
        edit.replace(launch.grid, fmt::format("ceil_div({}, {})", total, source.text(launch.block)));
        return edit.apply();
    }

    /// Whether rows are summed up, which threads can share: else columns and planes are better off in a grid of their
    /// own.
    static bool hasRows(const std::string& text, const std::string& name)
    {
        const auto source = ParsedSource::parse(text, "rows.cu");
        if (!source)
            return false;
        for (const auto* function : (*source)->kernels()) {
            const KernelScope kernel(**source, *function);
            const auto guarded = kernel.name() == name ? guardedKernel(kernel) : std::nullopt;
            const auto work = guarded ? rowWork(kernel, *guarded) : std::nullopt;
            if (work)
                return std::ranges::any_of(work->loops, [](const auto& loop) { return !loop.reductions.empty(); })
                    && std::ranges::all_of(work->loops, [](const auto& loop) { return loop.written.empty(); });
        }
        return false;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainRows() { return std::make_unique<PlainRows>(); }

}  // namespace warploom
