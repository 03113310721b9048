// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/JointRow.h"

#include "moves/JointRowReader.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

JointRowReader::JointRowReader(const KernelScope& kernel, const std::vector<std::int64_t>& shape, std::int64_t size,
                               bool isAcross)
    : m_kernel(kernel)
    , m_source(kernel.source())
    , m_shape(shape)
    , m_threads(kernel.source().context(), shape,
                {[this](const VarDecl* var, int lane) { return variable(var, lane); },
                 [this](const Expr* expression) { return uniform(expression); },
                 [](const LaneValue&, int) { return LaneValue(); }})
    , m_size(size)
    , m_isAcross(isAcross)
{
    m_row.rows = m_threads.threads() / size;
    m_threads.refuseRaces();
}

std::optional<JointRow> JointRowReader::read()
{
    const auto* body = llvm::dyn_cast<CompoundStmt>(m_kernel.kernel().getBody());
    if (body == nullptr || !runAll(body, m_threads.everyone()) || !m_hasShared)
        return std::nullopt;
    leaveEarly();
    dropUnused();
    return m_row;
}

bool JointRowReader::runAll(const CompoundStmt* list, const Mask& mask)
{
    const auto* before = m_anchor;
    const bool known = std::ranges::all_of(list->body(), [&](const Stmt* one) {
        m_anchor = one;
        return run(one, mask);
    });
    m_anchor = before;
    return known;
}

bool JointRowReader::run(const Stmt* statement, const Mask& mask)
{
    if (const auto* list = llvm::dyn_cast<CompoundStmt>(statement)) {
        m_scopes.push_back(++m_scopeCount);
        const bool known = runAll(list, mask);
        m_scopes.pop_back();
        return known;
    }
    if (const auto* attributed = llvm::dyn_cast<AttributedStmt>(statement))
        return run(attributed->getSubStmt(), mask);
    if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
        return declare(declaration, mask);
    if (const auto* loop = llvm::dyn_cast<ForStmt>(statement))
        return this->loop(loop, mask);
    if (const auto* choice = llvm::dyn_cast<IfStmt>(statement))
        return choose(choice, mask);
    if (const auto* expression = llvm::dyn_cast<Expr>(statement))
        return express(expression->IgnoreParenImpCasts(), statement, mask);
    if (llvm::isa<NullStmt>(statement))
        return true;
    return !differs(statement) ? keepWhole(statement, mask) : simulate(statement, mask);
}

/// What no thread does otherwise than another stays as it is.
bool JointRowReader::keepWhole(const Stmt* statement, const Mask& mask)
{
    const bool leaves = m_kernel.containsReturn(statement);
    if ((leaves && mask != m_threads.everyone()) || (addsUp(statement) && !isOneEach(mask)) || !hasAllTeams(mask)
        || !changesAlike(statement, mask, nullptr))
        return false;
    m_haveLeft = m_haveLeft || (leaves && m_row.rows != 1);
    noteEffects(statement);
    return true;
}

/// Notes what \p statement changes besides \p target; false where some threads would not have changed it.
bool JointRowReader::changesAlike(const Stmt* statement, const Mask& mask, const VarDecl* target)
{
    for (const auto* var : changedIn(statement)) {
        if (var == target || isDeclaredWithin(var, statement))
            continue;
        const auto known = m_variables.find(var);
        if (known == m_variables.end() ? mask != m_threads.everyone() : known->second.mask != mask)
            return false;
        noteChanged(var);
    }
    return true;
}

bool JointRowReader::declare(const DeclStmt* statement, const Mask& mask)
{
    if (std::ranges::all_of(statement->decls(), [](const Decl* one) { return one->hasAttr<CUDASharedAttr>(); })) {
        for (const Decl* one : statement->decls())
            m_threads.forgetMemory(llvm::dyn_cast<VarDecl>(one));
        drop(statement);
        return true;
    }
    const auto* var = statement->isSingleDecl() ? llvm::dyn_cast<VarDecl>(statement->getSingleDecl()) : nullptr;
    if (var == nullptr)
        return false;
    Variable made;
    made.scope = m_scopes.back();
    made.mask = mask;
    if (var->isStaticLocal() || var->getType()->isReferenceType())
        return false;
    const auto* initial = var->getInit();
    if (initial == nullptr || keep(initial, mask)) {
        if (initial != nullptr && differs(initial) && var->getType()->isIntegerType()
            && std::ranges::find(m_numbers, statement) == m_numbers.end())
            m_numbers.push_back(statement);
        if (initial != nullptr && (addsUp(initial) || !changesAlike(initial, mask, var)))
            return false;
        made.tree = initial == nullptr ? nullptr : constantOf(initial);
        if (initial != nullptr && var->getType()->isIntegerType() && !m_kernel.synchronises(initial))
            made.lanes = m_threads.values(initial, mask);
        m_threads.forget(var);
        m_variables[var] = std::move(made);
        return hasAllTeams(mask);
    }
    made.standing = Standing::Dropped;
    if (!simulate(statement, mask))
        return false;
    m_variables[var] = std::move(made);
    return true;
}

