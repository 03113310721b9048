// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IndexExtremum.h"
#include "moves/JointRowReader.h"
#include "moves/PlainLaunch.h"
#include "moves/Reduction.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether each thread of its own may leave the loop whose body this is before its end.
bool leavesEarly(const KernelScope& kernel, const Stmt* body)
{
    bool leaves = false;
    walk(body, [&](const Stmt* node) {
        leaves = leaves || llvm::isa<ReturnStmt, GotoStmt>(node);
        if (llvm::isa<BreakStmt>(node)) {
            const Stmt* above = kernel.parent(node);
            while (above != nullptr && !llvm::isa<ForStmt, WhileStmt, DoStmt, SwitchStmt>(above))
                above = kernel.parent(above);
            leaves = leaves || above == nullptr || above == kernel.parent(body);
        }
        return !leaves;
    });
    return leaves;
}

std::string wordOfFold(ReductionOperation operation)
{
    return operation == ReductionOperation::Sum ? "+" : operation == ReductionOperation::Max ? "max" : "min";
}

}  // namespace

bool JointRowReader::loop(const ForStmt* loop, const Mask& mask)
{
    if (!differs(loop))
        return keepWhole(loop, mask);
    const auto counted = m_kernel.countedLoop(loop);
    if (counted && mask == m_threads.everyone() && differs(counted->start))
        return sharedLoop(*counted);
    if (simulate(loop, mask))
        return true;
    return mask == m_threads.everyone() && (nestedLoops(loop) || commonLoop(loop));
}

/// for (i = a thread's own number; i < bound; i += how many there are): one thread does all of it.
bool JointRowReader::sharedLoop(const CountedLoop& loop)
{
    const auto everyone = m_threads.everyone();
    const auto* body = loop.statement->getBody();
    const auto starts = m_threads.values(loop.start);
    const auto steps = loop.step == nullptr ? std::nullopt : m_threads.values(loop.step);
    const auto start = m_source.range(loop.start);
    const auto step = m_source.range(loop.statement->getInc());
    if (!starts || !steps || !start || !step || !steps->front().isPlainNumber()
        || std::ranges::any_of(*steps, [&](const auto& one) { return one != steps->front(); }))
        return false;
    const auto stride = strideOf(*starts, steps->front().number);
    if (!stride || leavesEarly(m_kernel, body))
        return false;
    std::map<const VarDecl*, std::string> folds;
    const bool findsPlaces = foldsPlaces(loop, folds);
    for (const auto* var : changedIn(body)) {
        if (isDeclaredWithin(var, loop.statement) || findsPlaces)
            continue;
        const auto word = foldInto(var, loop.statement);
        if (!word)
            return false;
        folds[var] = *word;
    }
    for (const auto& [var, word] : folds)
        if (m_variables[var].standing == Standing::Constant)
            materialise(var);
    auto before = m_variables;
    for (const auto& [var, word] : folds)
        m_variables[var].standing = Standing::Kept;
    noteEffects(body);
    const bool isKept = keep(loop.bound, everyone) && keep(body, everyone);
    for (const auto& [var, word] : folds)
        m_variables[var] = before[var];
    if (!isKept)
        return false;
    if (findsPlaces)
        sharePlaces(loop);
    else
        for (const auto& [var, word] : folds)
            share(var, word);
    const auto text = startOfOne(loop, starts->front());
    if (!text)
        return false;
    const auto name = loop.var->getName().str();
    m_row.changes.push_back({*start, *text});
    m_row.changes.push_back({*step, *stride == 1 ? "++" + name : fmt::format("{} += {}", name, *stride)});
    m_hasShared = true;
    return true;
}

bool JointRowReader::foldsPlaces(const CountedLoop& loop, std::map<const VarDecl*, std::string>& folds) const
{
    for (const auto& extremum : indexExtremaOf(m_kernel, loop))
        for (const auto* var : {extremum.value, extremum.index}) {
            const auto known = m_variables.find(var);
            // All threads begin with the same, so that what displaces it is better in whichever thread.
            if (known == m_variables.end() || known->second.mask != m_threads.everyone()
                || (known->second.standing != Standing::Kept && known->second.standing != Standing::Constant)) {
                folds.clear();
                return false;
            }
            folds[var] = var == extremum.value ? firstWord(extremum.isMaximum) : "place";
        }
    return !folds.empty();
}

