// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/InlinedMap.h"

#include "moves/GridKernel.h"
#include "moves/HostWords.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::size_t kMostReads = 8;

bool changesNothing(const Stmt* statement)
{
    bool isPure = true;
    walk(statement, [&](const Stmt* node) {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        isPure = isPure && !(binary != nullptr && binary->isAssignmentOp())
            && !(unary != nullptr && unary->isIncrementDecrementOp()) && !llvm::isa<LambdaExpr>(node);
        return isPure;
    });
    return isPure;
}

const KernelScope* onlyKernel(const MoveContext& context, const LaunchLine& launch)
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

/// Whether each \p symbol has a place of its own.
bool movesWith(const IndexForm& form, const std::string& symbol)
{
    const auto step = form.coefficient(symbol);
    return step && !step->isZero();
}

bool stands(const KernelScope& kernel, const Stmt* part, const std::vector<Access>& accesses)
{
    for (const Stmt* above = part; above != nullptr; above = kernel.parent(above))
        for (const auto& access : accesses)
            if (access.expression == above)
                return true;
    return false;
}

}  // namespace

std::optional<InlinedMap> InlinedMap::make(const MoveContext& context, const LaunchLine& producer,
                                           const LaunchLine& consumer)
{
    const auto* first = onlyKernel(context, producer);
    InlinedMap made(context);
    made.m_consumer = onlyKernel(context, consumer);
    made.m_launch = &consumer;
    if (first == nullptr || made.m_consumer == nullptr || first == made.m_consumer
        || !isAlone(context, {&producer, &consumer}) || first->launches().size() != 1
        || made.m_consumer->launches().size() != 1)
        return std::nullopt;
    auto map = mapLaunch(context, *first, producer);
    if (!map || map->bounds.size() != 1 || !coversAll(*map))
        return std::nullopt;
    made.m_map = std::move(*map);
    if (!made.readProducer() || !made.readConsumer() || !made.keepsNames())
        return std::nullopt;
    return made;
}

/// Constants, and one store of a value at the thread's own place.
bool InlinedMap::readProducer()
{
    const auto& body = m_map.guarded.body;
    const auto* store = llvm::dyn_cast<BinaryOperator>(body.back());
    if (store == nullptr || store->getOpcode() != BO_Assign || !changesNothing(store->getRHS()))
        return false;
    auto declarations = m_map.guarded.preamble;
    declarations.insert(declarations.end(), body.begin(), body.end() - 1);
    for (const Stmt* statement : declarations) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        if (var == nullptr || !var->hasInit() || !var->getType()->isArithmeticType() || m_map.kernel->isModified(var)
            || !changesNothing(var->getInit()))
            return false;
    }
    const MapAccess* target = nullptr;
    for (const auto& access : m_map.accesses) {
        if (access.buffer.empty())
            return false;
        if (!access.access.writes)
            continue;
        if (target != nullptr || access.access.reads || access.access.expression != store->getLHS()->IgnoreParens())
            return false;
        target = &access;
    }
    const auto own = target == nullptr ? std::nullopt : ownElement(m_map, *target);
    if (!own || !own->offset.isZero() || own->length != 1
        || !innermostElement(target->access.base->getType())->isArithmeticType())
        return false;
    m_buffer = target->buffer;
    m_value = store->getRHS();
    m_type = innermostElement(target->access.base->getType());
    for (const auto& access : m_map.accesses)
        if (&access != target && access.buffer == m_buffer)
            return false;
    const auto scratch = scratchLine(m_context->source(), m_buffer);
    return scratch && !isNamed(m_context->source(), m_buffer, {m_map.launch->line, m_launch->line, *scratch});
}

