// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "moves/JointRowReader.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

constexpr double kLargestWhole = 1e15;

std::string textOfReal(double value)
{
    if (std::trunc(value) == value && std::abs(value) < kLargestWhole)
        return fmt::format("{}.0f", static_cast<std::int64_t>(value));
    return fmt::format("{}", value);
}

}  // namespace

int JointRowReader::teamOf(int lane) const { return static_cast<int>(m_isAcross ? lane % m_row.rows : lane / m_size); }

std::int64_t JointRowReader::rankOf(int lane) const { return m_isAcross ? lane / m_row.rows : lane % m_size; }

bool JointRowReader::hasAllTeams(const Mask& mask) const
{
    std::set<int> teams;
    for (int lane = 0; lane < m_threads.threads(); ++lane)
        if (mask.test(static_cast<std::size_t>(lane)))
            teams.insert(teamOf(lane));
    return static_cast<std::int64_t>(teams.size()) == m_row.rows;
}

bool JointRowReader::isOneEach(const Mask& mask) const
{
    return hasAllTeams(mask) && static_cast<std::int64_t>(mask.count()) == m_row.rows;
}

bool JointRowReader::isOpen(int scope) const { return std::ranges::find(m_scopes, scope) != m_scopes.end(); }

ValueTree JointRowReader::nameTree(const std::string& name, int version) const
{
    Value tree;
    tree.kind = ValueKind::Parameter;
    tree.text = fmt::format("{}@{}", name, version);
    tree.symbol = name;
    return std::make_shared<const Value>(std::move(tree));
}

bool JointRowReader::differs(const Stmt* node) const
{
    bool found = m_kernel.synchronises(node) || callsUseBuiltins(node);
    walk(node, [&](const Stmt* one) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(one);
        if (reference == nullptr || found)
            return !found;
        const auto name = identifierOf(reference->getDecl());
        found = isThreadBuiltin(reference) && (name == "threadIdx" || name == "blockDim");
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        const auto known = var == nullptr ? m_variables.end() : m_variables.find(var);
        found = found || (var != nullptr && var->hasAttr<CUDASharedAttr>())
            || (known != m_variables.end()
                && (known->second.standing != Standing::Kept || !isOpen(known->second.scope)));
        return !found;
    });
    return found;
}

bool JointRowReader::keep(const Stmt* node, const Mask& mask)
{
    if (node == nullptr || !differs(node))
        return true;
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        const auto known = m_variables.find(var);
        if (known != m_variables.end() && known->second.standing == Standing::Constant) {
            materialise(var);
            return true;
        }
    }
    const auto* value = llvm::dyn_cast<Expr>(node);
    if (value != nullptr && value->isPRValue() && !value->getType()->isVoidType()) {
        if (const auto* var = plainVariable(value); var != nullptr && llvm::isa<ImplicitCastExpr>(value))
            if (const auto known = m_variables.find(var);
                known != m_variables.end() && known->second.standing == Standing::Constant)
                return keep(llvm::cast<ImplicitCastExpr>(value)->getSubExpr(), mask);
        if (const auto text = textOf(value, mask)) {
            const auto range = m_source.range(value);
            if (!range)
                return false;
            m_row.changes.push_back({*range, *text});
            return true;
        }
    }
    // A change of what a thread no longer has, or has for all.
    if (const auto* assignment = llvm::dyn_cast<BinaryOperator>(node);
        assignment != nullptr && assignment->isAssignmentOp())
        if (const auto* var = plainVariable(assignment->getLHS());
            var != nullptr && m_variables.count(var) > 0 && isOpen(m_variables.at(var).scope)) {
            const bool isNew = assignment->getOpcode() == BO_Assign;
            const auto old = isNew ? std::nullopt : textOf(assignment->getLHS(), mask);
            return (isNew || !differs(assignment->getLHS()) || old == var->getName().str()
                    || m_variables.at(var).standing == Standing::Constant)
                && (isNew || keep(assignment->getLHS(), mask) || old) && keep(assignment->getRHS(), mask);
        }
    if (const auto* call = llvm::dyn_cast<CallExpr>(node)) {
        const auto* callee = call->getDirectCallee();
        const FunctionDecl* definition = nullptr;
        const bool hasBody = callee != nullptr && callee->hasBody(definition);
        if (callee == nullptr || calleeName(call).find("sync") != std::string::npos
            || (hasBody && (m_kernel.synchronises(call) || callsUseBuiltins(call))))
            return false;
    }
    bool hasChildren = false;
    for (const Stmt* child : node->children()) {
        hasChildren = hasChildren || child != nullptr;
        if (!keep(child, mask))
            return false;
    }
    return hasChildren;
}

