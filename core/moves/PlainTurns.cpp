// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// Of more turns, those of loops within counted, a loop is left as it is, and so is a kernel that would get more text.
constexpr std::int64_t kMostWrittenTurns = 16;
constexpr std::size_t kLongestWrittenText = 8 * 1024;

/// for (int k = 0; k < 4; ++k) g[k] = x[k * n + i]; in a kernel that has no longer loops: g[0] = …; g[1] = …; so that
/// PlainArray finds a variable an element.
class PlainTurns : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "short loops written out"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* body = kernel.kernel().getBody();
        if (kernel.synchronises(body) || declaresShared(kernel))
            return std::nullopt;
        std::vector<Turns> loops;
        bool areShort = true;
        walk(body, [&](const Stmt* node) {
            areShort = areShort && !llvm::isa<WhileStmt, DoStmt, CXXForRangeStmt, GotoStmt, LabelStmt>(node);
            if (areShort && llvm::isa<ForStmt>(node)) {
                auto turns = turnsOf(kernel, node);
                areShort = turns.has_value();
                if (turns)
                    loops.push_back(std::move(*turns));
                // What counts within begins or ends with this one's number, perhaps.
                return false;
            }
            return areShort;
        });
        std::size_t length = 0;
        for (const auto& loop : loops) {
            const auto turns = turnsIn(kernel, loop);
            areShort = areShort && turns <= kMostWrittenTurns;
            length += kernel.source().text(loop.counted.statement).size() * static_cast<std::size_t>(turns);
        }
        if (!areShort || length > kLongestWrittenText
            || std::ranges::none_of(loops, [&](const Turns& loop) { return picksElements(kernel, loop); }))
            return std::nullopt;
        for (const auto& loop : loops)
            if (picksElements(kernel, loop))
                if (auto made = writtenOut(kernel, loop))
                    return made;
        return std::nullopt;
    }

