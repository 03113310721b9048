// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/OnlinePass.h"

#include "moves/HostWords.h"
#include "moves/Reduction.h"

namespace warploom {

using namespace clang;

namespace {

std::vector<const Stmt*> statementsOf(const Stmt* body)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(body))
        return {compound->body_begin(), compound->body_end()};
    return {body};
}

std::set<const VarDecl*> variablesOf(const Stmt* statement)
{
    std::set<const VarDecl*> found;
    walk(statement, [&](const Stmt* node) {
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
            if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()))
                found.insert(var);
        return true;
    });
    return found;
}

/// A thread's own, which no other can change.
bool isPrivate(const VarDecl* var)
{
    return var->hasLocalStorage() && !var->hasAttr<CUDASharedAttr>() && !var->getType().isVolatileQualified()
        && !var->getType()->isReferenceType();
}

class PassReader {
public:
    PassReader(const KernelScope& kernel, const std::vector<const Stmt*>& siblings, std::size_t first,
               std::size_t second)
        : m_kernel(kernel)
        , m_siblings(siblings)
        , m_firstAt(first)
        , m_secondAt(second)
    {
    }

    std::optional<OnlinePass> read()
    {
        const auto first = m_kernel.countedLoop(m_siblings[m_firstAt]);
        const auto second = m_kernel.countedLoop(m_siblings[m_secondAt]);
        if (!first || !second)
            return std::nullopt;
        m_pass.first = *first;
        m_pass.second = *second;
        return areAlike() && isPlain(first->statement) && isPlain(second->statement) && readsOnly() && readUpdate()
                && readValue() && isOfFirst()
            ? std::optional(m_pass)
            : std::nullopt;
    }

private:
    /// The same columns for the same thread.
    [[nodiscard]] bool areAlike() const
    {
        const auto& source = m_kernel.source();
        const auto& first = m_pass.first;
        const auto& second = m_pass.second;
        const auto start = m_kernel.form(first.start);
        const auto thread = IndexForm::symbol(threadSymbol(0));
        const bool isShared =
            start && (*start == thread || *start == IndexForm::opaque("%", thread, IndexForm::constant(32)));
        if (!isShared || first.step == nullptr || second.step == nullptr
            || !source.context().hasSameUnqualifiedType(first.var->getType(), second.var->getType()))
            return false;
        const std::vector<std::pair<const Expr*, const Expr*>> parts{
            {first.start, second.start}, {first.bound, second.bound}, {first.step, second.step}};
        return std::ranges::all_of(parts, [&](const auto& part) {
            const auto text = source.text(part.first);
            return !text.empty() && text == source.text(part.second) && m_kernel.accesses(part.first).empty()
                && !part.first->HasSideEffects(source.context(), false)
                && variablesOf(part.first) == variablesOf(part.second)
                && std::ranges::all_of(variablesOf(part.first), [&](const VarDecl* var) {
                       return !var->getType()->isIntegerType() || (isPrivate(var) && !m_kernel.isModified(var));
                   });
        });
    }

    [[nodiscard]] bool isPlain(const ForStmt* loop) const
    {
        bool nests = false;
        walk(loop->getBody(), [&](const Stmt* node) {
            nests = nests || llvm::isa<LambdaExpr, SwitchStmt, LabelStmt, StmtExpr>(node);
            return !nests;
        });
        return !nests && !m_kernel.containsReturn(loop->getBody()) && !m_kernel.synchronises(loop);
    }

    /// The second loop reads what nothing writes, at places that the first reads too.
    bool readsOnly()
    {
        std::set<const VarDecl*> written;
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
            if (access.writes)
                written.insert(access.base);
        if (written.count(nullptr) > 0 || !passesApart(m_kernel, written))
            return false;
        const auto before = m_kernel.accesses(m_pass.first.statement->getBody());
        for (const auto& access : m_kernel.accesses(m_pass.second.statement->getBody())) {
            if (!llvm::isa_and_nonnull<ParmVarDecl>(access.base) || written.count(access.base) > 0 || !access.index
                || access.call != nullptr || innermostElement(access.base->getType()).isVolatileQualified())
                return false;
            if (std::ranges::any_of(before, [&](const Access& other) { return isSame(other, access); }))
                m_pass.array = access.base;
        }
        return m_pass.array != nullptr;
    }

