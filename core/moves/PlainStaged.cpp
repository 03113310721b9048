// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FloatMath.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/StagedArrays.h"

namespace warploom {

namespace {

using namespace clang;

/// Longer chains of variables may be any thread's own.
constexpr int kDeepestStaged = 8;

/// Whether \p call itself, but for what its function goes on to call, is no atomic, clock or question which thread it
/// is.
bool answersAlike(const KernelScope& kernel, const CallExpr& call)
{
    const auto* callee = call.getDirectCallee();
    if (callee == nullptr || callee->getReturnType()->isVoidType())
        return false;
    if (std::ranges::any_of(callee->parameters(), [](const ParmVarDecl* parameter) {
            const auto type = parameter->getType();
            return type->isReferenceType() && !type->getPointeeType().isConstQualified();
        }))
        return false;
    // What the source says of itself is looked into.
    if (callee->hasBody())
        return true;
    if (llvm::isa<CXXMemberCallExpr>(call))
        return llvm::isa<CXXConversionDecl>(callee);
    if (llvm::isa<CXXOperatorCallExpr>(call))
        return true;
    const auto name = libraryFunction(kernel, &call);
    const bool isAsked = name.rfind("atomic", 0) == 0 || name.rfind("__shfl", 0) == 0;
    // Clocks and masks are asked without an argument.
    return !name.empty() && !isAsked && call.getNumArgs() > 0;
}

/// Whether what is called within \p value, or from there, gives the same for the same arguments, whichever thread
/// calls and whenever.
bool callsAnswerAlike(const KernelScope& kernel, const Stmt* value, std::set<const FunctionDecl*>& visited)
{
    bool isAlike = true;
    walk(value, [&](const Stmt* node) {
        const FunctionDecl* callee = nullptr;
        if (const auto* call = llvm::dyn_cast<CallExpr>(node)) {
            isAlike = isAlike && answersAlike(kernel, *call);
            callee = call->getDirectCallee();
        } else if (const auto* made = llvm::dyn_cast<CXXConstructExpr>(node)) {
            callee = made->getConstructor();
        }
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isAlike = isAlike && (var == nullptr || !var->isStaticLocal() || var->getType().isConstQualified());
        const FunctionDecl* definition = nullptr;
        if (isAlike && callee != nullptr && callee->hasBody(definition) && visited.insert(definition).second)
            isAlike = callsAnswerAlike(kernel, definition->getBody(), visited);
        return isAlike;
    });
    return isAlike;
}

bool callsAnswerAlike(const KernelScope& kernel, const Stmt* value)
{
    std::set<const FunctionDecl*> visited;
    return !callsUseBuiltins(value) && callsAnswerAlike(kernel, value, visited);
}

/// Whether \p node names threadIdx as a whole.
bool isThreadVariable(const Stmt* node)
{
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
    return reference != nullptr && isThreadBuiltin(reference) && identifierOf(reference->getDecl()) == "threadIdx";
}

/// What becomes of a number within an expression.
enum class NumberUse {
    Index,  ///< it is added into an index
    Whole,  ///< it is added into the expression itself
    Value,  ///< it counts for what it is, and is never below 0
    Typed,  ///< whether it is signed may show
};

/// What stands in place of a thread's index, and of what type that is.
struct Place {
    std::string text;
    QualType type;
};

/// By axis.
using Places = std::map<int, Place>;

/// The axis of `threadIdx.x`.
std::optional<int> axisOf(const KernelScope& kernel, const Stmt* node)
{
    const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(node);
    const auto* member = llvm::dyn_cast<MemberExpr>(pseudo != nullptr ? pseudo->getSyntacticForm() : node);
    const auto form = member == nullptr ? std::nullopt : kernel.form(member);
    for (int axis = 0; form && axis < 3; ++axis)
        if (*form == IndexForm::symbol(threadSymbol(axis)))
            return axis;
    return std::nullopt;
}

/// The types that expressions have once other indices stand in them. CUDA's own are unsigned, a loop's counter is an
/// int: that it is shows where it is compared, divided or made a wider number after a subtraction.
class PlacedTypes {
public:
    explicit PlacedTypes(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_context(kernel.source().context())
    {
    }

    /// What stands in place of \p use, an index of the thread within \p top.
    [[nodiscard]] Place placeAt(const Stmt* use, const Place& place, const Expr* top) const
    {
        const bool isUnsigned = isOf(place.type, m_context.UnsignedIntTy);
        const bool mayStand = isUnsigned || (isOf(place.type, m_context.IntTy) && useOf(use, top) != NumberUse::Typed);
        return mayStand ? place : Place{fmt::format("unsigned({})", place.text), m_context.UnsignedIntTy};
    }

    /// The type of \p expression, a part of \p top.
    [[nodiscard]] QualType typeOf(const Expr* expression, const Places& places, const Expr* top) const
    {
        const auto* plain = expression->IgnoreUnlessSpelledInSource()->IgnoreParenImpCasts();
        if (const auto axis = axisOf(m_kernel, plain)) {
            const auto place = places.find(*axis);
            return place == places.end() ? plain->getType() : placeAt(plain, place->second, top).type;
        }
        const auto* binary = llvm::dyn_cast<BinaryOperator>(plain);
        if (binary != nullptr && (binary->isAdditiveOp() || binary->isMultiplicativeOp())
            && isOf(binary->getType(), m_context.UnsignedIntTy)
            && isOf(typeOf(binary->getLHS(), places, top), m_context.IntTy)
            && isOf(typeOf(binary->getRHS(), places, top), m_context.IntTy))
            return m_context.IntTy;
        return plain->getType();
    }

    /// Whether \p value, which is unsigned, may stand for the int \p use as it is.
    [[nodiscard]] bool mayStandForInt(const Expr* value, const DeclRefExpr* use, const Expr* top) const
    {
        return isIndexWord(value) && useOf(use, top) == NumberUse::Index;
    }

    [[nodiscard]] bool isOf(QualType one, QualType other) const { return m_context.hasSameUnqualifiedType(one, other); }

private:
    [[nodiscard]] NumberUse useOf(const Stmt* use, const Expr* top) const
    {
        bool isPlain = true;  // nothing below 0 is added
        for (const Stmt* node = use; node != top;) {
            const Stmt* above = m_kernel.parent(node);
            if (const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(above))
                return subscript->getIdx() == node ? NumberUse::Index : NumberUse::Typed;
            if (const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above)) {
                const auto* other = binary->getLHS() == node ? binary->getRHS() : binary->getLHS();
                if (binary->isComparisonOp())
                    return isPlain && (isSize(other) || isNeverNegative(other)) ? NumberUse::Value : NumberUse::Typed;
                if ((binary->getOpcode() != BO_Add && binary->getOpcode() != BO_Mul) || isNegated(other))
                    return NumberUse::Typed;
                if (binary->getType()->isPointerType())
                    return NumberUse::Index;
                isPlain = isPlain && isNeverNegative(other);
            } else if (const auto* cast = llvm::dyn_cast_or_null<CastExpr>(above)) {
                if (!keepsBits(*cast))
                    return isPlain && cast->getType()->isArithmeticType() ? NumberUse::Value : NumberUse::Typed;
                // Whoever converts has the type that is said there.
                if (llvm::isa<ExplicitCastExpr>(cast))
                    return NumberUse::Index;
            } else if (!llvm::isa_and_nonnull<ParenExpr>(above)) {
                return NumberUse::Typed;
            }
            node = above;
        }
        return NumberUse::Whole;
    }

