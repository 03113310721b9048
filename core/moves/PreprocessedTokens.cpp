// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PreprocessedTokens.h"

#include <clang/Frontend/FrontendAction.h>
#include <clang/Lex/Preprocessor.h>

#include "moves/CudaFrontend.h"

namespace warploom {

namespace {

class CollectTokens : public clang::PreprocessorFrontendAction {
public:
    explicit CollectTokens(std::vector<std::string>& tokens)
        : m_tokens(tokens)
    {
    }

protected:
    void ExecuteAction() override
    {
        auto& preprocessor = getCompilerInstance().getPreprocessor();
        const auto& sources = preprocessor.getSourceManager();
        preprocessor.EnterMainSourceFile();
        clang::Token token;
        for (preprocessor.Lex(token); token.isNot(clang::tok::eof); preprocessor.Lex(token))
            if (!token.isAnnotation() && sources.isInMainFile(sources.getExpansionLoc(token.getLocation())))
                m_tokens.push_back(preprocessor.getSpelling(token));
    }

private:
    std::vector<std::string>& m_tokens;
};

}  // namespace

std::optional<std::vector<std::string>> preprocessedTokens(const std::string& text)
{
    const DirectiveEditor directives(text);
    clang::IgnoringDiagConsumer ignored;
    const auto diagnostics =
        clang::CompilerInstance::createDiagnostics(new clang::DiagnosticOptions, &ignored, /*ShouldOwnClient=*/false);
    const auto frontend = CudaFrontend::make(text, directives, *diagnostics);
    if (!frontend)
        return std::nullopt;
    clang::CompilerInstance compiler;
    compiler.setInvocation(frontend->invocation);
    compiler.setDiagnostics(diagnostics.get());
    compiler.setFileManager(frontend->files.get());
    std::vector<std::string> tokens;
    CollectTokens action(tokens);
    if (!compiler.ExecuteAction(action) || diagnostics->hasErrorOccurred())
        return std::nullopt;
    return tokens;
}

}  // namespace warploom
