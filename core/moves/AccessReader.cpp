// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AccessReader.h"

#include "moves/HostExpressions.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kDeepestAccess = 4;

/// Intrinsics that read one element and do nothing else.
bool isLoad(std::string_view name)
{
    return isOneOf(name, {"__ldg", "__ldcs", "__ldca", "__ldcg", "__ldcv", "__ldlu"});
}

bool isStore(std::string_view name) { return isOneOf(name, {"__stcs", "__stcg", "__stwb", "__stwt"}); }

const FunctionDecl* definitionOf(const CallExpr* call)
{
    const auto* callee = call->getDirectCallee();
    const FunctionDecl* definition = nullptr;
    return callee != nullptr && callee->hasBody(definition) ? definition : nullptr;
}

}  // namespace

QualType scalarOf(QualType type)
{
    while (true) {
        type = innermostElement(type.getCanonicalType());
        const auto* record = type->getAsCXXRecordDecl();
        const auto* first = record == nullptr || record->field_empty() ? nullptr : *record->field_begin();
        // Vectors of CUDA have fields x, y, …; half types have their bits.
        if (first == nullptr || identifierOf(first) != "x")
            return type.getUnqualifiedType();
        type = first->getType();
    }
}

AccessReader::AccessReader(const DeviceCode& code, const FunctionDecl& function, Call call, AccessReport& report)
    : m_code(code)
    , m_function(function)
    , m_scope(code.parsed(), function)
    , m_call(std::move(call))
    , m_report(report)
{
    noteChanges();
}

/// Everything that sets a variable after its declaration, in the order of the text.
void AccessReader::noteChanges()
{
    std::vector<const ForStmt*> loops;
    walk(m_function.getBody(), [&](const Stmt* node) {
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node); binary != nullptr && binary->isAssignmentOp()) {
            if (const auto* var = plainVariable(binary->getLHS()))
                m_changes[var].push_back({binary, binary->getRHS(), binary->getOpcode() == BO_AddAssign,
                                          binary->getOpcode() == BO_SubAssign});
        } else if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
                   unary != nullptr && unary->isIncrementDecrementOp()) {
            if (const auto* var = plainVariable(unary->getSubExpr()))
                m_changes[var].push_back({unary, nullptr, unary->isIncrementOp(), unary->isDecrementOp()});
        } else if (const auto* loop = llvm::dyn_cast<ForStmt>(node)) {
            loops.push_back(loop);
        }
        return true;
    });
    for (const auto* loop : loops)
        noteCounters(loop);
}

/// Variables that a loop moves by the same step each time: what they are follows from how often it has run.
void AccessReader::noteCounters(const ForStmt* loop)
{
    std::vector<const Expr*> steps;
    const std::function<void(const Expr*)> split = [&](const Expr* expression) {
        const auto* comma = llvm::dyn_cast<BinaryOperator>(expression->IgnoreParens());
        if (comma != nullptr && comma->getOpcode() == BO_Comma) {
            split(comma->getLHS());
            split(comma->getRHS());
        } else {
            steps.push_back(expression->IgnoreParens());
        }
    };
    if (loop->getInc() == nullptr)
        return;
    split(loop->getInc());
    for (const auto& [var, changes] : m_changes) {
        const auto& change = changes.front();
        const bool isStep = changes.size() == 1 && (change.adds || change.subtracts)
            && std::find(steps.begin(), steps.end(), change.whole) != steps.end();
        const auto* statement = llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
        const bool isOurs = statement != nullptr
            && std::find(statement->decl_begin(), statement->decl_end(), var) != statement->decl_end();
        if (isStep && isOurs && var->hasInit() && var->getType()->isIntegerType())
            m_counters[var] = {loop, change};
    }
}

void AccessReader::read()
{
    struct Event {
        std::size_t time;
        std::optional<Access> access;
        const CallExpr* call;
    };
    std::vector<Event> events;
    const auto* body = m_function.getBody();
    for (const auto& access : m_scope.accesses(body))
        if (access.call == nullptr || definitionOf(access.call) == nullptr)
            events.push_back({timeOf(access), access, nullptr});
    walk(body, [&](const Stmt* node) {
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        if (call != nullptr && definitionOf(call) != nullptr)
            events.push_back({offsetOf(call), std::nullopt, call});
        return true;
    });
    std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
    for (const auto& event : events)
        if (event.access)
            addAccess(*event.access);
        else
            followCall(event.call);
    noteLoopBounds();
    noteValueUses();
}