    /// Whether \p cast goes on with 32 bits, of whatever sign.
    [[nodiscard]] bool keepsBits(const CastExpr& cast) const
    {
        return cast.getCastKind() == CK_LValueToRValue || cast.getCastKind() == CK_NoOp
            || isOf(cast.getType(), m_context.IntTy) || isOf(cast.getType(), m_context.UnsignedIntTy);
    }

    /// A number that the launch passes, which counts something.
    static bool isSize(const Expr* expression)
    {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenImpCasts());
        return reference != nullptr && llvm::isa<ParmVarDecl>(reference->getDecl());
    }

    static bool isNegated(const Expr* expression)
    {
        bool found = false;
        walk(expression, [&](const Stmt* node) {
            const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            found = found || (unary != nullptr && unary->getOpcode() == UO_Minus);
            return !found && !llvm::isa<ArraySubscriptExpr>(node);
        });
        return found;
    }

    [[nodiscard]] bool isNeverNegative(const Expr* expression, int depth = 0) const
    {
        const auto* plain = expression->IgnoreParenImpCasts();
        const auto form = m_kernel.form(plain);
        if (const auto constant = form ? form->constantValue() : std::nullopt)
            return *constant >= 0;
        if (llvm::isa<MemberExpr, PseudoObjectExpr>(plain))
            return plain->getType()->isUnsignedIntegerType();
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(plain))
            return (binary->getOpcode() == BO_Add || binary->getOpcode() == BO_Mul)
                && isNeverNegative(binary->getLHS(), depth) && isNeverNegative(binary->getRHS(), depth);
        const auto* var = plainVariable(plain);
        if (var == nullptr || !var->isLocalVarDecl() || !var->hasInit() || depth > kDeepestStaged)
            return false;
        for (const Stmt* node = expression; node != nullptr; node = m_kernel.parent(node))
            if (const auto loop = m_kernel.countedLoop(node); loop && loop->var == var)
                return isNeverNegative(loop->start, depth + 1)
                    && (loop->step == nullptr || isNeverNegative(loop->step, depth + 1));
        return !m_kernel.isModified(var) && isNeverNegative(var->getInit(), depth + 1);
    }