void JointRowReader::sharePlaces(const CountedLoop& loop)
{
    for (const auto& extremum : indexExtremaOf(m_kernel, loop)) {
        share(extremum.value, firstWord(extremum.isMaximum));
        share(extremum.index, placeWord(m_variables[extremum.value].tree->symbol));
    }
}

std::optional<std::string> JointRowReader::foldInto(const VarDecl* var, const ForStmt* loop)
{
    const auto& known = m_variables[var];
    const auto fold = reductionOf(m_kernel, var, loop);
    if (!fold || fold->operation == ReductionOperation::Product || known.mask != m_threads.everyone())
        return std::nullopt;
    auto word = wordOfFold(fold->operation);
    const bool goesOn = known.standing == Standing::Partial && known.tree->text == word;
    const bool isNew = known.standing == Standing::Kept || known.standing == Standing::Constant;
    if (!goesOn && (!isNew || (word == "+" && !isZero(known.tree))))
        return std::nullopt;
    return word;
}

void JointRowReader::share(const VarDecl* var, const std::string& word)
{
    auto& known = m_variables[var];
    Value tree;
    tree.kind = ValueKind::Fold;
    tree.text = word;
    tree.symbol = fmt::format("{}@{}", var->getName().str(), ++known.version);
    // Sums of other variables, or of fewer elements, are others, however alike they begin.
    Value own = *nameTree(var->getName().str(), known.version);
    own.base = var;
    tree.operands = {known.standing == Standing::Partial ? known.tree->operands.front()
                         : known.tree != nullptr         ? known.tree
                                                         : numberValue("?"),
                     std::make_shared<const Value>(std::move(own))};
    tree.isShare = true;
    known.standing = Standing::Partial;
    known.tree = std::make_shared<const Value>(std::move(tree));
    m_folds[known.tree->symbol] = var;
    m_threads.forget(var);
}

/// for (image…) for (i = a thread's own number…) sum += …; all threads go through the outer loop, and go on with their
/// parts of the sum each time. Before the first they have parts of nothing.
bool JointRowReader::nestedLoops(const ForStmt* loop)
{
    std::map<const VarDecl*, std::string> folds;
    if (!isCommon(loop) || m_kernel.synchronises(loop->getBody()) || leavesEarly(m_kernel, loop->getBody()))
        return false;
    for (const auto* var : changedIn(loop->getBody())) {
        if (isDeclaredWithin(var, loop))
            continue;
        const auto word = foldInto(var, loop);
        if (!word)
            return false;
        folds[var] = *word;
    }
    if (folds.empty())
        return false;
    const auto variables = m_variables;
    const auto row = m_row;
    const auto numbers = m_numbers;
    const auto conditionals = m_conditionals;
    const auto threads = m_threads.state();
    for (const auto& [var, word] : folds) {
        if (m_variables[var].standing == Standing::Constant)
            materialise(var);
        share(var, word);
    }
    Variable counter;
    counter.mask = m_threads.everyone();
    counter.scope = m_scopes.back();
    m_variables[llvm::cast<VarDecl>(llvm::cast<DeclStmt>(loop->getInit())->getSingleDecl())] = counter;
    const bool hadShared = std::exchange(m_hasShared, false);
    const bool areParts =
        run(loop->getBody(), m_threads.everyone()) && m_hasShared && std::ranges::all_of(folds, [&](const auto& fold) {
            const auto& known = m_variables[fold.first];
            return known.standing == Standing::Partial && known.tree->text == fold.second;
        });
    m_hasShared = m_hasShared || hadShared;
    if (areParts)
        return true;
    m_hasShared = hadShared;
    m_variables = variables;
    m_row = row;
    m_numbers = numbers;
    m_conditionals = conditionals;
    m_threads.restore(threads);
    return false;
}

/// Where the loop begins for a thread that does all of it: what its start has but for the thread's number. \p first is
/// the start of the first thread.
std::optional<std::string> JointRowReader::startOfOne(const CountedLoop& loop, const LaneValue& first) const
{
    if (first.form.isZero())
        return std::to_string(first.number);
    const auto* sum = llvm::dyn_cast<BinaryOperator>(loop.start->IgnoreParenImpCasts());
    if (sum == nullptr || sum->getOpcode() != BO_Add || first.number != 0)
        return std::nullopt;
    const auto* common = differs(sum->getLHS()) ? sum->getRHS() : sum->getLHS();
    const auto text = differs(common) ? std::string() : m_source.text(common);
    return text.empty() ? std::nullopt : std::optional(text);
}

