// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

constexpr std::uint64_t kMostSplitElements = 16;

/// float g[4]; of which every use says which element it means: float g_0; float g_1; …
class PlainArray : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a variable an element"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            if (!made && statement != nullptr && statement->isSingleDecl()
                && llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(statement)))
                made = split(kernel, *statement);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> split(const KernelScope& kernel, const DeclStmt& statement)
    {
        const auto& source = kernel.source();
        const auto* var = llvm::dyn_cast<VarDecl>(statement.getSingleDecl());
        const auto* type = var == nullptr ? nullptr : source.context().getAsConstantArrayType(var->getType());
        const auto range = source.statementRange(&statement);
        if (type == nullptr || !range || var->hasAttrs() || var->isStaticLocal() || !var->hasLocalStorage()
            || !type->getElementType()->isScalarType() || type->getElementType().hasQualifiers()
            || type->getZExtSize() > kMostSplitElements)
            return std::nullopt;
        const auto length = static_cast<std::int64_t>(type->getZExtSize());
        const auto values = valuesOf(source, *var, length);
        if (!values)
            return std::nullopt;
        std::vector<std::string> names;
        for (std::int64_t i = 0; i < length; ++i)
            names.push_back(source.directives().freshName(fmt::format("{}_{}", var->getName().str(), i)));
        SourceEdit edit(source.text());
        if (!nameElements(kernel, *var, names, edit))
            return std::nullopt;
        const auto element = type->getElementType().getAsString(source.context().getPrintingPolicy());
        const auto indentation = indentationAt(source.text(), range->begin);
        std::string text;
        for (std::size_t i = 0; i < names.size(); ++i)
            text += fmt::format("{}{} {}{};", i == 0 ? "" : "\n" + indentation, element, names[i],
                                (*values)[i].empty() ? "" : " = " + (*values)[i]);
        edit.replace(*range, text);
        return edit.apply();
    }

    /// What each element begins with, empty texts where it begins with nothing; none where that is not written out.
    static std::optional<std::vector<std::string>> valuesOf(const ParsedSource& source, const VarDecl& var,
                                                            std::int64_t length)
    {
        std::vector<std::string> values(static_cast<std::size_t>(length));
        if (!var.hasInit())
            return values;
        const auto* list = llvm::dyn_cast<InitListExpr>(var.getInit());
        if (list == nullptr)
            return std::nullopt;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto* value = i < list->getNumInits() ? list->getInit(static_cast<unsigned>(i)) : nullptr;
            const bool isWritten = value != nullptr && !llvm::isa<ImplicitValueInitExpr>(value);
            values[i] = isWritten ? source.text(value) : "0";
            if (values[i].empty())
                return std::nullopt;
        }
        return values;
    }

    /// Every reference has to be the base of a subscript with a constant.
    static bool nameElements(const KernelScope& kernel, const VarDecl& var, const std::vector<std::string>& names,
                             SourceEdit& edit)
    {
        const auto uses = kernel.references(&var, kernel.kernel().getBody());
        for (const auto* use : uses) {
            const Stmt* node = kernel.parent(use);
            while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(node))
                node = kernel.parent(node);
            const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(node);
            const auto index = subscript == nullptr || plainVariable(subscript->getBase()) != &var
                ? std::nullopt
                : subscript->getIdx()->getIntegerConstantExpr(kernel.source().context());
            const auto range = index ? kernel.source().range(subscript) : std::nullopt;
            const auto* around =
                subscript == nullptr ? nullptr : llvm::dyn_cast_or_null<UnaryOperator>(kernel.parent(subscript));
            if (!range || (around != nullptr && around->getOpcode() == UO_AddrOf) || index->isNegative()
                || index->getExtValue() >= static_cast<std::int64_t>(names.size()))
                return false;
            edit.replace(*range, names[static_cast<std::size_t>(index->getExtValue())]);
        }
        return !uses.empty();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainArray() { return std::make_unique<PlainArray>(); }

}  // namespace warploom
