// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionChoice.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// if (l < m) { y[i] = 0; return; } float s = 0; for (…) s += …; y[i] = s; says on a condition of indices which
/// elements have a sum at all: the loop alone is run on it, and what follows asks again.
class PlainChoice : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a loop for some elements"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto guarded = guardedKernel(kernel);
        if (!guarded || kernel.synchronises(kernel.kernel().getBody()) || !hasOneLoop(kernel))
            return std::nullopt;
        for (std::size_t at = 0; at < guarded->body.size(); ++at) {
            const auto* choice = llvm::dyn_cast<IfStmt>(guarded->body[at]);
            if (choice == nullptr || choice->hasInitStorage() || choice->hasVarStorage()
                || !asksIndicesAlone(kernel, *choice->getCond(), *guarded))
                continue;
            auto made = leaves(kernel, *choice) ? withoutExit(kernel, *guarded, at) : withLoopApart(kernel, *choice);
            if (made && isProduct(*made, kernel.name()))
                return made;
        }
        return std::nullopt;
    }

private:
    /// Parts of a branch around its loop.
    struct Parts {
        std::vector<const Stmt*> before;  ///< declarations of sums
        const Stmt* loop = nullptr;
        std::vector<const Stmt*> after;
    };

    static bool hasOneLoop(const KernelScope& kernel)
    {
        int loops = 0;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            loops += llvm::isa<ForStmt, WhileStmt, DoStmt>(node) ? 1 : 0;
            return true;
        });
        return loops == 1;
    }

    static std::vector<const Stmt*> statementsOf(const Stmt* branch)
    {
        const auto* block = llvm::dyn_cast_or_null<CompoundStmt>(branch);
        if (block != nullptr)
            return {block->body_begin(), block->body_end()};
        return branch == nullptr ? std::vector<const Stmt*>() : std::vector<const Stmt*>{branch};
    }

    /// Whether it does something and ends the thread's work.
    static bool leaves(const KernelScope& kernel, const IfStmt& choice)
    {
        const auto statements = statementsOf(choice.getThen());
        return choice.getElse() == nullptr && !statements.empty() && llvm::isa<ReturnStmt>(statements.back())
            && std::none_of(statements.begin(), statements.end() - 1,
                            [&](const Stmt* one) { return kernel.containsReturn(one); });
    }

    static std::optional<Parts> partsOf(const KernelScope& kernel, const std::vector<const Stmt*>& statements)
    {
        Parts parts;
        for (const Stmt* statement : statements) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            if (kernel.containsReturn(statement))
                return std::nullopt;
            if (parts.loop != nullptr)
                parts.after.push_back(statement);
            else if (llvm::isa<ForStmt>(statement))
                parts.loop = statement;
            else if (declaration != nullptr && isSum(kernel, *declaration))
                parts.before.push_back(statement);
            else
                return std::nullopt;
        }
        return parts.loop == nullptr ? std::nullopt : std::optional(parts);
    }

    /// A variable of the thread that begins as a number, and whose name nothing else has.
    static bool isSum(const KernelScope& kernel, const DeclStmt& declaration)
    {
        const auto* var = declaration.isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration.getSingleDecl()) : nullptr;
        return var != nullptr && var->hasLocalStorage() && var->hasInit() && var->getType()->isArithmeticType()
            && kernel.accesses(&declaration).empty() && isOnlyName(kernel, var)
            && var->getInit()->isEvaluatable(kernel.source().context());
    }

    static std::string textOf(const KernelScope& kernel, const std::vector<const Stmt*>& statements,
                              const std::string& indentation)
    {
        std::string text;
        for (const Stmt* statement : statements)
            if (const auto range = kernel.source().statementRange(statement))
                text += reindented(indentationAt(kernel.source().text(), range->begin) + kernel.source().text(*range),
                                   indentation);
        return text;
    }

    /// The whole, where elements with \p condition have the loop and then \p after, and the others \p otherwise.
    static std::string written(const KernelScope& kernel, const Parts& parts, const std::string& condition,
                               const std::string& inverse, const std::vector<const Stmt*>& otherwise,
                               const std::string& indentation)
    {
        const auto inner = indentation + "    ";
        auto text = textOf(kernel, parts.before, indentation)
            + fmt::format("{0}if ({1}) {{\n{2}{0}}}\n", indentation, condition, textOf(kernel, {parts.loop}, inner));
        if (!parts.after.empty() && otherwise.empty())
            text +=
                fmt::format("{0}if ({1}) {{\n{2}{0}}}\n", indentation, condition, textOf(kernel, parts.after, inner));
        else if (!otherwise.empty())
            text += fmt::format("{0}if ({1}) {{\n{2}{0}}} else {{\n{3}{0}}}\n", indentation, inverse,
                                textOf(kernel, otherwise, inner), textOf(kernel, parts.after, inner));
        const auto letter = text.find_first_not_of(" \t");
        return text.substr(letter, text.find_last_not_of('\n') + 1 - letter);
    }

    /// What the early exit at \p at does is done at the end.
    static std::optional<std::string> withoutExit(const KernelScope& kernel, const GuardedKernel& guarded,
                                                  std::size_t at)
    {
        const auto& body = guarded.body;
        const auto& choice = *llvm::cast<IfStmt>(body[at]);
        const auto parts = partsOf(kernel, {body.begin() + static_cast<std::ptrdiff_t>(at) + 1, body.end()});
        auto otherwise = statementsOf(choice.getThen());
        otherwise.pop_back();
        const auto range = kernel.source().statementRange(&choice);
        const auto condition = kernel.source().text(choice.getCond());
        const auto* asked = choice.getCond()->IgnoreParenImpCasts();
        if (!parts || !range || condition.empty() || (parts->after.empty() && otherwise.empty()))
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        edit.replace({range->begin, guarded.bodyRange.end},
                     written(kernel, *parts, inverseText(kernel, asked), condition, otherwise,
                             indentationAt(kernel.source().text(), range->begin)));
        return edit.apply();
    }

    /// What stands around the loop of a branch is asked for once more.
    static std::optional<std::string> withLoopApart(const KernelScope& kernel, const IfStmt& choice)
    {
        const auto parts = partsOf(kernel, statementsOf(choice.getThen()));
        const auto otherwise = statementsOf(choice.getElse());
        const auto range = kernel.source().statementRange(&choice);
        const auto condition = kernel.source().text(choice.getCond());
        const bool isAlone = parts && parts->before.empty() && parts->after.empty() && otherwise.empty();
        if (!parts || isAlone || !range || condition.empty()
            || std::ranges::any_of(otherwise, [&](const Stmt* one) { return kernel.containsReturn(one); }))
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        edit.replace(*range,
                     written(kernel, *parts, condition, inverseText(kernel, choice.getCond()->IgnoreParenImpCasts()),
                             otherwise, indentationAt(kernel.source().text(), range->begin)));
        return edit.apply();
    }

    /// Whether the loop is then a product's, perhaps one for each of a batch.
    static bool isProduct(const std::string& text, const std::string& name)
    {
        const auto parsed = ParsedSource::parse(text, "kernel.cu");
        return parsed && std::ranges::any_of((*parsed)->kernels(), [&](const FunctionDecl* function) {
                   const KernelScope kernel(**parsed, *function);
                   return kernel.name() == name
                       && (jointContraction(kernel, true) || foldedPairs(kernel, true)
                           || makePlainBatch()->apply(kernel));
               });
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainChoice() { return std::make_unique<PlainChoice>(); }

}  // namespace warploom
