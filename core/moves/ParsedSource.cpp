// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ParsedSource.h"

#include "moves/CudaFrontend.h"

namespace warploom {

namespace {

/// Keeps the first error; the rest usually follows from it.
class FirstError : public clang::DiagnosticConsumer {
public:
    explicit FirstError(std::string fileName)
        : m_fileName(std::move(fileName))
    {
    }

    void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override
    {
        DiagnosticConsumer::HandleDiagnostic(level, info);
        if (level < clang::DiagnosticsEngine::Error || m_error)
            return;
        llvm::SmallString<256> message;
        info.FormatDiagnostic(message);
        m_error = Error{ErrorCode::CompileFailed, message.str().str(), {m_fileName, 0, 0}, {}, {}};
        if (!info.hasSourceManager() || info.getLocation().isInvalid())
            return;
        const auto& sources = info.getSourceManager();
        const auto location = sources.getExpansionLoc(info.getLocation());
        if (!sources.isInMainFile(location))
            return;
        m_error->place.line = static_cast<int>(sources.getSpellingLineNumber(location));
        m_error->place.column = static_cast<int>(sources.getSpellingColumnNumber(location));
    }

    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

private:
    std::string m_fileName;
    std::optional<Error> m_error;
};

bool isKernelHere(const clang::FunctionDecl* function, const clang::SourceManager& sources)
{
    return function != nullptr && function->hasAttr<clang::CUDAGlobalAttr>() && function->doesThisDeclarationHaveABody()
        && sources.isInMainFile(function->getLocation());
}

/// Looks into namespaces and extern "C" blocks too.
void findKernels(const clang::DeclContext* scope, const clang::SourceManager& sources,
                 std::vector<const clang::FunctionDecl*>& kernels)
{
    for (const auto* declaration : scope->decls()) {
        if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(declaration); isKernelHere(function, sources))
            kernels.push_back(function);
        else if (const auto* family = llvm::dyn_cast<clang::FunctionTemplateDecl>(declaration)) {
            if (isKernelHere(family->getTemplatedDecl(), sources))
                kernels.push_back(family->getTemplatedDecl());
        } else if (llvm::isa<clang::NamespaceDecl, clang::LinkageSpecDecl>(declaration))
            findKernels(llvm::cast<clang::DeclContext>(declaration), sources, kernels);
    }
}

}  // namespace

ParsedSource::ParsedSource(const std::string& text)
    : m_text(text)
    , m_directives(m_text)
{
}

Result<std::unique_ptr<ParsedSource>> ParsedSource::parse(const std::string& text, const std::string& fileName)
{
    std::unique_ptr<ParsedSource> source(new ParsedSource(text));
    FirstError firstError(fileName);
    auto diagnostics = clang::CompilerInstance::createDiagnostics(new clang::DiagnosticOptions, &firstError, false);
    const auto frontend = CudaFrontend::make(source->m_text, source->m_directives, *diagnostics);
    if (!frontend)
        return fail(firstError.error().value_or(
            Error{ErrorCode::InvalidInput, "the tunables cannot be macros", {fileName, 0, 0}}));
    source->m_unit = clang::ASTUnit::LoadFromCompilerInvocation(
        frontend->invocation, std::make_shared<clang::PCHContainerOperations>(), diagnostics, frontend->files.get());
    // The consumer dies with this call, the tree lives on.
    diagnostics->setClient(new clang::IgnoringDiagConsumer, true);
    if (firstError.error())
        return fail(*firstError.error());
    if (!source->m_unit)
        return fail(Error{ErrorCode::CompileFailed, "Clang could not parse the source", {fileName, 0, 0}, {}, {}});
    findKernels(source->context().getTranslationUnitDecl(), source->context().getSourceManager(), source->m_kernels);
    return source;
}

std::optional<TextRange> ParsedSource::range(clang::CharSourceRange range) const
{
    const auto& sources = context().getSourceManager();
    const auto file = clang::Lexer::makeFileCharRange(range, sources, context().getLangOpts());
    if (file.isInvalid() || !sources.isInMainFile(file.getBegin()))
        return std::nullopt;
    return TextRange{sources.getFileOffset(file.getBegin()), sources.getFileOffset(file.getEnd())};
}

std::optional<TextRange> ParsedSource::range(clang::SourceRange tokens) const
{
    return range(clang::CharSourceRange::getTokenRange(tokens));
}

std::optional<TextRange> ParsedSource::range(const clang::Stmt* statement) const
{
    return range(statement->getSourceRange());
}

std::optional<TextRange> ParsedSource::statementRange(const clang::Stmt* statement) const
{
    auto found = range(statement);
    if (!found)
        return std::nullopt;
    const auto next = m_text.find_first_not_of(" \t\r\n", found->end);
    const auto last = found->size() > 0 ? m_text[found->end - 1] : ' ';
    // x = Pair{1, 2}; ends with more than its brace.
    const bool ended = last == ';' || (last == '}' && !llvm::isa<clang::Expr, clang::ReturnStmt>(statement));
    if (!ended && next != std::string::npos && m_text[next] == ';')
        found->end = next + 1;
    return found;
}

std::optional<std::size_t> ParsedSource::offset(clang::SourceLocation location) const
{
    const auto& sources = context().getSourceManager();
    if (location.isInvalid() || location.isMacroID() || !sources.isInMainFile(location))
        return std::nullopt;
    return sources.getFileOffset(location);
}

std::string ParsedSource::text(const clang::Stmt* statement) const
{
    const auto found = range(statement);
    return found ? text(*found) : std::string();
}

int ParsedSource::lineOf(std::size_t offset) const
{
    const auto end = m_text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, m_text.size()));
    return 1 + static_cast<int>(std::count(m_text.begin(), end, '\n'));
}

}  // namespace warploom
