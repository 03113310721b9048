// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AddedArrays.h"

#include "moves/KnownKernel.h"

namespace warploom {

using namespace clang;

namespace {

/// The variable of the kernel's own whose value \p place is a part of: not what it points to.
const VarDecl* threadsVariable(const Expr* place)
{
    place = place->IgnoreParens();
    while (true) {
        if (const auto* member = llvm::dyn_cast<MemberExpr>(place); member != nullptr && !member->isArrow()) {
            place = member->getBase()->IgnoreParens();
            continue;
        }
        const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(place);
        const auto* decay = subscript == nullptr ? nullptr : llvm::dyn_cast<ImplicitCastExpr>(subscript->getBase());
        if (decay == nullptr || decay->getCastKind() != CK_ArrayToPointerDecay)
            break;
        place = decay->getSubExpr()->IgnoreParens();
    }
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(place);
    const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    return var != nullptr && var->hasLocalStorage() && !var->getType()->isReferenceType() ? var : nullptr;
}

bool isAddable(QualType type)
{
    const auto* builtin = type->getAs<BuiltinType>();
    return builtin != nullptr
        && (builtin->getKind() == BuiltinType::Int || builtin->getKind() == BuiltinType::UInt
            || builtin->getKind() == BuiltinType::ULongLong || builtin->getKind() == BuiltinType::Float
            || builtin->getKind() == BuiltinType::Double);
}

class AdditionReader {
public:
    explicit AdditionReader(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_body(kernel.kernel().getBody())
    {
    }

    std::optional<std::vector<AddedArray>> read()
    {
        if (touchesFileVariables(m_body) || m_kernel.synchronises(m_body) || !hasPlainParameters())
            return std::nullopt;
        walk(m_body, [&](const Stmt* node) {
            m_isSound = m_isSound && readNode(node);
            return m_isSound;
        });
        if (!m_isSound || m_arrays.empty())
            return std::nullopt;
        for (const auto& array : m_arrays)
            if (!isOnlyAddedTo(array))
                return std::nullopt;
        return m_arrays;
    }

private:
    [[nodiscard]] bool hasPlainParameters() const
    {
        return std::ranges::none_of(m_kernel.kernel().parameters(), [](const ParmVarDecl* parameter) {
            const auto type = parameter->getType();
            return type->isRecordType() || type->isReferenceType()
                || (type->isPointerType() && type->getPointeeType().isVolatileQualified());
        });
    }

    bool readNode(const Stmt* node)
    {
        if (llvm::isa<LambdaExpr, StmtExpr, GotoStmt, IndirectGotoStmt, LabelStmt, AsmStmt, CXXNewExpr, CXXDeleteExpr,
                      CXXThisExpr>(node))
            return false;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            return std::ranges::all_of(declaration->decls(), readDeclaration);
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node); binary != nullptr && binary->isAssignmentOp())
            return threadsVariable(binary->getLHS()) != nullptr;
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            unary != nullptr && unary->isIncrementDecrementOp())
            return threadsVariable(unary->getSubExpr()) != nullptr;
        if (const auto* call = llvm::dyn_cast<CallExpr>(node))
            return isAddition(call) ? readAddition(call) : readCall(call);
        // Objects that can write where a pointer leads.
        if (const auto* object = llvm::dyn_cast<CXXConstructExpr>(node))
            return std::ranges::none_of(object->arguments(), leadsToWrites);
        if (const auto* object = llvm::dyn_cast<InitListExpr>(node))
            return std::ranges::none_of(object->inits(), leadsToWrites);
        const auto* expression = llvm::dyn_cast<Expr>(node);
        return expression == nullptr || !expression->getType().isVolatileQualified();
    }

    /// What it declares lives as long as the thread, and leads nowhere but where its initialiser does.
    static bool readDeclaration(const Decl* declaration)
    {
        const auto* var = llvm::dyn_cast<VarDecl>(declaration);
        if (var == nullptr)
            return !llvm::isa<DecompositionDecl>(declaration);
        const auto type = var->getType();
        return !var->isStaticLocal() && !var->hasAttr<CUDASharedAttr>() && !type.isVolatileQualified()
            && !(type->isReferenceType() && !type->getPointeeType().isConstQualified());
    }

    static bool leadsToWrites(const Expr* value)
    {
        const auto type = value->getType();
        return type->isPointerType() && !type->getPointeeType().isConstQualified();
    }

    static bool isAddition(const CallExpr* call)
    {
        return calleeName(call) == "atomicAdd" && call->getNumArgs() == 2 && !call->getDirectCallee()->hasBody();
    }

