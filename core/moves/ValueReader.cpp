// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ValueReader.h"

namespace warploom {

using namespace clang;

namespace {

ValueTree carriedValue(const VarDecl* var, const std::string& loop, IndexForm index = {})
{
    Value value;
    value.kind = ValueKind::Carry;
    value.base = var;
    value.symbol = loop;
    value.index = std::move(index);
    return std::make_shared<const Value>(std::move(value));
}

bool isCarried(const Value& value, const VarDecl* var, const std::string& loop)
{
    return value.kind == ValueKind::Carry && value.base == var && value.symbol == loop;
}

/// What \p after adds to what was carried; null where it is something else.
ValueTree addition(const ValueTree& after, const ValueTree& before)
{
    if (after->kind == ValueKind::Select && after->operands.size() == 2 && isSame(after->operands[1], before)) {
        const auto added = addition(after->operands[0], before);
        return added == nullptr ? nullptr : choiceValue(after->index, added, numberValue("0"));
    }
    if (after->kind != ValueKind::Binary || after->text != "+" || after->operands.size() != 2)
        return nullptr;
    for (const auto& [carry, added] :
         {std::pair(after->operands[0], after->operands[1]), std::pair(after->operands[1], after->operands[0])})
        if (isSame(carry, before))
            return added;
    return nullptr;
}

bool isLeaving(const Stmt* statement)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(statement))
        return compound->size() == 1 && isLeaving(*compound->body_begin());
    return llvm::isa<ContinueStmt, BreakStmt>(statement);
}

bool isBreaking(const Stmt* statement)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(statement))
        return isBreaking(*compound->body_begin());
    return llvm::isa<BreakStmt>(statement);
}

}  // namespace

void ValueReader::bind(const VarDecl* var)
{
    m_variables[var].number = IndexForm::symbol(symbolFor(var->getNameAsString()));
}

bool ValueReader::run(const std::vector<const Stmt*>& statements) { return runList(statements, 0); }

ValuePrinter ValueReader::printer() const
{
    ValuePrinter printer;
    printer.quotients = m_quotients;
    return printer;
}

bool ValueReader::runList(const std::vector<const Stmt*>& statements, std::size_t from)
{
    for (std::size_t i = from; i < statements.size(); ++i) {
        const auto* choice = llvm::dyn_cast<IfStmt>(statements[i]);
        if (choice == nullptr || !isLeaving(choice->getThen())) {
            if (m_returned != nullptr || !runOne(statements[i]))
                return false;
            continue;
        }
        // What follows is done where the condition does not hold.
        const auto leaves = condition(choice->getCond());
        if (!leaves || choice->getElse() != nullptr || m_loops.empty())
            return false;
        const auto stays = IndexForm::constant(-1) - *leaves;
        const auto slope = stays.coefficient(m_loops.back().symbol);
        if (isBreaking(choice->getThen()) && (!slope || slope->constantValue().value_or(1) > 0))
            return false;
        const auto before = m_variables;
        ++m_choices;
        const bool known = runList(statements, i + 1);
        --m_choices;
        const auto pick = [&](const ValueTree& a, const ValueTree& b) { return choiceValue(stays, a, b); };
        return known && merge(pick, Environment(m_variables), before);
    }
    return true;
}

bool ValueReader::runOne(const Stmt* statement)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(statement))
        return runList({compound->body_begin(), compound->body_end()}, 0);
    if (const auto* attributed = llvm::dyn_cast<AttributedStmt>(statement))
        return runOne(attributed->getSubStmt());
    if (const auto* declarations = llvm::dyn_cast<DeclStmt>(statement))
        return std::ranges::all_of(declarations->decls(), [&](const Decl* one) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            return var != nullptr && declare(var);
        });
    if (const auto* loop = llvm::dyn_cast<ForStmt>(statement))
        return this->loop(loop);
    if (const auto* loop = llvm::dyn_cast<WhileStmt>(statement))
        return triangle(loop);
    if (const auto* choice = llvm::dyn_cast<IfStmt>(statement))
        return choose(choice);
    if (const auto* result = llvm::dyn_cast<ReturnStmt>(statement)) {
        m_returned =
            m_depth > 0 && m_choices == 0 && result->getRetValue() != nullptr ? value(result->getRetValue()) : nullptr;
        return m_returned != nullptr;
    }
    if (const auto* expression = llvm::dyn_cast<Expr>(statement))
        return runExpression(expression->IgnoreImplicit());
    return llvm::isa<NullStmt>(statement);
}

