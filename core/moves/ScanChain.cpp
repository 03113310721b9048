// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ScanChain.h"

#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"

namespace warploom {

using namespace clang;

namespace {

/// One thread a chunk works through it: chunk * length, …, below (chunk + 1) * length and the count.
struct ChunkKernel {
    const KernelScope* kernel = nullptr;
    const LaunchLine* launch = nullptr;
    RunningFold fold;
    IndexForm chunk;
    std::string chunks;  ///< how many, as the launch has it
    std::string length;
    std::string count;  ///< empty when chunks * length is all
    std::string end;  ///< the count in the kernel's words
};

/// One thread works through everything.
struct SoloKernel {
    const KernelScope* kernel = nullptr;
    const LaunchLine* launch = nullptr;
    RunningFold fold;
    std::string count;
    std::string end;
};

bool isSimple(const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    return !kernel.kernel().isDependentContext() && launches.size() == 1
        && launches.front()->arguments.size() == kernel.kernel().getNumParams() && !launches.front()->shared
        && isPlainLaunch(kernel.source(), *launches.front());
}

bool isKnownConstant(const KernelScope& kernel, const Expr* expression, std::optional<double> value = std::nullopt)
{
    Expr::EvalResult result;
    if (!expression->EvaluateAsRValue(result, kernel.source().context()))
        return false;
    if (!value)
        return result.Val.isInt() || result.Val.isFloat();
    return (result.Val.isInt() && static_cast<double>(result.Val.getInt().getExtValue()) == *value)
        || (result.Val.isFloat() && result.Val.getFloat().convertToDouble() == *value);
}

/// The only part that is one element of an array: `a[i]`, perhaps through a local.
std::optional<Access> plainElement(const KernelScope& kernel, const Expr* expression)
{
    const Expr* plain = expression->IgnoreParenImpCasts();
    if (const auto* var = plainVariable(plain);
        var != nullptr && var->isLocalVarDecl() && var->hasInit() && !kernel.isModified(var))
        return plainElement(kernel, var->getInit());
    const auto accesses = kernel.accesses(plain);
    return accesses.size() == 1 && accesses[0].expression == plain && accesses[0].base != nullptr && accesses[0].index
        ? std::optional(accesses[0])
        : std::nullopt;
}

/// Whether \p part does the same whichever thread and block runs it, but for what \p fold says.
bool usesNothingElse(const KernelScope& kernel, const RunningFold& fold, const Stmt* part)
{
    bool isPlain = true;
    std::set<const VarDecl*> known{fold.var, fold.reduction.var};
    for (const auto* local : fold.locals)
        for (const auto* one : local->decls())
            known.insert(llvm::cast<VarDecl>(one));
    walk(part, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        const auto name = reference == nullptr ? llvm::StringRef() : identifierOf(reference->getDecl());
        const bool isPlace = name == "threadIdx" || name == "blockIdx" || name == "blockDim" || name == "gridDim";
        const bool isParameter = llvm::isa_and_nonnull<ParmVarDecl>(var) && !kernel.isModified(var);
        isPlain =
            isPlain && !isPlace && (var == nullptr || isParameter || known.count(var) > 0 || var->isFileVarDecl());
        return isPlain;
    });
    return isPlain;
}

/// Tunables that the kernel names outside of what it does with one element: its analysis knows only their defaults.
std::set<std::string> tunesAround(const KernelScope& kernel, const RunningFold& fold)
{
    const auto& source = kernel.source();
    const auto whole = source.range(kernel.kernel().getBody());
    const auto body = source.range(fold.loop->getBody());
    std::set<std::string> names;
    if (!whole || !body)
        return {std::string()};
    for (const auto& tune : source.directives().tunes())
        if (mentions(source.text({whole->begin, body->begin}), tune.name)
            || mentions(source.text({body->end, whole->end}), tune.name))
            names.insert(tune.name);
    return names;
}

/// Whether where a chunk begins and ends is written with \p tune and no other number.
bool namesLength(const KernelScope& kernel, const RunningFold& fold, const std::string& tune)
{
    bool isNamed = true;
    const std::function<void(const Stmt*)> look = [&](const Stmt* part) {
        walk(part, [&](const Stmt* node) {
            const auto* literal = llvm::dyn_cast<IntegerLiteral>(node);
            isNamed =
                isNamed && (literal == nullptr || kernel.source().text(literal) == tune || literal->getValue().ule(1));
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var != nullptr && var->isLocalVarDecl() && var->hasInit() && var != fold.var)
                look(var->getInit());
            return true;
        });
    };
    look(fold.first);
    for (const Expr* bound : fold.bounds)
        look(bound);
    return isNamed;
}