std::optional<std::string> JointRowReader::textOf(const Expr* value, const Mask& mask)
{
    const bool isJoint = m_kernel.synchronises(value);
    // One thread tells soon enough where there is nothing to be known.
    Mask one;
    for (int lane = 0; lane < m_threads.threads() && one.none(); ++lane)
        one.set(static_cast<std::size_t>(lane), mask.test(static_cast<std::size_t>(lane)));
    const auto first = isJoint ? std::nullopt : m_threads.values(value, one);
    const bool isKnown = isJoint ? isHarmless(value) : first && std::ranges::any_of(*first, [](const LaneValue& lane) {
                                                           return lane.kind != LaneValue::Kind::Unknown;
                                                       });
    const auto before = isJoint ? std::optional(m_threads.state()) : std::nullopt;
    const auto lanes = isKnown ? m_threads.values(value, mask) : std::nullopt;
    auto text = lanes ? textOf(value, *lanes, mask) : std::nullopt;
    if (!text && before)
        m_threads.restore(*before);
    return text;
}

std::optional<std::string> JointRowReader::textOf(const Expr* value, const BlockThreads::Lanes& lanes,
                                                  const Mask& mask) const
{
    if (auto numbers = textOfNumbers(value, lanes, mask))
        return numbers;
    std::optional<std::string> text;
    for (int lane = 0; lane < m_threads.threads(); ++lane) {
        if (!mask.test(static_cast<std::size_t>(lane)))
            continue;
        auto one = nameOf(value, lanes[static_cast<std::size_t>(lane)], lane);
        if (!one || (text && *text != *one))
            return std::nullopt;
        text = std::move(one);
    }
    return text;
}

/// What is one number, or the number of the row.
std::optional<std::string> JointRowReader::textOfNumbers(const Expr* value, const BlockThreads::Lanes& lanes,
                                                         const Mask& mask) const
{
    if (!value->getType()->isIntegerType() || mask != m_threads.everyone())
        return std::nullopt;
    const auto& first = lanes.front();
    if (first.kind != LaneValue::Kind::Number)
        return std::nullopt;
    bool isOne = true;
    bool isRow = m_row.rows > 1;
    for (int lane = 0; lane < m_threads.threads(); ++lane) {
        const auto& one = lanes[static_cast<std::size_t>(lane)];
        if (one.kind != LaneValue::Kind::Number || one.form != first.form)
            return std::nullopt;
        isOne = isOne && one.number == first.number;
        isRow = isRow && one.number == teamOf(lane);
    }
    const auto& context = m_source.context();
    if (isOne && first.form.isZero() && first.number >= 0) {
        if (context.hasSameUnqualifiedType(value->getType(), context.IntTy))
            return std::to_string(first.number);
        return context.hasSameUnqualifiedType(value->getType(), context.UnsignedIntTy)
            ? std::optional(fmt::format("{}u", first.number))
            : std::nullopt;
    }
    const auto block = IndexForm::symbol(blockSymbol(0));
    if (isOne && first.number == 0 && first.form == block)
        return inPlaceOf(value, "blockIdx.x");
    if (isRow && first.form.isZero())
        return inPlaceOf(value, "threadIdx.x");
    if (isRow && first.form == block * IndexForm::constant(m_row.rows))
        return inPlaceOf(value, "blockIdx.x * blockDim.x + threadIdx.x");
    return std::nullopt;
}

/// \p words, an unsigned number, with the type and the brackets that \p value has where it stands.
std::string JointRowReader::inPlaceOf(const Expr* value, const std::string& words) const
{
    const auto* written = value->IgnoreImpCasts();
    if (llvm::isa_and_nonnull<DeclStmt>(m_kernel.parent(value)))
        return words;
    const auto type = written->getType().getUnqualifiedType();
    const auto& context = m_source.context();
    if (context.hasSameUnqualifiedType(type, context.IntTy))
        return fmt::format("int({})", words);
    if (!context.hasSameUnqualifiedType(type, context.UnsignedIntTy))
        return fmt::format("static_cast<{}>({})", type.getAsString(context.getPrintingPolicy()), words);
    const auto* sum = llvm::dyn_cast<BinaryOperator>(written);
    const bool isSum = sum != nullptr && sum->getOpcode() == BO_Add;
    return isSum || words.find(' ') == std::string::npos ? words : "(" + words + ")";
}

