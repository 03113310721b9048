// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockSize.h"

namespace warploom {

using namespace clang;

namespace {

/// A part of a block as the compiler can read it; empty when it is more than tunables, numbers, + - * and brackets.
std::string constantText(const DirectiveEditor& directives, TextRange part)
{
    const auto text = directives.text(part);
    const auto isWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    bool isPlain = true;
    for (std::size_t at = 0; at < text.size();) {
        auto end = at + 1;
        if (isWord(text[at])) {
            while (end < text.size() && isWord(text[end]))
                ++end;
            const auto word = text.substr(at, end - at);
            if (std::isdigit(static_cast<unsigned char>(word[0])) == 0 && directives.findTune(word) == nullptr)
                return {};
        } else if (std::string_view(" +-*()").find(text[at]) == std::string_view::npos) {
            return {};
        } else {
            isPlain = false;
        }
        at = end;
    }
    return isPlain ? text : "(" + text + ")";
}

std::optional<BlockSize> blockSizeOf(const DirectiveEditor& directives, const LaunchLine& launch)
{
    const auto shape = directives.blockShape(launch);
    if (!shape)
        return std::nullopt;
    BlockSize size{{}, (*shape)[0] * (*shape)[1] * (*shape)[2]};
    for (const auto& part : launch.blockParts) {
        const auto text = constantText(directives, part);
        if (text.empty())
            return std::nullopt;
        size.isTunable = size.isTunable || text.find_first_not_of(" +-*()0123456789") != std::string::npos;
        if (text != "1")
            size.text += (size.text.empty() ? "" : " * ") + text;
    }
    if (size.text.empty())
        size.text = "1";
    if (launch.blockParts.size() == 1 && size.text.front() == '(')
        size.text = directives.text(launch.blockParts.front());
    return size;
}

/// Whether launch lines of that name mean this kernel and no other.
bool isNamedAlone(const MoveContext& context, const KernelScope& kernel)
{
    return kernel.kernel().getDeclContext()->getRedeclContext()->isTranslationUnit()
        && std::ranges::count_if(context.kernels(), [&](const auto& other) { return other.name() == kernel.name(); })
        == 1;
}

}  // namespace

std::optional<BlockSize> blockSizeOf(const MoveContext& context, const KernelScope& kernel)
{
    std::optional<BlockSize> common;
    if (!isNamedAlone(context, kernel))
        return std::nullopt;
    for (const auto* launch : kernel.launches()) {
        auto size = blockSizeOf(context.directives(), *launch);
        if (!size || (common && size->text != common->text && (size->isTunable || common->isTunable)))
            return std::nullopt;
        if (!common || size->value > common->value)
            common = std::move(size);
    }
    return common;
}

bool mayNeedRegisters(const KernelScope& kernel)
{
    constexpr int kManyVariables = 24;
    bool found = false;
    int variables = 0;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        found = found || llvm::isa<AttributedStmt>(node);
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const auto* inner : declaration->decls())
                if (const auto* var = llvm::dyn_cast<VarDecl>(inner);
                    var != nullptr && !var->hasAttr<CUDASharedAttr>()) {
                    found = found || var->getType()->isArrayType() || var->getType()->isRecordType();
                    ++variables;
                }
        return !found;
    });
    return found || variables >= kManyVariables;
}

bool hasRegisterLimit(const MoveContext& context, const KernelScope& kernel)
{
    const auto isLimit = [&](TextRange flags) {
        return context.directives().text(flags).find("maxrregcount") != std::string::npos;
    };
    return kernel.kernel().hasAttr<CUDALaunchBoundsAttr>() || mentions(context.source().text(), "__maxnreg__")
        || std::ranges::any_of(context.directives().flags(), isLimit);
}

}  // namespace warploom