/// Length of a chunk as launches write it: where it is a tunable, by its name.
std::optional<std::string> lengthWords(const KernelScope& kernel, const LaunchLine& launch, const RunningFold& fold,
                                       const IndexForm& length)
{
    auto names = tunesAround(kernel, fold);
    names.erase(kernel.source().text(launch.block));
    if (names.empty())
        return hostWords(kernel, launch, length);
    const auto* tune = names.size() == 1 ? kernel.source().directives().findTune(*names.begin()) : nullptr;
    const auto* first = fold.first->IgnoreParenImpCasts();
    if (const auto* var = plainVariable(first); var != nullptr && var->isLocalVarDecl() && var->hasInit())
        first = var->getInit()->IgnoreParenImpCasts();
    const auto* product = llvm::dyn_cast<BinaryOperator>(first);
    if (tune == nullptr || product == nullptr || product->getOpcode() != BO_Mul
        || length.constantValue() != tune->values.front())
        return std::nullopt;
    const bool isIt =
        kernel.source().text(product->getRHS()) == tune->name || kernel.source().text(product->getLHS()) == tune->name;
    return isIt && namesLength(kernel, fold, tune->name) ? std::optional(tune->name) : std::nullopt;
}

/// Text of \p bound for another kernel with the same parameters; empty when it needs locals of this one.
std::string parameterText(const KernelScope& kernel, const Expr* bound)
{
    bool hasLocals = false;
    walk(bound, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        hasLocals = hasLocals || (var != nullptr && var->isLocalVarDecl());
        return !hasLocals;
    });
    return hasLocals ? std::string() : kernel.source().text(bound);
}

std::optional<ChunkKernel> chunkKernel(const KernelScope& kernel)
{
    const auto guarded = isSimple(kernel) && hasLinearLaunches(kernel) ? guardedKernel(kernel) : std::nullopt;
    if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0
        || usesBuiltinsElsewhere(kernel, *guarded))
        return std::nullopt;
    auto body = guarded->body;
    body.insert(body.begin(), guarded->preamble.begin(), guarded->preamble.end());
    auto fold = runningFold(kernel, body);
    if (!fold || !usesNothingElse(kernel, *fold, fold->loop->getBody()))
        return std::nullopt;
    ChunkKernel found{&kernel, kernel.launches().front(), *fold, {}, {}, {}, {}, {}};
    const auto chunk = kernel.form(guarded->indices[0].var->getInit());
    const auto first = kernel.form(fold->first);
    const auto length = first ? first->coefficient(threadSymbol(0)) : std::nullopt;
    const auto words = length ? lengthWords(kernel, *found.launch, *fold, *length) : std::nullopt;
    const auto chunks = hostWords(kernel, *found.launch, guarded->bounds.begin()->second);
    if (!chunk || !words || !chunks || *first != *chunk * *length || length->dependsOn(threadSymbol(0)))
        return std::nullopt;
    found.chunk = *chunk;
    found.length = *words;
    found.chunks = *chunks;
    bool hasEnd = false;
    for (const Expr* bound : fold->bounds)
        for (const Expr* part : partsOfMinimum(kernel, bound)) {
            const auto form = kernel.form(part);
            if (form && *form == *first + *length) {
                hasEnd = true;
                continue;
            }
            const auto count = hostWords(kernel, *found.launch, part);
            if (!count || !found.count.empty())
                return std::nullopt;
            found.count = *count;
            found.end = parameterText(kernel, part);
        }
    return hasEnd ? std::optional(found) : std::nullopt;
}