/// Where in the text an access happens: what an assignment writes comes after what it reads.
std::size_t AccessReader::timeOf(const Access& access) const
{
    const Stmt* above = access.expression;
    if (access.call == nullptr && access.writes && !access.reads)
        while (above != nullptr && !llvm::isa<CompoundStmt>(above)) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(above);
            const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(above);
            if ((binary != nullptr && binary->isAssignmentOp()) || (call != nullptr && call->isAssignmentOp())) {
                const auto& sources = m_code.parsed().context().getSourceManager();
                return sources.getFileOffset(sources.getExpansionLoc(above->getEndLoc()));
            }
            above = m_scope.parent(above);
        }
    return offsetOf(access.expression);
}

void AccessReader::noteParameterNames(const IndexForm& form)
{
    for (const auto& symbol : symbolsOf(form))
        if (symbol.front() != '$')
            m_report.boundNames.insert(symbol);
}

/// An access whose place cannot be told at all is left out: nothing could be said about it.
void AccessReader::addAccess(const Access& found)
{
    BufferAccess access;
    access.expression = found.expression;
    access.reads = found.reads;
    access.writes = found.writes;
    const Expr* pointer = found.expression;
    QualType touched = found.expression->getType();
    std::optional<PointerPlace> place;
    if (found.call != nullptr) {
        const auto name = calleeName(found.call);
        const bool isConst = touched->getPointeeType().isConstQualified();
        access.atomic = found.atomic ? name : std::string();
        access.reads = !isStore(name);
        access.writes = !isLoad(name) && !isConst;
        place = this->place(pointer);
        touched = touched->getPointeeType();
        if (!found.atomic && !isLoad(name) && !isStore(name) && place)
            place->offset.reset();
    } else if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(found.expression)) {
        place = this->place(subscript->getBase());
        if (place && place->offset) {
            const auto index = scaled(form(subscript->getIdx()), subscript->getType(), place->base);
            place->offset = index ? std::optional(*place->offset + *index) : std::nullopt;
        }
    } else if (const auto* dereference = llvm::dyn_cast<UnaryOperator>(found.expression)) {
        place = this->place(dereference->getSubExpr());
    }
    if (!place)
        return;
    access.base = place->base;
    access.index = place->offset;
    const auto& context = m_code.parsed().context();
    const auto scalar = context.getTypeSize(scalarOf(access.base->getType()));
    if (!touched->isVoidType() && !touched->isIncompleteType())
        access.width = std::max<std::int64_t>(1, static_cast<std::int64_t>(context.getTypeSize(touched) / scalar));
    collectGuards(found.expression, access);
    if (access.index)
        noteParameterNames(*access.index);
    for (const auto& fact : access.facts)
        if (!isAboutData(fact))
            noteParameterNames(fact);
    m_report.accesses.push_back(std::move(access));
}

/// The function is read as if it stood here: its parameters stand for what is passed, under the guards around the call.
void AccessReader::followCall(const CallExpr* call)
{
    const auto* callee = definitionOf(call);
    if (m_call.depth >= kDeepestAccess || callee->getNumParams() != call->getNumArgs())
        return;
    BufferAccess here;
    collectGuards(call, here);
    Call inner;
    inner.depth = m_call.depth + 1;
    inner.facts = here.facts;
    inner.conditions = here.conditions;
    for (unsigned i = 0; i < call->getNumArgs(); ++i) {
        const auto* parameter = callee->getParamDecl(i);
        if (parameter->getType()->isPointerType()) {
            if (const auto target = place(call->getArg(i)))
                inner.pointers[parameter] = *target;
        } else if (parameter->getType()->isIntegerType()) {
            inner.values[parameter] = form(call->getArg(i));
        } else {
            noteSources(call->getArg(i), inner.sources[parameter], 0);
        }
    }
    AccessReader(m_code, *callee, std::move(inner), m_report).read();
}

std::string AccessReader::symbolAt(std::size_t offset, char kind) const
{
    // Padded, so that the order of symbols is that of the text, whatever things are called.
    return fmt::format("${}{:08}d{}#", kind, offset, m_call.depth);
}