bool ValueReader::runExpression(const Expr* expression)
{
    if (const auto* assignment = llvm::dyn_cast<BinaryOperator>(expression);
        assignment != nullptr && assignment->isAssignmentOp())
        return assign(assignment->getLHS(), assignment, assignment->getRHS());
    if (const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(expression);
        call != nullptr && call->getOperator() == OO_Equal && call->getNumArgs() == 2)
        return assign(call->getArg(0), nullptr, call->getArg(1));
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        unary != nullptr && unary->isIncrementDecrementOp())
        return count(unary->getSubExpr(), unary->isIncrementOp() ? 1 : -1);
    return false;
}

bool ValueReader::count(const Expr* target, int step)
{
    const auto* var = plainVariable(target);
    if (var == nullptr || !bound(var).number)
        return false;
    auto& number = *bound(var).number;
    number = number + IndexForm::constant(step);
    return true;
}

bool ValueReader::triangle(const WhileStmt* loop)
{
    const auto changed = changedWithin(loop->getBody());
    if (changed.size() != 2)
        return false;
    const auto before = m_variables;
    const auto symbolOf = [&](const VarDecl* var) {
        return fmt::format("${}~triangle{}#", var->getNameAsString(), m_triangles.size());
    };
    for (const auto* var : changed) {
        if (!m_variables[var].number)
            return false;
        m_variables[var].number = IndexForm::symbol(symbolOf(var));
    }
    const auto goesOn = condition(loop->getCond());
    const auto stores = m_stores.size();
    if (!goesOn || !runOne(loop->getBody()) || m_stores.size() != stores)
        return false;
    // One goes up by one, of the other as much is taken as it must have.
    for (const auto* row : changed) {
        const auto* rest = row == *changed.begin() ? *changed.rbegin() : *changed.begin();
        const auto rowForm = IndexForm::symbol(symbolOf(row));
        const auto restForm = IndexForm::symbol(symbolOf(rest));
        const auto length = restForm - *goesOn;
        if (m_variables[row].number != rowForm + IndexForm::constant(1) || m_variables[rest].number != *goesOn
            || length.dependsOn(symbolOf(rest)))
            continue;
        m_triangles.push_back({symbolOf(row), symbolOf(rest), *before.at(row).number, *before.at(rest).number, length});
        m_variables[row].number = rowForm;
        m_variables[rest].number = restForm;
        return true;
    }
    return false;
}

bool ValueReader::declare(const VarDecl* var)
{
    if (var->hasAttr<CUDASharedAttr>() || var->isStaticLocal() || var->getType()->isReferenceType())
        return false;
    m_variables[var] = {};
    // Not in its place yet: a function that is called for the value may bind all names anew.
    Binding binding;
    const bool isKnown = initialise(var, binding);
    m_variables[var] = std::move(binding);
    return isKnown;
}

bool ValueReader::initialise(const VarDecl* var, Binding& binding)
{
    const Expr* initial = var->getInit();
    if (const auto* array = m_kernel.source().context().getAsConstantArrayType(var->getType())) {
        const auto* list = initial == nullptr ? nullptr : llvm::dyn_cast<InitListExpr>(initial->IgnoreImplicit());
        binding.array = Array{array->getSize().getSExtValue(), nullptr, {}, nullptr};
        bool isZeroed = list != nullptr;
        for (unsigned i = 0; list != nullptr && i < list->getNumInits(); ++i)
            isZeroed =
                isZeroed && (llvm::isa<ImplicitValueInitExpr>(list->getInit(i)) || isZero(value(list->getInit(i))));
        if (isZeroed)
            binding.array->element = numberValue("0");
        return array->getElementType()->isRealFloatingType() && (isZeroed || initial == nullptr);
    }
    if (initial == nullptr)
        return true;
    if (var->getType()->isPointerType())
        binding.pointer = pointer(initial);
    else if (var->getType()->isIntegralOrEnumerationType())
        binding.number = number(initial);
    else
        binding.value = value(initial);
    return binding.pointer || binding.number || binding.value != nullptr;
}

