// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FusedKernel.h"

#include "moves/HostWords.h"

namespace warploom {

using namespace clang;

namespace {

struct PlainStore {
    const Expr* target = nullptr;
    const Expr* value = nullptr;
};

/// target = value, of numbers or of the half types, which are classes.
std::optional<PlainStore> plainStore(const Stmt* statement)
{
    if (const auto* full = llvm::dyn_cast<ExprWithCleanups>(statement))
        statement = full->getSubExpr();
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(statement);
        binary != nullptr && binary->getOpcode() == BO_Assign)
        return PlainStore{binary->getLHS()->IgnoreParens(), binary->getRHS()};
    if (const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(statement);
        call != nullptr && call->getOperator() == OO_Equal && call->getNumArgs() == 2)
        return PlainStore{call->getArg(0)->IgnoreParens(), call->getArg(1)};
    return std::nullopt;
}

/// Whether \p statement sets one of \p targets whatever its conditions say.
bool alwaysSets(const Stmt* statement, const std::set<const Expr*>& targets)
{
    if (const auto store = plainStore(statement))
        return targets.count(store->target) > 0;
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(statement))
        return std::ranges::any_of(compound->body(), [&](const Stmt* one) { return alwaysSets(one, targets); });
    if (const auto* choice = llvm::dyn_cast<IfStmt>(statement))
        return choice->getElse() != nullptr && alwaysSets(choice->getThen(), targets)
            && alwaysSets(choice->getElse(), targets);
    return false;
}

bool holdsNode(const Stmt* outer, const Stmt* inner)
{
    bool found = false;
    walk(outer, [&](const Stmt* node) {
        found = found || node == inner;
        return !found;
    });
    return found;
}

std::vector<const MapAccess*> accessesOf(const MapLaunch& map, const std::string& buffer)
{
    std::vector<const MapAccess*> found;
    for (const auto& access : map.accesses)
        if (access.buffer == buffer)
            found.push_back(&access);
    return found;
}

std::vector<const VarDecl*> declaredIn(const Stmt* statement)
{
    std::vector<const VarDecl*> found;
    walk(statement, [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                if (const auto* var = llvm::dyn_cast<VarDecl>(one))
                    found.push_back(var);
        return true;
    });
    return found;
}

std::vector<const Stmt*> partsOf(const MapLaunch& map)
{
    auto parts = map.guarded.preamble;
    parts.insert(parts.end(), map.guarded.body.begin(), map.guarded.body.end());
    return parts;
}

/// Whether nothing but its elements is named.
bool isOnlyAccessed(const MapLaunch& map, const std::string& buffer)
{
    const auto accesses = accessesOf(map, buffer);
    for (const auto* parameter : map.kernel->kernel().parameters())
        if (map.argumentOf(parameter) == buffer)
            for (const auto* reference : map.kernel->references(parameter, map.kernel->kernel().getBody()))
                if (std::ranges::none_of(
                        accesses, [&](const auto* access) { return holdsNode(access->access.expression, reference); }))
                    return false;
    return true;
}

bool isName(const std::string& text)
{
    return !text.empty() && isPlainWord(text) && std::isdigit(static_cast<unsigned char>(text[0])) == 0;
}

}  // namespace

std::optional<FusedKernel> FusedKernel::make(const MoveContext& context, const LaunchPair& pair)
{
    FusedKernel fused(context, pair);
    for (const auto& buffer : pair.written)
        if (auto value = fused.keptValue(buffer)) {
            if (!fused.replaceFirst(*value) || !fused.replaceSecond(*value))
                return std::nullopt;
            fused.m_values.push_back(std::move(*value));
        }
    // Loads that assume that nobody writes do not stay beside stores.
    for (const auto* map : {&pair.first, &pair.second})
        for (const auto& access : map->accesses)
            if (access.access.call != nullptr && pair.written.count(access.buffer) > 0
                && (map == &pair.first || fused.valueOf(access.buffer) == nullptr))
                return std::nullopt;
    if (!fused.nameParameters() || !fused.shareDeclarations() || !fused.nameLocals() || !fused.keepsOtherNames()
        || !fused.joinExits() || !fused.writeText())
        return std::nullopt;
    return fused;
}

