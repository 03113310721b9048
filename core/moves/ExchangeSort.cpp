// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <deque>

#include "moves/FloatMath.h"
#include "moves/MoveCatalogue.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

/// for (int i = …; i < bound; ++i) with a bound that is known.
struct KnownLoop {
    const ForStmt* statement = nullptr;
    const VarDecl* var = nullptr;
    const Expr* start = nullptr;
    std::int64_t end = 0;  ///< excluded
};

/// A sort that looks for the place of the least element that is left, or of the largest, and exchanges it with the
/// first.
struct SelectionSort {
    KnownLoop first;
    KnownLoop others;
    const VarDecl* array = nullptr;
    std::string comparison;  ///< what an element that comes ahead is to the other: "<" or ">"
};

class SelectionReader {
public:
    explicit SelectionReader(const KernelScope& function)
        : m_function(function)
    {
    }

    std::optional<SelectionSort> read(const Stmt* statement)
    {
        const auto first = knownLoop(statement);
        const auto* body = first ? llvm::dyn_cast<CompoundStmt>(first->statement->getBody()) : nullptr;
        if (body == nullptr || body->size() < 3)
            return std::nullopt;
        m_sort = {*first, {}, nullptr, {}};
        const auto* parts = body->body_begin();
        const auto* declaration = llvm::dyn_cast<DeclStmt>(parts[0]);
        m_place = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        if (m_place == nullptr || !m_place->hasInit() || plainVariable(m_place->getInit()) != first->var
            || !readSearch(parts[1]) || !readExchange({parts + 2, body->body_end()}) || !isOfThread())
            return std::nullopt;
        return m_sort;
    }

private:
    std::optional<KnownLoop> knownLoop(const Stmt* statement) const
    {
        if (const auto* hinted = llvm::dyn_cast<AttributedStmt>(statement))
            statement = hinted->getSubStmt();
        const auto* loop = llvm::dyn_cast<ForStmt>(statement);
        const auto* declaration = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
        const auto* var = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        const auto* condition = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<BinaryOperator>(loop->getCond());
        const auto* step = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<UnaryOperator>(loop->getInc());
        if (var == nullptr || !var->hasInit() || !var->getType()->isIntegerType() || condition == nullptr
            || (condition->getOpcode() != BO_LT && condition->getOpcode() != BO_LE)
            || plainVariable(condition->getLHS()) != var || step == nullptr || !step->isIncrementOp()
            || plainVariable(step->getSubExpr()) != var || m_function.isModifiedWithin(var, loop->getBody()))
            return std::nullopt;
        const auto bound = valueOf(condition->getRHS());
        if (!bound)
            return std::nullopt;
        return KnownLoop{loop, var, var->getInit(), *bound + (condition->getOpcode() == BO_LE ? 1 : 0)};
    }

    [[nodiscard]] std::optional<std::int64_t> valueOf(const Expr* expression) const
    {
        Expr::EvalResult value;
        if (expression->isValueDependent() || !expression->EvaluateAsInt(value, m_function.source().context()))
            return std::nullopt;
        return value.Val.getInt().getExtValue();
    }

    /// for (j = i + 1; …) if (v[j] < v[place]) place = j;
    bool readSearch(const Stmt* statement)
    {
        const auto others = knownLoop(statement);
        const auto* start = others ? llvm::dyn_cast<BinaryOperator>(others->start->IgnoreParenImpCasts()) : nullptr;
        if (start == nullptr || start->getOpcode() != BO_Add || plainVariable(start->getLHS()) != m_sort.first.var
            || valueOf(start->getRHS()) != 1)
            return false;
        m_sort.others = *others;
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(onlyStatement(others->statement->getBody()));
        const auto* comparison = choice == nullptr || choice->getElse() != nullptr
            ? nullptr
            : llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
        const auto* update =
            choice == nullptr ? nullptr : llvm::dyn_cast_or_null<BinaryOperator>(onlyStatement(choice->getThen()));
        if (comparison == nullptr || !comparison->isRelationalOp() || update == nullptr
            || update->getOpcode() != BO_Assign || plainVariable(update->getLHS()) != m_place
            || plainVariable(update->getRHS()) != others->var)
            return false;
        const bool isNewLeft = isElement(comparison->getLHS(), others->var) && isElement(comparison->getRHS(), m_place);
        const bool isNewRight =
            isElement(comparison->getLHS(), m_place) && isElement(comparison->getRHS(), others->var);
        const bool isLess = comparison->getOpcode() == BO_LT || comparison->getOpcode() == BO_LE;
        m_sort.comparison = isLess == isNewLeft ? "<" : ">";
        return isNewLeft || isNewRight;
    }

