// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/StagedArrays.h"

namespace warploom {

namespace {

using namespace clang;

/// Longer chains of variables may be any thread's own.
constexpr int kDeepestStaged = 8;

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
    /// What stands in place of the thread's own index, by axis.
    using Places = std::map<int, std::string>;

    class Rewriting {
    public:
        Rewriting(const KernelScope& kernel, const StagedArrays& staged)
            : m_kernel(kernel)
            , m_source(kernel.source())
            , m_staged(staged)
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
                if (m_kernel.form(subscript->getIdx()) != IndexForm::symbol(threadSymbol(*axis)))
                    places[*axis] = operandText(m_kernel, subscript->getIdx());
                base = subscript->getBase()->IgnoreParenImpCasts();
            }
            const auto value = textAt(one.value, places);
            if (one.condition == nullptr)
                return value;
            const auto condition = textAt(one.condition, places);
            const auto otherwise = textAt(one.otherwise, places);
            return value && condition && otherwise
                ? std::optional(fmt::format("{} ? {} : {}", *condition, *value, *otherwise))
                : std::nullopt;
        }

        /// \p expression as the thread at \p places has it.
        std::optional<std::string> textAt(const Expr* expression, const Places& places)
        {
            const auto range = m_source.range(expression);
            if (!range)
                return std::nullopt;
            std::vector<Replacement> replacements;
            bool isKnown = true;
            walk(expression, [&](const Stmt* node) {
                if (!isKnown)
                    return false;
                if (const auto axis = axisOf(node)) {
                    const auto at = m_source.range(node);
                    const auto place = places.find(*axis);
                    isKnown = at.has_value();
                    if (at && place != places.end())
                        replacements.push_back({*at, place->second});
                    return false;
                }
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                if (var == nullptr || !(var->isLocalVarDecl() || llvm::isa<ParmVarDecl>(var)))
                    return true;
                if (llvm::isa<ParmVarDecl>(var) || !isElsewhere(var, places)) {
                    isKnown = places.empty() || isOneForAll(var, 0);
                    return isKnown;
                }
                const auto at = m_source.range(reference);
                const auto text =
                    at && var->hasInit() && isTheSameStill(var) ? textAt(var->getInit(), places) : std::nullopt;
                isKnown = text.has_value();
                if (isKnown)
                    replacements.push_back({*at, asType(*var, *text)});
                return isKnown;
            });
            return isKnown ? std::optional(rewritten(m_source.text(), *range, std::move(replacements))) : std::nullopt;
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

        std::string asType(const VarDecl& var, const std::string& text) const
        {
            const auto type = var.getType().getUnqualifiedType();
            const bool isSame =
                m_source.context().hasSameUnqualifiedType(type, var.getInit()->IgnoreImpCasts()->getType());
            return isSame || type->isSignedIntegerType()
                ? "(" + text + ")"
                : fmt::format("static_cast<{}>({})", type.getAsString(m_source.context().getPrintingPolicy()), text);
        }

        /// The axis of `threadIdx.x`.
        std::optional<int> axisOf(const Stmt* node) const
        {
            const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(node);
            const auto* member = llvm::dyn_cast<MemberExpr>(pseudo != nullptr ? pseudo->getSyntacticForm() : node);
            const auto form = member == nullptr ? std::nullopt : m_kernel.form(member);
            for (int axis = 0; form && axis < 3; ++axis)
                if (*form == IndexForm::symbol(threadSymbol(axis)))
                    return axis;
            return std::nullopt;
        }

        /// Whether \p var is worked out from an index that is another's there.
        bool isElsewhere(const VarDecl* var, const Places& places) const
        {
            bool found = false;
            if (!var->hasInit())
                return false;
            walk(var->getInit(), [&](const Stmt* node) {
                if (const auto axis = axisOf(node)) {
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
            bool isOne = !isModified || !dependsOnThread(m_kernel, var->getInit(), true);
            walk(var->getInit(), [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* part = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                if (part != nullptr && (part->isLocalVarDecl() || llvm::isa<ParmVarDecl>(part)))
                    isOne = isOne && isOneForAll(part, depth + 1);
                return isOne;
            });
            return isOne;
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
                        && !dependsOnThread(m_kernel, binary->getRHS(), true));
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
        const Stmt* m_block = nullptr;  ///< of the store that is looked at
    };
};

}  // namespace

std::unique_ptr<Simplification> makePlainStaged() { return std::make_unique<PlainStaged>(); }

}  // namespace warploom