bool JointRowReader::express(const Expr* expression, const Stmt* statement, const Mask& mask)
{
    if (const auto* assignment = llvm::dyn_cast<BinaryOperator>(expression);
        assignment != nullptr && assignment->isAssignmentOp())
        return assign(assignment, mask);
    if (!differs(statement))
        return llvm::isa<UnaryOperator, CallExpr, CXXOperatorCallExpr>(expression) && keepWhole(statement, mask);
    const auto* call = llvm::dyn_cast<CallExpr>(expression);
    if (call == nullptr)
        return false;
    const auto name = calleeName(call);
    if (name == "__syncthreads" || name == "__syncwarp") {
        if ((name == "__syncthreads" && (m_haveLeft || (m_row.rows != 1 && readsOtherRows())))
            || !m_threads.run(statement, mask))
            return false;
        drop(statement);
        return true;
    }
    const bool isAtomic = name.rfind("atomic", 0) == 0;
    if (!isAtomic)
        return simulate(statement, mask);
    noteEffects(call);
    return isOneEach(mask) && keep(call, mask);
}

/// Whether some array is stored to and read at places that differ by more than where loops are.
bool JointRowReader::readsOtherRows() const
{
    const auto accesses = m_kernel.accesses(m_kernel.kernel().getBody());
    const auto isOfLoops = [&](const IndexForm& difference) {
        std::set<std::string> moving;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var != nullptr && var->isLocalVarDecl() && m_kernel.isModified(var))
                moving.insert(m_kernel.symbolOf(var));
            return true;
        });
        moving.insert(threadSymbol(0));
        moving.insert(threadSymbol(1));
        return std::ranges::all_of(difference.terms(), [&](const auto& term) {
            return term.first.size() == 1 && moving.count(term.first.front()) > 0;
        });
    };
    return std::ranges::any_of(accesses, [&](const Access& store) {
        return store.writes && llvm::isa_and_nonnull<ParmVarDecl>(store.base)
            && std::ranges::any_of(accesses, [&](const Access& load) {
                   return load.reads && load.base == store.base
                       && (!load.index || !store.index || !isOfLoops(*load.index - *store.index));
               });
    });
}

/// Whether nothing is around \p choice, or only what goes since some threads of each row do it.
bool JointRowReader::isOfBody(const IfStmt* choice) const
{
    const auto* list = m_kernel.parent(choice);
    if (list == m_kernel.kernel().getBody())
        return true;
    const auto* above =
        llvm::isa_and_nonnull<CompoundStmt>(list) ? llvm::dyn_cast_or_null<IfStmt>(m_kernel.parent(list)) : nullptr;
    const auto whole = above == nullptr ? std::nullopt : m_source.range(above);
    const auto inner = m_source.range(list);
    // Such a one has lost its brackets.
    return whole && inner
        && std::ranges::find(m_row.removed, TextRange{whole->begin, inner->begin + 1}) != m_row.removed.end()
        && isOfBody(above);
}

void JointRowReader::noteEffects(const Stmt* statement)
{
    if (m_conditionDepth > 0)
        return;
    walk(statement, [&](const Stmt* node) {
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        m_actsAlways = m_actsAlways || llvm::isa<ReturnStmt>(node)
            || (call != nullptr && std::ranges::any_of(call->arguments(), [](const Expr* argument) {
                           return argument->getType()->isPointerType();
                       }));
        return !m_actsAlways;
    });
    for (const auto& access : m_kernel.accesses(statement))
        m_actsAlways = m_actsAlways || access.writes || access.base == nullptr;
}

void JointRowReader::dropUnused()
{
    const auto isGone = [&](const TextRange& use) {
        return std::ranges::any_of(m_row.changes, [&](const Replacement& one) { return one.range.contains(use); })
            || std::ranges::any_of(m_row.removed, [&](const TextRange& one) { return one.contains(use); });
    };
    for (const auto* statement : m_numbers) {
        const auto* var = llvm::cast<VarDecl>(statement->getSingleDecl());
        const auto own = m_source.statementRange(statement);
        const auto uses = m_kernel.references(var, m_kernel.kernel().getBody());
        const bool areGone = std::ranges::all_of(uses,
                                                 [&](const DeclRefExpr* use) {
                                                     const auto range = m_source.range(use);
                                                     return range && isGone(*range);
                                                 })
            && std::ranges::none_of(m_row.changes, [&](const Replacement& change) {
                                 return mentions(change.text, var->getName().str());
                             });
        if (!own || !areGone)
            continue;
        std::erase_if(m_row.changes, [&](const Replacement& change) { return own->contains(change.range); });
        m_row.removed.push_back(*own);
    }
}