std::size_t AccessReader::offsetOf(const Stmt* statement) const
{
    const auto& sources = m_code.parsed().context().getSourceManager();
    return sources.getFileOffset(sources.getExpansionLoc(statement->getBeginLoc()));
}

IndexForm AccessReader::unknown(const Expr* expression)
{
    return IndexForm::symbol(symbolAt(offsetOf(expression), '?'));
}

IndexForm AccessReader::form(const Expr* expression)
{
    expression = expression->IgnoreParenCasts();
    if (const auto known = m_forms.find(expression); known != m_forms.end())
        return known->second;
    if (m_depth > kDeepestForm)
        return unknown(expression);
    ++m_depth;
    auto result = unknown(expression);
    Expr::EvalResult constant;
    if (!expression->isValueDependent() && expression->getType()->isIntegralOrEnumerationType()
        && expression->EvaluateAsInt(constant, m_code.parsed().context())
        && constant.Val.getInt().getSignificantBits() <= 64)
        result = IndexForm::constant(constant.Val.getInt().getExtValue());
    else if (const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(expression))
        result = form(pseudo->getSyntacticForm());
    else if (llvm::isa<MemberExpr>(expression))
        result = m_scope.form(expression).value_or(result);
    else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
        result = formOfBinary(binary);
    else if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression))
        result = formOfVariable(reference);
    else if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
        result = formOfCall(call);
    else if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
        result = formOfChoice(choice);
    else if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression)) {
        if (unary->getOpcode() == UO_Minus)
            result = IndexForm::constant(-1) * form(unary->getSubExpr());
        else if (unary->isIncrementDecrementOp())
            result = form(unary->getSubExpr());
    }
    const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression);
    const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
    const auto* pointer = subscript != nullptr               ? subscript->getBase()
        : unary != nullptr && unary->getOpcode() == UO_Deref ? unary->getSubExpr()
                                                             : nullptr;
    if (pointer != nullptr)
        if (const auto from = place(pointer))
            m_report.dataSymbols[symbolAt(offsetOf(expression), '?')] = from->base;
    --m_depth;
    if (!result.isReasonable())
        result = unknown(expression);
    return m_forms[expression] = result;
}

/// In this order: counters of loops, what is assigned in a straight line, what a call passes, the initialiser.
IndexForm AccessReader::formOfVariable(const DeclRefExpr* reference)
{
    const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
    if (var == nullptr || !var->getType()->isIntegerType())
        return unknown(reference);
    const auto own = IndexForm::symbol(symbolAt(m_code.parsed().offset(var->getLocation()).value_or(0), 'v'));
    const auto* change = valueInForce(var, reference);
    const bool isModified = m_scope.isModified(var);
    if (auto counter = counterForm(var))
        return *counter;
    if (isModified && change == nullptr) {
        if (var->hasInit() && !llvm::isa<ParmVarDecl>(var) && m_open.insert(var).second) {
            const auto& symbol = own.terms().begin()->first.front();
            const auto start = form(var->getInit());
            m_report.starts[symbol] = start;
            if (holdsData(start))
                m_report.dataVariables.insert(symbol);
            m_open.erase(var);
        }
        return own;
    }
    if (change == nullptr || change->value == nullptr) {
        if (const auto known = m_call.values.find(var); known != m_call.values.end())
            return known->second;
        if (!var->hasInit() || llvm::isa<ParmVarDecl>(var))
            return own;
    }
    if (!m_open.insert(var).second)
        return own;
    auto result = form(change != nullptr && change->value != nullptr ? change->value : var->getInit());
    m_open.erase(var);
    return result;
}

/// Of a variable that a loop moves in steps of more than one, or together with others.
std::optional<IndexForm> AccessReader::counterForm(const VarDecl* var)
{
    const auto counter = m_counters.find(var);
    if (counter == m_counters.end() || !m_open.insert(var).second)
        return std::nullopt;
    const auto& [loop, change] = counter->second;
    const auto step = change.value == nullptr ? IndexForm::constant(1) : form(change.value);
    const bool isShared = std::count_if(m_counters.begin(), m_counters.end(),
                                        [&, loop = loop](const auto& other) { return other.second.first == loop; })
        > 1;
    std::optional<IndexForm> result;
    if (isSizeForm(step) && (isShared || !step.isOne()) && change.adds)
        result = form(var->getInit()) + step * IndexForm::symbol(symbolAt(offsetOf(loop), 'q'));
    m_open.erase(var);
    return result;
}