const KeptValue* FusedKernel::valueOf(const std::string& buffer) const
{
    const auto found = std::ranges::find_if(m_values, [&](const auto& value) { return value.buffer == buffer; });
    return found == m_values.end() ? nullptr : &*found;
}

/// What the second kernel reads of \p buffer, where the first sets it once and for all.
std::optional<KeptValue> FusedKernel::keptValue(const std::string& buffer) const
{
    const auto first = accessesOf(m_pair->first, buffer);
    const auto second = accessesOf(m_pair->second, buffer);
    std::set<const Expr*> targets;
    for (const auto* access : first)
        if (access->access.writes && !access->access.reads && access->access.call == nullptr)
            targets.insert(access->access.expression);
    bool isReadOnly = true;
    const bool isOverwritten = this->isOverwritten(buffer, isReadOnly);
    if (targets.empty() || (!isReadOnly && !isOverwritten)
        || std::ranges::none_of(second, [](const auto* access) { return access->access.reads; }))
        return std::nullopt;
    for (const auto* list : {&first, &second})
        for (const auto* access : *list)
            if (access->index != first.front()->index)
                return std::nullopt;
    KeptValue value;
    for (const Stmt* statement : m_pair->first.guarded.body)
        if (value.store == nullptr && alwaysSets(statement, targets))
            value.store = statement;
    if (value.store == nullptr)
        return std::nullopt;
    const auto store = plainStore(value.store);
    value.isChosen = !store;
    bool isWhole = true;
    bool isReadBefore = false;
    for (const auto* access : first) {
        const auto* place = access->access.expression;
        const bool isWithin = holdsNode(value.store, place);
        const bool isBefore = !isWithin && place->getBeginLoc() < value.store->getBeginLoc();
        const bool isTarget = store ? place == store->target : targets.count(place) > 0;
        // Several stores, and reads among them, are for a variable that takes the place of all.
        isWhole = isWhole && (isTarget || (isWithin && store && !access->access.writes) || isBefore || !isWithin);
        isWhole = isWhole && (isTarget || !access->access.writes);
        isWhole = isWhole && !(value.isChosen && isBefore);
        isReadBefore = isReadBefore || (!isTarget && (isWithin || isBefore));
    }
    if (!isWhole)
        return std::nullopt;
    const auto* base = first.front()->access.base;
    value.buffer = buffer;
    value.name = m_context->directives().freshName((isName(buffer) ? buffer : base->getName().str()) + "_value");
    value.type = innermostElement(base->getType())
                     .getUnqualifiedType()
                     .getAsString(m_context->source().context().getPrintingPolicy());
    value.isGone = !isOverwritten && !isReadBefore && isUnusedElsewhere(buffer) && isOnlyAccessed(m_pair->first, buffer)
        && isOnlyAccessed(m_pair->second, buffer);
    value.isStored = !isOverwritten && !value.isGone;
    return value;
}

/// Whether the second kernel sets what it has read, at the end; \p isReadOnly: it sets nothing.
bool FusedKernel::isOverwritten(const std::string& buffer, bool& isReadOnly) const
{
    const Stmt* last = nullptr;
    const auto accesses = accessesOf(m_pair->second, buffer);
    for (const auto* access : accesses) {
        if (!access->access.writes)
            continue;
        isReadOnly = false;
        for (const Stmt* statement : m_pair->second.guarded.body) {
            const auto store = plainStore(statement);
            if (store && store->target == access->access.expression && last == nullptr)
                last = statement;
            else if (holdsNode(statement, access->access.expression))
                return false;
        }
    }
    return last != nullptr && std::ranges::all_of(accesses, [&](const auto* access) {
               return access->access.expression->getBeginLoc() <= last->getEndLoc();
           });
}