/// if (c < n) sum…; if (c < n) y[c] = sum;     if (c >= n) return; sum…; y[c] = sum;
void JointRowReader::leaveEarly()
{
    if (m_conditionals.size() < 2 || m_actsAlways || m_conditionals.front().second == nullptr)
        return;
    const auto text = m_source.text(m_conditionals.front().second);
    for (const auto& [choice, condition] : m_conditionals)
        if (condition == nullptr || text.empty() || m_source.text(condition) != text || !isOfBody(choice))
            return;
    // What it asks must not change on the way.
    bool isSteady = m_kernel.accesses(m_conditionals.front().second).empty();
    walk(m_conditionals.front().second, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isSteady = isSteady && !llvm::isa<CallExpr>(node) && (var == nullptr || !m_kernel.isModified(var));
        return isSteady;
    });
    if (!isSteady)
        return;
    bool isFirst = true;
    for (const auto& [choice, condition] : m_conditionals) {
        const auto whole = m_source.range(choice);
        const auto inner = m_source.range(choice->getThen());
        if (!whole || !inner)
            return;
        const TextRange head{whole->begin, inner->begin};
        std::erase_if(m_row.changes, [&](const Replacement& change) { return head.contains(change.range); });
        const auto indentation = indentationAt(m_source.text(), whole->begin);
        m_row.changes.push_back(
            {head,
             isFirst ? fmt::format("if ({0})\n{1}    return;\n{1}", inverseText(m_kernel, condition), indentation)
                     : ""});
        isFirst = false;
    }
}

bool JointRowReader::assign(const BinaryOperator* assignment, const Mask& mask)
{
    const auto* var = plainVariable(assignment->getLHS());
    if (var != nullptr && var->hasAttr<CUDASharedAttr>())
        return assignShared(assignment, mask);
    if (var == nullptr || !var->isLocalVarDecl()) {
        const auto isShared = [&](const Access& access) {
            return access.base == nullptr || access.base->hasAttr<CUDASharedAttr>();
        };
        const auto accesses = m_kernel.accesses(assignment->getLHS());
        const bool maybeShared = differs(assignment->getLHS()) && std::ranges::any_of(accesses, isShared);
        if (maybeShared)
            return assignShared(assignment, mask);
        if (var != nullptr && mask != m_threads.everyone())
            return false;
        noteEffects(assignment);
        return hasAllTeams(mask) && (!addsUp(assignment) || isOneEach(mask)) && keep(assignment, mask)
            && changesAlike(assignment, mask, var);
    }
    auto& known = m_variables[var];
    const auto constant = assignment->getOpcode() == BO_Assign ? constantOf(assignment->getRHS()) : nullptr;
    // Constants are put there when somebody asks for them: what one thread has may be asked for before.
    if (constant != nullptr && mask == m_threads.everyone() && known.mask == mask) {
        known.standing = Standing::Constant;
        known.tree = constant;
        known.text = m_source.text(assignment->getRHS());
        known.lanes.reset();
        m_threads.forget(var);
        drop(assignment);
        return !known.text.empty();
    }
    if (differs(assignment) && simulate(assignment, mask))
        return true;
    if (known.mask != mask || !hasAllTeams(mask) || addsUp(assignment) || !keep(assignment, mask)
        || !changesAlike(assignment, mask, var))
        return false;
    noteChanged(var);
    return true;
}

/// What threads leave for each other is followed; what one of them works out for all becomes a variable.
bool JointRowReader::assignShared(const BinaryOperator* assignment, const Mask& mask)
{
    if (simulate(assignment, mask))
        return true;
    const auto* target = assignment->getLHS()->IgnoreParenImpCasts();
    const auto range = m_source.range(target);
    if (assignment->getOpcode() != BO_Assign || m_row.rows != 1 || mask.none() || !range || m_anchor == nullptr
        || !keep(assignment->getRHS(), mask))
        return false;
    LaneValue to;
    for (int lane = 0; lane < m_threads.threads(); ++lane) {
        if (!mask.test(static_cast<std::size_t>(lane)))
            continue;
        auto one = m_threads.sharedPlace(target, lane);
        if (one.kind != LaneValue::Kind::Place || !one.base->hasAttr<CUDASharedAttr>() || !one.form.isZero()
            || (to.base != nullptr && one != to))
            return false;
        to = std::move(one);
    }
    auto& name = m_slotNames[assignment];
    if (name.empty()) {
        const auto own = to.base->getName().str();
        const bool isFirst = std::ranges::none_of(m_slots, [&](const auto& slot) { return slot.first == own; })
            && !to.base->getType()->isArrayType() && isOnlyName(m_kernel, to.base);
        name = isFirst ? own : m_source.directives().freshName(fmt::format("{}_{}", own, m_slotNames.size()));
    }
    m_slots[name] = m_scopes.back();
    const auto type = target->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
    m_row.changes.push_back({*range, fmt::format("const {} {}", type, name)});
    return m_threads.put(to, LaneValue::ofTree(nameTree(name, 0)), mask);
}