bool ValueReader::assign(const Expr* target, const BinaryOperator* operation, const Expr* source)
{
    const bool isPlain = operation == nullptr || operation->getOpcode() == BO_Assign;
    const auto code = isPlain ? BO_Assign : BinaryOperator::getOpForCompoundAssignment(operation->getOpcode());
    const bool isSum = code == BO_Add || code == BO_Sub;
    const auto combine = [&](const ValueTree& old) {
        auto added = value(source);
        if (isPlain)
            return added;
        if (code != BO_Add && code != BO_Sub && code != BO_Mul && code != BO_Div)
            return ValueTree();
        return operationValue(ValueKind::Binary, BinaryOperator::getOpcodeStr(code).str(), {old, added});
    };
    const auto* var = plainVariable(target);
    if (var == nullptr) {
        const auto to = place(target);
        return to && store(*to, combine(isPlain ? nullptr : element(*to)));
    }
    // A copy: a function that is called for the value may bind all names anew.
    auto binding = bound(var);
    if (binding.pointer || binding.number) {
        const auto amount = number(source);
        if (isPlain && var->getType()->isPointerType())
            binding.pointer = pointer(source);
        else if (isPlain)
            binding.number = amount;
        else if (!amount || !isSum)
            return false;
        else if (auto& form = binding.pointer ? binding.pointer->offset : *binding.number; code == BO_Add)
            form = form + *amount;
        else
            form = form - *amount;
        bound(var) = binding;
        return binding.pointer || binding.number;
    }
    if (!var->getType()->isRealFloatingType())
        return false;
    binding.value = combine(ValueTree(binding.value));
    bound(var).value = binding.value;
    return binding.value != nullptr;
}

bool ValueReader::store(const PointerForm& place, ValueTree value)
{
    if (value == nullptr)
        return false;
    if (llvm::isa<ParmVarDecl>(place.base) && !bound(place.base).array) {
        const auto isOpen = [&](const Value& one) {
            return one.kind == ValueKind::Carry
                && std::ranges::any_of(m_loops, [&](const auto& loop) { return loop.symbol == one.symbol; });
        };
        if (m_choices > 0 || holds(value, isOpen))
            return false;
        m_stores.push_back({place.base, place.offset, std::move(value), m_loops});
        return true;
    }
    auto& array = bound(place.base).array;
    if (!array || m_depth > 0)
        return false;
    for (const auto& loop : m_loops)
        if (place.offset == IndexForm::symbol(loop.symbol)
            && (array->set == nullptr || array->setSymbol == loop.symbol)) {
            array->setSymbol = loop.symbol;
            array->set = std::move(value);
            return true;
        }
    return false;
}

bool ValueReader::choose(const IfStmt* choice)
{
    if (choice->hasInitStorage() || choice->hasVarStorage())
        return false;
    const auto holds = condition(choice->getCond());
    const auto test = holds ? nullptr : comparison(choice->getCond());
    if (!holds && test == nullptr)
        return false;
    const auto before = m_variables;
    ++m_choices;
    const bool first = runOne(choice->getThen());
    const auto afterFirst = m_variables;
    m_variables = before;
    const bool second = choice->getElse() == nullptr || runOne(choice->getElse());
    --m_choices;
    const auto pick = [&](const ValueTree& a, const ValueTree& b) {
        return holds ? choiceValue(*holds, a, b) : operationValue(ValueKind::Select, "?", {a, b, test});
    };
    return first && second && merge(pick, afterFirst, Environment(m_variables));
}

