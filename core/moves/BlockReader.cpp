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

}  // namespace warploom
