// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// const float* p = x + r * n + i; sum += p[k * n]; with i the thread's own place along its row: x[r * n + i + k * n].
/// Whoever gives a thread several columns looks for them in the index.
class PlainColumn : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "columns in the index"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            if (!made && statement != nullptr && statement->isSingleDecl())
                made = withIndex(kernel, *statement);
            return !made;
        });
        return made;
    }

private:
    /// What a pointer is made of.
    struct Term {
        std::string text;
        bool isWide = false;  ///< of 64 bits
    };
    struct Sum {
        std::string base;
        std::vector<Term> terms;
    };

    static std::optional<std::string> withIndex(const KernelScope& kernel, const DeclStmt& statement)
    {
        const auto* var = llvm::dyn_cast<VarDecl>(statement.getSingleDecl());
        const auto range = kernel.source().statementRange(&statement);
        if (var == nullptr || !range || !var->getType()->isPointerType() || !var->hasLocalStorage()
            || var->isStaticLocal() || !var->hasInit() || kernel.isModified(var)
            || var->getType()->getPointeeType().isVolatileQualified() || !isColumn(kernel, *var)
            || !staysSo(kernel, *var->getInit()))
            return std::nullopt;
        const auto sum = sumOf(kernel.source(), *var->getInit()->IgnoreParenImpCasts());
        SourceEdit edit(kernel.source().text());
        if (!sum || sum->terms.empty() || !replaceUses(kernel, *var, *sum, edit))
            return std::nullopt;
        edit.removeWithLine(*range);
        return edit.apply();
    }

    /// Whether neighbouring threads point at neighbouring elements of a parameter.
    static bool isColumn(const KernelScope& kernel, const VarDecl& var)
    {
        const auto place = kernel.pointer(var.getInit());
        const auto step = place ? place->offset.coefficient(threadSymbol(0)) : std::nullopt;
        return step && step->isOne() && llvm::isa_and_nonnull<ParmVarDecl>(place->base);
    }

    /// Whether nothing that \p value is made of changes.
    static bool staysSo(const KernelScope& kernel, const Expr& value)
    {
        bool stays = !value.HasSideEffects(kernel.source().context()) && kernel.accesses(&value).empty();
        walk(&value, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            stays = stays && (var == nullptr || !kernel.isModified(var)) && !llvm::isa<CallExpr>(node);
            return stays;
        });
        return stays;
    }

    static std::optional<Sum> sumOf(const ParsedSource& source, const Expr& value)
    {
        if (llvm::isa<DeclRefExpr>(value))
            return Sum{source.text(&value), {}};
        const auto* binary = llvm::dyn_cast<BinaryOperator>(&value);
        if (binary == nullptr || binary->getOpcode() != BO_Add || !binary->getLHS()->getType()->isPointerType())
            return std::nullopt;
        auto sum = sumOf(source, *binary->getLHS()->IgnoreParenImpCasts());
        const auto term = source.text(binary->getRHS());
        if (!sum || sum->base.empty() || term.empty())
            return std::nullopt;
        sum->terms.push_back(termOf(source, *binary->getRHS(), term));
        return sum;
    }

    static Term termOf(const ParsedSource& source, const Expr& value, const std::string& text)
    {
        const auto* inner = value.IgnoreImpCasts();
        const auto* binary = llvm::dyn_cast<BinaryOperator>(inner);
        const bool bindsWeaker =
            llvm::isa<ConditionalOperator>(inner) || (binary != nullptr && binary->getOpcode() > BO_Sub);
        return {bindsWeaker || text[0] == '-' ? "(" + text + ")" : text,
                source.context().getTypeSize(inner->getType()) == 64};
    }

    /// To a pointer each term is added in 64 bits.
    static std::string offsetText(const std::vector<Term>& terms)
    {
        const auto wide = std::ranges::find_if(terms, &Term::isWide) - terms.begin();
        const bool isName = terms[0].text.find_first_of(" +-*/%") == std::string::npos;
        std::string text = terms[0].text;
        if (wide > 1 && terms.size() > 1)
            text = fmt::format(fmt::runtime(isName ? "(long long){}" : "(long long)({})"), text);
        for (std::size_t i = 1; i < terms.size(); ++i)
            text += " + " + terms[i].text;
        return text;
    }

    /// Every use has to be the base of a subscript.
    static bool replaceUses(const KernelScope& kernel, const VarDecl& var, const Sum& sum, SourceEdit& edit)
    {
        const auto& source = kernel.source();
        const auto uses = kernel.references(&var, kernel.kernel().getBody());
        for (const auto* use : uses) {
            const Stmt* above = kernel.parent(use);
            while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(above))
                above = kernel.parent(above);
            const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(above);
            const auto range = subscript == nullptr || plainVariable(subscript->getBase()) != &var
                ? std::nullopt
                : source.range(subscript);
            const auto index = range ? source.text(subscript->getIdx()) : std::string();
            if (index.empty())
                return false;
            auto terms = sum.terms;
            if (index != "0")
                terms.push_back(termOf(source, *subscript->getIdx(), index));
            edit.replace(*range, fmt::format("{}[{}]", sum.base, offsetText(terms)));
        }
        return !uses.empty();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainColumn() { return std::make_unique<PlainColumn>(); }

}  // namespace warploom
