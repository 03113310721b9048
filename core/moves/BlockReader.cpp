// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockReader.h"

namespace warploom {

using namespace clang;

namespace {

bool isBarrier(const Stmt* statement)
{
    const auto* call = llvm::dyn_cast<CallExpr>(statement);
    return call != nullptr && (calleeName(call) == "__syncthreads" || calleeName(call) == "__syncwarp");
}

/// Larger of what was carried and something else; null for anything else.
ValueTree maximumWith(const ValueTree& after, const std::string& symbol, const VarDecl* var)
{
    const auto isCarry = [&](const ValueTree& tree) {
        return tree->kind == ValueKind::Carry && tree->symbol == symbol && tree->base == var;
    };
    const bool isMaximum =
        after->kind == ValueKind::Call && (after->text == "fmaxf" || after->text == "fmax" || after->text == "max");
    if (isMaximum && after->operands.size() == 2)
        for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
            if (isCarry(after->operands[i]))
                return after->operands[1 - i];
    if (after->kind != ValueKind::Select)
        return nullptr;
    // Nothing is less than the lowest of all.
    if (after->operands.size() == 2 && isCarry(after->operands[1])) {
        const auto inner = maximumWith(after->operands[0], symbol, var);
        return inner == nullptr ? nullptr : choiceValue(after->index, inner, numberValue(kLowestScore));
    }
    const auto* test = after->operands.size() == 3 ? after->operands[2].get() : nullptr;
    if (test == nullptr || test->operands.size() != 2)
        return nullptr;
    const bool isGreater = test->text == ">" || test->text == ">=";
    const auto& more = test->operands[isGreater ? 0 : 1];
    const auto& less = test->operands[isGreater ? 1 : 0];
    if (!isSame(after->operands[0], more) || !isSame(after->operands[1], less))
        return nullptr;
    return isCarry(more) ? less : isCarry(less) ? more : nullptr;
}

}  // namespace

bool holdsShare(const ValueTree& tree)
{
    return holds(tree, [](const Value& one) { return one.isShare; });
}

BlockReader::BlockReader(const KernelScope& kernel, const std::vector<std::int64_t>& shape)
    : ValueReader(kernel)
    , m_shape(shape)
    , m_threads(kernel.source().context(), shape,
                {[this](const VarDecl* var, int lane) { return laneValue(var, lane); },
                 [this](const Expr* expression) { return uniformValue(expression); },
                 [this](const LaneValue& share, int lane) { return whole(share, lane); }})
    , m_teams(static_cast<std::size_t>(m_threads.threads()), 0)
{
}

std::string BlockReader::builtinSymbol(const std::string& name, int dimension)
{
    return symbolFor(name + "." + "xyz"[dimension]);
}

bool BlockReader::readKernel()
{
    const auto statements = m_kernel.statements();
    for (std::size_t i = 0; i < statements.size(); ++i) {
        if (runOne(statements[i]) || runByThreads({statements[i]}, false))
            continue;
        if (!runByThreads({statements.begin() + static_cast<std::ptrdiff_t>(i), statements.end()}, true))
            return false;
        break;
    }
    return m_pending.empty() && std::ranges::none_of(m_stores, [](const auto& one) { return holdsShare(one.value); });
}

/// What a statement that cannot be followed must not leave behind.
struct BlockReader::State {
    /// \p hasThreads: what each thread has is part of it.
    explicit State(BlockReader& reader, bool hasThreads = true)
        : m_reader(reader)
        , m_variables(reader.m_variables)
        , m_stores(reader.m_stores)
        , m_loops(reader.m_loops)
        , m_allLoops(reader.m_allLoops)
        , m_parts(reader.m_parts)
        , m_pending(reader.m_pending)
        , m_teams(reader.m_teams)
        , m_threads(hasThreads ? std::optional(reader.m_threads.state()) : std::nullopt)
        , m_choices(reader.m_choices)
        , m_depth(reader.m_depth)
    {
    }
    [[nodiscard]] std::size_t loopCount() const { return m_allLoops.size(); }
    /// Variables and teams are as before.
    void keepOnly()
    {
        m_reader.m_variables = m_variables;
        m_reader.m_teams = m_teams;
    }
    void restore()
    {
        m_reader.m_variables = m_variables;
        m_reader.m_stores = m_stores;
        m_reader.m_loops = m_loops;
        m_reader.m_allLoops = m_allLoops;
        m_reader.m_parts = m_parts;
        m_reader.m_pending = m_pending;
        m_reader.m_teams = m_teams;
        if (m_threads)
            m_reader.m_threads.restore(*m_threads);
        m_reader.m_choices = m_choices;
        m_reader.m_depth = m_depth;
        m_reader.m_returned = nullptr;
    }

private:
    BlockReader& m_reader;
    Environment m_variables;
    std::vector<ValueStore> m_stores;
    std::vector<ValueLoop> m_loops, m_allLoops;
    std::vector<Part> m_parts;
    std::vector<Pending> m_pending;
    std::vector<int> m_teams;
    std::optional<BlockThreads::State> m_threads;
    int m_choices, m_depth;
};

/// What each thread does for the element of its number, as a loop over threads.
bool BlockReader::runByThreads(const std::vector<const Stmt*>& statements, bool isLast)
{
    // What it leaves in variables would be each thread's own.
    const auto isKept = [&](const Stmt* one) {
        return isLast || (llvm::isa<IfStmt, Expr>(one) && changedWithin(one).empty());
    };
    if (m_shape[1] * m_shape[2] != 1 || !std::ranges::all_of(statements, isKept))
        return false;
    State before(*this);
    const ValueLoop loop{
        fmt::format("$thread~{}#", m_allLoops.size()), "d", "int", {}, IndexForm::constant(m_shape[0]), false};
    m_threadSymbol = loop.symbol;
    m_mayLeave = isLast;
    SharedLoop shared{m_shape[0], {}, m_teams};
    for (int lane = 0; lane < m_threads.threads(); ++lane)
        shared.parts.push_back(lane);
    m_teams = shared.parts;
    m_sharedLoops[loop.symbol] = std::move(shared);
    bindNumbers();
    m_allLoops.push_back(loop);
    m_loops.push_back(loop);
    m_isForOne = true;
    const bool known = std::ranges::all_of(statements, [&](const Stmt* one) { return runOne(one); });
    m_isForOne = false;
    m_threadSymbol.clear();
    const auto whole = m_loops.empty() ? loop : m_loops.front();
    if (known && m_loops.size() == 1) {
        m_loops.clear();
        if (finishParts(whole)) {
            before.keepOnly();
            m_allLoops[before.loopCount()] = whole;
            return true;
        }
    }
    before.restore();
    return false;
}

/// Variables with a thread's own number stand for the loop's.
void BlockReader::bindNumbers()
{
    for (const auto& [var, lanes] : m_threads.variables()) {
        bool isOwn = var->getType()->isIntegerType();
        for (std::size_t lane = 0; lane < lanes.size(); ++lane)
            isOwn = isOwn && lanes[lane].kind == LaneValue::Kind::Number
                && lanes[lane].number == static_cast<std::int64_t>(lane) && lanes[lane].form == lanes[0].form;
        if (isOwn)
            m_variables[var].number = lanes[0].form + IndexForm::symbol(m_threadSymbol);
    }
}

/// if (threadIdx.x < count) { … }, or if (threadIdx.x >= count) return;
bool BlockReader::runThreadGuard(const IfStmt* choice)
{
    const Stmt* leave = choice->getThen();
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(leave); compound != nullptr && compound->size() == 1)
        leave = compound->body_front();
    const bool leaves = llvm::isa<ReturnStmt>(leave);
    const auto holds = choice->getElse() == nullptr && m_loops.size() == 1 && m_choices == 0 && m_depth == 0
        ? condition(choice->getCond())
        : std::nullopt;
    if (!holds || (leaves && !m_mayLeave) || m_loops[0].bound != IndexForm::constant(m_shape[0]))
        return false;
    const auto stays = leaves ? IndexForm::constant(-1) - *holds : *holds;
    const auto slope = stays.coefficient(m_threadSymbol);
    if (!slope || slope->constantValue() != -1)
        return false;
    m_loops[0].bound = stays.without(m_threadSymbol) + IndexForm::constant(1);
    return leaves || runOne(choice->getThen());
}