/// All that it does with the buffer is reading elements, and nothing that they are made of changes meanwhile.
bool InlinedMap::readConsumer()
{
    const auto& function = m_consumer->kernel();
    const auto& directives = m_context->directives();
    if (function.isDependentContext() || function.getDescribedFunctionTemplate() != nullptr
        || function.isTemplateInstantiation() || function.getPreviousDecl() != nullptr
        || !isPlainLaunch(m_context->source(), *m_launch) || m_launch->arguments.size() != function.getNumParams()
        || m_consumer->hasAliases())
        return false;
    std::map<const VarDecl*, std::string> buffers;
    for (const auto* parameter : function.parameters()) {
        const auto argument =
            withoutLets(directives, directives.text(m_launch->arguments[parameter->getFunctionScopeIndex()]));
        buffers[parameter] = argument;
        if (argument != m_buffer)
            continue;
        if (m_parameter != nullptr || m_consumer->isModified(parameter))
            return false;
        m_parameter = parameter;
    }
    if (m_parameter == nullptr)
        return false;
    std::set<std::string> read;
    for (const auto& access : m_map.accesses)
        if (access.buffer != m_buffer)
            read.insert(access.buffer);
    for (const auto& access : m_consumer->accesses(function.getBody())) {
        const bool isLocal = access.base != nullptr && !llvm::isa<ParmVarDecl>(access.base);
        if (access.base == nullptr || (access.writes && !isLocal && read.count(buffers[access.base]) > 0))
            return false;
        if (access.base != m_parameter)
            continue;
        if (access.writes || access.atomic || !readsOnce(access))
            return false;
        m_reads.push_back(access);
    }
    const auto references = m_consumer->references(m_parameter, function.getBody());
    return !m_reads.empty() && m_reads.size() <= kMostReads && references.size() == m_reads.size()
        && std::ranges::all_of(references,
                               [&](const auto* reference) { return stands(*m_consumer, reference, m_reads); })
        && m_context->source().context().hasSameUnqualifiedType(innermostElement(m_parameter->getType()), m_type);
}

/// Whether no other thread, block or turn of a loop around reads the same element: else it is worked out again and
/// again.
bool InlinedMap::readsOnce(const Access& access) const
{
    const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(access.expression);
    if (access.call != nullptr || subscript == nullptr || !access.index || !changesNothing(subscript->getIdx())
        || plainVariable(subscript->getBase()) != m_parameter)
        return false;
    for (const Stmt* above = m_consumer->parent(access.expression); above != nullptr;
         above = m_consumer->parent(above)) {
        if (llvm::isa<WhileStmt, DoStmt, SwitchStmt>(above))
            return false;
        if (!llvm::isa<ForStmt>(above))
            continue;
        const auto loop = m_consumer->countedLoop(above);
        if (!loop || !movesWith(*access.index, m_consumer->symbolOf(loop->var)))
            return false;
    }
    for (std::size_t d = 0; d < 3; ++d) {
        const auto dimension = static_cast<int>(d);
        const bool isGrid =
            d < m_launch->gridParts.size() && m_context->directives().text(m_launch->gridParts[d]) != "1";
        if (isGrid && !movesWith(*access.index, blockSymbol(dimension)))
            return false;
    }
    return true;
}

/// Whether what the value names (functions, types, macros) means the same among the consumer's names.
bool InlinedMap::keepsNames() const
{
    const auto& source = m_context->source();
    std::set<std::string> theirs;
    std::set<std::string> parameters;
    for (const auto* parameter : m_consumer->kernel().parameters())
        parameters.insert(parameter->getName().str());
    theirs = parameters;
    bool isHidden = false;
    walk(m_consumer->kernel().getBody(), [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                if (const auto* named = llvm::dyn_cast<NamedDecl>(one)) {
                    isHidden = isHidden || parameters.count(identifierOf(named).str()) > 0;
                    theirs.insert(identifierOf(named).str());
                }
        return true;
    });
    if (isHidden)
        return false;
    std::set<std::string> own;
    for (const auto* parameter : m_map.kernel->kernel().parameters())
        own.insert(parameter->getName().str());
    walk(m_map.kernel->kernel().getBody(), [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                if (const auto* var = llvm::dyn_cast<VarDecl>(one))
                    own.insert(var->getName().str());
        return true;
    });
    for (const auto& word : namesIn(source.text(m_map.kernel->kernel().getBody())))
        if (theirs.count(word) > 0 && own.count(word) == 0)
            return false;
    return true;
}