/// Body that the first thread runs, without `if (threadIdx.x == 0)`; empty when others may run it.
std::vector<const Stmt*> soloBody(const KernelScope& kernel)
{
    const auto& directives = kernel.source().directives();
    const auto& launch = *kernel.launches().front();
    const auto isOne = [&](TextRange range) { return directives.value(range) == 1; };
    if (!std::ranges::all_of(launch.gridParts, isOne) || !std::ranges::all_of(launch.blockParts, isOne))
        return {};
    auto statements = kernel.statements();
    const auto isFirst = [&](const Expr* condition, BinaryOperatorKind wanted) {
        const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
        const auto left = comparison == nullptr ? std::nullopt : kernel.form(comparison->getLHS());
        const auto right = comparison == nullptr ? std::nullopt : kernel.form(comparison->getRHS());
        return left && right && right->isZero() && comparison->getOpcode() == wanted
            && (*left == IndexForm::symbol(threadSymbol(0)) || *left == IndexForm::symbol(blockSymbol(0)));
    };
    const auto* guard = statements.empty() ? nullptr : llvm::dyn_cast<IfStmt>(statements.front());
    if (guard == nullptr || guard->getElse() != nullptr)
        return statements;
    if (statements.size() == 1 && isFirst(guard->getCond(), BO_EQ))
        if (const auto* compound = llvm::dyn_cast<CompoundStmt>(guard->getThen()))
            return {compound->body_begin(), compound->body_end()};
    if (!isFirst(guard->getCond(), BO_NE) || !llvm::isa<ReturnStmt>(guard->getThen()))
        return {};
    statements.erase(statements.begin());
    return statements;
}

std::optional<SoloKernel> soloKernel(const KernelScope& kernel)
{
    const auto body = isSimple(kernel) ? soloBody(kernel) : std::vector<const Stmt*>();
    const auto fold = body.empty() ? std::nullopt : runningFold(kernel, body);
    const auto first = fold ? kernel.form(fold->first) : std::nullopt;
    if (!fold || !first || !first->isZero() || fold->bounds.size() != 1 || fold->writes.empty()
        || !usesNothingElse(kernel, *fold, fold->loop->getBody()) || !endsAlone(kernel, *fold)
        || !std::ranges::all_of(fold->after, [&](const Stmt* one) { return usesNothingElse(kernel, *fold, one); }))
        return std::nullopt;
    SoloKernel found{&kernel, kernel.launches().front(), *fold, {}, {}};
    const auto count = hostWords(kernel, *found.launch, fold->bounds[0]);
    if (!count)
        return std::nullopt;
    found.count = *count;
    found.end = parameterText(kernel, fold->bounds[0]);
    const auto tunes = tunesAround(kernel, *fold);
    if (!tunes.empty() && tunes != std::set{found.end})
        return std::nullopt;
    if (!tunes.empty())
        found.count = found.end;
    return found;
}

std::string argumentText(const KernelScope& kernel, const VarDecl* parameter)
{
    const auto& launch = *kernel.launches().front();
    for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i)
        if (kernel.kernel().getParamDecl(i) == parameter)
            return kernel.source().text(launch.arguments[i]);
    return {};
}

class ChainFinder {
public:
    ChainFinder(const MoveContext& context, const ChunkKernel& folds, const SoloKernel& scans,
                const ChunkKernel& writes)
        : m_context(context)
        , m_folds(folds)
        , m_scans(scans)
        , m_writes(writes)
    {
    }

    [[nodiscard]] std::optional<ScanChain> chain() const
    {
        if (!foldsAlike() || !isHandedOn() || !startsRight() || !passesApart(*m_writes.kernel, m_writes.fold.written)
            || !isAlone(m_context, {m_folds.launch, m_scans.launch, m_writes.launch}))
            return std::nullopt;
        ScanChain found{{m_folds.kernel, m_scans.kernel, m_writes.kernel}, m_writes.fold, {}, {}, {}, {}};
        found.start = m_context.source().text(m_scans.fold.start());
        const auto& directives = m_context.directives();
        const auto chunks = withoutLets(directives, m_writes.chunks);
        const auto all = fmt::format("({}) * ({})", m_writes.chunks, m_writes.length);
        // As many chunks as it takes, or fewer.
        if (m_writes.count.empty())
            found.count = all;
        else if (chunks == withoutLets(directives, fmt::format("ceil_div({}, {})", m_writes.count, m_writes.length))) {
            found.count = m_writes.count;
            found.end = m_writes.end;
        } else {
            found.count = fmt::format("min({}, {})", m_writes.count, all);
        }
        for (const auto& scratch : {totals(), offsets()})
            if (std::ranges::find(found.scratches, scratch) == found.scratches.end())
                found.scratches.push_back(scratch);
        return found.start.empty() ? std::nullopt : std::optional(found);
    }

private:
    [[nodiscard]] bool foldsAlike() const
    {
        const auto& context = m_context.source().context();
        const auto isLike = [&](const RunningFold& other) {
            const auto& own = m_writes.fold;
            return other.reduction.operation == own.reduction.operation
                && other.reduction.function == own.reduction.function && other.isNegated == own.isNegated
                && context.hasSameUnqualifiedType(other.type(), own.type());
        };
        const auto words = [&](const ChunkKernel& one, const Expr* part) {
            return part == nullptr ? std::optional(std::string())
                                   : canonicalWords(*one.kernel, *one.launch, part, one.fold.var);
        };
        const auto& a = m_folds.fold;
        const auto& b = m_writes.fold;
        bool isSame = isLike(a) && isLike(m_scans.fold) && a.factors.size() == b.factors.size() && a.writes.empty()
            && !b.writes.empty() && b.after.empty() && m_scans.fold.after.empty() && !m_scans.fold.isNegated
            && m_scans.fold.condition == nullptr && m_folds.length == m_writes.length
            && m_folds.count == m_writes.count;
        for (std::size_t i = 0; isSame && i < a.factors.size(); ++i)
            isSame = words(m_folds, a.factors[i]) && words(m_folds, a.factors[i]) == words(m_writes, b.factors[i]);
        const auto condition = words(m_folds, a.condition);
        const auto& directives = m_context.directives();
        const auto chunks = withoutLets(directives, m_writes.chunks);
        return isSame && condition && condition == words(m_writes, b.condition)
            && chunks == withoutLets(directives, m_folds.chunks) && chunks == withoutLets(directives, m_scans.count);
    }