bool ValueReader::merge(const Pick& pick, const Environment& first, const Environment& second)
{
    m_variables = second;
    const auto both = [&](const ValueTree& a, const ValueTree& b) { return a == b || isSame(a, b) ? b : pick(a, b); };
    for (auto& [var, binding] : m_variables) {
        const auto found = first.find(var);
        if (found == first.end())
            continue;
        const auto& other = found->second;
        if (other.number != binding.number || other.pointer.has_value() != binding.pointer.has_value()
            || (other.pointer
                && (other.pointer->base != binding.pointer->base || other.pointer->offset != binding.pointer->offset)))
            return false;
        binding.value = both(other.value, binding.value);
        if (!other.array || !binding.array)
            continue;
        if (other.array->element != binding.array->element) {
            if (other.array->set != nullptr || binding.array->set != nullptr)
                return false;
            binding.array->element = both(other.array->element, binding.array->element);
        }
        if (other.array->set == binding.array->set)
            continue;
        // An element that is set in one of both only is what it was in the other.
        const auto& symbol = (other.array->set != nullptr ? other.array : binding.array)->setSymbol;
        const auto old = substituted(binding.array->element, kElementIndex, IndexForm::symbol(symbol));
        auto set = both(other.array->set != nullptr ? other.array->set : old,
                        binding.array->set != nullptr ? binding.array->set : old);
        binding.array->setSymbol = symbol;
        binding.array->set = std::move(set);
        if (binding.array->set == nullptr)
            return false;
    }
    return true;
}

std::set<const VarDecl*> ValueReader::changedWithin(const Stmt* statement) const
{
    std::set<const VarDecl*> found;
    const auto note = [&](const Expr* target) {
        const Expr* whole = target;
        while (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(target->IgnoreParenImpCasts()))
            target = subscript->getBase();
        const auto* var = plainVariable(target);
        const auto known = m_variables.find(var);
        // What a pointer points to is not the pointer.
        if (known != m_variables.end() && (target == whole || known->second.array))
            found.insert(var);
    };
    walk(statement, [&](const Stmt* node) {
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node); binary != nullptr && binary->isAssignmentOp())
            note(binary->getLHS());
        if (const auto* call = llvm::dyn_cast<CXXOperatorCallExpr>(node); call != nullptr && call->isAssignmentOp())
            note(call->getArg(0));
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            unary != nullptr && unary->isIncrementDecrementOp())
            note(unary->getSubExpr());
        return true;
    });
    return found;
}

std::optional<ValueLoop> ValueReader::loopOf(const ForStmt* loop)
{
    const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
    const auto* var = declaration != nullptr && declaration->isSingleDecl()
        ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
        : nullptr;
    const auto* test =
        loop->getCond() == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(loop->getCond()->IgnoreParenImpCasts());
    const auto* step =
        loop->getInc() == nullptr ? nullptr : llvm::dyn_cast<UnaryOperator>(loop->getInc()->IgnoreParens());
    if (var == nullptr || !var->hasInit() || !var->getType()->isIntegerType() || test == nullptr || step == nullptr
        || !step->isIncrementOp() || plainVariable(step->getSubExpr()) != var || plainVariable(test->getLHS()) != var
        || (test->getOpcode() != BO_LT && test->getOpcode() != BO_LE))
        return std::nullopt;
    const auto start = number(var->getInit());
    const auto bound = number(test->getRHS());
    if (!start || !bound)
        return std::nullopt;
    return ValueLoop{fmt::format("${}~{}#", var->getNameAsString(), m_allLoops.size()),
                     var->getNameAsString(),
                     typeText(var->getType()),
                     *start,
                     test->getOpcode() == BO_LE ? *bound + IndexForm::constant(1) : *bound,
                     m_kernel.source().context().getIntWidth(var->getType()) < 32};
}

bool ValueReader::loop(const ForStmt* loop)
{
    const auto found = loopOf(loop);
    if (!found)
        return false;
    const auto* var = llvm::cast<VarDecl>(llvm::cast<DeclStmt>(loop->getInit())->getSingleDecl());
    const auto changed = changedWithin(loop->getBody());
    const auto before = m_variables;
    for (const auto* one : changed) {
        auto& binding = m_variables[one];
        if (binding.array) {
            if (binding.array->set != nullptr)
                return false;
            binding.array->element = carriedValue(one, found->symbol, IndexForm::symbol(kElementIndex));
        } else {
            binding = Binding{{}, {}, binding.value == nullptr ? nullptr : carriedValue(one, found->symbol), {}};
        }
    }
    m_variables[var] = Binding{IndexForm::symbol(found->symbol), {}, nullptr, {}};
    m_allLoops.push_back(*found);
    m_loops.push_back(*found);
    const bool known = runOne(loop->getBody());
    m_loops.pop_back();
    if (!known || changed.count(var) > 0)
        return false;
    for (const auto* one : changed)
        closeLoop(one, before.at(one), *found);
    return true;
}