bool BlockReader::runOne(const Stmt* statement)
{
    if (llvm::isa<CompoundStmt, AttributedStmt>(statement))
        return ValueReader::runOne(statement);
    const auto* choice = llvm::dyn_cast<IfStmt>(statement);
    if (isBarrier(statement) || (choice != nullptr && runGuard(choice)))
        return true;
    if (choice != nullptr && !m_threadSymbol.empty() && m_loops.size() == 1)
        return runThreadGuard(choice);
    State before(*this);
    if (ValueReader::runOne(statement)) {
        for (const auto* var : changedWithin(statement))
            m_threads.forget(var);
        return true;
    }
    before.restore();
    if (m_depth > 0 || m_isForOne)
        return false;
    if (choice != nullptr && runForOne(choice))
        return true;
    before.restore();
    return runTogether(statement);
}

/// if (blockIdx.x >= rows) return; at the kernel's own level
bool BlockReader::runGuard(const IfStmt* choice)
{
    const Stmt* leave = choice->getThen();
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(leave); compound != nullptr && compound->size() == 1)
        leave = compound->body_front();
    if (!llvm::isa<ReturnStmt>(leave) || choice->getElse() != nullptr || m_depth > 0 || !m_loops.empty()
        || m_choices > 0 || !m_stores.empty())
        return false;
    const auto leaves = condition(choice->getCond());
    if (!leaves)
        return false;
    m_guards.push_back(IndexForm::constant(-1) - *leaves);
    return true;
}