    [[nodiscard]] bool isSame(const Access& first, const Access& second) const
    {
        if (first.base != second.base || !first.index || !second.index)
            return false;
        const auto a = m_kernel.symbolOf(m_pass.first.var);
        const auto b = m_kernel.symbolOf(m_pass.second.var);
        const auto step = first.index->coefficient(a);
        return step && step->isOne() && step == second.index->coefficient(b)
            && first.index->without(a) == second.index->without(b);
    }

    /// Values of the body's own, and one sum.
    bool readUpdate()
    {
        const auto body = statementsOf(m_pass.second.statement->getBody());
        if (body.empty())
            return false;
        for (const Stmt* statement : body) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            if (statement == body.back())
                break;
            if (declaration == nullptr)
                return false;
            for (const Decl* one : declaration->decls()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                if (var == nullptr || !isPrivate(var) || !var->hasInit() || m_kernel.isModified(var))
                    return false;
                m_inside.insert(var);
            }
        }
        const auto* last = llvm::dyn_cast<Expr>(body.back());
        const auto* update = last == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(last->IgnoreImplicit());
        if (update == nullptr || !update->isAssignmentOp())
            return false;
        m_pass.result = plainVariable(update->getLHS());
        if (m_pass.result == nullptr || !isPrivate(m_pass.result) || m_inside.count(m_pass.result) > 0
            || !m_kernel.references(m_pass.result, m_pass.first.statement).empty())
            return false;
        m_type = m_pass.result->getType().getUnqualifiedType();
        const auto sum = reductionOf(m_kernel, m_pass.result, m_pass.second.statement);
        m_pass.type = m_type.getAsString(m_kernel.source().context().getPrintingPolicy());
        if ((m_pass.type != "float" && m_pass.type != "double") || !sum || sum->operation != ReductionOperation::Sum)
            return false;
        return readTerm(update);
    }

    bool readTerm(const BinaryOperator* update)
    {
        const Expr* value = update->getRHS()->IgnoreParenImpCasts();
        if (update->getOpcode() == BO_AddAssign)
            return ofTerm(value);
        if (update->getOpcode() != BO_Assign)
            return false;
        if (const auto* sum = llvm::dyn_cast<BinaryOperator>(value); sum != nullptr && sum->getOpcode() == BO_Add)
            return ofTerm(plainVariable(sum->getLHS()) == m_pass.result ? sum->getRHS() : sum->getLHS());
        const auto* call = llvm::dyn_cast<CallExpr>(value);
        return call != nullptr && call->getNumArgs() == 3 && plainVariable(call->getArg(2)) == m_pass.result
            && ofSquare(call->getArg(0), call->getArg(1));
    }

    bool ofTerm(const Expr* term)
    {
        term = meaning(term);
        if (const auto* product = llvm::dyn_cast<BinaryOperator>(term);
            product != nullptr && product->getOpcode() == BO_Mul && isOfType(product))
            return ofSquare(product->getLHS(), product->getRHS());
        const auto* call = llvm::dyn_cast<CallExpr>(term);
        const auto name = call == nullptr ? std::string() : calleeName(call);
        const bool isFast = name == "expf" || name == "__expf";
        if ((name != "exp" && !isFast) || call->getNumArgs() != 1 || !isOfType(call)
            || (isFast && m_pass.type != "float"))
            return false;
        m_pass.kind = OnlineSum::Exponentials;
        m_pass.exponential = name;
        const auto* distance = llvm::dyn_cast<BinaryOperator>(meaning(call->getArg(0)));
        return distance != nullptr && ofDistance(distance) && m_isValueLeft;
    }

    bool ofSquare(const Expr* left, const Expr* right)
    {
        const auto one = inlined(left, m_pass.second.var->getNameAsString());
        const auto* distance = llvm::dyn_cast<BinaryOperator>(meaning(left));
        return one && one == inlined(right, m_pass.second.var->getNameAsString()) && distance != nullptr
            && ofDistance(distance);
    }

    /// What a variable of the body stands for, where that has its type.
    [[nodiscard]] const Expr* meaning(const Expr* expression) const
    {
        while (true) {
            expression = expression->IgnoreParenImpCasts();
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var == nullptr || m_inside.count(var) == 0
                || !m_kernel.source().context().hasSameUnqualifiedType(
                    var->getType(), var->getInit()->IgnoreParenImpCasts()->getType()))
                return expression;
            expression = var->getInit();
        }
    }

    [[nodiscard]] bool isOfType(const Expr* expression) const
    {
        return m_kernel.source().context().hasSameUnqualifiedType(expression->getType(), m_type);
    }

    bool ofDistance(const BinaryOperator* distance)
    {
        if (distance->getOpcode() != BO_Sub || !isOfType(distance))
            return false;
        const bool leftVaries = varies(distance->getLHS());
        if (leftVaries == varies(distance->getRHS()))
            return false;
        m_isValueLeft = leftVaries;
        m_value = leftVaries ? distance->getLHS() : distance->getRHS();
        m_number = leftVaries ? distance->getRHS() : distance->getLHS();
        return true;
    }

    [[nodiscard]] bool varies(const Expr* expression) const
    {
        const auto variables = variablesOf(expression);
        return std::ranges::any_of(variables,
                                   [&](const VarDecl* var) { return var == m_pass.second.var || isInside(var); });
    }

    [[nodiscard]] bool isInside(const VarDecl* var) const { return m_inside.count(var) > 0; }

    bool readValue()
    {
        const auto& source = m_kernel.source();
        const auto number = source.range(m_number);
        const auto variables = variablesOf(m_number);
        if (!number || !m_kernel.accesses(m_number).empty() || m_number->HasSideEffects(source.context(), false)
            || !isOfType(m_number->IgnoreParenImpCasts()) || !std::ranges::all_of(variables, [&](const VarDecl* var) {
                   return isPrivate(var) && !m_kernel.isModifiedWithin(var, m_pass.second.statement);
               }))
            return false;
        m_pass.number = source.text(*number);
        const auto zero = source.context().hasSameUnqualifiedType(m_pass.first.var->getType(), source.context().IntTy)
            ? std::string("0")
            : fmt::format(
                  "static_cast<{}>(0)",
                  m_pass.first.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy()));
        const auto value = asType(m_value, m_pass.first.var->getNameAsString());
        const auto origin = asType(m_value, zero);
        m_pass.value = value.value_or("");
        m_pass.origin = origin.value_or("");
        return value && origin;
    }

    [[nodiscard]] std::optional<std::string> asType(const Expr* expression, const std::string& column) const
    {
        auto text = inlined(expression, column);
        if (text && !isOfType(expression->IgnoreParenImpCasts()))
            text = fmt::format("static_cast<{}>({})", m_pass.type, *text);
        return text;
    }

    /// \p expression of the second loop as it can stand at the start of the first one's body, or before that loop, the
    /// column being called \p column.
    [[nodiscard]] std::optional<std::string> inlined(const Expr* expression, const std::string& column) const
    {
        const auto& source = m_kernel.source();
        const auto range = source.range(expression);
        bool isFree = range.has_value() && !expression->HasSideEffects(source.context(), false);
        std::vector<Replacement> replacements;
        walk(expression, [&](const Stmt* node) {
            isFree = isFree && !llvm::isa<LambdaExpr>(node);
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var == nullptr || !isFree)
                return isFree;
            const auto use = source.range(reference);
            isFree = use && source.text(*use) == var->getName();
            if (!isFree)
                return false;
            if (var == m_pass.second.var) {
                replacements.push_back({*use, column});
            } else if (isInside(var)) {
                const auto text = inlined(var->getInit(), column);
                isFree = text.has_value();
                if (isFree)
                    replacements.push_back({*use, initialised(var, *text)});
            } else {
                isFree = isThere(var);
            }
            return isFree;
        });
        return isFree ? std::optional(rewritten(source.text(), *range, std::move(replacements))) : std::nullopt;
    }

    [[nodiscard]] std::string initialised(const VarDecl* var, const std::string& text) const
    {
        const auto& context = m_kernel.source().context();
        const auto type = var->getType().getUnqualifiedType();
        return type->isPointerType()
                || context.hasSameUnqualifiedType(type, var->getInit()->IgnoreParenImpCasts()->getType())
            ? "(" + text + ")"
            : fmt::format("static_cast<{}>({})", type.getAsString(context.getPrintingPolicy()), text);
    }

    /// Before the first loop with the value it has in the second, under its own name. The number is there later only.
    [[nodiscard]] bool isThere(const VarDecl* var) const
    {
        const bool isBefore = llvm::isa<ParmVarDecl>(var) || var->getEndLoc() < m_pass.first.statement->getBeginLoc();
        if (m_value == nullptr)  // only compared so far
            return true;
        return isPrivate(var) && !m_kernel.isModified(var) && isBefore && var->getName() != m_pass.first.var->getName();
    }

    /// Whether the number comes of the sum or extremum of the same values in the first loop: where they are infinite or
    /// no numbers, so is what either way gives.
    [[nodiscard]] bool isOfFirst() const
    {
        const auto wanted = m_pass.kind == OnlineSum::Squares ? ReductionOperation::Sum : ReductionOperation::Max;
        std::set<const VarDecl*> known;
        walk(m_pass.first.statement->getBody(), [&](const Stmt* node) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(node);
            const auto* var =
                assignment == nullptr || !assignment->isAssignmentOp() ? nullptr : plainVariable(assignment->getLHS());
            if (var == nullptr || !foldsValue(assignment))
                return true;
            const auto reduction = reductionOf(m_kernel, var, m_pass.first.statement);
            if (reduction && reduction->operation == wanted)
                known.insert(var);
            return true;
        });
        for (std::size_t i = m_firstAt + 1; i < m_secondAt; ++i)
            addResults(m_siblings[i], known);
        return std::ranges::any_of(variablesOf(m_number), [&](const VarDecl* var) { return known.count(var) > 0; });
    }

    /// Whether the value itself is one of those that \p assignment combines.
    [[nodiscard]] bool foldsValue(const BinaryOperator* assignment) const
    {
        std::vector<const Expr*> parts{assignment->getRHS()};
        for (const Stmt* child : assignment->getRHS()->IgnoreParenImpCasts()->children())
            if (const auto* part = llvm::dyn_cast_or_null<Expr>(child))
                parts.push_back(part);
        return std::ranges::any_of(parts, [&](const Expr* part) { return textInFirst(part) == m_pass.value; });
    }

    /// The text of an expression of the first loop, what its body sets once being what that is set to.
    [[nodiscard]] std::string textInFirst(const Expr* expression) const
    {
        const auto& source = m_kernel.source();
        const auto range = source.range(expression);
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenImpCasts());
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        const auto* body = m_pass.first.statement->getBody();
        if (var != nullptr && var->hasInit() && !m_kernel.isModified(var) && isPrivate(var)
            && body->getBeginLoc() < var->getBeginLoc() && var->getEndLoc() <= body->getEndLoc()
            && source.context().hasSameUnqualifiedType(var->getType(), m_type))
            return textInFirst(var->getInit());
        if (!range)
            return {};
        const auto text = source.text(*range);
        return source.context().hasSameUnqualifiedType(expression->IgnoreParenImpCasts()->getType(), m_type)
            ? text
            : fmt::format("static_cast<{}>({})", m_pass.type, text);
    }

    /// Adds what \p statement works out from \p known.
    void addResults(const Stmt* statement, std::set<const VarDecl*>& known) const
    {
        const auto variables = variablesOf(statement);
        if (std::ranges::none_of(variables, [&](const VarDecl* var) { return known.count(var) > 0; }))
            return;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
            for (const Decl* one : declaration->decls())
                if (const auto* var = llvm::dyn_cast<VarDecl>(one); var != nullptr && var->hasInit()
                    && std::ranges::any_of(variablesOf(var->getInit()),
                                           [&](const VarDecl* used) { return known.count(used) > 0; }))
                    known.insert(var);
        for (const VarDecl* var : variables)
            if (m_kernel.isModifiedWithin(var, statement) && llvm::isa<BinaryOperator>(statement))
                known.insert(var);
    }

    const KernelScope& m_kernel;
    const std::vector<const Stmt*>& m_siblings;
    std::size_t m_firstAt;
    std::size_t m_secondAt;
    OnlinePass m_pass;
    QualType m_type;
    std::set<const VarDecl*> m_inside;  ///< what the second loop's body declares
    const Expr* m_value = nullptr;
    const Expr* m_number = nullptr;
    bool m_isValueLeft = false;
};

}  // namespace

std::vector<OnlinePass> onlinePasses(const KernelScope& kernel)
{
    std::vector<OnlinePass> passes;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* compound = llvm::dyn_cast<CompoundStmt>(node);
        if (compound == nullptr)
            return !llvm::isa<LambdaExpr>(node);
        const std::vector<const Stmt*> statements(compound->body_begin(), compound->body_end());
        for (std::size_t second = 1; second < statements.size(); ++second) {
            for (std::size_t first = second; first-- > 0;) {
                if (auto pass = PassReader(kernel, statements, first, second).read()) {
                    passes.push_back(std::move(*pass));
                    break;
                }
            }
        }
        return true;
    });
    return passes;
}

}  // namespace warploom