    /// What the first kernel leaves for each chunk.
    [[nodiscard]] std::optional<Access> left() const
    {
        const auto* store =
            m_folds.fold.after.size() == 1 ? llvm::dyn_cast<BinaryOperator>(m_folds.fold.after.front()) : nullptr;
        if (store == nullptr || store->getOpcode() != BO_Assign
            || plainVariable(store->getRHS()) != m_folds.fold.reduction.var)
            return std::nullopt;
        const auto target = plainElement(*m_folds.kernel, store->getLHS());
        return target && *target->index == m_folds.chunk ? target : std::nullopt;
    }

    /// What a chunk of the last kernel begins with: its own offset, or the fold up to the end of the one before.
    [[nodiscard]] std::optional<Access> taken() const
    {
        const auto& kernel = *m_writes.kernel;
        const auto* start = m_writes.fold.start()->IgnoreParenImpCasts();
        if (!isInclusive()) {
            const auto element = plainElement(kernel, start);
            return element && *element->index == m_writes.chunk ? element : std::nullopt;
        }
        const auto* choice = llvm::dyn_cast<ConditionalOperator>(start);
        const auto* comparison =
            choice == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
        const auto left = comparison == nullptr ? std::nullopt : kernel.form(comparison->getLHS());
        const auto right = comparison == nullptr ? std::nullopt : kernel.form(comparison->getRHS());
        if (!left || !right || *left != m_writes.chunk || !right->isZero())
            return std::nullopt;
        const bool isFirst = comparison->getOpcode() == BO_EQ;
        if (!isFirst && comparison->getOpcode() != BO_GT && comparison->getOpcode() != BO_NE)
            return std::nullopt;
        const auto* constant = isFirst ? choice->getTrueExpr() : choice->getFalseExpr();
        const auto element = plainElement(kernel, isFirst ? choice->getFalseExpr() : choice->getTrueExpr());
        const auto& source = kernel.source();
        return element && *element->index == m_writes.chunk - IndexForm::constant(1)
                && source.text(constant) == source.text(m_scans.fold.start())
            ? element
            : std::nullopt;
    }

    [[nodiscard]] std::optional<Access> scanned() const
    {
        const auto& fold = m_scans.fold;
        const auto element = fold.factors.size() == 1 ? plainElement(*m_scans.kernel, fold.factors[0]) : std::nullopt;
        const auto own = IndexForm::symbol(m_scans.kernel->symbolOf(fold.var));
        return element && *element->index == own ? element : std::nullopt;
    }

    /// Whether each chunk's offset holds its own total already.
    [[nodiscard]] bool isInclusive() const
    {
        return m_scans.fold.writes.size() == 1 && m_scans.fold.writes[0].afterUpdate;
    }

    /// `offsets[c] = acc;`
    [[nodiscard]] std::optional<Access> scanWrite() const
    {
        const auto& fold = m_scans.fold;
        const auto* store =
            fold.writes.size() == 1 ? llvm::dyn_cast<BinaryOperator>(fold.writes[0].statement) : nullptr;
        if (store == nullptr || store->getOpcode() != BO_Assign || plainVariable(store->getRHS()) != fold.reduction.var)
            return std::nullopt;
        const auto target = plainElement(*m_scans.kernel, store->getLHS());
        const auto own = IndexForm::symbol(m_scans.kernel->symbolOf(fold.var));
        return target && *target->index == own ? target : std::nullopt;
    }

