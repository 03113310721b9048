// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/JointSum.h"

#include "moves/BlockThreads.h"
#include "moves/PlainLaunch.h"
#include "moves/Reduction.h"

namespace warploom {

namespace {

using namespace clang;

/// Goes through what a block does to put one value of each thread together, up to where one thread adds the sum to
/// memory.
class JointSumReader {
public:
    /// \p var: has the value before.
    JointSumReader(const KernelScope& kernel, const std::vector<std::int64_t>& shape, const VarDecl& var)
        : m_kernel(kernel)
        , m_var(var)
        , m_threads(kernel.source().context(), shape,
                    {[this](const VarDecl* asked, int lane) { return variable(asked, lane); },
                     [this](const Expr* asked) {
                         return isZero(m_kernel, asked) ? LaneValue::ofTree(numberValue("0")) : LaneValue();
                     },
                     [](const LaneValue&, int) { return LaneValue(); }})
    {
        Value fold;
        fold.kind = ValueKind::Fold;
        fold.text = "+";
        fold.symbol = var.getName().str();
        fold.operands = {numberValue("0")};
        fold.isShare = true;
        m_fold = std::make_shared<const Value>(std::move(fold));
        m_threads.refuseRaces();
    }

    /// The addition of everybody's value, once each, and nothing else; null where that is not all.
    const CallExpr* read(const std::vector<const Stmt*>& before, const std::vector<const Stmt*>& statements)
    {
        // The numbers of threads and warps have names.
        for (const Stmt* one : before) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(one);
            const auto* var = declaration != nullptr && declaration->isSingleDecl()
                ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
                : nullptr;
            if (var != nullptr && var != &m_var && var->hasInit() && var->getType()->isIntegerType()
                && !m_kernel.isModified(var) && isHarmless(declaration))
                m_threads.run(declaration);
        }
        return runAll(statements, m_threads.everyone()) ? m_addition : nullptr;
    }

private:
    LaneValue variable(const VarDecl* asked, int lane) const
    {
        if (asked != &m_var || m_threads.variables().count(asked) > 0)
            return {};
        LaneValue share;
        share.kind = LaneValue::Kind::Share;
        share.tree = m_fold;
        share.parts.set(static_cast<std::size_t>(lane));
        return share;
    }

    bool runAll(const std::vector<const Stmt*>& statements, const BlockThreads::Mask& mask)
    {
        return std::ranges::all_of(statements,
                                   [&](const Stmt* one) { return m_addition == nullptr && run(one, mask); });
    }