/// How many iterations in a row are one thread's, where those of a team do all of them, each one once.
std::optional<std::int64_t> JointRowReader::strideOf(const BlockThreads::Lanes& starts, std::int64_t step) const
{
    const auto& first = starts.front();
    const auto stride = step / m_size;
    if (step < 1 || step % m_size != 0 || first.kind != LaneValue::Kind::Number || first.number < 0
        || first.number >= stride)
        return std::nullopt;
    for (int lane = 0; lane < m_threads.threads(); ++lane) {
        const auto& one = starts[static_cast<std::size_t>(lane)];
        if (one.kind != LaneValue::Kind::Number || one.form != first.form
            || one.number != first.number + rankOf(lane) * stride)
            return std::nullopt;
    }
    return stride;
}

bool JointRowReader::isCommon(const ForStmt* loop) const
{
    const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
    const auto* var = declaration != nullptr && declaration->isSingleDecl()
        ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
        : nullptr;
    return var != nullptr && var->hasInit() && loop->getCond() != nullptr && loop->getInc() != nullptr
        && !differs(loop->getInit()) && !differs(loop->getCond()) && !differs(loop->getInc());
}

/// A loop that all threads go through alike, with something in it that they do together: done twice, to see what its
/// end leaves to its beginning.
bool JointRowReader::commonLoop(const ForStmt* loop)
{
    if (!isCommon(loop) || !llvm::isa<CompoundStmt>(loop->getBody()) || m_kernel.containsReturn(loop->getBody())
        || m_row.rows != 1)
        return false;
    const auto* var = llvm::cast<VarDecl>(llvm::cast<DeclStmt>(loop->getInit())->getSingleDecl());
    const auto everyone = m_threads.everyone();
    const auto start = m_source.range(var->getInit());
    const auto* step = llvm::dyn_cast<CompoundAssignOperator>(loop->getInc()->IgnoreParenImpCasts());
    const auto by = step == nullptr ? std::nullopt : m_kernel.form(step->getRHS());
    const bool isGrid = start && step != nullptr && step->getOpcode() == BO_AddAssign && m_source.range(step->getRHS())
        && by == IndexForm::symbol(gridSizeSymbol(0))
        && m_kernel.form(var->getInit()) == IndexForm::symbol(blockSymbol(0));
    // The same in blocks of one thread, and how others say it.
    if (isGrid) {
        m_row.changes.push_back({*start, "blockIdx.x * blockDim.x + threadIdx.x"});
        m_row.changes.push_back({*m_source.range(step->getRHS()), "gridDim.x * blockDim.x"});
    }
    materialiseWithin(loop->getBody());
    m_actsAlways = true;  // conditions within are of each turn
    Variable counter;
    counter.mask = everyone;
    counter.scope = m_scopes.back();
    m_variables[var] = counter;
    const auto before = m_variables;
    forgetWithin(loop->getBody());
    if (!run(loop->getBody(), everyone))
        return false;
    const auto written = m_row;
    forgetWithin(loop->getBody());
    if (!run(loop->getBody(), everyone))
        return false;
    m_row = written;
    mergeAfter(loop->getBody(), before);
    return true;
}

bool JointRowReader::choose(const IfStmt* choice, const Mask& mask)
{
    if (!differs(choice))
        return keepWhole(choice, mask);
    if (choice->hasInitStorage() || choice->hasVarStorage())
        return false;
    if (differs(choice->getCond()) && simulate(choice, mask))
        return true;
    if (choice->getElse() != nullptr)
        return false;
    return chooseTogether(choice, mask);
}

/// if (threadIdx.x == 0 && row < rows): those of whom the threads' parts hold do the rest.
bool JointRowReader::chooseTogether(const IfStmt* choice, const Mask& mask)
{
    auto inside = mask;
    std::vector<const Expr*> common;
    for (const Expr* part : partsOf(choice->getCond(), BO_LAnd)) {
        const auto lanes = differs(part) ? m_threads.values(part, mask) : std::nullopt;
        bool areNumbers = lanes.has_value();
        for (int lane = 0; lane < m_threads.threads() && areNumbers; ++lane)
            areNumbers =
                !mask.test(static_cast<std::size_t>(lane)) || (*lanes)[static_cast<std::size_t>(lane)].isPlainNumber();
        if (!areNumbers) {
            common.push_back(part);
            continue;
        }
        for (int lane = 0; lane < m_threads.threads(); ++lane)
            if (mask.test(static_cast<std::size_t>(lane)) && (*lanes)[static_cast<std::size_t>(lane)].number == 0)
                inside.reset(static_cast<std::size_t>(lane));
    }
    if (!hasAllTeams(inside) || m_kernel.containsReturn(choice->getThen()))
        return false;
    return chooseFor(choice, common, inside);
}

