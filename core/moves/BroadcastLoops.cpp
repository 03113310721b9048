// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BroadcastLoops.h"

#include "moves/KnownKernel.h"

namespace warploom {

using namespace clang;

namespace {

const Stmt* withoutHints(const Stmt* statement)
{
    const auto* attributed = llvm::dyn_cast_or_null<AttributedStmt>(statement);
    return attributed == nullptr ? statement : attributed->getSubStmt();
}

bool returnsWithin(const Stmt* statement)
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        found = found || llvm::isa<ReturnStmt>(node);
        return !found;
    });
    return found;
}

/// Where the threads' own index is known by the block alone.
bool isBlockWide(const KernelScope& kernel, const DeclRefExpr* reference)
{
    const auto* field = llvm::dyn_cast_or_null<MemberExpr>(kernel.parent(reference));
    const auto name = identifierOf(reference->getDecl());
    return name != "threadIdx" && field != nullptr
        && (name != "blockIdx" || identifierOf(field->getMemberDecl()) != "x");
}

std::int64_t bytesOf(const KernelScope& kernel, QualType type)
{
    return kernel.source().context().getTypeSizeInChars(type).getQuantity();
}

}  // namespace

const Expr* loadOf(const Access& access)
{
    return access.call == nullptr ? access.expression : static_cast<const Expr*>(access.call);
}

std::optional<BroadcastKernel> BroadcastReader::read()
{
    auto guarded = guardedKernel(m_kernel);
    const auto launches = m_kernel.launches();
    if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0 || launches.empty()
        || usesOwnBuiltinsElsewhere(m_kernel, *guarded) || !isKnownThroughout(m_kernel) || m_kernel.hasAliases()
        || declaresShared(m_kernel) || m_kernel.synchronises(m_kernel.kernel().getBody()))
        return std::nullopt;
    m_found.guarded = std::move(*guarded);
    m_found.item = m_found.guarded.indices[0].var;
    const Expr* bound = m_found.guarded.bounds.at(m_found.item);
    m_found.items = m_kernel.source().text(bound);
    const auto isPlain = [&](const LaunchLine* launch) {
        return launch->blockParts.size() == 1 && !launch->shared && !m_kernel.argumentOf(*launch, bound).empty();
    };
    if (m_found.items.empty() || !std::ranges::all_of(launches, isPlain) || !readStatements() || !readAccesses())
        return std::nullopt;
    return m_found;
}

bool BroadcastReader::readStatements()
{
    const auto& guarded = m_found.guarded;
    m_found.statements = guarded.preamble;
    m_found.statements.insert(m_found.statements.end(), guarded.body.begin(), guarded.body.end());
    for (const Stmt* statement : m_found.statements) {
        // The loop over a thread's items would be left with the first.
        if (returnsWithin(statement))
            return false;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            declaration != nullptr && isUniformDeclaration(declaration))
            m_found.uniforms.insert(declaration);
    }
    return true;
}

/// All that is written is arrays that parameters point to, and what a thread has to itself.
bool BroadcastReader::readAccesses()
{
    for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody())) {
        const auto* own = access.base;
        if (own == nullptr || (!llvm::isa<ParmVarDecl>(own) && !own->hasLocalStorage()))
            return false;
        if (access.writes && llvm::isa<ParmVarDecl>(own))
            m_found.written.insert(own);
    }
    return true;
}

bool BroadcastReader::isUniformDeclaration(const DeclStmt* statement) const
{
    return std::ranges::all_of(statement->decls(), [&](const Decl* one) {
        const auto* var = llvm::dyn_cast<VarDecl>(one);
        // Elements of arrays are set without a change of the variable, in records too.
        return var != nullptr && var->hasLocalStorage() && var->getType()->isScalarType() && var->hasInit()
            && !m_kernel.isModified(var) && isUniform(var->getInit());
    });
}

bool BroadcastReader::isUniformName(const DeclRefExpr* reference, const std::set<const VarDecl*>& counters) const
{
    if (isThreadBuiltin(reference))
        return isBlockWide(m_kernel, reference);
    const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
    if (var == nullptr)
        return true;
    if (counters.count(var) > 0)
        return true;
    if (m_kernel.isModified(var))
        return false;
    if (llvm::isa<ParmVarDecl>(var) || !var->hasLocalStorage())
        return true;
    return std::ranges::any_of(m_found.uniforms, [&](const DeclStmt* known) {
        return std::find(known->decl_begin(), known->decl_end(), var) != known->decl_end();
    });
}

bool BroadcastReader::isUniform(const Expr* expression, const std::set<const VarDecl*>& counters) const
{
    bool isSame = !expression->HasSideEffects(m_kernel.source().context(), false) && !callsUseBuiltins(expression)
        && m_kernel.accesses(expression).empty();
    walk(expression, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        isSame = isSame && !llvm::isa<LambdaExpr>(node) && (reference == nullptr || isUniformName(reference, counters));
        return isSame;
    });
    return isSame;
}

std::optional<CountedLoop> BroadcastReader::uniformLoop(const Stmt* statement) const
{
    auto counted = m_kernel.countedLoop(withoutHints(statement));
    return !counted || counted->step != nullptr || !isUniform(counted->start) || !isUniform(counted->bound)
            || m_kernel.containsReturn(counted->statement->getBody())
        ? std::nullopt
        : counted;
}

