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
        const auto first = rowNests(m_kernel, m_siblings[m_firstAt]);
        const auto second = rowNests(m_kernel, m_siblings[m_secondAt]);
        if (first.empty() || first.size() != second.size())
            return std::nullopt;
        for (std::size_t i = 0; i < first.size(); ++i) {
            m_pass.first.push_back(first[i].shared);
            m_pass.second.push_back(second[i].shared);
        }
        return areAlike() && isPlain(firstLoop()) && isPlain(secondLoop()) && readsOnly() && readUpdate() && readValue()
                && isOfFirst()
            ? std::optional(m_pass)
            : std::nullopt;
    }

private:
    [[nodiscard]] const ForStmt* firstLoop() const { return m_pass.first.front().statement; }
    [[nodiscard]] const ForStmt* secondLoop() const { return m_pass.second.front().statement; }
    [[nodiscard]] const Stmt* firstBody() const { return m_pass.first.back().statement->getBody(); }
    [[nodiscard]] const Stmt* secondBody() const { return m_pass.second.back().statement->getBody(); }

    /// The same columns for the same thread.
    [[nodiscard]] bool areAlike() const
    {
        bool isShared = false;
        for (std::size_t i = 0; i < m_pass.first.size(); ++i) {
            if (!areAlike(m_pass.first[i], m_pass.second[i]))
                return false;
            isShared = isShared || isByThread(m_pass.first[i]);
        }
        return isShared;
    }

    [[nodiscard]] bool isByThread(const CountedLoop& loop) const
    {
        const auto start = m_kernel.form(loop.start);
        const auto thread = IndexForm::symbol(threadSymbol(0));
        const auto warp = IndexForm::constant(32);
        return start && loop.step != nullptr
            && (*start == thread || *start == IndexForm::opaque("%", thread, warp)
                || *start == IndexForm::opaque("/", thread, warp));
    }

    [[nodiscard]] bool areAlike(const CountedLoop& first, const CountedLoop& second) const
    {
        const auto& source = m_kernel.source();
        const auto start = m_kernel.form(first.start);
        if ((!isByThread(first) && !(start && start->isZero())) || (first.step == nullptr) != (second.step == nullptr)
            || !source.context().hasSameUnqualifiedType(first.var->getType(), second.var->getType()))
            return false;
        const std::vector<std::pair<const Expr*, const Expr*>> parts{
            {first.start, second.start}, {first.bound, second.bound}, {first.step, second.step}};
        return std::ranges::all_of(parts, [&](const auto& part) {
            if (part.first == nullptr)
                return true;
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
        const auto before = m_kernel.accesses(firstLoop());
        for (const auto& access : m_kernel.accesses(secondLoop())) {
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
        auto left = *first.index;
        auto right = *second.index;
        bool isAlong = false;
        for (std::size_t i = 0; i < m_pass.first.size(); ++i) {
            const auto a = m_kernel.symbolOf(m_pass.first[i].var);
            const auto b = m_kernel.symbolOf(m_pass.second[i].var);
            const auto step = left.coefficient(a);
            if (!step || step != right.coefficient(b))
                return false;
            isAlong = isAlong || step->isOne();
            left = left.without(a);
            right = right.without(b);
        }
        return isAlong && left == right;
    }

    /// Values of the body's own, and one sum.
    bool readUpdate()
    {
        for (std::size_t i = 0; i + 1 < m_pass.second.size(); ++i)
            for (const Stmt* statement : statementsOf(m_pass.second[i].statement->getBody()))
                if (statement != m_pass.second[i + 1].statement && !readDeclaration(statement))
                    return false;
        const auto body = statementsOf(secondBody());
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
            || secondLoop()->getBeginLoc() < m_pass.result->getBeginLoc()
            || !m_kernel.references(m_pass.result, firstLoop()).empty())
            return false;
        m_type = m_pass.result->getType().getUnqualifiedType();
        const auto sum = reductionOf(m_kernel, m_pass.result, secondLoop());
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
            m_inside.insert(var);
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
        const auto one = inlined(left, false);
        const auto* distance = llvm::dyn_cast<BinaryOperator>(meaning(left));
        return one && one == inlined(right, false) && distance != nullptr && ofDistance(distance);
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
                                   [&](const VarDecl* var) { return levelOf(var).has_value() || isInside(var); });
    }

    /// Which loop of the second nest \p var counts.
    [[nodiscard]] std::optional<std::size_t> levelOf(const VarDecl* var) const
    {
        for (std::size_t i = 0; i < m_pass.second.size(); ++i)
            if (m_pass.second[i].var == var)
                return i;
        return std::nullopt;
    }

    [[nodiscard]] bool isInside(const VarDecl* var) const { return m_inside.count(var) > 0; }

    bool readValue()
    {
        const auto& source = m_kernel.source();
        const auto number = source.range(m_number);
        const auto variables = variablesOf(m_number);
        if (!number || !m_kernel.accesses(m_number).empty() || m_number->HasSideEffects(source.context(), false)
            || !isOfType(m_number->IgnoreParenImpCasts()) || !std::ranges::all_of(variables, [&](const VarDecl* var) {
                   return isPrivate(var) && !m_kernel.isModifiedWithin(var, secondLoop());
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
        auto text = inlined(expression, isFirst);
        if (text && !isOfType(expression->IgnoreParenImpCasts()))
            text = fmt::format("static_cast<{}>({})", m_pass.type, *text);
        return text;
    }

    /// The first loop's name for what the second one counts at \p level, or its first value.
    [[nodiscard]] std::string column(std::size_t level, bool isFirst) const
    {
        const auto* var = m_pass.first[level].var;
        const auto& context = m_kernel.source().context();
        const auto type = var->getType().getUnqualifiedType();
        if (!isFirst)
            return var->getNameAsString();
        return context.hasSameUnqualifiedType(type, context.IntTy)
            ? "0"
            : fmt::format("static_cast<{}>(0)", type.getAsString(context.getPrintingPolicy()));
    }

    /// \p expression of the second loop as it can stand at the start of the first one's body, or, for the first element
    /// of all, before that loop.
    [[nodiscard]] std::optional<std::string> inlined(const Expr* expression, bool isFirst) const
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
            if (const auto level = levelOf(var)) {
                replacements.push_back({*use, column(*level, isFirst)});
            } else if (isInside(var)) {
                const auto text = inlined(var->getInit(), isFirst);
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
        const bool isBefore = llvm::isa<ParmVarDecl>(var) || var->getEndLoc() < firstLoop()->getBeginLoc();
        if (m_value == nullptr)  // only compared so far
            return true;
        bool isHidden = false;
        walk(firstLoop(), [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls())
                    if (const auto* named = llvm::dyn_cast<NamedDecl>(one))
                        isHidden = isHidden || identifierOf(named) == identifierOf(var);
            return !isHidden;
        });
        return isPrivate(var) && !m_kernel.isModified(var) && isBefore && !isHidden;
    }

    /// Whether the number comes of the sum or extremum of the same values in the first loop: where they are infinite or
    /// no numbers, so is what either way gives.
    [[nodiscard]] bool isOfFirst() const
    {
        const auto wanted = m_pass.kind == OnlineSum::Squares ? ReductionOperation::Sum : ReductionOperation::Max;
        std::set<const VarDecl*> known;
        walk(firstBody(), [&](const Stmt* node) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(node);
            const auto* var =
                assignment == nullptr || !assignment->isAssignmentOp() ? nullptr : plainVariable(assignment->getLHS());
            if (var == nullptr || !foldsValue(assignment))
                return true;
            const auto reduction = reductionOf(m_kernel, var, firstLoop());
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
        const auto value = normal(m_value, false);
        return !value.empty()
            && std::ranges::any_of(parts, [&](const Expr* part) { return normal(part, true) == value; });
    }

    /// Text that is the same for the same value in either nest: elements are named by their places, and what the nest
    /// itself sets once is what that is set to. Empty for what has no such text.
    [[nodiscard]] std::string normal(const Expr* expression, bool ofFirst) const
    {
        const auto& source = m_kernel.source();
        const auto& loops = ofFirst ? m_pass.first : m_pass.second;
        const auto* whole = loops.front().statement;
        const auto isOwn = [&](const VarDecl* var) {
            return var->hasInit() && isPrivate(var) && !m_kernel.isModified(var)
                && whole->getBeginLoc() < var->getBeginLoc() && var->getEndLoc() <= whole->getEndLoc();
        };
        const auto* plain = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenImpCasts());
        const auto* alone = plain == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(plain->getDecl());
        if (alone != nullptr && isOwn(alone)
            && source.context().hasSameUnqualifiedType(alone->getType(),
                                                       alone->getInit()->IgnoreParenImpCasts()->getType()))
            return normal(alone->getInit(), ofFirst);
        const auto range = source.range(expression);
        bool isKnown = range.has_value();
        std::vector<Replacement> replacements;
        const auto accesses = m_kernel.accesses(expression);
        walk(expression, [&](const Stmt* node) {
            const auto access =
                std::ranges::find_if(accesses, [&](const Access& one) { return one.expression == node; });
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (!isKnown || (access == accesses.end() && var == nullptr))
                return isKnown;
            const auto text = access != accesses.end() ? placeOf(*access, loops)
                : isOwn(var)                           ? normal(var->getInit(), ofFirst)
                                                       : nameOf(var, loops);
            const auto use = source.range(node);
            isKnown = use && !text.empty();
            if (isKnown)
                replacements.push_back({*use, text});
            return false;
        });
        return isKnown ? rewritten(source.text(), *range, std::move(replacements)) : std::string();
    }

    [[nodiscard]] std::string nameOf(const VarDecl* var, const std::vector<CountedLoop>& loops) const
    {
        for (std::size_t i = 0; i < loops.size(); ++i)
            if (loops[i].var == var)
                return fmt::format("$loop{}", i);
        return m_kernel.symbolOf(var);
    }

    [[nodiscard]] std::string placeOf(const Access& access, const std::vector<CountedLoop>& loops) const
    {
        if (access.base == nullptr || !access.index)
            return {};
        auto rest = *access.index;
        IndexForm place;
        for (std::size_t i = 0; i < loops.size(); ++i) {
            const auto symbol = m_kernel.symbolOf(loops[i].var);
            const auto step = rest.coefficient(symbol);
            if (!step)
                return {};
            place = place + *step * IndexForm::symbol(fmt::format("$loop{}", i));
            rest = rest.without(symbol);
        }
        return fmt::format("{}[{}]", m_kernel.symbolOf(access.base), (place + rest).toString());
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