    /// A call of a function that exchanges v[i] and v[place], or the three statements that do so; where it has moved
    /// perhaps.
    bool readExchange(llvm::ArrayRef<const Stmt*> statements)
    {
        const auto* choice = statements.size() == 1 ? llvm::dyn_cast<IfStmt>(statements[0]) : nullptr;
        if (choice != nullptr) {
            const auto* condition = llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
            const auto* left = condition == nullptr ? nullptr : plainVariable(condition->getLHS());
            const auto* right = condition == nullptr ? nullptr : plainVariable(condition->getRHS());
            const bool isMoved = condition != nullptr && condition->getOpcode() == BO_NE
                && ((left == m_place && right == m_sort.first.var) || (left == m_sort.first.var && right == m_place));
            if (!isMoved || choice->getElse() != nullptr)
                return false;
            if (const auto* block = llvm::dyn_cast<CompoundStmt>(choice->getThen()))
                return isExchange(childrenOf(block));
            return isExchange({choice->getThen()});
        }
        return isExchange({statements.begin(), statements.end()});
    }

    static std::vector<const Stmt*> childrenOf(const CompoundStmt* block)
    {
        return {block->body_begin(), block->body_end()};
    }

    bool isExchange(const std::vector<const Stmt*>& statements)
    {
        const auto isFirst = [&](const Expr* one) { return isElement(one, m_sort.first.var); };
        const auto isFound = [&](const Expr* one) { return isElement(one, m_place); };
        if (statements.size() == 3)
            return isRotation(statements, isFirst, isFound) || isRotation(statements, isFound, isFirst);
        const auto* call = statements.size() == 1 ? llvm::dyn_cast<CallExpr>(statements[0]) : nullptr;
        const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
        const FunctionDecl* definition = nullptr;
        return callee != nullptr && call->getNumArgs() == 2 && callee->hasBody(definition) && exchanges(*definition)
            && ((isFirst(call->getArg(0)) && isFound(call->getArg(1)))
                || (isFound(call->getArg(0)) && isFirst(call->getArg(1))));
    }

    /// T kept = a; a = b; b = kept;
    template <typename IsA, typename IsB>
    static bool isRotation(const std::vector<const Stmt*>& statements, IsA isA, IsB isB)
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statements[0]);
        const auto* kept = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        const auto* second = llvm::dyn_cast<BinaryOperator>(statements[1]);
        const auto* third = llvm::dyn_cast<BinaryOperator>(statements[2]);
        return kept != nullptr && kept->hasInit() && second != nullptr && third != nullptr && isA(kept->getInit())
            && kept->getASTContext().hasSameUnqualifiedType(kept->getType(),
                                                            kept->getInit()->IgnoreImpCasts()->getType())
            && second->getOpcode() == BO_Assign && isA(second->getLHS()) && isB(second->getRHS())
            && third->getOpcode() == BO_Assign && isB(third->getLHS()) && plainVariable(third->getRHS()) == kept;
    }

    /// Whether \p function exchanges what its two references stand for.
    static bool exchanges(const FunctionDecl& function)
    {
        const auto* body = llvm::dyn_cast_or_null<CompoundStmt>(function.getBody());
        if (body == nullptr || body->size() != 3 || function.getNumParams() != 2
            || std::ranges::any_of(function.parameters(),
                                   [](const auto* one) { return !one->getType()->isLValueReferenceType(); }))
            return false;
        const auto is = [&](unsigned number) {
            return [parameter = function.getParamDecl(number)](const Expr* one) {
                return plainVariable(one) == parameter;
            };
        };
        const auto statements = childrenOf(body);
        return isRotation(statements, is(0), is(1)) || isRotation(statements, is(1), is(0));
    }

    /// The element of the array, the same everywhere, whose place is \p var.
    bool isElement(const Expr* expression, const VarDecl* var)
    {
        const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression->IgnoreParenImpCasts());
        const auto* array = subscript == nullptr ? nullptr : plainVariable(subscript->getBase());
        if (array == nullptr || plainVariable(subscript->getIdx()) != var || !subscript->getType()->isArithmeticType())
            return false;
        m_sort.array = m_sort.array == nullptr ? array : m_sort.array;
        return m_sort.array == array;
    }

    /// Whether the array is one that a thread has to itself and of which both loops name elements only.
    [[nodiscard]] bool isOfThread() const
    {
        const auto* array = m_sort.array;
        const auto type = array->getType().getNonReferenceType();
        const auto* known = m_function.source().context().getAsConstantArrayType(type);
        const bool isReference = llvm::isa<ParmVarDecl>(array) && array->getType()->isLValueReferenceType();
        return known != nullptr && (array->hasLocalStorage() || isReference) && !isSharedArray(array)
            && static_cast<std::uint64_t>(m_sort.others.end) <= known->getSize().getZExtValue();
    }

    const KernelScope& m_function;
    SelectionSort m_sort;
    const VarDecl* m_place = nullptr;
};

