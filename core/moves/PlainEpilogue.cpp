// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Contraction.h"
#include "moves/EarlyExit.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// What a product's loop does not need comes behind it, where the sum is used: declarations, and early returns on what
/// memory says of the element,
///     if (t >= length[b]) { y[i] = 0; return; }  sum…  y[i] = sum;      sum…  if (t >= length[b]) y[i] = 0; else y[i]
///     = sum;
/// Elements that would have left add up for nothing. Nobody knows what memory says before it is read: arrays are large
/// enough for all of them to add up, since their places do not depend on what was read.
class PlainEpilogue : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "what only the result needs behind its sum"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto guarded = guardedKernel(kernel, true);
        if (!guarded || !guarded->returnsEarly || guarded->indices.size() != 2 || !guarded->preamble.empty())
            return std::nullopt;
        const auto parts = partsOf(kernel, *guarded);
        if (!parts)
            return std::nullopt;
        const auto made = rewritten(kernel, *guarded, *parts);
        return made && isProduct(*made, kernel.name()) ? made : std::nullopt;
    }

private:
    struct Parts {
        std::size_t firstLoop = 0;  ///< statements of the body
        std::size_t lastLoop = 0;
        std::vector<std::size_t> moved;  ///< declarations and early returns
    };

    static std::optional<Parts> partsOf(const KernelScope& kernel, const GuardedKernel& guarded)
    {
        const auto& body = guarded.body;
        const auto isLoop = [](const Stmt* statement) { return llvm::isa<ForStmt>(statement); };
        const auto first = std::ranges::find_if(body, isLoop);
        if (first == body.end())
            return std::nullopt;
        Parts parts;
        parts.firstLoop = static_cast<std::size_t>(first - body.begin());
        parts.lastLoop = parts.firstLoop;
        while (parts.lastLoop + 1 < body.size() && isLoop(body[parts.lastLoop + 1]))
            ++parts.lastLoop;
        bool leaves = false;
        for (std::size_t i = 0; i < parts.firstLoop; ++i) {
            if (kernel.isAdvance(body[i]) && !leaves && parts.moved.empty())
                continue;
            const auto exit = earlyExit(body[i]);
            leaves = leaves || exit;
            if (exit ? canFollow(kernel, *exit) : isIdle(kernel, body[i], body, parts))
                parts.moved.push_back(i);
            else if (!llvm::isa<DeclStmt>(body[i]) || kernel.accesses(body[i]).size() > 0)
                return std::nullopt;
        }
        const bool onlyAdds = std::all_of(first, body.begin() + static_cast<std::ptrdiff_t>(parts.lastLoop) + 1,
                                          [&](const Stmt* loop) { return leavesMemoryAlone(kernel, loop); });
        const bool knowsSums = std::ranges::any_of(
            parts.moved, [&](std::size_t at) { return usesChanged(kernel, body[at], body, parts); });
        const bool loopsAgain = std::any_of(body.begin() + static_cast<std::ptrdiff_t>(parts.lastLoop) + 1, body.end(),
                                            [](const Stmt* statement) { return loops(statement); });
        return parts.moved.empty() || parts.lastLoop + 1 >= body.size() || !onlyAdds || loopsAgain || knowsSums
            ? std::nullopt
            : std::optional(parts);
    }

    /// Whether \p statement names what the loops set.
    static bool usesChanged(const KernelScope& kernel, const Stmt* statement, const std::vector<const Stmt*>& body,
                            const Parts& parts)
    {
        bool uses = false;
        walk(statement, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            for (std::size_t i = parts.firstLoop; var != nullptr && i <= parts.lastLoop; ++i)
                uses = uses || kernel.isModifiedWithin(var, body[i]);
            return !uses;
        });
        return uses;
    }

    static bool loops(const Stmt* statement)
    {
        bool found = false;
        walk(statement, [&](const Stmt* node) {
            found = found || llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
            return !found;
        });
        return found;
    }

    static bool leavesMemoryAlone(const KernelScope& kernel, const Stmt* statement)
    {
        const auto accesses = kernel.accesses(statement);
        return !kernel.containsReturn(statement) && !kernel.synchronises(statement)
            && std::ranges::none_of(accesses, [](const Access& access) { return access.writes || access.atomic; });
    }

    /// Whether \p condition holds what is read, or was read into a variable.
    static bool asksMemory(const KernelScope& kernel, const Expr* condition)
    {
        bool asks = !kernel.accesses(condition).empty();
        walk(condition, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            asks = asks
                || (var != nullptr && var->isLocalVarDecl() && var->hasInit()
                    && !kernel.accesses(var->getInit()).empty());
            return !asks;
        });
        return asks;
    }

    /// Whether the condition is one of memory's, and nothing that the loops use is set.
    static bool canFollow(const KernelScope& kernel, const EarlyExit& exit)
    {
        return asksMemory(kernel, exit.choice->getCond()) && leavesMemoryAlone(kernel, exit.choice->getCond())
            && !kernel.synchronises(exit.choice) && std::ranges::none_of(exit.before, [&](const Stmt* statement) {
                   return kernel.containsReturn(statement);
               });
    }

    /// A declaration that no loop uses, nor what stays before the loops.
    static bool isIdle(const KernelScope& kernel, const Stmt* statement, const std::vector<const Stmt*>& body,
                       const Parts& parts)
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        if (var == nullptr || !var->hasInit() || var->isStaticLocal() || isSharedArray(var)
            || !leavesMemoryAlone(kernel, statement)
            || var->getInit()->HasSideEffects(kernel.source().context(), false))
            return false;
        for (std::size_t i = parts.firstLoop; i <= parts.lastLoop; ++i)
            if (!kernel.references(var, body[i]).empty())
                return false;
        for (std::size_t i = 0; i < parts.firstLoop; ++i)
            if (llvm::isa<DeclStmt>(body[i]) && !kernel.references(var, body[i]).empty()
                && !isIdle(kernel, body[i], body, parts))
                return false;
        return true;
    }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const GuardedKernel& guarded,
                                                const Parts& parts)
    {
        const auto& source = kernel.source();
        const auto& body = guarded.body;
        const auto rest = source.statementRange(body[parts.lastLoop + 1]);
        const auto behind = source.statementRange(body[parts.lastLoop]);
        if (!rest || !behind)
            return std::nullopt;
        const auto outer = indentationAt(source.text(), behind->begin);
        SourceEdit edit(source.text());
        std::string indentation = outer;
        std::string text;
        std::string closing;
        for (const auto at : parts.moved) {
            const auto range = source.statementRange(body[at]);
            if (!range)
                return std::nullopt;
            const bool isApart = source.text().substr(range->end, 2) == "\n\n";
            edit.removeWithLine({range->begin, range->end + (isApart ? 1 : 0)});
            const auto exit = earlyExit(body[at]);
            if (!exit) {
                text += reindented(source.text(*range), indentation);
                continue;
            }
            const auto condition = source.text(exit->choice->getCond());
            const auto inner = indentation + "    ";
            if (condition.empty())
                return std::nullopt;
            text += fmt::format("{}if ({}) {{\n", indentation, condition);
            for (const Stmt* statement : exit->before) {
                const auto one = source.statementRange(statement);
                if (!one)
                    return std::nullopt;
                text += reindented(source.text(*one), inner);
            }
            text += indentation + "} else {\n";
            closing = indentation + "}\n" + closing;
            indentation = inner;
        }
        const auto tail = source.text({rest->begin, guarded.bodyRange.end});
        text += reindented(indentationAt(source.text(), rest->begin) + tail, indentation) + closing;
        const auto letter = text.find_first_not_of(" \t");
        const auto last = text.find_last_not_of('\n');
        edit.replace({rest->begin, guarded.bodyRange.end}, text.substr(letter, last + 1 - letter));
        return edit.apply();
    }

    static bool isProduct(const std::string& text, const std::string& name)
    {
        const auto parsed = ParsedSource::parse(text, "kernel.cu");
        if (!parsed)
            return false;
        return std::ranges::any_of((*parsed)->kernels(), [&](const FunctionDecl* function) {
            const KernelScope kernel(**parsed, *function);
            return kernel.name() == name && jointContraction(kernel).has_value();
        });
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainEpilogue() { return std::make_unique<PlainEpilogue>(); }

}  // namespace warploom