/// Whether \p name means another variable than \p var where \p value stands.
bool JointRowReader::isHiddenAt(const Expr* value, const VarDecl* var) const
{
    const auto at = value->getBeginLoc();
    for (const Stmt* around = m_kernel.parent(value); around != nullptr; around = m_kernel.parent(around)) {
        bool hides = false;
        const auto look = [&](const Stmt* statement) {
            const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(statement);
            for (const Decl* one : declaration == nullptr ? DeclGroupRef() : declaration->getDeclGroup()) {
                const auto* other = llvm::dyn_cast<VarDecl>(one);
                hides = hides
                    || (other != nullptr && other != var && other->getName() == var->getName()
                        && other->getBeginLoc() < at);
            }
        };
        if (llvm::isa<CompoundStmt>(around))
            for (const Stmt* child : around->children())
                look(child);
        else if (const auto* loop = llvm::dyn_cast<ForStmt>(around))
            look(loop->getInit());
        if (hides)
            return true;
        if (around->getBeginLoc() < var->getBeginLoc() && var->getEndLoc() < around->getEndLoc()
            && llvm::isa<CompoundStmt, ForStmt>(around))
            return false;
    }
    return false;
}

/// The variable in which one thread has what \p one is.
std::optional<std::string> JointRowReader::nameOf(const Expr* value, const LaneValue& one, int lane) const
{
    const auto& context = m_source.context();
    if (one.kind == LaneValue::Kind::Uniform && one.tree->kind == ValueKind::Parameter) {
        const auto slot = m_slots.find(one.tree->symbol);
        if (slot != m_slots.end() && one.tree->text == one.tree->symbol + "@0")
            return isOpen(slot->second) ? std::optional(slot->first) : std::nullopt;
        for (const auto& [var, known] : m_variables)
            if (one.tree->base == var)
                return known.standing == Standing::Kept && isOpen(known.scope) && !isHiddenAt(value, var)
                        && one.tree->text == nameTree(var->getName().str(), known.version)->text
                    ? std::optional(var->getName().str())
                    : std::nullopt;
        return std::nullopt;
    }
    if (one.kind != LaneValue::Kind::Share)
        return std::nullopt;
    const auto fold = m_folds.find(one.tree->symbol);
    if (fold == m_folds.end() || one.tree->operands.back()->base != fold->second
        || static_cast<std::int64_t>(one.parts.count()) != m_size || one.team != teamOf(lane))
        return std::nullopt;
    const auto* var = fold->second;
    const auto& known = m_variables.at(var);
    const auto& start = one.tree->operands.front();
    const auto* lowest = one.tree->text == "max" ? "-inf" : "inf";
    const bool isPlain = std::ranges::all_of(one.others, [&](const ValueTree& other) {
        return (isSame(other, start) && start->text != "?") || other->text == lowest;
    });
    const auto type = var->getType();
    const bool isSameType = context.hasSameUnqualifiedType(value->getType(), type)
        || (type->isRealFloatingType() && value->getType()->isRealFloatingType()
            && context.getTypeSize(type) >= context.getTypeSize(value->getType()));
    if (!isPlain || !isSameType || one.tree->symbol != fmt::format("{}@{}", var->getName().str(), known.version)
        || !isOpen(known.scope) || isHiddenAt(value, var))
        return std::nullopt;
    return var->getName().str();
}

/// Puts the constant into \p var before the present statement.
void JointRowReader::materialise(const VarDecl* var)
{
    auto& known = m_variables[var];
    const auto at = m_anchor == nullptr ? std::nullopt : m_source.range(m_anchor);
    // What the statement is told of the variable so far is what it holds before.
    const bool isAskedFor = at && std::ranges::any_of(m_row.changes, [&](const Replacement& change) {
                                return at->contains(change.range) && mentions(change.text, var->getName().str());
                            });
    if (!at || isAskedFor) {
        m_row.removed.push_back({1, 0});
        return;
    }
    m_row.changes.push_back(
        {{at->begin, at->begin},
         fmt::format("{} = {};\n{}", var->getName().str(), known.text, indentationAt(m_source.text(), at->begin))});
    known.standing = Standing::Kept;
    ++known.version;
}

void JointRowReader::materialiseWithin(const Stmt* statement)
{
    walk(statement, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        const auto known = var == nullptr ? m_variables.end() : m_variables.find(var);
        if (known != m_variables.end() && known->second.standing == Standing::Constant)
            materialise(var);
        return true;
    });
}

LaneValue JointRowReader::variable(const VarDecl* var, int lane) const
{
    // What threads have put there themselves is newer.
    if (m_threads.variables().count(var) > 0)
        return {};
    const auto found = m_variables.find(var);
    if (found == m_variables.end()) {
        const bool isNumber = llvm::isa<ParmVarDecl>(var) && var->getDeclContext() == &m_kernel.kernel()
            && var->getType()->isIntegerType() && !m_kernel.isModified(var);
        return isNumber ? LaneValue::ofNumber(0, IndexForm::symbol(m_kernel.symbolOf(var))) : LaneValue();
    }
    const auto& known = found->second;
    if (known.standing == Standing::Dropped)
        return {};
    if (known.standing == Standing::Partial) {
        LaneValue share;
        share.kind = LaneValue::Kind::Share;
        share.tree = known.tree;
        share.team = teamOf(lane);
        share.parts.set(static_cast<std::size_t>(rankOf(lane)));
        return share;
    }
    if (known.lanes)
        return (*known.lanes)[static_cast<std::size_t>(lane)];
    if (known.tree != nullptr && var->getType()->isIntegerType())
        return LaneValue::ofNumber(std::stoll(known.tree->text));
    if (known.tree != nullptr)
        return LaneValue::ofTree(known.tree);
    if (var->getType()->isIntegerType() && m_row.rows != 1)
        return {};
    if (var->getType()->isIntegerType())
        return LaneValue::ofNumber(0, IndexForm::symbol(fmt::format("${}@{}#", var->getName().str(), known.version)));
    if (!var->getType()->isRealFloatingType())
        return {};
    Value tree = *nameTree(var->getName().str(), known.version);
    tree.base = var;
    return LaneValue::ofTree(std::make_shared<const Value>(std::move(tree)));
}