/// The consumer's own column for the producer's place % columns; empty where it has none.
std::string InlinedMap::columnText(const Expr* expression, const Access& access, const Names& names) const
{
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
    const auto* divisor =
        binary == nullptr || binary->getOpcode() != BO_Rem ? nullptr : plainVariable(binary->getRHS());
    const auto name = divisor == nullptr ? names.end() : names.find(divisor);
    if (name == names.end() || plainVariable(binary->getLHS()) != m_map.guarded.indices[0].var)
        return {};
    const auto parameters = m_consumer->kernel().parameters();
    const auto theirs =
        std::ranges::find_if(parameters, [&](const auto* one) { return one->getName() == name->second; });
    if (theirs == parameters.end())
        return {};
    const auto columns = IndexForm::symbol(m_consumer->symbolOf(*theirs));
    const auto [rows, rest] = multiplesOf(*access.index, columns);
    for (const Stmt* above = m_consumer->parent(access.expression); above != nullptr;
         above = m_consumer->parent(above)) {
        const auto loop = m_consumer->countedLoop(above);
        const auto start = loop ? m_consumer->form(loop->start) : std::nullopt;
        if (start && start->constantValue().value_or(-1) >= 0 && m_consumer->form(loop->bound) == columns
            && rest == IndexForm::symbol(m_consumer->symbolOf(loop->var))
            && m_context->source().context().hasSameUnqualifiedType(binary->getType(), loop->var->getType()))
            return loop->var->getNameAsString();
    }
    return {};
}

std::optional<std::string> InlinedMap::valueText(const Expr* expression, const std::string& place, const Access& access,
                                                 const Names& names) const
{
    const auto& source = m_context->source();
    const auto range = source.range(expression);
    std::vector<Replacement> changes;
    bool isKnown = range.has_value();
    walk(expression, [&](const Stmt* node) {
        if (const auto* part = llvm::dyn_cast<Expr>(node))
            if (const auto column = columnText(part, access, names); !column.empty()) {
                const auto at = source.range(part);
                isKnown = isKnown && at;
                if (at)
                    changes.push_back({*at, column});
                return false;
            }
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr || (!var->isLocalVarDecl() && !llvm::isa<ParmVarDecl>(var)))
            return isKnown;
        const auto at = source.range(reference);
        isKnown = isKnown && at && source.text(*at) == var->getName();
        if (!isKnown)
            return false;
        if (const auto known = names.find(var); known != names.end()) {
            changes.push_back({*at, known->second});
        } else if (var == m_map.guarded.indices[0].var) {
            changes.push_back({*at, place});
        } else {
            const auto inner = valueText(var->getInit(), place, access, names);
            isKnown = inner.has_value();
            if (isKnown)
                changes.push_back(
                    {*at, fmt::format("static_cast<{}>({})", typeText(*m_map.kernel, var->getType()), *inner)});
        }
        return isKnown;
    });
    return isKnown ? std::optional(rewritten(source.text(), *range, changes)) : std::nullopt;
}

/// The value of the element that \p access reads.
std::optional<std::string> InlinedMap::readText(const Access& access, const Names& names) const
{
    const auto& source = m_context->source();
    const auto* index = llvm::cast<ArraySubscriptExpr>(access.expression)->getIdx();
    const auto range = source.range(index);
    if (!range)
        return std::nullopt;
    const auto type = m_map.guarded.indices[0].var->getType();
    const bool isSame = source.context().hasSameUnqualifiedType(index->IgnoreParenImpCasts()->getType(), type);
    const auto place = isSame ? fmt::format("({})", source.text(*range))
                              : fmt::format("static_cast<{}>({})", typeText(*m_map.kernel, type), source.text(*range));
    const auto value = valueText(m_value, place, access, names);
    if (!value)
        return std::nullopt;
    const bool isPlain = source.context().hasSameUnqualifiedType(m_value->IgnoreParenImpCasts()->getType(), m_type);
    return isPlain ? fmt::format("({})", *value)
                   : fmt::format("static_cast<{}>({})", typeText(*m_map.kernel, m_type), *value);
}