bool FusedKernel::isGone(const std::string& argument) const
{
    const auto* value = valueOf(argument);
    return value != nullptr && value->isGone;
}

bool FusedKernel::isUnusedElsewhere(const std::string& buffer) const
{
    const auto& source = m_context->source();
    const auto scratch = scratchLine(source, buffer);
    return scratch && !isNamed(source, buffer, {m_pair->first.launch->line, m_pair->second.launch->line, *scratch});
}

bool FusedKernel::replaceFirst(const KeptValue& value)
{
    const auto& source = m_context->source();
    const auto whole = source.statementRange(value.store);
    if (!whole)
        return false;
    const auto indentation = indentationAt(source.text(), whole->begin);
    const auto store = plainStore(value.store);
    std::string place;
    for (const auto* access : accessesOf(m_pair->first, value.buffer)) {
        const auto range = source.range(access->access.expression);
        if (!range)
            return false;
        const bool isTarget = access->access.writes;
        place = isTarget ? source.text(*range) : place;
        if (value.isChosen || (!isTarget && access->access.expression->getBeginLoc() > value.store->getEndLoc()))
            m_first.push_back({*range, value.name});
    }
    if (value.isChosen) {
        m_first.push_back(
            {{whole->begin, whole->begin}, fmt::format("{} {};\n{}", value.type, value.name, indentation)});
        // Its place must have the same words at the end.
        std::set<const VarDecl*> outside;
        for (const Stmt* part : m_pair->first.guarded.body)
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(part))
                for (const auto* var : declaredIn(declaration))
                    outside.insert(var);
        for (const auto* access : accessesOf(m_pair->first, value.buffer))
            for (const auto* var : declaredIn(value.store))
                if (outside.count(var) == 0
                    && !m_pair->first.kernel->references(var, access->access.expression).empty())
                    return !value.isStored;
        const auto end = m_pair->first.guarded.bodyRange.end;
        if (value.isStored)
            m_first.push_back({{end, end}, fmt::format("\n{}{} = {};", indentation, place, value.name)});
        return true;
    }
    const auto target = source.range(store->target);
    const auto from = source.range(store->value);
    if (!target || !from || target->begin != whole->begin || from->begin < target->end)
        return false;
    const bool isNumber =
        innermostElement(accessesOf(m_pair->first, value.buffer).front()->access.base->getType())->isArithmeticType();
    m_first.push_back({{target->begin, from->begin},
                       isNumber ? fmt::format("const {} {} = ", value.type, value.name)
                                : fmt::format("{0} {1};\n{2}{1} = ", value.type, value.name, indentation)});
    if (value.isStored)
        m_first.push_back(
            {{whole->end, whole->end}, fmt::format("\n{}{} = {};", indentation, source.text(*target), value.name)});
    return true;
}

bool FusedKernel::replaceSecond(const KeptValue& value)
{
    const auto& source = m_context->source();
    for (const auto* access : accessesOf(m_pair->second, value.buffer)) {
        const Expr* whole =
            access->access.call != nullptr ? static_cast<const Expr*>(access->access.call) : access->access.expression;
        const auto range = source.range(whole);
        if (!range)
            return false;
        if (access->access.reads)
            m_second.push_back({*range, value.name});
    }
    return true;
}

std::string FusedKernel::parameterText(const MapLaunch& map, const ParmVarDecl* parameter,
                                       const std::string& name) const
{
    const auto& source = m_context->source();
    const auto range = source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
    const auto at = source.offset(parameter->getLocation());
    if (!range || !at || parameter->hasDefaultArg()
        || source.text({*at, *at + parameter->getName().size()}) != parameter->getName()
        || map.kernel->kernel().isVariadic())
        return {};
    return rewritten(source.text(), *range, {{{*at, *at + parameter->getName().size()}, name}});
}