void ValueReader::closeLoop(const VarDecl* var, const Binding& before, const ValueLoop& loop)
{
    auto& binding = m_variables[var];
    if (binding.array)
        binding.array = closedArray(var, *before.array, *binding.array, loop);
    else
        binding = Binding{{}, {}, folded(var, before.value, binding.value, loop), {}};
}

ValueTree ValueReader::folded(const VarDecl* var, const ValueTree& before, const ValueTree& after,
                              const ValueLoop& loop) const
{
    if (before == nullptr || after == nullptr)
        return nullptr;
    const auto index = var->getType()->isArrayType() ? IndexForm::symbol(kElementIndex) : IndexForm();
    const auto added = addition(after, carriedValue(var, loop.symbol, index));
    // Sums of nothing that the loop carries; any other recurrence is known by how it goes on.
    const auto carries = [&](const Value& one) { return one.kind == ValueKind::Carry && one.symbol == loop.symbol; };
    const bool isSum = added != nullptr && !holds(added, carries);
    const auto alien = [&](const Value& one) { return carries(one) && one.base != var; };
    if (!isSum && holds(after, alien))
        return nullptr;
    Value value;
    value.kind = ValueKind::Fold;
    value.text = isSum ? "+" : "?";
    value.operands = {before, isSum ? added : after};
    value.symbol = loop.symbol;
    value.start = loop.start;
    value.bound = loop.bound;
    value.type = innermostElement(var->getType()).getUnqualifiedType().getAsString();
    return std::make_shared<const Value>(std::move(value));
}

std::optional<ValueReader::Array> ValueReader::closedArray(const VarDecl* var, const Array& before, const Array& after,
                                                           const ValueLoop& loop) const
{
    Array result = before;
    if (after.set == nullptr) {
        if (before.element == nullptr)
            return std::nullopt;
        result.element = folded(var, before.element, after.element, loop);
        return result.element == nullptr ? std::nullopt : std::optional(result);
    }
    // The loop set every element from itself.
    const auto self = IndexForm::symbol(loop.symbol);
    const auto isOther = [&](const Value& one) { return isCarried(one, var, loop.symbol) && one.index != self; };
    if (after.setSymbol != loop.symbol || !loop.start.isZero() || loop.bound != IndexForm::constant(before.extent)
        || holds(after.set, isOther))
        return std::nullopt;
    const auto own = mapped(after.set, [&](const ValueTree& node) {
        return isCarried(*node, var, loop.symbol) ? substituted(before.element, kElementIndex, self) : node;
    });
    result.element = substituted(own, loop.symbol, IndexForm::symbol(kElementIndex));
    return result.element == nullptr ? std::nullopt : std::optional(result);
}

ValueReader::Binding& ValueReader::bound(const VarDecl* var)
{
    const auto [found, isNew] = m_variables.try_emplace(var);
    if (!isNew || !llvm::isa<ParmVarDecl>(var) || var->getDeclContext() != &m_kernel.kernel())
        return found->second;
    if (var->getType()->isPointerType())
        found->second.pointer = PointerForm{var, {}};
    else if (var->getType()->isIntegerType())
        found->second.number = IndexForm::symbol(symbolFor(var->getNameAsString()));
    else if (var->getType()->isRealFloatingType())
        found->second.value = operationValue(ValueKind::Parameter, var->getNameAsString(), {});
    return found->second;
}

std::string ValueReader::typeText(QualType type) const
{
    return type.getUnqualifiedType().getAsString(m_kernel.source().context().getPrintingPolicy());
}

}  // namespace warploom