LaneValue JointRowReader::uniform(const Expr* expression) const
{
    const auto type = expression->getType();
    if (auto constant = constantOf(expression); constant != nullptr && type->isRealFloatingType())
        return LaneValue::ofTree(std::move(constant));
    if (!type->isIntegralOrEnumerationType())
        return {};
    // Variables are known by what they hold: forms that look into them might not be a row's.
    bool isPlain = true;
    walk(expression, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        isPlain = isPlain
            && (reference == nullptr
                || (isThreadBuiltin(reference) && identifierOf(reference->getDecl()) != "threadIdx")
                || (llvm::isa<ParmVarDecl>(reference->getDecl())
                    && !m_kernel.isModified(llvm::cast<ParmVarDecl>(reference->getDecl()))))
            && !llvm::isa<CallExpr>(node);
        return isPlain;
    });
    auto form = isPlain ? m_kernel.form(expression) : std::nullopt;
    for (int axis = 0; axis < 3 && form; ++axis)
        form = substituted(*form, blockSizeSymbol(axis), IndexForm::constant(m_shape[static_cast<std::size_t>(axis)]));
    return form ? LaneValue::ofNumber(0, *form) : LaneValue();
}

ValueTree JointRowReader::constantOf(const Expr* expression) const
{
    Expr::EvalResult result;
    if (expression->isValueDependent() || !expression->EvaluateAsRValue(result, m_source.context())
        || result.HasSideEffects)
        return nullptr;
    if (result.Val.isInt() && result.Val.getInt().getSignificantBits() <= 63)
        return numberValue(std::to_string(result.Val.getInt().getExtValue()));
    if (!result.Val.isFloat())
        return nullptr;
    auto value = result.Val.getFloat();
    bool loses = false;
    value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &loses);
    return numberValue(textOfReal(value.convertToDouble()));
}

std::set<const VarDecl*> JointRowReader::changedIn(const Stmt* statement) const
{
    std::set<const VarDecl*> changed;
    const auto note = [&](const Expr* target) {
        // Parts of arrays and structures of a thread's own.
        for (target = target->IgnoreParenImpCasts();;) {
            const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(target);
            const auto* member = llvm::dyn_cast<MemberExpr>(target);
            if (subscript != nullptr && subscript->getBase()->IgnoreParenImpCasts()->getType()->isArrayType())
                target = subscript->getBase()->IgnoreParenImpCasts();
            else if (member != nullptr && !member->isArrow())
                target = member->getBase()->IgnoreParenImpCasts();
            else
                break;
        }
        if (const auto* var = plainVariable(target); var != nullptr && !var->hasAttr<CUDASharedAttr>())
            changed.insert(var);
    };
    walk(statement, [&](const Stmt* node) {
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node); binary != nullptr && binary->isAssignmentOp())
            note(binary->getLHS());
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            unary != nullptr && (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf))
            note(unary->getSubExpr());
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
        if (const auto* operation = llvm::dyn_cast_or_null<CXXOperatorCallExpr>(call);
            operation != nullptr && operation->isAssignmentOp())
            note(operation->getArg(0));
        else if (callee != nullptr && callee->getNumParams() == call->getNumArgs())
            for (unsigned i = 0; i < call->getNumArgs(); ++i)
                if (const auto type = callee->getParamDecl(i)->getType();
                    type->isReferenceType() && !type->getPointeeType().isConstQualified())
                    note(call->getArg(i));
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                if (const auto* var = llvm::dyn_cast<VarDecl>(one); var != nullptr && !var->hasAttr<CUDASharedAttr>())
                    changed.insert(var);
        return true;
    });
    return changed;
}

void JointRowReader::noteChanged(const VarDecl* var)
{
    auto& known = m_variables[var];
    known.standing = Standing::Kept;
    known.tree = nullptr;
    known.lanes.reset();
    ++known.version;
    m_threads.forget(var);
}

}  // namespace warploom