bool InlinedMap::editInto(SourceEdit& edit) const
{
    const auto& source = m_context->source();
    std::vector<const ParmVarDecl*> added;
    const auto names = this->names(added);
    const auto definition = wholeDefinition(*m_map.kernel);
    const auto scratch = scratchLine(source, m_buffer);
    if (!names || !definition || !scratch)
        return false;
    for (const auto& access : m_reads) {
        const auto range = source.range(access.expression);
        const auto text = range ? readText(access, *names) : std::nullopt;
        if (!text)
            return false;
        edit.replace(*range, *text);
    }
    std::vector<std::string> parameters;
    std::vector<std::string> arguments;
    std::optional<TextRange> list;
    const auto add = [&](const KernelScope& kernel, const LaunchLine& launch, const ParmVarDecl* parameter,
                         const std::string& name) {
        const auto range = source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
        const auto at = source.offset(parameter->getLocation());
        if (!range || !at || parameter->hasDefaultArg() || kernel.kernel().isVariadic())
            return false;
        parameters.push_back(rewritten(source.text(), *range, {{{*at, *at + parameter->getName().size()}, name}}));
        arguments.push_back(source.text(launch.arguments[parameter->getFunctionScopeIndex()]));
        return true;
    };
    for (const auto* parameter : m_consumer->kernel().parameters()) {
        const auto range = source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
        if (!range)
            return false;
        list = TextRange{list ? list->begin : range->begin, range->end};
        if (parameter != m_parameter && !add(*m_consumer, *m_launch, parameter, parameter->getName().str()))
            return false;
        if (parameter == m_parameter)
            for (const auto* other : added)
                if (!add(*m_map.kernel, *m_map.launch, other, names->at(other)))
                    return false;
    }
    edit.replace(*list, fmt::format("{}", fmt::join(parameters, ", ")));
    edit.replace({m_launch->arguments.front().begin, m_launch->arguments.back().end},
                 fmt::format("{}", fmt::join(arguments, ", ")));
    edit.remove(*definition);
    edit.removeWithLine(m_map.launch->line);
    edit.removeWithLine(*scratch);
    return true;
}

/// What the producer's parameters are called in the consumer; \p added: those that it does not have yet.
std::optional<InlinedMap::Names> InlinedMap::names(std::vector<const ParmVarDecl*>& added) const
{
    const auto& source = m_context->source();
    const auto& directives = m_context->directives();
    Names found;
    // What is gone makes room for its name.
    auto words = namesIn(source.text(m_consumer->kernel().getBody()));
    words.erase(m_parameter->getName().str());
    std::set<std::string> taken;
    for (const auto* parameter : m_consumer->kernel().parameters())
        if (parameter != m_parameter)
            taken.insert(parameter->getName().str());
    for (const auto* parameter : m_map.kernel->kernel().parameters()) {
        const bool isPointer = parameter->getType()->isPointerType();
        if (m_map.argumentOf(parameter) == m_buffer)
            continue;
        for (const auto* other : m_consumer->kernel().parameters()) {
            const auto argument =
                withoutLets(directives, directives.text(m_launch->arguments[other->getFunctionScopeIndex()]));
            const auto a = isPointer ? innermostElement(parameter->getType()) : parameter->getType();
            const auto b = other->getType()->isPointerType() ? innermostElement(other->getType()) : other->getType();
            if (argument == m_map.argumentOf(parameter) && isPointer == other->getType()->isPointerType()
                && source.context().hasSameUnqualifiedType(a, b) && !m_consumer->isModified(other))
                found[parameter] = other->getName().str();
        }
        if (found.count(parameter) > 0)
            continue;
        bool isUsed = false;
        for (const Stmt* part : m_map.guarded.preamble)
            isUsed = isUsed || !m_map.kernel->references(parameter, part).empty();
        for (const Stmt* part : m_map.guarded.body)
            isUsed = isUsed || !m_map.kernel->references(parameter, part).empty();
        if (!isUsed)
            continue;
        const auto name = parameter->getName().str();
        found[parameter] = words.count(name) == 0 && taken.count(name) == 0 ? name : directives.freshName(name);
        added.push_back(parameter);
    }
    return found;
}

}  // namespace warploom