    bool run(const Stmt* statement, const BlockThreads::Mask& mask)
    {
        if (!addsToMemory(statement))
            return isHarmless(statement) && m_threads.run(statement, mask);
        if (const auto* list = llvm::dyn_cast<CompoundStmt>(statement))
            return runAll({list->body_begin(), list->body_end()}, mask);
        if (const auto* call = llvm::dyn_cast<CallExpr>(statement))
            return readAddition(*call, mask);
        const auto* choice = llvm::dyn_cast<IfStmt>(statement);
        if (choice == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
            return false;
        const auto takes = m_threads.values(choice->getCond(), mask);
        auto inside = mask;
        for (int lane = 0; takes && lane < m_threads.threads(); ++lane) {
            const auto at = static_cast<std::size_t>(lane);
            if (mask.test(at) && !(*takes)[at].isPlainNumber())
                return false;
            if (mask.test(at) && (*takes)[at].number == 0)
                inside.reset(at);
        }
        return takes && run(choice->getThen(), inside);
    }

    static bool addsToMemory(const Stmt* statement)
    {
        bool adds = false;
        walk(statement, [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            adds = adds || (call != nullptr && calleeName(call) == "atomicAdd");
            return !adds;
        });
        return adds;
    }

    /// Whether it leaves no trace but in variables and in shared memory: what it cannot follow it does not run.
    static bool isHarmless(const Stmt* statement)
    {
        bool isFine = true;
        walk(statement, [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
            const FunctionDecl* definition = nullptr;
            if (call == nullptr || !isFine)
                return isFine;
            if (callee != nullptr && callee->hasBody(definition))
                isFine =
                    definition != nullptr && !addsToMemory(definition->getBody()) && isHarmless(definition->getBody());
            else
                isFine = callee != nullptr && !callee->isVariadic()
                    && std::ranges::all_of(callee->parameters(), [](const ParmVarDecl* parameter) {
                             return parameter->getType()->isArithmeticType();
                         });
            return isFine;
        });
        return isFine;
    }

    /// Those who add have everybody's value between them, once.
    bool readAddition(const CallExpr& call, const BlockThreads::Mask& mask)
    {
        const auto added = call.getNumArgs() == 2 ? m_threads.values(call.getArg(1), mask) : std::nullopt;
        std::bitset<kMostLanes> all;
        for (int lane = 0; added && lane < m_threads.threads(); ++lane) {
            const auto& one = (*added)[static_cast<std::size_t>(lane)];
            if (!mask.test(static_cast<std::size_t>(lane)))
                continue;
            if (one.kind != LaneValue::Kind::Share || one.tree != m_fold || (one.parts & all).any())
                return false;
            all |= one.parts;
        }
        // All of whom add their own have nothing to put together.
        if (static_cast<int>(all.count()) == m_threads.threads() && mask != m_threads.everyone())
            m_addition = &call;
        return m_addition != nullptr && !dependsOnThread(m_kernel, call.getArg(0), true) && addsAlike(*call.getArg(0));
    }

    /// Whether nothing is cut off, but for the last places of reals, when each thread adds by itself.
    [[nodiscard]] bool addsAlike(const Expr& target) const
    {
        const auto& context = m_kernel.source().context();
        const auto own = m_var.getType();
        const auto sum = target.getType()->getPointeeType();
        return own->isRealFloatingType()
            ? sum->isRealFloatingType() && context.getTypeSize(sum) >= context.getTypeSize(own)
            : sum->isIntegerType() && context.getTypeSize(sum) == context.getTypeSize(own);
    }

    const KernelScope& m_kernel;
    const VarDecl& m_var;
    ValueTree m_fold;
    BlockThreads m_threads;
    const CallExpr* m_addition = nullptr;
};

class JointSumWriter {
public:
    static std::optional<std::string> write(const KernelScope& kernel)
    {
        const auto* launch = onlyLaunch(kernel);
        const auto shape = launch == nullptr ? std::nullopt : kernel.source().directives().blockShape(*launch);
        const auto statements = kernel.statements();
        const auto first = std::ranges::find_if(statements, [&](const Stmt* one) { return isJoint(kernel, one); });
        if (!shape || (*shape)[1] * (*shape)[2] != 1 || (*shape)[0] > kMostLanes || (*shape)[0] < 2
            || first == statements.end() || first == statements.begin() || !hasPlainBlock(kernel, *launch)
            || hasOwnFunctions(kernel)
            || std::any_of(statements.begin(), first, [&](const Stmt* one) { return mayLeave(one); }))
            return std::nullopt;
        const std::vector<const Stmt*> rest(first, statements.end());
        const std::vector<const Stmt*> before(statements.begin(), first);
        for (const auto* var : candidates(rest.front()))
            if (const auto* call = JointSumReader(kernel, *shape, *var).read(before, rest))
                return written(kernel, statements, rest, *call, *var);
        return std::nullopt;
    }

private:
    /// What moves have put together is as they want it.
    static bool hasOwnFunctions(const KernelScope& kernel)
    {
        bool has = false;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            has = has
                || (call != nullptr && call->getDirectCallee() != nullptr
                    && ReductionFunctions::isOwn(kernel.source(), *call->getDirectCallee()));
            return !has;
        });
        return has;
    }

