// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RewriteRules.h"

#include <clang/ASTMatchers/ASTMatchFinder.h>
#include <clang/Tooling/Transformer/Transformer.h>

namespace warploom {

int runRule(const ParsedSource& source, clang::transformer::RewriteRule rule, SourceEdit& edit)
{
    int places = 0;
    const auto collect = [&](llvm::Expected<llvm::MutableArrayRef<clang::tooling::AtomicChange>> changes) {
        if (!changes) {
            // A place that macros hide has no text to change.
            llvm::consumeError(changes.takeError());
            return;
        }
        for (const auto& change : *changes) {
            ++places;
            for (const auto& replacement : change.getReplacements()) {
                const std::size_t begin = replacement.getOffset();
                edit.replace({begin, begin + replacement.getLength()}, replacement.getReplacementText().str());
            }
        }
    };
    clang::tooling::Transformer transformer(std::move(rule), collect);
    clang::ast_matchers::MatchFinder finder;
    transformer.registerMatchers(&finder);
    finder.matchAST(source.context());
    return places;
}

clang::ast_matchers::DeclarationMatcher kernelDefinition()
{
    using namespace clang::ast_matchers;
    return functionDecl(hasAttr(clang::attr::CUDAGlobal), isDefinition(), isExpansionInMainFile());
}

}  // namespace warploom