/// if (threadIdx.x == 0) { … }: one of those who have it does what is the same whoever does it.
bool BlockReader::runForOne(const IfStmt* choice)
{
    if (choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
        return false;
    const auto takes = m_threads.values(choice->getCond());
    if (!takes)
        return false;
    std::set<int> missing(m_teams.begin(), m_teams.end());
    bool isForAll = true;
    for (int lane = 0; lane < m_threads.threads(); ++lane) {
        const auto& one = (*takes)[static_cast<std::size_t>(lane)];
        if (!one.isPlainNumber())
            return false;
        isForAll = isForAll && one.number != 0;
        if (one.number != 0)
            missing.erase(m_teams[static_cast<std::size_t>(lane)]);
    }
    if (!missing.empty())
        return false;
    if (isForAll)
        return runOne(choice->getThen());
    if (!changedWithin(choice->getThen()).empty())
        return false;
    m_isForOne = true;
    const bool known = runOne(choice->getThen());
    m_isForOne = false;
    return known;
}

bool BlockReader::runTogether(const Stmt* statement)
{
    if (!m_threads.run(statement))
        return false;
    std::set<const VarDecl*> changed = changedWithin(statement);
    if (const auto* declarations = llvm::dyn_cast<DeclStmt>(statement))
        for (const Decl* one : declarations->decls())
            changed.insert(llvm::dyn_cast<VarDecl>(one));
    takeOver(changed);
    // What was known of the memory is that no longer.
    for (const auto& one : m_threads.takeWritten()) {
        const Part written{one.base, one.form + IndexForm::constant(one.first), IndexForm(),
                           IndexForm::constant(one.last - one.first + 1), nullptr};
        std::erase_if(m_parts, [&](const Part& part) { return !areApart(part, written); });
        if (std::ranges::any_of(m_pending, [&](const Pending& other) { return other.base == one.base; }))
            return false;
    }
    return true;
}

void BlockReader::takeOver(const std::set<const VarDecl*>& changed)
{
    for (const auto* var : changed) {
        const auto found = m_threads.variables().find(var);
        auto known = found == m_threads.variables().end() ? std::nullopt : common(found->second);
        if (var->hasAttr<CUDASharedAttr>() && !var->getType()->isArrayType())
            known = common(BlockThreads::Lanes(m_teams.size(), m_threads.kept(var, {}, 0)));
        else if (var->hasAttr<CUDASharedAttr>())
            continue;
        m_variables[var] = known.value_or(Binding{});
        if (known)
            m_threads.forget(var);
    }
}

/// What all threads have alike.
std::optional<ValueReader::Binding> BlockReader::common(const BlockThreads::Lanes& lanes) const
{
    LaneValue first;
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        const bool isShare = lanes[lane].kind == LaneValue::Kind::Share;
        const auto one = isShare ? whole(lanes[lane], static_cast<int>(lane)) : lanes[lane];
        if (one.kind == LaneValue::Kind::Unknown || (lane > 0 && one != first))
            return std::nullopt;
        first = one;
    }
    if (first.kind == LaneValue::Kind::Number)
        return Binding{first.form + IndexForm::constant(first.number), {}, nullptr, {}};
    if (first.kind == LaneValue::Kind::Place)
        return Binding{{}, PointerForm{first.base, first.form + IndexForm::constant(first.number)}, nullptr, {}};
    return Binding{{}, {}, first.tree, {}};
}