    /// Whether \p value is added up and multiplied of nothing but CUDA's own indices and constants.
    [[nodiscard]] bool isIndexWord(const Expr* value) const
    {
        const auto* plain = value->IgnoreParenImpCasts();
        const auto form = m_kernel.form(plain);
        if (llvm::isa<MemberExpr, PseudoObjectExpr>(plain) || (form && form->constantValue()))
            return true;
        const auto* binary = llvm::dyn_cast<BinaryOperator>(plain);
        return binary != nullptr && (binary->getOpcode() == BO_Add || binary->getOpcode() == BO_Mul)
            && isIndexWord(binary->getLHS()) && isIndexWord(binary->getRHS());
    }

    const KernelScope& m_kernel;
    const ASTContext& m_context;
};

/// tile[threadIdx.y][threadIdx.x] = a[row * n + t * 16 + threadIdx.x]; … tile[threadIdx.y][k] reads a[row * n + t * 16
/// + k] itself: moves stage what is worth it anew, in sizes of their own.
class PlainStaged : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "arrays in place of their tiles"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto staged = stagedArrays(kernel);
        return staged ? Rewriting(kernel, *staged).made() : std::nullopt;
    }

private:
    class Rewriting {
    public:
        Rewriting(const KernelScope& kernel, const StagedArrays& staged)
            : m_kernel(kernel)
            , m_source(kernel.source())
            , m_staged(staged)
            , m_types(kernel)
        {
        }

        std::optional<std::string> made()
        {
            SourceEdit edit(m_source.text());
            std::set<const Stmt*> gone(m_staged.barriers.begin(), m_staged.barriers.end());
            for (const auto& one : m_staged.arrays) {
                gone.insert(one.store);
                for (const auto* read : one.reads) {
                    const auto range = m_source.range(read);
                    const auto text = valueAt(one, read);
                    if (!range || !text)
                        return std::nullopt;
                    const bool isWhole =
                        one.condition == nullptr && llvm::isa<ArraySubscriptExpr>(one.value->IgnoreParenImpCasts());
                    edit.replace(*range, isWhole ? *text : "(" + *text + ")");
                }
            }
            if (!addDeclarations(gone))
                return std::nullopt;
            addIdleNames(gone);
            for (const Stmt* statement : gone) {
                const auto range = m_source.statementRange(statement);
                if (!range)
                    return std::nullopt;
                edit.removeWithLine(*range);
            }
            return edit.apply();
        }

    private:
        /// Declarations of nothing but these arrays go; nothing else may stand with them.
        bool addDeclarations(std::set<const Stmt*>& gone) const
        {
            bool isWhole = true;
            const auto isStaged = [this](const Decl* one) {
                return std::ranges::any_of(m_staged.arrays, [one](const auto& array) { return array.array == one; });
            };
            walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
                const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
                if (declaration == nullptr
                    || std::none_of(declaration->decl_begin(), declaration->decl_end(), isStaged))
                    return isWhole;
                isWhole = isWhole && std::all_of(declaration->decl_begin(), declaration->decl_end(), isStaged);
                gone.insert(declaration);
                return isWhole;
            });
            return isWhole;
        }

        /// Variables that only the stores have named: their values stand where they are read now.
        void addIdleNames(std::set<const Stmt*>& gone) const
        {
            std::vector<const DeclStmt*> declarations;
            walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
                const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
                if (declaration != nullptr && declaration->isSingleDecl()
                    && llvm::isa_and_nonnull<CompoundStmt>(m_kernel.parent(declaration)))
                    declarations.push_back(declaration);
                return true;
            });
            // What names it may be idle itself: those that come last are first.
            for (auto at = declarations.rbegin(); at != declarations.rend(); ++at) {
                const auto* var = llvm::dyn_cast<VarDecl>((*at)->getSingleDecl());
                if (var == nullptr || !var->hasInit() || var->getInit()->HasSideEffects(m_source.context(), true))
                    continue;
                const auto uses = m_kernel.references(var, m_kernel.kernel().getBody());
                const bool isIdle = !uses.empty() && std::ranges::all_of(uses, [&](const Stmt* use) {
                    while (use != nullptr && gone.count(use) == 0)
                        use = m_kernel.parent(use);
                    return use != nullptr;
                });
                if (isIdle)
                    gone.insert(*at);
            }
        }

        std::optional<std::string> valueAt(const StagedArray& one, const ArraySubscriptExpr* read)
        {
            m_block = m_kernel.parent(one.store);
            Places places;
            const Expr* base = read;
            for (auto axis = one.axes.rbegin(); axis != one.axes.rend(); ++axis) {
                const auto* subscript = llvm::cast<ArraySubscriptExpr>(base);
                const auto* index = subscript->getIdx();
                if (m_kernel.form(index) != IndexForm::symbol(threadSymbol(*axis)))
                    places[*axis] = {operandText(m_kernel, index), index->IgnoreParenImpCasts()->getType()};
                base = subscript->getBase()->IgnoreParenImpCasts();
            }
            if (std::ranges::any_of(places, [](const auto& place) { return place.second.text.empty(); }))
                return std::nullopt;
            const auto value = isTypedAlike(one.value, places) ? textAt(one.value, places) : std::nullopt;
            if (one.condition == nullptr || !isTypedAlike(one.otherwise, places))
                return one.condition == nullptr ? value : std::nullopt;
            const auto condition = textAt(one.condition, places);
            const auto otherwise = textAt(one.otherwise, places);
            return value && condition && otherwise
                ? std::optional(fmt::format("{} ? {} : {}", *condition, *value, *otherwise))
                : std::nullopt;
        }

        /// Whether \p value is of its own type still with \p places in it.
        bool isTypedAlike(const Expr* value, const Places& places) const
        {
            const auto* plain = value->IgnoreUnlessSpelledInSource()->IgnoreParenImpCasts();
            return m_types.isOf(m_types.typeOf(value, places, value), plain->getType());
        }

        /// \p expression as the thread at \p places has it.
        std::optional<std::string> textAt(const Expr* expression, const Places& places)
        {
            const auto range = m_source.range(expression);
            // Its words are put elsewhere, and worked out anew there.
            if (!range || !haveOnlyNames(m_kernel, expression) || !callsAnswerAlike(m_kernel, expression))
                return std::nullopt;
            std::vector<Replacement> replacements;
            bool isKnown = true;
            walk(expression, [&](const Stmt* node) {
                if (!isKnown)
                    return false;
                if (const auto axis = axisOf(m_kernel, node)) {
                    const auto at = m_source.range(node);
                    const auto place = places.find(*axis);
                    isKnown = at.has_value();
                    if (at && place != places.end())
                        replacements.push_back({*at, m_types.placeAt(node, place->second, expression).text});
                    return false;
                }
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                if (var == nullptr || !(var->isLocalVarDecl() || llvm::isa<ParmVarDecl>(var))) {
                    isKnown = places.empty() || !isThreadVariable(node);
                    return isKnown;
                }
                if (llvm::isa<ParmVarDecl>(var) || !isElsewhere(var, places)) {
                    isKnown = places.empty() || isOneForAll(var, 0);
                    return isKnown;
                }
                const auto at = m_source.range(reference);
                const auto text = at ? textOf(*var, *reference, places, expression) : std::nullopt;
                isKnown = text.has_value();
                if (isKnown)
                    replacements.push_back({*at, *text});
                return isKnown;
            });
            return isKnown ? std::optional(rewritten(m_source.text(), *range, std::move(replacements))) : std::nullopt;
        }

        /// What \p var was set to, in place of \p use within \p top.
        std::optional<std::string> textOf(const VarDecl& var, const DeclRefExpr& use, const Places& places,
                                          const Expr* top)
        {
            const auto* value = var.getInit();
            const auto text = value != nullptr && isTheSameStill(&var) ? textAt(value, places) : std::nullopt;
            if (!text)
                return std::nullopt;
            const auto& context = m_source.context();
            const auto type = var.getType().getNonReferenceType().getUnqualifiedType();
            const auto made = m_types.typeOf(value, places, value);
            const bool isUnsignedInt = m_types.isOf(type, context.IntTy) && m_types.isOf(made, context.UnsignedIntTy);
            if (m_types.isOf(type, made) || (isUnsignedInt && m_types.mayStandForInt(value, &use, top)))
                return "(" + *text + ")";
            return type->isArithmeticType()
                ? std::optional(
                      fmt::format("static_cast<{}>({})", type.getAsString(context.getPrintingPolicy()), *text))
                : std::nullopt;
        }

        /// Whether what \p var was set to is the same where it is read: what moves, such as a loop's counter, moves
        /// neither between its declaration and the store nor behind that.
        bool isTheSameStill(const VarDecl* var) const
        {
            bool isSame = !m_kernel.isModified(var);
            walk(var->getInit(), [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* part = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                isSame = isSame
                    && (part == nullptr || !m_kernel.isModified(part)
                        || (isDeclaredWithin(var, m_block) && !m_kernel.isModifiedWithin(part, m_block)));
                return isSame;
            });
            return isSame;
        }

        /// Whether \p var is worked out from an index that is another's there.
        bool isElsewhere(const VarDecl* var, const Places& places) const
        {
            bool found = false;
            if (!var->hasInit())
                return false;
            walk(var->getInit(), [&](const Stmt* node) {
                if (const auto axis = axisOf(m_kernel, node)) {
                    found = found || places.count(*axis) > 0;
                    return false;
                }
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* part = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                found =
                    found || (part != nullptr && part != var && part->isLocalVarDecl() && isElsewhere(part, places));
                return !found;
            });
            return found;
        }

        /// Whether \p var, whatever index it is worked out from, changes with all threads alike: what a thread has
        /// added up by itself is no other's.
        bool isOneForAll(const VarDecl* var, int depth) const
        {
            const bool isModified = m_kernel.isModified(var);
            if (depth > kDeepestStaged || (isModified && !changesForAll(var)))
                return false;
            if (!var->hasInit())
                return llvm::isa<ParmVarDecl>(var);
            // What changes afterwards is no longer what it was set to, wherever that is written out.
            bool isOne = callsAnswerAlike(m_kernel, var->getInit()) && !readsShared(var->getInit())
                && (!isModified || !dependsOnThread(m_kernel, var->getInit(), true));
            walk(var->getInit(), [&](const Stmt* node) {
                // Its members are the same for all that stand in one place, but for those that are replaced.
                if (!isOne || axisOf(m_kernel, node))
                    return false;
                isOne = !isThreadVariable(node);
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* part = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                if (part != nullptr && (part->isLocalVarDecl() || llvm::isa<ParmVarDecl>(part)))
                    isOne = isOne && isOneForAll(part, depth + 1);
                return isOne;
            });
            return isOne;
        }

        bool readsShared(const Stmt* value) const
        {
            return std::ranges::any_of(m_kernel.accesses(value), [](const Access& access) {
                return access.base == nullptr || isSharedArray(access.base);
            });
        }

        /// Whether \p var is set only where all threads come by, to what is the same for all.
        bool changesForAll(const VarDecl* var) const
        {
            const auto* body = m_kernel.kernel().getBody();
            return std::ranges::all_of(m_kernel.references(var, body), [&](const DeclRefExpr* use) {
                const Stmt* above = m_kernel.parent(use);
                while (llvm::isa_and_nonnull<ParenExpr>(above))
                    above = m_kernel.parent(above);
                if (const auto* cast = llvm::dyn_cast_or_null<ImplicitCastExpr>(above);
                    cast != nullptr && cast->getCastKind() == CK_LValueToRValue)
                    return true;
                const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(above);
                const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above);
                const bool isSet = (unary != nullptr && unary->isIncrementDecrementOp())
                    || (binary != nullptr && binary->isAssignmentOp() && plainVariable(binary->getLHS()) == var
                        && !dependsOnThread(m_kernel, binary->getRHS(), true) && !readsShared(binary->getRHS())
                        && callsAnswerAlike(m_kernel, binary->getRHS()));
                return isSet && isDoneByAll(above);
            });
        }

        /// Whether nothing is around \p statement but loops that the store stands in as well.
        bool isDoneByAll(const Stmt* statement) const
        {
            for (const Stmt* node = m_kernel.parent(statement); node != m_kernel.kernel().getBody();
                 node = m_kernel.parent(node)) {
                const Stmt* inner = m_block;
                while (inner != nullptr && inner != node)
                    inner = m_kernel.parent(inner);
                if (node == nullptr || (inner == nullptr && !llvm::isa<CompoundStmt>(node)))
                    return false;
            }
            return true;
        }

        const KernelScope& m_kernel;
        const ParsedSource& m_source;
        const StagedArrays& m_staged;
        PlacedTypes m_types;
        const Stmt* m_block = nullptr;  ///< of the store that is looked at
    };
};

}  // namespace

std::unique_ptr<Simplification> makePlainStaged() { return std::make_unique<PlainStaged>(); }

}  // namespace warploom