bool JointRowReader::chooseFor(const IfStmt* choice, const std::vector<const Expr*>& conditions, const Mask& mask)
{
    const auto whole = m_source.range(choice);
    const auto inner = m_source.range(choice->getThen());
    const auto condition = m_source.range(choice->getCond());
    const auto* list = llvm::dyn_cast<CompoundStmt>(choice->getThen());
    if (!whole || !inner || !condition)
        return false;
    if (conditions.empty()) {
        const bool declares = list != nullptr
            && std::ranges::any_of(list->body(), [](const Stmt* one) { return llvm::isa<DeclStmt>(one); });
        if (list == nullptr || declares) {
            m_row.removed.push_back({whole->begin, inner->begin});
            return run(choice->getThen(), mask);
        }
        m_row.removed.push_back({whole->begin, inner->begin + 1});
        m_row.removed.push_back({inner->end - 1, inner->end});
        return runAll(list, mask);
    }
    materialiseWithin(choice->getThen());
    const auto before = m_variables;
    const bool hadLeft = std::exchange(m_haveLeft, m_haveLeft || m_row.rows != 1);
    const auto parts = partsOf(choice->getCond(), BO_LAnd);
    if (conditions.size() == parts.size()) {
        if (!keep(choice->getCond(), mask))
            return false;
    } else {
        std::string text;
        for (const Expr* one : conditions) {
            if (differs(one))
                return false;
            const auto* weaker = llvm::dyn_cast<BinaryOperator>(one->IgnoreImpCasts());
            const bool isWeaker = llvm::isa<ConditionalOperator>(one->IgnoreImpCasts())
                || (weaker != nullptr
                    && (weaker->getOpcode() == BO_LOr || weaker->isAssignmentOp() || weaker->isCommaOp()));
            const auto words = m_source.text(one);
            text += (text.empty() ? "" : " && ") + (isWeaker ? "(" + words + ")" : words);
        }
        m_row.changes.push_back({*condition, text});
    }
    m_conditionals.emplace_back(choice,
                                conditions.size() == 1 && !differs(conditions.front()) ? conditions.front() : nullptr);
    m_scopes.push_back(++m_scopeCount);
    ++m_conditionDepth;
    const bool known = run(choice->getThen(), mask);
    --m_conditionDepth;
    m_scopes.pop_back();
    m_haveLeft = hadLeft;
    if (!known)
        return false;
    mergeAfter(choice->getThen(), before);
    return true;
}

/// What \p statement, which is done again or not at all, makes of variables and of shared memory is not known before.
void JointRowReader::forgetWithin(const Stmt* statement)
{
    for (const auto* var : changedIn(statement)) {
        auto& known = m_variables[var];
        m_threads.forget(var);
        if (known.standing == Standing::Kept)
            noteChanged(var);
        else
            known.standing = Standing::Dropped;
    }
    walk(statement, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var != nullptr && var->hasAttr<CUDASharedAttr>())
            m_threads.forgetMemory(var);
        return true;
    });
    // Functions have shared arrays of their own.
    if (m_kernel.synchronises(statement))
        m_threads.forgetAllMemory();
}

void JointRowReader::mergeAfter(const Stmt* statement, const Variables& before)
{
    const auto after = m_variables;
    forgetWithin(statement);
    for (const auto* var : changedIn(statement)) {
        const auto old = before.find(var);
        const auto now = after.find(var);
        if (old == before.end() || now == after.end())
            continue;
        const auto& was = old->second;
        auto& known = m_variables[var];
        known = now->second;
        const bool isSum = known.standing == Standing::Partial && known.tree->text == "+";
        const bool wasKept = was.standing == Standing::Kept || was.standing == Standing::Constant;
        // A fold of nothing is what it starts from.
        if (known.standing == Standing::Partial
            && ((wasKept && (!isSum || isZero(was.tree)))
                || (was.standing == Standing::Partial && was.tree->text == known.tree->text)))
            continue;
        if (known.standing == Standing::Kept && was.standing == Standing::Kept)
            noteChanged(var);
        else
            known.standing = Standing::Dropped;
    }
}

}  // namespace warploom
