// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CoarsenedAxis.h"
#include "moves/CoarsenedLaunch.h"
#include "moves/HostWords.h"
#include "moves/LiftedText.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// Four outputs a thread, in loops of four rounds and arrays of four, become an output a thread: the loops go, the
/// arrays become variables, and the grid has as many threads more.
class PlainCoarsened : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return std::string(kPlaceAThread); }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        if (launch == nullptr || kernel.kernel().isDependentContext())
            return std::nullopt;
        const auto axis = coarsenedAxis(kernel);
        return axis ? Rewriting(kernel, *launch, *axis).made() : std::nullopt;
    }

private:
    class Rewriting {
    public:
        Rewriting(const KernelScope& kernel, const LaunchLine& launch, const CoarsenedAxis& axis)
            : m_kernel(kernel)
            , m_source(kernel.source())
            , m_launch(launch)
            , m_axis(axis)
            , m_edit(kernel.source().text())
        {
            for (const auto& loop : axis.loops)
                m_symbols.insert(kernel.symbolOf(loop.var));
            m_spreads = mayHaveThreads(kernel, launch, axis);
        }

        std::optional<std::string> made()
        {
            const auto extent = extentOfPlaces(m_kernel, m_launch, m_axis, m_spreads);
            if (!extent)
                return std::nullopt;
            m_edit.replace(m_launch.gridParts[static_cast<std::size_t>(m_axis.dimension)], *extent);
            if (m_spreads)
                spread();
            for (const auto* product : m_spreads ? std::vector<const BinaryOperator*>() : m_axis.products)
                keepOneSide(*product, m_kernel.form(product->getRHS()) == IndexForm::constant(m_axis.count));
            if (m_axis.bound != nullptr && isBelowBound())
                for (const auto* guard : m_axis.guards)
                    dropGuard(*guard);
            for (const auto& loop : m_axis.loops)
                dropRounds(loop.statement->getBody());
            for (const auto* array : m_axis.arrays)
                shorten(*array);
            for (const auto& loop : m_axis.loops)
                dropLoop(loop);
            return m_isKnown ? m_edit.apply() : std::nullopt;
        }

    private:
        /// blockIdx.y * 4 becomes blockIdx.y * blockDim.y + threadIdx.y, in blocks of four threads along it.
        void spread()
        {
            const char letter = static_cast<char>('x' + m_axis.dimension);
            for (const auto* product : m_axis.products) {
                const bool isLeft = m_kernel.form(product->getRHS()) == IndexForm::constant(m_axis.count);
                const auto range = m_source.range(product);
                const auto* side = isLeft ? product->getLHS() : product->getRHS();
                const auto& context = m_source.context();
                // A count of more bits than the position has would have made the place one of more bits.
                m_isKnown = m_isKnown && range
                    && context.getTypeSize(product->getType())
                        == context.getTypeSize(side->IgnoreImpCasts()->getType());
                if (!m_isKnown)
                    return;
                const auto text = fmt::format("{0} * blockDim.{1} + threadIdx.{1}", m_source.text(side), letter);
                const bool isWhole = llvm::isa_and_nonnull<DeclStmt, ParenExpr>(skipCasts(m_kernel.parent(product)));
                m_edit.replace(*range, isWhole ? text : "(" + text + ")");
            }
            std::vector<std::string> parts;
            for (const auto& part : m_launch.blockParts)
                parts.push_back(m_source.text(part));
            parts.resize(std::max(parts.size(), static_cast<std::size_t>(m_axis.dimension) + 1), "1");
            parts[static_cast<std::size_t>(m_axis.dimension)] = std::to_string(m_axis.count);
            m_edit.replace(m_launch.block,
                           parts.size() == 1 ? parts.front() : fmt::format("dim3({})", fmt::join(parts, ", ")));
        }

        [[nodiscard]] const Stmt* skipCasts(const Stmt* above) const
        {
            while (llvm::isa_and_nonnull<ImplicitCastExpr>(above))
                above = m_kernel.parent(above);
            return above;
        }

        /// Whether all threads that are left stand below the bound; may write what sees to it.
        bool isBelowBound()
        {
            return (m_axis.hasOwnBlocks() && !m_spreads)
                || std::ranges::any_of(m_kernel.statements(),
                                       [&](const Stmt* statement) { return leavesAbove(statement); })
                || addExit();
        }

        /// if (first >= bound) return; with whatever else makes a thread leave.
        [[nodiscard]] bool leavesAbove(const Stmt* statement) const
        {
            const auto* branch = exitOf(statement);
            return branch != nullptr && std::ranges::any_of(partsOf(branch->getCond(), BO_LOr), [&](const Expr* part) {
                       const auto* compared = llvm::dyn_cast<BinaryOperator>(part);
                       return compared != nullptr && compared->getOpcode() == BO_GE
                           && std::ranges::find(m_axis.exits, compared) != m_axis.exits.end();
                   });
        }

        /// if (…) return; above all loops; null for everything else.
        [[nodiscard]] const IfStmt* exitOf(const Stmt* statement) const
        {
            const auto* branch = llvm::dyn_cast<IfStmt>(statement);
            return branch != nullptr && branch->getElse() == nullptr && isBeforeLoops(statement)
                    && llvm::isa_and_nonnull<ReturnStmt>(onlyStatement(branch->getThen()))
                ? branch
                : nullptr;
        }

        [[nodiscard]] bool isBeforeLoops(const Stmt* statement) const
        {
            return std::ranges::all_of(m_axis.loops, [&](const CountedLoop& loop) {
                return statement->getBeginLoc() < loop.statement->getBeginLoc();
            });
        }

        /// Whether the bound is known wherever the thread's position is.
        [[nodiscard]] bool hasSteadyBound() const
        {
            const auto* bound = plainVariable(m_axis.bound);
            return bound == nullptr
                ? llvm::isa<IntegerLiteral>(m_axis.bound->IgnoreParenImpCasts())
                : llvm::isa<ParmVarDecl>(bound) && !m_kernel.isModified(bound) && isOnlyName(m_kernel, bound);
        }

        /// The variable of \p statement that says where the thread stands; null where it is none.
        [[nodiscard]] const VarDecl* firstOf(const Stmt* statement) const
        {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* var = declaration != nullptr && declaration->isSingleDecl()
                ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
                : nullptr;
            return var != nullptr && var->hasInit() && !m_kernel.isModified(var) && var->getType()->isIntegerType()
                    && m_kernel.form(var->getInit()) == m_axis.first && isBeforeLoops(statement)
                ? var
                : nullptr;
        }

        /// Writes it behind the variable that says where the thread stands, or where a thread leaves already.
        bool addExit()
        {
            if (!hasSteadyBound())
                return false;
            const auto statements = m_kernel.statements();
            const auto at = std::ranges::find_if(statements, [&](const Stmt* one) { return firstOf(one) != nullptr; });
            const auto range = at == statements.end() ? std::nullopt : m_source.statementRange(*at);
            if (!range)
                return false;
            const auto asked = fmt::format("{} >= {}", firstOf(*at)->getName().str(), m_source.text(m_axis.bound));
            const auto exit = std::ranges::find_if(statements, [&](const Stmt* one) { return mayAskMore(one); });
            if (exit != statements.end() && (exit > at || mayStandAbove(exit, at)))
                return askMore(*llvm::cast<IfStmt>(*exit), asked, exit > at ? std::nullopt : range);
            const auto blanks = indentationAt(m_source.text(), range->begin);
            m_edit.replace({range->end, range->end}, fmt::format("\n{0}if ({1})\n{0}    return;", blanks, asked));
            return true;
        }

        [[nodiscard]] bool mayAskMore(const Stmt* statement) const
        {
            const auto* branch = exitOf(statement);
            return branch != nullptr && std::ranges::all_of(partsOf(branch->getCond(), BO_LOr), [&](const Expr* part) {
                       const auto* compared = llvm::dyn_cast<BinaryOperator>(part);
                       return compared != nullptr && compared->isComparisonOp() && m_kernel.accesses(part).empty();
                   });
        }

        /// Whether the variable at \p at may be declared before \p exit: all that it names is known there.
        [[nodiscard]] bool mayStandAbove(std::vector<const Stmt*>::const_iterator exit,
                                         std::vector<const Stmt*>::const_iterator at) const
        {
            bool isKnown = true;
            walk(firstOf(*at)->getInit(), [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                isKnown = isKnown
                    && (var == nullptr || !var->isLocalVarDecl() || var->getBeginLoc() < (*exit)->getBeginLoc());
                return isKnown;
            });
            return isKnown;
        }

        /// Adds to what is asked; the declaration at \p moved goes above it.
        bool askMore(const IfStmt& exit, const std::string& asked, std::optional<TextRange> moved)
        {
            const auto condition = m_source.range(exit.getCond());
            const auto whole = m_source.statementRange(&exit);
            if (!condition || !whole)
                return false;
            m_edit.replace({condition->end, condition->end}, " || " + asked);
            if (!moved)
                return true;
            m_edit.move(*moved, whole->begin);
            return true;
        }

        void keepOneSide(const BinaryOperator& binary, bool keepsLeft)
        {
            const auto left = m_source.range(binary.getLHS());
            const auto right = m_source.range(binary.getRHS());
            m_isKnown = m_isKnown && left && right && left->end <= right->begin;
            if (!m_isKnown)
                return;
            keepType(binary, keepsLeft ? *binary.getLHS() : *binary.getRHS(), keepsLeft ? *left : *right);
            m_edit.remove(keepsLeft ? TextRange{left->end, right->end} : TextRange{left->begin, right->begin});
            const auto* side = keepsLeft ? binary.getLHS() : binary.getRHS();
            const auto* around = llvm::dyn_cast_or_null<ParenExpr>(m_kernel.parent(&binary));
            const auto whole = around == nullptr ? std::nullopt : m_source.range(around);
            if (whole && llvm::isa<DeclRefExpr, IntegerLiteral>(side->IgnoreImpCasts()))
                open(*whole);
            else if (llvm::isa<ParenExpr>(side->IgnoreImpCasts())
                     && llvm::isa_and_nonnull<DeclStmt>(skipCasts(m_kernel.parent(&binary))))
                open(keepsLeft ? *left : *right);
        }

        /// What was worked out in more bits, or without a sign, stays so.
        void keepType(const BinaryOperator& binary, const Expr& side, TextRange range)
        {
            const auto& context = m_source.context();
            if (!binary.getType()->isIntegerType() || isPlace(m_kernel, &binary)
                || context.hasSameUnqualifiedType(binary.getType(), side.IgnoreParenImpCasts()->getType()))
                return;
            const auto word = binary.getType().getUnqualifiedType().getAsString(context.getPrintingPolicy());
            m_edit.replace({range.begin, range.begin}, fmt::format("static_cast<{}>(", word));
            m_edit.replace({range.end, range.end}, ")");
        }

        void open(TextRange parentheses)
        {
            m_edit.replace({parentheses.begin, parentheses.begin + 1}, "");
            m_edit.replace({parentheses.end - 1, parentheses.end}, "");
        }

        /// Takes away what is asked, but true.
        void dropGuard(const BinaryOperator& guard)
        {
            const Stmt* asked = &guard;
            const Stmt* above = m_kernel.parent(asked);
            for (; llvm::isa_and_nonnull<ParenExpr, ImplicitCastExpr>(above); above = m_kernel.parent(above))
                asked = above;
            if (const auto* both = llvm::dyn_cast_or_null<BinaryOperator>(above);
                both != nullptr && both->getOpcode() == BO_LAnd) {
                keepOneSide(*both, both->getRHS() == asked);
            } else if (const auto* branch = llvm::dyn_cast_or_null<IfStmt>(above);
                       branch != nullptr && branch->getElse() == nullptr && branch->getCond() == asked) {
                lift(*branch, *branch->getThen());
            } else if (const auto* choice = llvm::dyn_cast_or_null<ConditionalOperator>(above);
                       choice != nullptr && choice->getCond() == asked) {
                keepChoice(*choice);
            }
        }

        void keepChoice(const ConditionalOperator& choice)
        {
            const auto whole = m_source.range(&choice);
            const auto taken = m_source.range(choice.getTrueExpr());
            m_isKnown = m_isKnown && whole && taken;
            if (!m_isKnown)
                return;
            m_edit.remove({whole->begin, taken->begin});
            m_edit.remove({taken->end, whole->end});
        }

        /// place + o * n becomes place.
        void dropRounds(const Stmt* body)
        {
            walk(body, [&](const Stmt* node) {
                if (const auto* element = llvm::dyn_cast<ArraySubscriptExpr>(node);
                    element != nullptr && dropIndex(*element))
                    return true;
                const auto* sum = llvm::dyn_cast<BinaryOperator>(node);
                if (sum != nullptr && sum->getOpcode() == BO_Add) {
                    if (isRoundOnly(sum->getRHS()))
                        keepOneSide(*sum, true);
                    else if (isRoundOnly(sum->getLHS()))
                        keepOneSide(*sum, false);
                }
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto range =
                    reference != nullptr && isRound(reference) ? m_source.range(reference) : std::nullopt;
                m_isKnown = m_isKnown && (range || reference == nullptr || !isRound(reference));
                if (range)
                    m_edit.replace(*range, "0");
                return true;
            });
        }

        [[nodiscard]] bool isRound(const Expr* expression) const
        {
            const auto* var = plainVariable(expression);
            return var != nullptr && m_symbols.count(m_kernel.symbolOf(var)) > 0;
        }

        [[nodiscard]] bool isRoundOnly(const Expr* expression) const
        {
            const auto form = expression->getType()->isIntegerType() ? m_kernel.form(expression) : std::nullopt;
            return form && !form->isZero() && std::ranges::any_of(m_symbols, [&](const std::string& symbol) {
                       return form->without(symbol).isZero();
                   });
        }

        bool dropIndex(const ArraySubscriptExpr& element)
        {
            const auto* base = llvm::dyn_cast<DeclRefExpr>(element.getBase()->IgnoreParenImpCasts());
            const auto* var = base == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(base->getDecl());
            if (var == nullptr || m_axis.arrays.count(var) == 0)
                return false;
            const auto name = m_source.range(base);
            const auto whole = m_source.range(&element);
            m_isKnown = m_isKnown && name && whole;
            if (m_isKnown) {
                m_edit.remove({name->end, whole->end});
            }
            return true;
        }

        /// T a[4][8] = {} becomes T a[8] = {}.
        void shorten(const VarDecl& array)
        {
            const auto* info = array.getTypeSourceInfo();
            const auto outer = info == nullptr ? ArrayTypeLoc() : info->getTypeLoc().getAs<ArrayTypeLoc>();
            const auto brackets = outer.isNull() ? std::nullopt : m_source.range(outer.getBracketsRange());
            m_isKnown = m_isKnown && brackets;
            if (!m_isKnown)
                return;
            if (isDeclaredWhereSet(array))
                return;
            m_edit.replace(*brackets, "");
            if (!array.hasInit() || llvm::isa<CXXConstructExpr>(array.getInit()))
                return;
            const auto list = m_source.range(array.getInit());
            const auto element = m_source.context().getAsConstantArrayType(array.getType())->getElementType();
            m_isKnown = list && isAllZero(array.getInit()) && (element->isArrayType() || element->isArithmeticType());
            if (m_isKnown)
                m_edit.replace(*list, element->isArrayType() ? "{}" : zeroOf(element));
        }

        /// T a[4]; … a[o] = x; becomes T a = x; where the loop stands beside the declaration.
        bool isDeclaredWhereSet(const VarDecl& array)
        {
            const auto uses = m_kernel.references(&array, m_kernel.kernel().getBody());
            const auto type = m_source.context().getAsConstantArrayType(array.getType())->getElementType();
            if (uses.empty() || array.hasInit() || type->isArrayType())
                return false;
            const auto* element = skipCasts(m_kernel.parent(uses.front()));
            const auto* set = llvm::dyn_cast_or_null<BinaryOperator>(m_kernel.parent(element));
            const auto* loop = set == nullptr ? nullptr : m_kernel.parent(set);
            if (llvm::isa_and_nonnull<CompoundStmt>(loop) && llvm::cast<CompoundStmt>(loop)->size() == 1)
                loop = m_kernel.parent(loop);
            const auto* declaration = declarationOf(array, isDropped(loop) ? m_kernel.parent(loop) : nullptr);
            const auto range = declaration == nullptr ? std::nullopt : m_source.statementRange(declaration);
            const auto begin = set == nullptr ? std::nullopt : m_source.range(set);
            if (!range || !begin || set->getOpcode() != BO_Assign || set->getLHS() != element)
                return false;
            m_edit.remove(wholeLine(*range));
            const auto word = type.getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
            m_edit.replace({begin->begin, begin->begin}, word + " ");
            return true;
        }

        [[nodiscard]] TextRange wholeLine(TextRange range) const
        {
            const auto line = lineAround(m_source, range.begin);
            return {line.begin, std::min(line.end + 1, m_source.text().size())};
        }

        /// The statement of \p block that declares nothing but \p array, alone on its line; else null.
        [[nodiscard]] const Stmt* declarationOf(const VarDecl& array, const Stmt* block) const
        {
            if (!llvm::isa_and_nonnull<CompoundStmt>(block))
                return nullptr;
            for (const Stmt* one : block->children())
                if (const auto* declaration = llvm::dyn_cast<DeclStmt>(one);
                    declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == &array) {
                    const auto range = m_source.statementRange(one);
                    const auto line = range ? lineAround(m_source, range->begin) : TextRange();
                    const auto code = m_source.text().substr(line.begin, line.size());
                    const auto first = code.find_first_not_of(" \t");
                    return range && first != std::string_view::npos && line.begin + first == range->begin
                            && line.end == range->end
                        ? one
                        : nullptr;
                }
            return nullptr;
        }

        static std::string zeroOf(QualType type)
        {
            return !type->isRealFloatingType() ? "0" : type->isSpecificBuiltinType(BuiltinType::Double) ? "0.0" : "0.f";
        }

        bool isAllZero(const Expr* value) const
        {
            if (llvm::isa<ImplicitValueInitExpr>(value))
                return true;
            const auto* list = llvm::dyn_cast<InitListExpr>(value);
            if (list == nullptr)
                return isZero(m_kernel, value);
            return std::ranges::all_of(list->inits(), [&](const Expr* one) { return isAllZero(one); });
        }

        void dropLoop(const CountedLoop& loop) { lift(*loop.statement, *loop.statement->getBody()); }

        /// Leaves \p body of \p statement; without its braces where its names mean nothing else.
        void lift(const Stmt& statement, const Stmt& body)
        {
            auto outer = m_source.statementRange(&statement);
            auto inner = m_source.statementRange(&body);
            const auto* block = llvm::dyn_cast<CompoundStmt>(&body);
            if (block != nullptr && !block->body_empty() && mayBeOpen(statement, *block)) {
                const auto first = m_source.statementRange(block->body_front());
                const auto last = m_source.statementRange(block->body_back());
                inner = first && last ? std::optional(TextRange{first->begin, last->end}) : std::nullopt;
            }
            m_isKnown = m_isKnown && outer && inner && outer->contains(*inner);
            if (!m_isKnown)
                return;
            if (llvm::isa_and_nonnull<AttributedStmt>(m_kernel.parent(&statement)))
                outer->begin = hintBefore(outer->begin);
            m_edit.lift(*outer, *inner);
        }

        [[nodiscard]] std::size_t hintBefore(std::size_t begin)
        {
            const auto text = m_source.text();
            const auto at = text.rfind("#pragma", begin);
            const auto end = at == std::string_view::npos ? at : text.find('\n', at);
            m_isKnown = m_isKnown && end < begin
                && text.substr(end, begin - end).find_first_not_of(" \t\r\n") == std::string_view::npos;
            return m_isKnown ? at : begin;
        }

        [[nodiscard]] bool isDropped(const Stmt* statement) const
        {
            return std::ranges::any_of(m_axis.loops,
                                       [&](const CountedLoop& loop) { return loop.statement == statement; });
        }

        [[nodiscard]] bool mayBeOpen(const Stmt& statement, const CompoundStmt& block) const
        {
            const Stmt* above = m_kernel.parent(&statement);
            while (llvm::isa_and_nonnull<AttributedStmt>(above) || isDropped(above))
                above = m_kernel.parent(above);
            const bool isWithin = llvm::isa_and_nonnull<CompoundStmt>(above);
            return (isWithin || block.size() == 1) && std::ranges::all_of(block.body(), [&](const Stmt* one) {
                       const auto* declaration = llvm::dyn_cast<DeclStmt>(one);
                       return declaration == nullptr
                           || (isWithin && std::ranges::all_of(declaration->decls(), [&](const Decl* each) {
                                   const auto* var = llvm::dyn_cast<VarDecl>(each);
                                   return var != nullptr && isOnlyName(m_kernel, var);
                               }));
                   });
        }

        const KernelScope& m_kernel;
        const ParsedSource& m_source;
        const LaunchLine& m_launch;
        const CoarsenedAxis& m_axis;
        std::set<std::string> m_symbols;
        LiftedText m_edit;
        bool m_spreads = false;
        bool m_isKnown = true;
    };
};

}  // namespace

std::unique_ptr<Simplification> makePlainCoarsened() { return std::make_unique<PlainCoarsened>(); }

}  // namespace warploom