    /// Nothing that others see may be changed there; functions that read an array get it as const.
    static bool readCall(const CallExpr* call)
    {
        const auto name = calleeName(call);
        if (call->getDirectCallee() == nullptr || name.starts_with("atomic") || name.starts_with("__threadfence")
            || name == "__nanosleep" || name == "__ldcv" || name == "printf")
            return false;
        const auto isKept = [](const Expr* place) {
            return !place->isLValue() || place->getType().isConstQualified() || threadsVariable(place) != nullptr;
        };
        const auto* member = llvm::dyn_cast<CXXMemberCallExpr>(call);
        if (member != nullptr && !isKept(member->getImplicitObjectArgument()))
            return false;
        return std::ranges::all_of(call->arguments(), [&](const Expr* argument) {
            return argument->getType()->isPointerType() ? !leadsToWrites(argument) : isKept(argument);
        });
    }

    bool readAddition(const CallExpr* call)
    {
        const auto element = call->getDirectCallee()->getParamDecl(0)->getType()->getPointeeType();
        const auto* base = baseOf(call->getArg(0), 0);
        if (base == nullptr || !isAddable(element) || element.hasQualifiers() || !isStatement(call))
            return false;
        const auto known = std::ranges::find(m_arrays, base, &AddedArray::base);
        if (known == m_arrays.end())
            m_arrays.push_back({base, element.getCanonicalType(), {call}});
        else if (m_kernel.source().context().hasSameType(known->element, element))
            known->additions.push_back(call);
        else
            return false;
        return true;
    }

    [[nodiscard]] bool isStatement(const Stmt* expression) const
    {
        const Stmt* above = m_kernel.parent(expression);
        while (const auto* cast = llvm::dyn_cast_or_null<Expr>(above)) {
            const bool isVoid = llvm::isa<CStyleCastExpr>(cast) && cast->getType()->isVoidType();
            if (!isVoid && !llvm::isa<ExprWithCleanups, ParenExpr>(cast))
                return false;
            expression = cast;
            above = m_kernel.parent(cast);
        }
        if (const auto* choice = llvm::dyn_cast_or_null<IfStmt>(above))
            return choice->getCond() != expression;
        if (const auto* loop = llvm::dyn_cast_or_null<ForStmt>(above))
            return loop->getBody() == expression;
        if (const auto* loop = llvm::dyn_cast_or_null<WhileStmt>(above))
            return loop->getBody() == expression;
        return llvm::isa_and_nonnull<CompoundStmt, DoStmt, SwitchCase>(above);
    }