/// The whole fold, where a thread has all shares of its team.
LaneValue BlockReader::whole(const LaneValue& share, int lane) const
{
    const auto loop = m_sharedLoops.find(share.tree->symbol);
    if (loop == m_sharedLoops.end() || loop->second.teams != m_teams
        || share.team != m_teams[static_cast<std::size_t>(lane)]
        || static_cast<std::int64_t>(share.parts.count()) != loop->second.step)
        return {};
    Value fold = *share.tree;
    fold.isShare = false;
    for (const auto& other : share.others)
        if (!isSame(other, share.tree->operands[0]))
            fold.operands[0] = operationValue(ValueKind::Call, "fmaxf", {fold.operands[0], other});
    return LaneValue::ofTree(std::make_shared<const Value>(std::move(fold)));
}

LaneValue BlockReader::laneValue(const VarDecl* var, int lane)
{
    const auto found = m_variables.find(var);
    const bool isKnown = found != m_variables.end()
        && (found->second.number || found->second.pointer || found->second.value != nullptr || found->second.array);
    if (!isKnown && m_threads.variables().count(var) > 0)
        return {};
    const auto& binding = bound(var);
    if (binding.number)
        return LaneValue::ofNumber(0, *binding.number);
    if (binding.pointer) {
        LaneValue made;
        made.kind = LaneValue::Kind::Place;
        made.base = binding.pointer->base;
        made.form = binding.pointer->offset;
        return made;
    }
    const auto& tree = binding.value;
    if (tree == nullptr || !holdsShare(tree))
        return LaneValue::ofTree(tree);
    const auto loop = m_sharedLoops.find(tree->symbol);
    const bool isWhole = std::ranges::any_of(tree->operands, holdsShare);
    if (!tree->isShare || isWhole || loop == m_sharedLoops.end())
        return {};
    LaneValue made;
    made.kind = LaneValue::Kind::Share;
    made.tree = tree;
    made.team = loop->second.teams[static_cast<std::size_t>(lane)];
    made.parts.set(static_cast<std::size_t>(loop->second.parts[static_cast<std::size_t>(lane)]));
    return made;
}

LaneValue BlockReader::uniformValue(const Expr* expression)
{
    State before(*this, false);
    LaneValue made;
    if (expression->getType()->isIntegralOrEnumerationType()) {
        if (const auto form = number(expression))
            made = LaneValue::ofNumber(0, *form);
    } else if (expression->getType()->isPointerType()) {
        if (const auto to = pointer(expression)) {
            made.kind = LaneValue::Kind::Place;
            made.base = to->base;
            made.form = to->offset;
        }
    } else if (expression->getType()->isRealFloatingType()) {
        made = LaneValue::ofTree(value(expression));
        if (made.tree != nullptr && holdsShare(made.tree))
            made = {};
    }
    before.restore();
    return made;
}

bool BlockReader::declare(const VarDecl* var)
{
    m_threads.forget(var);
    if (!var->hasAttr<CUDASharedAttr>())
        return ValueReader::declare(var);
    auto& binding = m_variables[var] = {};
    if (m_depth > 0)
        return false;
    if (var->getType()->isArrayType())
        binding.pointer = PointerForm{var, {}};
    return true;
}

ValueTree BlockReader::folded(const VarDecl* var, const ValueTree& before, const ValueTree& after,
                              const ValueLoop& loop) const
{
    auto tree = ValueReader::folded(var, before, after, loop);
    if (tree == nullptr)
        return nullptr;
    Value fold = *tree;
    if (fold.text == "?" && !var->getType()->isArrayType()) {
        const auto larger = maximumWith(fold.operands[1], loop.symbol, var);
        const auto carries = [&](const Value& one) {
            return one.kind == ValueKind::Carry && one.symbol == loop.symbol;
        };
        if (larger != nullptr && !holds(larger, carries)) {
            fold.text = "max";
            fold.operands[1] = larger;
        }
    }
    const auto shared = m_sharedLoops.find(loop.symbol);
    fold.isShare = shared != m_sharedLoops.end() && shared->second.step > 1;
    // Each thread would bring what the sum starts from.
    if (fold.isShare && (fold.text == "?" || (fold.text == "+" && !isZero(fold.operands[0]))))
        return nullptr;
    return std::make_shared<const Value>(std::move(fold));
}

}  // namespace warploom