/// Functions of one kernel, and who of them sees an array's elements behind those that a sort has put in order.
class SortedArrays {
public:
    SortedArrays(const ParsedSource& source, const KernelScope& kernel)
        : m_functions(functionsRunBy(kernel, true))
    {
        for (const auto* function : m_functions)
            m_scopes.emplace_back(source, *function);
    }

    /// Sorts of all functions, none twice.
    [[nodiscard]] std::vector<std::pair<const KernelScope*, SelectionSort>> sorts() const
    {
        std::vector<std::pair<const KernelScope*, SelectionSort>> found;
        for (const auto& scope : m_scopes)
            walk(scope.kernel().getBody(), [&](const Stmt* node) {
                auto sort = SelectionReader(scope).read(node);
                if (sort && keepsRest(scope, *sort) && std::ranges::none_of(found, [&](const auto& known) {
                        return known.second.first.statement->getBeginLoc() == sort->first.statement->getBeginLoc();
                    }))
                    found.emplace_back(&scope, std::move(*sort));
                return true;
            });
        return found;
    }

private:
    /// Whether nobody reads elements that \p sort leaves in no particular order.
    [[nodiscard]] bool keepsRest(const KernelScope& scope, const SelectionSort& sort) const
    {
        if (sort.first.end >= sort.others.end - 1)
            return true;
        if (!isReadInOrder(scope, sort.array, sort.first.statement, sort.first.end))
            return false;
        const auto* parameter = llvm::dyn_cast<ParmVarDecl>(sort.array);
        return parameter == nullptr || std::ranges::all_of(m_scopes, [&](const KernelScope& caller) {
                   return keepsRestOfCalls(caller, scope.kernel(), parameter->getFunctionScopeIndex());
               });
    }

    [[nodiscard]] static bool keepsRestOfCalls(const KernelScope& caller, const FunctionDecl& function, unsigned number)
    {
        bool keeps = true;
        walk(caller.kernel().getBody(), [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            const FunctionDecl* definition = nullptr;
            if (call == nullptr || call->getDirectCallee() == nullptr || !call->getDirectCallee()->hasBody(definition)
                || definition != &function)
                return keeps;
            const auto* array = call->getNumArgs() > number ? plainVariable(call->getArg(number)) : nullptr;
            keeps = keeps && array != nullptr && array->isLocalVarDecl() && isReadInOrder(caller, array, call, 0);
            return keeps;
        });
        return keeps;
    }