std::optional<BroadcastLoop> BroadcastReader::loop(const Stmt* statement) const
{
    const auto counted = uniformLoop(statement);
    if (!counted)
        return std::nullopt;
    BroadcastLoop found{*counted, {}};
    for (const auto& access : m_kernel.accesses(counted->statement->getBody())) {
        // What is written there is no longer what everybody has loaded.
        if (access.writes && llvm::isa<ParmVarDecl>(access.base))
            return std::nullopt;
        if (!isCopied(access, counted->var))
            continue;
        const auto known = std::ranges::find_if(found.elements, [&](const BroadcastElement& one) {
            return one.base == access.base && one.index == *access.index;
        });
        if (known == found.elements.end())
            found.elements.push_back({access.base, *access.index, loadOf(access), {loadOf(access)}});
        else
            known->loads.push_back(loadOf(access));
    }
    std::erase_if(found.elements, [&](const BroadcastElement& one) { return !exists(one, *counted); });
    return found.elements.empty() ? std::nullopt : std::optional(std::move(found));
}

/// Whether \p access loads what depends on \p counter alone.
bool BroadcastReader::isCopied(const Access& access, const VarDecl* counter) const
{
    if (!llvm::isa_and_nonnull<ParmVarDecl>(access.base) || m_found.written.count(access.base) > 0 || !access.index
        || access.atomic || !access.index->dependsOn(m_kernel.symbolOf(counter))
        || !m_kernel.source().range(loadOf(access)) || !isPlainData(loadOf(access)->getType()))
        return false;
    // The place itself: that of a load is an access.
    if (access.call != nullptr)
        return access.call->getNumArgs() == 1 && isUniform(access.call->getArg(0), {counter});
    const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(access.expression);
    return subscript != nullptr && isUniform(subscript->getBase(), {counter})
        && isUniform(subscript->getIdx(), {counter});
}

/// Whether each iteration's element is one that the kernel may load: it does so anyway, or the array has it.
bool BroadcastReader::exists(const BroadcastElement& element, const CountedLoop& counted) const
{
    const auto* body = counted.statement->getBody();
    return std::ranges::any_of(element.loads, [&](const Expr* load) { return isAlwaysEvaluated(m_kernel, load, body); })
        || isOwnElement(element, counted) || isWithinBuffer(element, counted);
}

/// Whether the iterations' elements are those that the threads load of their own.
bool BroadcastReader::isOwnElement(const BroadcastElement& element, const CountedLoop& counted) const
{
    const auto own = m_kernel.form(m_found.item->getInit());
    const auto step = element.index.coefficient(m_kernel.symbolOf(counted.var));
    const auto start = m_kernel.form(counted.start);
    const auto bound = m_kernel.form(counted.bound);
    if (!own || !step || !start || start->constantValue().value_or(-1) < 0 || !bound
        || bound != m_kernel.form(m_found.guarded.bounds.at(m_found.item)))
        return false;
    const auto place = element.index.without(m_kernel.symbolOf(counted.var)) + *step * *own;
    return std::ranges::any_of(m_found.guarded.body, [&](const Stmt* statement) {
        return std::ranges::any_of(m_kernel.accesses(statement), [&](const Access& access) {
            return access.base == element.base && access.index == place && access.reads
                && isAlwaysEvaluated(m_kernel, access.expression, statement);
        });
    });
}

/// Whether the loop ends where the task says that the array does.
bool BroadcastReader::isWithinBuffer(const BroadcastElement& element, const CountedLoop& counted) const
{
    const auto start = m_kernel.form(counted.start);
    if (element.index != IndexForm::symbol(m_kernel.symbolOf(counted.var)) || !start
        || start->constantValue().value_or(-1) < 0)
        return false;
    return std::ranges::all_of(m_kernel.launches(), [&](const LaunchLine* launch) {
        const auto* buffer = m_context.bufferOf(m_kernel, *launch, element.base);
        const auto count = m_kernel.argumentOf(*launch, counted.bound);
        if (buffer == nullptr || count.empty() || buffer->shape.empty() || buffer->shape[0] != count)
            return false;
        std::int64_t scalars = 1;
        for (auto extent = buffer->shape.begin() + 1; extent != buffer->shape.end(); ++extent)
            scalars *= extent->size() < 6 && extent->find_first_not_of("0123456789") == std::string::npos
                ? std::stoll(*extent)
                : 0;
        const auto bits = buffer->elementType.find_first_of("0123456789");
        return bits != std::string::npos
            && scalars * std::stoll(buffer->elementType.substr(bits)) >= 8 * bytesOf(m_kernel, element.load->getType());
    });
}

bool isAlwaysEvaluated(const KernelScope& kernel, const Stmt* node, const Stmt* whole)
{
    for (const Stmt* above = kernel.parent(node); node != whole; node = above, above = kernel.parent(above)) {
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(above);
        const auto* selection = llvm::dyn_cast_or_null<ConditionalOperator>(above);
        const auto* logical = llvm::dyn_cast_or_null<BinaryOperator>(above);
        const auto* loop = llvm::dyn_cast_or_null<ForStmt>(above);
        if (above == nullptr || llvm::isa<WhileStmt, DoStmt, SwitchStmt>(above)
            || (loop != nullptr && node != loop->getInit()) || (choice != nullptr && node != choice->getCond())
            || (selection != nullptr && node != selection->getCond())
            || (logical != nullptr && logical->isLogicalOp() && node == logical->getRHS()))
            return false;
    }
    return true;
}

bool isPlainData(QualType type)
{
    if (type->isScalarType())
        return !type.isVolatileQualified();
    const auto* record = type->getAsCXXRecordDecl();
    return record != nullptr && record->hasDefinition() && record->isTriviallyCopyable()
        && record->hasTrivialDefaultConstructor() && !record->isUnion() && !type.isVolatileQualified();
}

}  // namespace warploom