/// Of a variable that is only ever assigned by statements of the function's own block: the assignment that a use sees,
/// or one without a value for the initialiser. Null for variables that are never changed, and for all others.
const AccessReader::Change* AccessReader::valueInForce(const VarDecl* var, const Expr* use) const
{
    static const Change kInitialiser;
    const auto changes = m_changes.find(var);
    if (changes == m_changes.end())
        return nullptr;
    const Change* latest = &kInitialiser;
    for (const auto& change : changes->second) {
        if (change.adds || change.subtracts || change.value == nullptr
            || m_scope.parent(change.whole) != m_function.getBody())
            return nullptr;
        if (offsetOf(change.whole) < offsetOf(use) && !contains(change.whole, use))
            latest = &change;
    }
    return latest;
}

IndexForm AccessReader::formOfBinary(const BinaryOperator* binary)
{
    const auto left = form(binary->getLHS());
    const auto right = form(binary->getRHS());
    const auto amount = right.constantValue().value_or(-1);
    const bool smallPower = amount >= 0 && amount < 32;
    switch (binary->getOpcode()) {
    case BO_Add:
        return left + right;
    case BO_Sub:
        return left - right;
    case BO_Mul:
        return left * right;
    case BO_Div:
        return quotientForm('/', left, right);
    case BO_Rem:
        return quotientForm('%', left, right);
    case BO_Shl:
        return smallPower ? left * IndexForm::constant(std::int64_t{1} << amount) : unknown(binary);
    case BO_Shr:
        return smallPower ? quotientForm('/', left, IndexForm::constant(std::int64_t{1} << amount)) : unknown(binary);
    case BO_And:
        if (amount > 0 && ((amount + 1) & amount) == 0)
            return quotientForm('%', left, IndexForm::constant(amount + 1));
        return unknown(binary);
    default:
        return unknown(binary);
    }
}

/// min and max by what bounds them, functions of one expression by that expression.
IndexForm AccessReader::formOfCall(const CallExpr* call)
{
    const auto name = calleeName(call);
    if (isOneOf(name, {"min", "max"}) && call->getNumArgs() == 2) {
        const auto a = form(call->getArg(0));
        const auto b = form(call->getArg(1));
        // max(0, i): what is looked for is how far it reaches.
        if (name == "max" && (a.constantValue() || b.constantValue()))
            return a.constantValue() ? b : a;
        const auto symbol = symbolAt(offsetOf(call), '?');
        if (name == "min")
            m_report.symbolFacts[symbol] = {IndexForm::symbol(symbol) - a - IndexForm::constant(1),
                                            IndexForm::symbol(symbol) - b - IndexForm::constant(1)};
        return IndexForm::symbol(symbol);
    }
    if (isLoad(name) && call->getNumArgs() == 1)
        if (const auto from = place(call->getArg(0)))
            m_report.dataSymbols[symbolAt(offsetOf(call), '?')] = from->base;
    const auto* callee = definitionOf(call);
    const auto* result = callee == nullptr ? nullptr : returnedBy(callee);
    if (result == nullptr || !result->getType()->isIntegerType() || m_call.depth >= kDeepestAccess
        || callee->getNumParams() != call->getNumArgs())
        return unknown(call);
    Call inner;
    inner.depth = m_call.depth + 1;
    for (unsigned i = 0; i < call->getNumArgs(); ++i)
        if (callee->getParamDecl(i)->getType()->isIntegerType())
            inner.values[callee->getParamDecl(i)] = form(call->getArg(i));
    return AccessReader(m_code, *callee, std::move(inner), m_report).form(result);
}

IndexForm AccessReader::formOfChoice(const ConditionalOperator* choice)
{
    const auto yes = form(choice->getTrueExpr());
    const auto no = form(choice->getFalseExpr());
    if (yes.constantValue() || no.constantValue())
        return yes.constantValue() ? no : yes;
    const auto symbol = symbolAt(offsetOf(choice), '?');
    // i < n ? i : n - 1 stays below n.
    for (const auto& side : {yes, no})
        if (isSizeForm(side))
            m_report.symbolFacts[symbol].push_back(IndexForm::symbol(symbol) - side - IndexForm::constant(1));
    return IndexForm::symbol(symbol);
}

}  // namespace warploom
