// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/OnlinePass.h"

#include "moves/HostWords.h"
#include "moves/KnownKernel.h"
#include "moves/Reduction.h"

namespace warploom {

using namespace clang;

namespace {

std::vector<const Stmt*> bodyStatements(const Stmt* body)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(body))
        return {compound->body_begin(), compound->body_end()};
    return {body};
}

class PassReader {
public:
    PassReader(const KernelScope& kernel, LoopRunners runners, const std::vector<const Stmt*>& siblings,
               std::size_t first, std::size_t second)
        : m_kernel(kernel)
        , m_runners(runners)
        , m_siblings(siblings)
        , m_firstAt(first)
        , m_secondAt(second)
    {
    }

    std::optional<OnlinePass> read()
    {
        const auto twins = TwinLoops::make(m_kernel, m_siblings[m_firstAt], m_siblings[m_secondAt], m_runners);
        if (!twins)
            return std::nullopt;
        m_twins = &*twins;
        m_pass.first = twins->first();
        m_pass.second = twins->second();
        return isPlain(twins->firstLoop()) && isPlain(twins->secondLoop()) && readsOnly() && readUpdate() && readValue()
                && isOfFirst()
            ? std::optional(m_pass)
            : std::nullopt;
    }

private:
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
        if (written.count(nullptr) > 0 || !passesApart(m_kernel, written)
            || touchesFileVariables(m_twins->secondLoop()))
            return false;
        const auto before = m_kernel.accesses(m_twins->firstLoop());
        for (const auto& access : m_kernel.accesses(m_twins->secondLoop())) {
            if (!llvm::isa_and_nonnull<ParmVarDecl>(access.base) || written.count(access.base) > 0 || !access.index
                || access.call != nullptr || innermostElement(access.base->getType()).isVolatileQualified()
                || access.expression->getType().isVolatileQualified())
                return false;
            if (std::ranges::any_of(before, [&](const Access& other) { return m_twins->isSame(other, access); }))
                m_pass.array = access.base;
        }
        return m_pass.array != nullptr;
    }

    /// Values of the body's own, and one sum.
    bool readUpdate()
    {
        for (std::size_t i = 0; i + 1 < m_pass.second.size(); ++i)
            for (const Stmt* statement : bodyStatements(m_pass.second[i].statement->getBody()))
                if (statement != m_pass.second[i + 1].statement && !readDeclaration(statement))
                    return false;
        const auto body = bodyStatements(m_twins->secondBody());
        if (body.empty())
            return false;
        for (const Stmt* statement : body)
            if (statement != body.back() && !readDeclaration(statement))
                return false;
        const auto* last = llvm::dyn_cast<Expr>(body.back());
        const auto* update = last == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(last->IgnoreImplicit());
        if (update == nullptr || !update->isAssignmentOp())
            return false;
        m_pass.result = plainVariable(update->getLHS());
        if (m_pass.result == nullptr || !isPrivate(m_pass.result)
            || m_twins->secondLoop()->getBeginLoc() < m_pass.result->getBeginLoc()
            || !m_kernel.references(m_pass.result, m_twins->firstLoop()).empty())
            return false;
        m_type = m_pass.result->getType().getUnqualifiedType();
        const auto sum = reductionOf(m_kernel, m_pass.result, m_twins->secondLoop());
        m_pass.type = m_type.getAsString(m_kernel.source().context().getPrintingPolicy());
        if ((m_pass.type != "float" && m_pass.type != "double") || !sum || sum->operation != ReductionOperation::Sum)
            return false;
        return readTerm(update);
    }

    bool readDeclaration(const Stmt* statement)
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        if (declaration == nullptr)
            return false;
        for (const Decl* one : declaration->decls()) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            if (var == nullptr || !isPrivate(var) || !var->hasInit() || m_kernel.isModified(var))
                return false;
        }
        return true;
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
        if ((name == "powf" || name == "pow") && call->getNumArgs() == 2 && isOfType(call) && isTwo(call->getArg(1)))
            return ofSquare(call->getArg(0), call->getArg(0));
        const bool isFast = name == "expf" || name == "__expf";
        if ((name != "exp" && !isFast) || call->getNumArgs() != 1 || !isOfType(call)
            || (isFast && m_pass.type != "float"))
            return false;
        m_pass.kind = OnlineSum::Exponentials;
        m_pass.exponential = name;
        const auto* distance = llvm::dyn_cast<BinaryOperator>(meaning(call->getArg(0)));
        return distance != nullptr && ofDistance(distance) && m_isValueLeft;
    }

    /// Whether \p exponent is the number 2, as whatever type.
    [[nodiscard]] bool isTwo(const Expr* exponent) const
    {
        Expr::EvalResult value;
        return !exponent->isValueDependent() && exponent->EvaluateAsRValue(value, m_kernel.source().context())
            && ((value.Val.isInt() && value.Val.getInt() == 2)
                || (value.Val.isFloat() && value.Val.getFloat().convertToDouble() == 2.0));
    }

    bool ofSquare(const Expr* left, const Expr* right)
    {
        const auto one = m_twins->normal(left, false);
        const auto* distance = llvm::dyn_cast<BinaryOperator>(meaning(left));
        return !one.empty() && one == m_twins->normal(right, false) && distance != nullptr && ofDistance(distance);
    }

    /// What a variable of the body stands for, where that has its type.
    [[nodiscard]] const Expr* meaning(const Expr* expression) const
    {
        while (true) {
            expression = expression->IgnoreParenImpCasts();
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var == nullptr || !m_twins->isOfSecond(var) || !var->hasInit() || m_kernel.isModified(var)
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
        return std::ranges::any_of(variables, [&](const VarDecl* var) { return m_twins->isOfSecond(var); });
    }

    bool readValue()
    {
        const auto& source = m_kernel.source();
        const auto number = source.range(m_number);
        const auto variables = variablesOf(m_number);
        if (!number || !m_kernel.accesses(m_number).empty() || m_number->HasSideEffects(source.context(), false)
            || !isOfType(m_number->IgnoreParenImpCasts()) || !std::ranges::all_of(variables, [&](const VarDecl* var) {
                   return isPrivate(var) && !m_kernel.isModifiedWithin(var, m_twins->secondLoop());
               }))
            return false;
        m_pass.number = source.text(*number);
        const auto value = asType(m_value, false);
        const auto origin = asType(m_value, true);
        m_pass.value = value.value_or("");
        m_pass.origin = origin.value_or("");
        return value && origin;
    }

    [[nodiscard]] std::optional<std::string> asType(const Expr* expression, bool isFirst) const
    {
        auto text = m_twins->inlined(expression, isFirst);
        if (text && !isOfType(expression->IgnoreParenImpCasts()))
            text = fmt::format("static_cast<{}>({})", m_pass.type, *text);
        return text;
    }

    /// Whether the number comes of the sum or extremum of the same values in the first loop: where they are infinite or
    /// no numbers, so is what either way gives.
    [[nodiscard]] bool isOfFirst() const
    {
        const auto wanted = m_pass.kind == OnlineSum::Squares ? ReductionOperation::Sum : ReductionOperation::Max;
        std::set<const VarDecl*> known;
        walk(m_twins->firstBody(), [&](const Stmt* node) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(node);
            const auto* var =
                assignment == nullptr || !assignment->isAssignmentOp() ? nullptr : plainVariable(assignment->getLHS());
            if (var == nullptr || !foldsValue(assignment))
                return true;
            const auto reduction = reductionOf(m_kernel, var, m_twins->firstLoop());
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
        if (assignment->getOpcode() == BO_Assign)
            for (const Stmt* child : assignment->getRHS()->IgnoreParenImpCasts()->children())
                if (const auto* part = llvm::dyn_cast_or_null<Expr>(child))
                    parts.push_back(part);
        const auto value = m_twins->normal(m_value, false);
        return !value.empty()
            && std::ranges::any_of(parts, [&](const Expr* part) { return m_twins->normal(part, true) == value; });
    }

    /// Adds what \p statement works out from \p known.
    void addResults(const Stmt* statement, std::set<const VarDecl*>& known) const
    {
        const auto* set = llvm::dyn_cast<BinaryOperator>(statement);
        const auto* target = set == nullptr || set->getOpcode() != BO_Assign ? nullptr : plainVariable(set->getLHS());
        if (target != nullptr && std::ranges::none_of(variablesOf(set->getRHS()), [&](const VarDecl* used) {
                return known.count(used) > 0;
            })) {
            known.erase(target);
            return;
        }
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
    LoopRunners m_runners;
    const std::vector<const Stmt*>& m_siblings;
    std::size_t m_firstAt;
    std::size_t m_secondAt;
    OnlinePass m_pass;
    QualType m_type;
    const TwinLoops* m_twins = nullptr;
    const Expr* m_value = nullptr;
    const Expr* m_number = nullptr;
    bool m_isValueLeft = false;
};

}  // namespace

std::vector<OnlinePass> onlinePasses(const KernelScope& kernel, LoopRunners runners)
{
    std::vector<OnlinePass> passes;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* compound = llvm::dyn_cast<CompoundStmt>(node);
        if (compound == nullptr)
            return !llvm::isa<LambdaExpr>(node);
        const std::vector<const Stmt*> statements(compound->body_begin(), compound->body_end());
        for (std::size_t second = 1; second < statements.size(); ++second) {
            for (std::size_t first = second; first-- > 0;) {
                if (auto pass = PassReader(kernel, runners, statements, first, second).read()) {
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