private:
    struct Turns {
        CountedLoop counted;
        std::vector<std::int64_t> numbers;
    };

    static std::optional<std::int64_t> constantOf(const KernelScope& kernel, const Expr* expression)
    {
        const auto form = expression == nullptr ? std::nullopt : kernel.form(expression);
        return form ? form->constantValue() : std::nullopt;
    }

    /// A loop that always counts the same numbers, a few, all of them.
    static std::optional<Turns> turnsOf(const KernelScope& kernel, const Stmt* node)
    {
        auto counted = kernel.countedLoop(node);
        const auto start = counted ? constantOf(kernel, counted->start) : std::nullopt;
        const auto bound = start ? constantOf(kernel, counted->bound) : std::nullopt;
        const auto step =
            bound && counted->step != nullptr ? constantOf(kernel, counted->step) : std::optional<std::int64_t>(1);
        if (!bound || !step || *step < 1 || *bound <= *start
            || (*bound - *start + *step - 1) / *step > kMostWrittenTurns
            || kernel.isModifiedWithin(counted->var, counted->statement->getBody())
            || leavesEarly(counted->statement->getBody()))
            return std::nullopt;
        Turns turns{*counted, {}};
        for (auto number = *start; number < *bound; number += *step)
            turns.numbers.push_back(number);
        return turns;
    }

    /// How often what stands innermost is run; loops within that are not known are taken for the longest.
    static std::int64_t turnsIn(const KernelScope& kernel, const Turns& loop)
    {
        std::int64_t most = 1;
        walk(loop.counted.statement->getBody(), [&](const Stmt* node) {
            if (!llvm::isa<ForStmt>(node))
                return true;
            const auto within = turnsOf(kernel, node);
            most = std::max(most, within ? turnsIn(kernel, *within) : kMostWrittenTurns);
            return false;
        });
        return most * static_cast<std::int64_t>(loop.numbers.size());
    }

    static bool leavesEarly(const Stmt* body)
    {
        bool leaves = false;
        walk(body, [&](const Stmt* node) {
            leaves = leaves || llvm::isa<BreakStmt, ContinueStmt, ReturnStmt, SwitchStmt>(node);
            return !leaves;
        });
        return leaves;
    }

    /// Whether the loop's number says which element of an array of the thread's own is meant.
    static bool picksElements(const KernelScope& kernel, const Turns& loop)
    {
        bool picks = false;
        walk(loop.counted.statement->getBody(), [&](const Stmt* node) {
            const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(node);
            const auto* array = subscript == nullptr ? nullptr : plainVariable(subscript->getBase());
            picks = picks
                || (array != nullptr && array->hasLocalStorage() && !llvm::isa<ParmVarDecl>(array)
                    && array->getType()->isConstantArrayType()
                    && !kernel.references(loop.counted.var, subscript->getIdx()).empty());
            return !picks;
        });
        return picks;
    }

    static std::string literal(const Turns& loop, std::int64_t number)
    {
        const auto type = loop.counted.var->getType();
        std::string text = std::to_string(number);
        if (type->isUnsignedIntegerType())
            text += 'u';
        const auto* builtin = type->getAs<BuiltinType>();
        const auto kind = builtin == nullptr ? BuiltinType::Int : builtin->getKind();
        if (kind == BuiltinType::Long || kind == BuiltinType::ULong)
            text += 'l';
        if (kind == BuiltinType::LongLong || kind == BuiltinType::ULongLong)
            text += "ll";
        return number < 0 ? "(" + text + ")" : text;
    }

    /// The body's own variables, which get another name each turn.
    static std::vector<const VarDecl*> variablesOf(const Stmt* body)
    {
        std::vector<const VarDecl*> found;
        for (const Stmt* statement : body->children())
            if (const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(statement))
                for (const auto* one : declaration->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(one))
                        found.push_back(var);
        return found;
    }

    static std::optional<std::string> writtenOut(const KernelScope& kernel, const Turns& loop)
    {
        const auto& source = kernel.source();
        const auto* body = loop.counted.statement->getBody();
        const auto whole = source.statementRange(loop.counted.statement);
        auto inner = source.statementRange(body);
        if (!whole || !inner || !llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(loop.counted.statement)))
            return std::nullopt;
        const bool isBraced = llvm::isa<CompoundStmt>(body);
        if (isBraced)
            inner = TextRange{inner->begin + 1, inner->end - 1};
        const auto indentation = indentationAt(source.text(), whole->begin);
        std::string text;
        for (const auto number : loop.numbers) {
            const auto changes = changesOf(kernel, loop, number);
            if (!changes)
                return std::nullopt;
            text += reindented(rewritten(source.text(), *inner, *changes), indentation);
        }
        SourceEdit edit(source.text());
        edit.replace(withPragma(source.text(), *whole),
                     text.substr(indentation.size(), text.size() - indentation.size() - 1));
        return edit.apply();
    }

    /// The loop with a hint on how to unroll it, which stands on the line before.
    static TextRange withPragma(std::string_view text, TextRange loop)
    {
        const auto line = text.rfind('\n', loop.begin);
        const auto before = line == std::string_view::npos || line == 0 ? line : text.rfind('\n', line - 1);
        if (before == std::string_view::npos)
            return loop;
        const auto hint = text.substr(before + 1, line - before - 1);
        const auto word = hint.find_first_not_of(" \t");
        return word != std::string_view::npos && hint.substr(word).starts_with("#pragma unroll")
            ? TextRange{before + 1 + word, loop.end}
            : loop;
    }

    static std::optional<std::vector<Replacement>> changesOf(const KernelScope& kernel, const Turns& loop,
                                                             std::int64_t number)
    {
        const auto* body = loop.counted.statement->getBody();
        auto changes = kernel.renaming(loop.counted.var, body, literal(loop, number));
        const auto suffix = number < 0 ? "_m" + std::to_string(-number) : "_" + std::to_string(number);
        for (const auto* var : changes ? variablesOf(body) : std::vector<const VarDecl*>()) {
            const auto name = kernel.source().directives().freshName(var->getName().str() + suffix);
            const auto at = kernel.source().offset(var->getLocation());
            const auto renamed = kernel.renaming(var, body, name);
            if (!at || !renamed || var->isStaticLocal())
                return std::nullopt;
            changes->push_back({{*at, *at + var->getName().size()}, name});
            changes->insert(changes->end(), renamed->begin(), renamed->end());
        }
        return changes;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainTurns() { return std::make_unique<PlainTurns>(); }

}  // namespace warploom