    /// Whether elements of \p array that are named after \p sort are the first \p count, by numbers.
    static bool isReadInOrder(const KernelScope& scope, const VarDecl* array, const Stmt* sort, std::int64_t count)
    {
        const auto end = sort->getEndLoc();
        // What comes before in a loop comes after, too, unless the array is another one by then.
        for (const Stmt* node = scope.parent(sort); node != nullptr; node = scope.parent(node))
            if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node) && array->getBeginLoc() < node->getBeginLoc())
                return false;
        return std::ranges::all_of(scope.references(array, scope.kernel().getBody()), [&](const DeclRefExpr* use) {
            if (use->getBeginLoc() < end || use->getBeginLoc() == end)
                return true;
            const Stmt* above = scope.parent(use);
            while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(above))
                above = scope.parent(above);
            const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(above);
            Expr::EvalResult place;
            return subscript != nullptr && !subscript->getIdx()->isValueDependent()
                && subscript->getIdx()->EvaluateAsInt(place, scope.source().context())
                && place.Val.getInt().getExtValue() < count;
        });
    }

    std::vector<const FunctionDecl*> m_functions;
    std::deque<KernelScope> m_scopes;
};

class ExchangeSort : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "exchange-sort", "Sort in registers",
            "a thread that sorts a short array of its own, or its first part, by the place of the least element left",
            "exchanges at places that are known, so that the array need not lie in memory"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext())
                continue;
            const SortedArrays arrays(context.source(), kernel);
            const auto sorts = arrays.sorts();
            if (auto made = sorts.empty() ? std::nullopt : exchanged(context, kernel, sorts))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    using Sorts = std::vector<std::pair<const KernelScope*, SelectionSort>>;

    [[nodiscard]] std::optional<MoveProposal> exchanged(const MoveContext& context, const KernelScope& kernel,
                                                        const Sorts& sorts) const
    {
        const auto& source = context.source();
        SourceEdit edit(source.text());
        std::optional<std::size_t> at;
        for (const auto& [scope, sort] : sorts) {
            const auto outer = source.statementRange(sort.first.statement);
            const auto body = source.statementRange(sort.first.statement->getBody());
            const auto inner = source.offset(sort.others.statement->getForLoc());
            const auto close = source.offset(sort.others.statement->getRParenLoc());
            if (!outer || !body || !inner || !close)
                return std::nullopt;
            at = at.value_or(outer->begin);
            const auto margin = indentationAt(source.text(), outer->begin);
            if (!isUnrolled(source.text(), outer->begin))
                edit.insert(outer->begin, "#pragma unroll\n" + margin);
            edit.replace(*body, bodyText(context, sort, source.text({*inner, *close + 1}), margin));
        }
        const auto& array = sorts.front().second.array->getNameAsString();
        return proposal(
            context, edit, *at, fmt::format("sort in registers in {}", kernel.name()),
            fmt::format(
                "each step of the sort in {} looks for a place in {} that only the data knows, so {} has to lie "
                "in local memory: with exchanges at known places it can stay in registers, ~3×",
                kernel.name(), array, array),
            3.0);
    }

    static std::string bodyText(const MoveContext& context, const SelectionSort& sort, const std::string& head,
                                const std::string& margin)
    {
        const auto element = [&](const VarDecl* var) {
            return fmt::format("{}[{}]", sort.array->getNameAsString(), var->getNameAsString());
        };
        const auto first = element(sort.first.var);
        const auto other = element(sort.others.var);
        const auto ahead = context.directives().freshName("ahead");
        const auto test = fmt::format("{} {} {}", other, sort.comparison, first);
        return fmt::format(
            "{{\n{0}    // Exchanged at once, not by a place that is found: the array can be in registers.\n"
            "{0}    #pragma unroll\n{0}    {1} {{\n"
            "{0}        const auto {2} = {3} ? {4} : {5};\n"
            "{0}        {4} = {3} ? {5} : {4};\n"
            "{0}        {5} = {2};\n{0}    }}\n{0}}}",
            margin, head, ahead, test, other, first);
    }

    /// Whether the line before \p offset says so already.
    static bool isUnrolled(std::string_view text, std::size_t offset)
    {
        const auto before = text.substr(0, offset);
        const auto line = before.rfind('\n');
        const auto above = line == std::string_view::npos || line == 0 ? line : before.rfind('\n', line - 1);
        return above != std::string_view::npos
            && before.substr(above, line - above).find("#pragma unroll") != std::string_view::npos;
    }
};

}  // namespace

std::unique_ptr<Move> makeExchangeSort() { return std::make_unique<ExchangeSort>(); }

}  // namespace warploom