bool FusedKernel::rename(const VarDecl* var, const std::string& name)
{
    if (var->getName() == name)
        return true;
    for (const Stmt* part : partsOf(m_pair->second)) {
        const auto uses = m_pair->second.kernel->renaming(var, part, name);
        if (!uses)
            return false;
        // What gives way to a value is gone.
        for (const auto& use : *uses)
            if (std::ranges::none_of(m_second, [&](const auto& other) { return other.range.contains(use.range); }))
                m_second.push_back(use);
    }
    return true;
}

/// The parameters of the first kernel that stay; all names that stand where the second's work will.
std::vector<const ParmVarDecl*> FusedKernel::takeNames()
{
    const auto& first = m_pair->first;
    std::vector<const ParmVarDecl*> kept;
    for (const auto* parameter : first.kernel->kernel().parameters()) {
        if (isGone(first.argumentOf(parameter)))
            continue;
        m_taken.insert(parameter->getName().str());
        kept.push_back(parameter);
    }
    for (const auto& index : first.guarded.indices)
        m_taken.insert(index.var->getName().str());
    for (const Stmt* part : partsOf(first))
        if (llvm::isa<DeclStmt>(part))
            for (const auto* var : declaredIn(part))
                m_taken.insert(var->getName().str());
    for (const auto& value : m_values)
        m_taken.insert(value.name);
    return kept;
}

/// Whether the second kernel gets by \p parameter what the first gets by \p other.
bool FusedKernel::isSame(const ParmVarDecl* parameter, const ParmVarDecl* other) const
{
    const auto& context = m_context->source().context();
    const bool isPointer = parameter->getType()->isPointerType();
    return m_pair->first.argumentOf(other) == m_pair->second.argumentOf(parameter)
        && isPointer == other->getType()->isPointerType()
        && (isPointer ? context.hasSameUnqualifiedType(innermostElement(parameter->getType()),
                                                       innermostElement(other->getType()))
                      : context.hasSameUnqualifiedType(parameter->getType(), other->getType()));
}

/// Its own name where that is free, else what the launch calls it.
std::string FusedKernel::freeName(const ParmVarDecl* parameter) const
{
    const auto name = parameter->getName().str();
    const auto argument = m_pair->second.argumentOf(parameter);
    const auto words = namesIn(m_context->source().text(m_pair->second.kernel->kernel().getBody()));
    if (m_taken.count(name) == 0)
        return name;
    return isName(argument) && m_taken.count(argument) == 0 && words.count(argument) == 0
        ? argument
        : m_context->directives().freshName(name);
}

void FusedKernel::addParameter(const MapLaunch& map, const ParmVarDecl* parameter, const MapLaunch& declaredBy,
                               const ParmVarDecl* declaration, const std::string& name)
{
    m_parameters.push_back(parameterText(declaredBy, declaration, name));
    m_arguments.push_back(m_context->source().text(map.launch->arguments[parameter->getFunctionScopeIndex()]));
}

bool FusedKernel::nameParameters()
{
    const auto& first = m_pair->first;
    const auto& second = m_pair->second;
    const auto kept = takeNames();
    std::map<const ParmVarDecl*, const ParmVarDecl*> writers;
    std::vector<std::pair<const ParmVarDecl*, std::string>> added;
    for (const auto* parameter : second.kernel->kernel().parameters()) {
        const auto argument = second.argumentOf(parameter);
        const bool isUsed = std::ranges::any_of(
            partsOf(second), [&](const Stmt* part) { return !second.kernel->references(parameter, part).empty(); });
        if (!isUsed || isGone(argument))
            continue;
        const bool isPointer = parameter->getType()->isPointerType();
        const auto same = std::ranges::find_if(kept, [&](const auto* other) { return isSame(parameter, other); });
        if (same == kept.end() && isPointer && m_pair->joint.count(argument) > 0)
            return false;
        const auto name = same == kept.end() ? freeName(parameter) : (*same)->getName().str();
        if (!rename(parameter, name))
            return false;
        if (same == kept.end()) {
            m_taken.insert(name);
            added.emplace_back(parameter, name);
        } else if (isPointer && !innermostElement(parameter->getType()).isConstQualified()
                   && innermostElement((*same)->getType()).isConstQualified()) {
            writers[*same] = parameter;  // who writes decides
        }
    }
    for (const auto* parameter : kept) {
        const auto writer = writers.find(parameter);
        const bool isOwn = writer == writers.end();
        addParameter(first, parameter, isOwn ? first : second, isOwn ? parameter : writer->second,
                     parameter->getName().str());
    }
    for (const auto& [parameter, name] : added)
        addParameter(second, parameter, second, parameter, name);
    return std::ranges::none_of(m_parameters, [](const auto& text) { return text.empty(); });
}