bool JointRowReader::simulate(const Stmt* statement, const Mask& mask)
{
    if (!isHarmless(statement))
        return false;
    const auto before = m_threads.state();
    if (!m_threads.run(statement, mask)) {
        m_threads.restore(before);
        return false;
    }
    for (const auto* var : changedIn(statement)) {
        auto& known = m_variables[var];
        known.standing = Standing::Dropped;
        known.lanes.reset();
    }
    drop(statement);
    return true;
}

/// Whether it leaves no trace but in variables and in shared memory.
bool JointRowReader::isHarmless(const Stmt* statement) const
{
    bool isFine = true;
    std::set<const FunctionDecl*> visited;
    const std::function<void(const Stmt*)> look = [&](const Stmt* within) {
        walk(within, [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
            const FunctionDecl* definition = nullptr;
            isFine = isFine && !llvm::isa<GCCAsmStmt, CXXNewExpr, CXXDeleteExpr>(node);
            if (call == nullptr || !isFine)
                return isFine;
            if (callee != nullptr && callee->hasBody(definition)) {
                if (visited.insert(definition).second)
                    look(definition->getBody());
                return isFine;
            }
            isFine = callee != nullptr && calleeName(call).rfind("__trap", 0) != 0
                && std::ranges::all_of(
                         callee->parameters(),
                         [](const ParmVarDecl* parameter) { return parameter->getType()->isArithmeticType(); })
                && !callee->isVariadic();
            return isFine;
        });
    };
    look(statement);
    return isFine;
}

/// Whether it makes a difference how often it is done.
bool JointRowReader::addsUp(const Stmt* statement) const
{
    bool found = false;
    std::set<const FunctionDecl*> visited;
    const std::function<void(const Stmt*)> look = [&](const Stmt* within) {
        walk(within, [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            const FunctionDecl* definition = nullptr;
            found = found || (call != nullptr && calleeName(call).rfind("atomic", 0) == 0);
            if (call != nullptr && call->getDirectCallee() != nullptr && call->getDirectCallee()->hasBody(definition)
                && visited.insert(definition).second)
                look(definition->getBody());
            return !found;
        });
    };
    look(statement);
    return found;
}

void JointRowReader::drop(const Stmt* statement)
{
    auto range = m_source.statementRange(statement);
    if (!range) {
        m_row.removed.push_back({1, 0});  // nowhere: nothing comes of it
        return;
    }
    if (llvm::isa_and_nonnull<AttributedStmt>(m_kernel.parent(statement))) {
        const auto hint = m_source.text().rfind("#pragma", range->begin);
        range->begin = hint == std::string_view::npos ? range->begin : hint;
    }
    // Without it the next statement would be what a condition or a loop is about.
    const auto* above = m_kernel.parent(statement);
    const auto whole = llvm::isa_and_nonnull<IfStmt, ForStmt, WhileStmt>(above) ? m_source.range(above) : std::nullopt;
    const bool hasHead = whole && std::ranges::none_of(m_row.removed, [&](const TextRange& one) {
                             return one.begin == whole->begin && one.end >= range->begin;
                         });
    if (hasHead)
        m_row.changes.push_back({*range, ";"});
    else
        m_row.removed.push_back(*range);
}

std::optional<JointRow> jointRow(const KernelScope& kernel, const std::vector<std::int64_t>& shape)
{
    const auto threads = shape.size() != 3 || shape[2] != 1 ? 0 : shape[0] * shape[1];
    if (threads < 2 || threads > kMostLanes)
        return std::nullopt;
    std::vector<std::pair<std::int64_t, bool>> ways{{threads, false}};
    for (const std::int64_t size : {shape[0], std::int64_t{32}, std::int64_t{16}, std::int64_t{8}, std::int64_t{4}})
        if (size > 1 && size < threads && threads % size == 0)
            ways.emplace_back(size, false);
    if (shape[0] > 1 && shape[1] > 1)
        ways.emplace_back(shape[1], true);
    // Lines of threads, that number columns by what is left of theirs.
    for (const std::int64_t columns : {std::int64_t{32}, std::int64_t{64}})
        if (shape[1] == 1 && columns < threads && threads % columns == 0)
            ways.emplace_back(threads / columns, true);
    for (const auto& [size, isAcross] : ways) {
        auto row = JointRowReader(kernel, shape, size, isAcross).read();
        if (row && std::ranges::none_of(row->removed, [](const TextRange& one) { return one.end < one.begin; }))
            return row;
    }
    return std::nullopt;
}

}  // namespace warploom