    static bool isJoint(const KernelScope& kernel, const Stmt* statement)
    {
        bool names = false;
        walk(statement, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            names = names || (reference != nullptr && reference->getDecl()->hasAttr<CUDASharedAttr>());
            return !names;
        });
        return names || kernel.synchronises(statement);
    }

    /// Tunables might give other blocks, in which not all is added.
    static bool hasPlainBlock(const KernelScope& kernel, const LaunchLine& launch)
    {
        const auto& directives = kernel.source().directives();
        const auto text = directives.text(launch.block);
        return std::ranges::none_of(directives.tunes(),
                                    [&](const TuneLine& tune) { return mentions(text, tune.name); });
    }

    static bool mayLeave(const Stmt* statement)
    {
        bool leaves = false;
        walk(statement, [&](const Stmt* node) {
            leaves = leaves || llvm::isa<ReturnStmt, GotoStmt>(node);
            return !leaves;
        });
        return leaves;
    }

    static std::vector<const VarDecl*> candidates(const Stmt* statement)
    {
        std::vector<const VarDecl*> found;
        walk(statement, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var != nullptr && var->isLocalVarDecl() && !var->hasAttr<CUDASharedAttr>()
                && var->getType()->isArithmeticType() && !isDeclaredWithin(var, statement)
                && std::ranges::find(found, var) == found.end())
                found.push_back(var);
            return true;
        });
        return found;
    }

    static std::optional<std::string> written(const KernelScope& kernel, const std::vector<const Stmt*>& statements,
                                              const std::vector<const Stmt*>& rest, const CallExpr& call,
                                              const VarDecl& var)
    {
        const auto& source = kernel.source();
        const auto target = source.text(call.getArg(0));
        const auto begin = source.statementRange(rest.front());
        const auto end = source.statementRange(rest.back());
        if (target.empty() || !begin || !end)
            return std::nullopt;
        SourceEdit edit(source.text());
        for (const Stmt* statement : statements) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const bool isShared = declaration != nullptr && declaration->isSingleDecl()
                && declaration->getSingleDecl()->hasAttr<CUDASharedAttr>();
            const auto range = isShared ? source.statementRange(statement) : std::nullopt;
            if (range && range->end <= begin->begin)
                edit.removeWithLine(*range);
        }
        // Numbers that only the rest asked for.
        for (const Stmt* statement : statements) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* number = declaration != nullptr && declaration->isSingleDecl()
                ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
                : nullptr;
            const auto range = number == nullptr ? std::nullopt : source.statementRange(statement);
            if (!range || range->end > begin->begin || number == &var || !number->getType()->isIntegerType()
                || !kernel.accesses(statement).empty())
                continue;
            const auto uses = kernel.references(number, kernel.kernel().getBody());
            if (!uses.empty()
                && std::ranges::all_of(uses,
                                       [&](const DeclRefExpr* use) {
                                           const auto at = source.range(use);
                                           return at && begin->begin <= at->begin && at->end <= end->end;
                                       })
                && source.text(call.getArg(0)).find(number->getName().str()) == std::string::npos)
                edit.removeWithLine(*range);
        }
        const auto [condition, value] = addedBefore(kernel, statements, rest, var, edit);
        const auto addition = fmt::format("atomicAdd({}, {});", target, value);
        edit.replace({begin->begin, end->end},
                     condition.empty() ? addition
                                       : fmt::format("if ({})\n{}    {}", condition,
                                                     indentationAt(source.text(), begin->begin), addition));
        return edit.apply();
    }

    /// Of T v = 0; if (condition) v = value; right before, or of T v = condition ? value : 0; both, which are taken
    /// out; else the variable alone.
    static std::pair<std::string, std::string> addedBefore(const KernelScope& kernel,
                                                           const std::vector<const Stmt*>& statements,
                                                           const std::vector<const Stmt*>& rest, const VarDecl& var,
                                                           SourceEdit& edit)
    {
        const auto& source = kernel.source();
        const auto name = var.getName().str();
        const DeclStmt* declaration = nullptr;
        const Stmt* last = nullptr;
        std::size_t uses = 0;
        for (const Stmt* statement : statements) {
            if (statement == rest.front())
                break;
            const auto* one = llvm::dyn_cast<DeclStmt>(statement);
            if (one != nullptr && one->isSingleDecl() && one->getSingleDecl() == &var)
                declaration = one;
            uses += kernel.references(&var, statement).size();
            last = statement;
        }
        const auto range = declaration == nullptr ? std::nullopt : source.statementRange(declaration);
        if (!range || !var.hasInit())
            return {{}, name};
        const auto* ternary = llvm::dyn_cast<ConditionalOperator>(var.getInit()->IgnoreParenImpCasts());
        const auto type = var.getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        const auto asOwn = [&](const Expr* value) { return fmt::format("{}({})", type, source.text(value)); };
        if (ternary != nullptr && uses == 0 && isZero(kernel, ternary->getFalseExpr())
            && type.find(' ') == std::string::npos) {
            edit.removeWithLine(*range);
            return {source.text(ternary->getCond()), asOwn(ternary->getTrueExpr())};
        }
        const auto* choice = llvm::dyn_cast<IfStmt>(last);
        const auto* set = choice == nullptr || choice->getElse() != nullptr
            ? nullptr
            : llvm::dyn_cast_or_null<BinaryOperator>(onlyStatement(choice->getThen()));
        const auto whole = choice == nullptr ? std::nullopt : source.statementRange(choice);
        const bool isSet = set != nullptr && (set->getOpcode() == BO_Assign || set->getOpcode() == BO_AddAssign)
            && plainVariable(set->getLHS()) == &var;
        if (!isSet || uses != 1 || !whole || !isZero(kernel, var.getInit()) || type.find(' ') != std::string::npos)
            return {{}, name};
        edit.removeWithLine(*range);
        edit.removeWithLine(*whole);
        return {source.text(choice->getCond()), asOwn(set->getRHS())};
    }
};

}  // namespace

std::optional<std::string> jointSum(const KernelScope& kernel) { return JointSumWriter::write(kernel); }

}  // namespace warploom