/// What both say before their guards of blocks and threads alone is said once.
bool FusedKernel::shareDeclarations()
{
    const auto& source = m_context->source();
    const auto only = [](const Stmt* statement) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        return declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
    };
    const auto isOfBlocks = [](const std::string& text) {
        return std::ranges::all_of(namesIn(text), [](const auto& name) {
            return name == "blockIdx" || name == "threadIdx" || name == "blockDim" || name == "gridDim";
        });
    };
    for (const Stmt* statement : m_pair->second.guarded.preamble)
        for (const Stmt* other : m_pair->first.guarded.preamble) {
            const auto* var = only(statement);
            const auto* same = only(other);
            if (var == nullptr || same == nullptr || !var->hasInit() || !same->hasInit()
                || m_pair->second.kernel->isModified(var) || m_pair->first.kernel->isModified(same)
                || !source.context().hasSameUnqualifiedType(var->getType(), same->getType())
                || source.text(var->getInit()) != source.text(same->getInit())
                || !isOfBlocks(source.text(var->getInit())) || m_shared.count(statement) > 0)
                continue;
            if (!rename(var, same->getName().str()))
                return false;
            m_shared.insert(statement);
        }
    return true;
}

/// The second kernel's own variables, where the first has such names.
bool FusedKernel::nameLocals()
{
    const auto& source = m_context->source();
    for (const auto& index : m_pair->second.guarded.indices)
        if (!rename(index.var, m_pair->first.guarded.indexOf(index.dimension)->var->getName().str()))
            return false;
    std::map<std::string, std::string> names;
    for (const Stmt* part : partsOf(m_pair->second))
        for (const auto* var : m_shared.count(part) > 0 ? std::vector<const VarDecl*>() : declaredIn(part)) {
            const auto name = var->getName().str();
            if (m_taken.count(name) == 0)
                continue;
            auto& chosen = names[name];
            if (chosen.empty())
                chosen = m_context->directives().freshName(name);
            const auto at = source.offset(var->getLocation());
            if (!at || source.text({*at, *at + name.size()}) != name || !rename(var, chosen))
                return false;
            m_second.push_back({{*at, *at + name.size()}, chosen});
        }
    return true;
}

/// Whether what else the second kernel names (functions, types, macros) still means the same among the first's names.
bool FusedKernel::keepsOtherNames() const
{
    const auto& source = m_context->source();
    std::set<std::string> own;
    for (const auto* parameter : m_pair->second.kernel->kernel().parameters())
        own.insert(parameter->getName().str());
    for (const auto* var : declaredIn(m_pair->second.kernel->kernel().getBody()))
        own.insert(var->getName().str());
    for (const Stmt* part : partsOf(m_pair->second)) {
        const auto range = source.statementRange(part);
        if (!range)
            return false;
        const auto text = source.text(*range);
        for (const auto& word : namesIn(text))
            if (m_taken.count(word) > 0 && own.count(word) == 0)
                return false;
    }
    return true;
}

/// What stands under the guard, comments included.
std::optional<TextRange> FusedKernel::contentOf(const MapLaunch& map) const
{
    const auto& source = m_context->source();
    const auto* then = map.guarded.guard->getThen();
    const auto body = source.range(map.guarded.returnsEarly ? map.kernel->kernel().getBody() : then);
    if (map.guarded.returnsEarly) {
        const auto guard = source.statementRange(map.guarded.guard);
        return guard && body ? std::optional(TextRange{guard->end, body->end - 1}) : std::nullopt;
    }
    if (!llvm::isa<CompoundStmt>(then))
        return map.guarded.bodyRange;
    return body ? std::optional(TextRange{body->begin + 1, body->end - 1}) : std::nullopt;
}