    /// The parameter whose array \p address leads into, however it was worked out; null where that is not certain.
    [[nodiscard]] const ParmVarDecl* baseOf(const Expr* address, int depth) const
    {
        address = address->IgnoreParens();
        if (depth > kDeepest)
            return nullptr;
        if (const auto* cast = llvm::dyn_cast<CastExpr>(address)) {
            const auto* from = cast->getSubExpr()->IgnoreParens();
            // A pointer that is read from memory may lead anywhere.
            if (cast->getCastKind() == CK_LValueToRValue && !llvm::isa<DeclRefExpr>(from) && !isMoved(from))
                return nullptr;
            return baseOf(from, depth + 1);
        }
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(address))
            return baseOfVariable(llvm::dyn_cast<VarDecl>(reference->getDecl()), depth);
        if (const auto* member = llvm::dyn_cast<MemberExpr>(address))
            return baseOf(member->getBase(), depth + 1);
        if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(address))
            return baseOf(subscript->getBase(), depth + 1);
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(address))
            return unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf || unary->getOpcode() == UO_Deref
                ? baseOf(unary->getSubExpr(), depth + 1)
                : nullptr;
        const auto* binary = llvm::dyn_cast<BinaryOperator>(address);
        if (binary == nullptr || !binary->getType()->isPointerType() || !binary->isAdditiveOp())
            return nullptr;
        return baseOf(binary->getLHS()->getType()->isPointerType() ? binary->getLHS() : binary->getRHS(), depth + 1);
    }

    /// Whether \p expression is a variable that is moved before or after its value is taken.
    static bool isMoved(const Expr* expression)
    {
        const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        return unary != nullptr && unary->isIncrementDecrementOp();
    }

    [[nodiscard]] const ParmVarDecl* baseOfVariable(const VarDecl* var, int depth) const
    {
        if (var == nullptr || !var->getType()->isPointerType())
            return nullptr;
        if (const auto* parameter = llvm::dyn_cast<ParmVarDecl>(var))
            return m_kernel.isModified(var) ? nullptr : parameter;
        return var->isLocalVarDecl() && var->hasInit() ? baseOf(var->getInit(), depth + 1) : nullptr;
    }

    /// Whether the array's elements are reached by its additions alone.
    [[nodiscard]] bool isOnlyAddedTo(const AddedArray& array)
    {
        std::set<const VarDecl*> leading = {array.base};
        std::vector<const VarDecl*> open = {array.base};
        while (!open.empty()) {
            const auto* var = open.back();
            open.pop_back();
            for (const auto* reference : m_kernel.references(var, m_body)) {
                const auto next = useOf(reference, array);
                if (!next)
                    return false;
                if (*next != nullptr && leading.insert(*next).second) {
                    // It leads nowhere else at any time.
                    if (baseOfVariable(*next, 0) != array.base)
                        return false;
                    open.push_back(*next);
                }
            }
        }
        return true;
    }

    /// The pointer that a use of a leading one goes into; null where it is added to there, or moved. Nothing for any
    /// other use.
    [[nodiscard]] std::optional<const VarDecl*> useOf(const Expr* reference, const AddedArray& array) const
    {
        const Stmt* node = reference;
        for (const Stmt* above = m_kernel.parent(node); above != nullptr; node = above, above = m_kernel.parent(node)) {
            if (const auto* call = llvm::dyn_cast<CallExpr>(above))
                return std::ranges::find(array.additions, call) != array.additions.end() && call->getArg(0) == node
                    ? std::optional<const VarDecl*>(nullptr)
                    : std::nullopt;
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(above))
                return initialisedBy(declaration, node);
            const auto* binary = llvm::dyn_cast<BinaryOperator>(above);
            if (binary != nullptr && binary->isAssignmentOp())
                return assignedBy(binary, node);
            if (!staysAddress(above, node))
                return isMoveAlone(node, above) ? std::optional<const VarDecl*>(nullptr) : std::nullopt;
        }
        return std::nullopt;
    }

    static std::optional<const VarDecl*> initialisedBy(const DeclStmt* declaration, const Stmt* initialiser)
    {
        for (const Decl* one : declaration->decls())
            if (const auto* var = llvm::dyn_cast<VarDecl>(one);
                var != nullptr && var->getInit() == initialiser && var->getType()->isPointerType())
                return var;
        return std::nullopt;
    }

    /// p = leading, or leading += count.
    static std::optional<const VarDecl*> assignedBy(const BinaryOperator* assignment, const Stmt* node)
    {
        const auto* target = llvm::dyn_cast<DeclRefExpr>(assignment->getLHS()->IgnoreParens());
        const auto* var = target == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(target->getDecl());
        if (var == nullptr || !var->getType()->isPointerType())
            return std::nullopt;
        // What is assigned has to lead where the variable has always led, so only steps within the array are taken.
        const bool isStep = assignment->getOpcode() == BO_AddAssign || assignment->getOpcode() == BO_SubAssign;
        return isStep && assignment->getLHS() == node ? std::optional<const VarDecl*>(nullptr) : std::nullopt;
    }

    /// Whether \p above is an address of the same array, or a place in it, made of \p node.
    [[nodiscard]] bool staysAddress(const Stmt* above, const Stmt* node) const
    {
        if (const auto* cast = llvm::dyn_cast<CastExpr>(above)) {
            if (cast->getCastKind() == CK_LValueToRValue) {
                const auto* from = llvm::cast<Expr>(node)->IgnoreParens();
                return llvm::isa<DeclRefExpr>(from) || isMoved(from);
            }
            return cast->getType()->isPointerType() || cast->isLValue();
        }
        if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(above))
            return subscript->getBase() == node;
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(above))
            return unary->getOpcode() == UO_AddrOf || unary->getOpcode() == UO_Deref || isMoved(unary);
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(above))
            return binary->isAdditiveOp() && binary->getType()->isPointerType();
        return llvm::isa<ParenExpr, MemberExpr>(above);
    }

    /// Whether the pointer was only moved, by ++p as a statement or in a loop's head.
    static bool isMoveAlone(const Stmt* node, const Stmt* above)
    {
        const auto* expression = llvm::dyn_cast<Expr>(node);
        return expression != nullptr && isMoved(expression->IgnoreParens())
            && (llvm::isa<CompoundStmt, ForStmt, IfStmt, WhileStmt>(above));
    }

    static constexpr int kDeepest = 32;

    const KernelScope& m_kernel;
    const Stmt* m_body;
    std::vector<AddedArray> m_arrays;
    bool m_isSound = true;
};

}  // namespace

std::optional<std::vector<AddedArray>> addedArrays(const KernelScope& kernel) { return AdditionReader(kernel).read(); }

}  // namespace warploom