    /// Chunks' totals go from the first to the second, what precedes them from there to the third, unchanged.
    [[nodiscard]] bool isHandedOn() const
    {
        const auto& context = m_context.source().context();
        const auto isOfType = [&](const std::optional<Access>& access) {
            return access
                && context.hasSameUnqualifiedType(innermostElement(access->base->getType()), m_writes.fold.type());
        };
        const auto own = scanned();
        return isOfType(left()) && isOfType(own) && isOfType(scanWrite()) && isOfType(taken())
            && argumentText(*m_folds.kernel, left()->base) == totals()
            && argumentText(*m_writes.kernel, taken()->base) == offsets() && isOwnScratch(totals())
            && isOwnScratch(offsets()) && (own->base == scanWrite()->base || totals() != offsets());
    }

    [[nodiscard]] std::string totals() const { return argumentText(*m_scans.kernel, scanned()->base); }
    [[nodiscard]] std::string offsets() const { return argumentText(*m_scans.kernel, scanWrite()->base); }

    /// Whether \p name is a scratch that no other launch gets and no kernel gets twice.
    [[nodiscard]] bool isOwnScratch(const std::string& name) const
    {
        const auto& source = m_context.source();
        int uses = 0;
        for (const auto& launch : m_context.directives().launches())
            for (const auto& argument : launch.arguments)
                uses += mentions(source.text(argument), name) ? 1 : 0;
        const int own = totals() == offsets() ? 3 : 2;
        return uses == own && scratchLine(source, name);
    }

    /// Chunks begin with what changes nothing.
    [[nodiscard]] bool startsRight() const
    {
        const auto* first = m_folds.fold.start();
        const auto* start = m_scans.fold.start();
        const auto& source = m_context.source();
        const auto operation = m_writes.fold.reduction.operation;
        if (!isKnownConstant(*m_scans.kernel, start) || !isKnownConstant(*m_folds.kernel, first))
            return false;
        if (operation == ReductionOperation::Sum || operation == ReductionOperation::Product)
            return isKnownConstant(*m_folds.kernel, first, operation == ReductionOperation::Sum ? 0 : 1);
        return !source.text(start).empty() && source.text(start) == source.text(first);
    }

    const MoveContext& m_context;
    const ChunkKernel& m_folds;
    const SoloKernel& m_scans;
    const ChunkKernel& m_writes;
};

/// The scan that one thread makes of everything.
std::optional<ScanChain> soloChain(const MoveContext& context, const SoloKernel& found)
{
    bool isSettled = true;
    walk(found.fold.start(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isSettled = isSettled && (var == nullptr || llvm::isa<ParmVarDecl>(var)) && !llvm::isa<CallExpr>(node);
        return isSettled;
    });
    const auto written = arraysWritten(*found.kernel, found.fold);
    for (const auto& access : found.kernel->accesses(found.fold.start()))
        isSettled = isSettled && access.base != nullptr && written.count(access.base) == 0;
    ScanChain chain{{found.kernel}, found.fold, context.source().text(found.fold.start()), found.count, found.end, {}};
    return isSettled && !chain.start.empty() && passesApart(*found.kernel, written) ? std::optional(chain)
                                                                                    : std::nullopt;
}

}  // namespace

std::vector<ScanChain> scanChains(const MoveContext& context)
{
    std::vector<ScanChain> chains;
    std::vector<ChunkKernel> chunks;
    std::vector<SoloKernel> solos;
    for (const auto& kernel : context.kernels()) {
        if (const auto chunk = chunkKernel(kernel))
            chunks.push_back(*chunk);
        if (const auto solo = soloKernel(kernel))
            solos.push_back(*solo);
    }
    std::set<const KernelScope*> used;
    for (const auto& folds : chunks)
        for (const auto& scans : solos)
            for (const auto& writes : chunks)
                if (&folds != &writes)
                    if (const auto chain = ChainFinder(context, folds, scans, writes).chain()) {
                        used.insert(scans.kernel);
                        chains.push_back(*chain);
                    }
    for (const auto& solo : solos)
        if (used.count(solo.kernel) == 0)
            if (const auto chain = soloChain(context, solo))
                chains.push_back(*chain);
    return chains;
}

}  // namespace warploom