/// On one line where there is room, else a few on each.
std::string FusedKernel::parameterList() const
{
    constexpr std::size_t kWidth = 60;
    std::string list;
    std::size_t onLine = 0;
    for (const auto& parameter : m_parameters) {
        const bool isFull = onLine > 0 && onLine + parameter.size() > kWidth;
        list += list.empty() ? "" : isFull ? ",\n    " : ", ";
        onLine = isFull ? parameter.size() : onLine + parameter.size() + 2;
        list += parameter;
    }
    return list;
}

/// What the second kernel does before it leaves early comes to where the first does, which is for the same elements.
bool FusedKernel::joinExits()
{
    if (!m_pair->first.exit)
        return true;
    const auto& source = m_context->source();
    const auto own = source.statementRange(m_pair->first.exit->choice);
    const auto other = source.statementRange(m_pair->second.exit->choice);
    const auto condition = source.range(m_pair->first.exit->choice->getCond());
    if (!own || !other || !condition)
        return false;
    const auto indentation = indentationAt(source.text(), own->begin);
    std::string joined = fmt::format("if ({}) {{\n", source.text(*condition));
    const auto add = [&](const std::vector<const Stmt*>& before, const std::vector<Replacement>& changes) {
        return std::ranges::all_of(before, [&](const Stmt* statement) {
            const auto range = source.statementRange(statement);
            if (range)
                joined +=
                    reindented(indentationAt(source.text(), range->begin) + rewritten(source.text(), *range, changes),
                               indentation + "    ");
            return range.has_value();
        });
    };
    if (!add(m_pair->first.exit->before, m_first) || !add(m_pair->second.exit->before, m_second))
        return false;
    joined += fmt::format("{0}    return;\n{0}}}", indentation);
    std::erase_if(m_first, [&](const Replacement& one) { return own->contains(one.range); });
    std::erase_if(m_second, [&](const Replacement& one) { return other->contains(one.range); });
    if (!m_pair->second.exit->before.empty())
        m_first.push_back({*own, joined});
    m_second.push_back({*other, {}});
    return true;
}

bool FusedKernel::writeText()
{
    const auto& source = m_context->source();
    const auto& guarded = m_pair->first.guarded;
    const auto body = source.range(m_pair->first.kernel->kernel().getBody());
    const auto guard = source.statementRange(guarded.guard);
    const auto condition = source.range(guarded.guard->getCond());
    const auto first = contentOf(m_pair->first);
    const auto second = contentOf(m_pair->second);
    if (!body || !guard || !condition || !first || !second)
        return false;
    const auto piece = [&](TextRange range, const std::vector<Replacement>& changes) {
        return indentationAt(source.text(), range.begin) + rewritten(source.text(), range, changes);
    };
    for (const Stmt* statement : m_pair->second.guarded.preamble) {
        const auto range = source.statementRange(statement);
        if (m_shared.count(statement) > 0)
            continue;
        if (!range)
            return false;
        m_secondPart += reindented(piece(*range, m_second), "");
    }
    const auto indentation = guarded.returnsEarly ? "    " : "        ";
    m_secondPart = reindented(m_secondPart + reindented(piece(*second, m_second), ""), indentation);
    m_text = "(" + parameterList() + ")\n{\n";
    m_text += reindented(source.text({body->begin + 1, guard->begin}), "    ");
    m_text += guarded.returnsEarly ? reindented(piece(*guard, {}), "    ")
                                   : fmt::format("    if ({}) {{\n", source.text(*condition));
    m_text += reindented(piece(*first, m_first), indentation) + m_secondPart;
    m_text += guarded.returnsEarly ? "}" : "    }\n}";
    return true;
}

}  // namespace warploom
