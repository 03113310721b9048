// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostedSource.h"

#include <clang/Lex/Preprocessor.h>

#include "headers/CudaHeaders.h"
#include "headers/CudaPrelude.h"
#include "headers/HostPrelude.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kHostedFile = "/warploom/source.cu";
constexpr const char* kHostedPrelude = "/warploom/prelude.h";
constexpr const char* kHostedHeaders = "/warploom/include";
constexpr std::size_t kMostErrors = 200;

/// Keeps the errors of the main file, each with its offset.
class ErrorList : public DiagnosticConsumer {
public:
    explicit ErrorList(std::string fileName)
        : m_fileName(std::move(fileName))
    {
    }

    void HandleDiagnostic(DiagnosticsEngine::Level level, const Diagnostic& info) override
    {
        DiagnosticConsumer::HandleDiagnostic(level, info);
        if (level < DiagnosticsEngine::Error || m_errors.size() >= kMostErrors || !info.hasSourceManager()
            || info.getLocation().isInvalid())
            return;
        const auto& sources = info.getSourceManager();
        const auto location = sources.getExpansionLoc(info.getLocation());
        if (!sources.isInMainFile(location))
            return;
        llvm::SmallString<256> message;
        info.FormatDiagnostic(message);
        const SourcePlace place{m_fileName, static_cast<int>(sources.getSpellingLineNumber(location)),
                                static_cast<int>(sources.getSpellingColumnNumber(location))};
        m_errors.emplace_back(sources.getFileOffset(location),
                              Error{ErrorCode::CompileFailed, message.str().str(), place, {}, {}});
    }

    [[nodiscard]] const std::vector<std::pair<std::size_t, Error>>& errors() const { return m_errors; }

private:
    std::string m_fileName;
    std::vector<std::pair<std::size_t, Error>> m_errors;
};

/// Everything callable from everywhere: host code uses the mathematics that kernels do.
std::string wholePrelude()
{
    constexpr std::string_view kDevice = "#define __device__ __attribute__((device))";
    std::string text(cudaPrelude());
    text.replace(text.find(kDevice), kDevice.size(), "#define __device__ __attribute__((device, host))");
    return text + std::string(hostPrelude());
}

/// Headers that are not known here are empty.
llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> hostedFiles(const std::string& text)
{
    llvm::IntrusiveRefCntPtr files(new llvm::vfs::InMemoryFileSystem);
    const auto add = [&](const std::string& path, std::string_view content) {
        files->addFile(path, 0,
                       llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(content.data(), content.size()), path));
    };
    add(kHostedFile, text);
    add(kHostedPrelude, wholePrelude());
    std::set<std::string> known;
    for (const auto& [name, content] : cudaHeaders()) {
        add(fmt::format("{}/{}", kHostedHeaders, name), content);
        known.emplace(name);
    }
    for (const auto& [name, isSystem] : includesOf(text))
        if (known.insert(name).second)
            add(name.front() == '/' ? name : fmt::format("{}/{}", kHostedHeaders, name), "");
    files->setCurrentWorkingDirectory("/warploom");
    return files;
}

/// What the driver would say for -x cuda --cuda-device-only; parameters of kernels have their sizes on the device.
constexpr std::array kFrontendArguments = {"-triple",
                                           "nvptx64-nvidia-cuda",
                                           "-aux-triple",
                                           "x86_64-unknown-linux-gnu",
                                           "-fsyntax-only",
                                           "-fcuda-is-device",
                                           "-target-cpu",
                                           "sm_80",
                                           "-target-feature",
                                           "+ptx80",
                                           "-std=c++17",
                                           "-fcxx-exceptions",
                                           "-nobuiltininc",
                                           "-nostdsysteminc",
                                           "-w",
                                           "-include",
                                           kHostedPrelude,
                                           "-isystem",
                                           kHostedHeaders,
                                           "-x",
                                           "cuda",
                                           kHostedFile};

/// Plain constexpr functions do as well, as with nvcc --expt-relaxed-constexpr.
bool runsOnDevice(const FunctionDecl* function)
{
    return function->hasAttr<CUDAGlobalAttr>() || function->hasAttr<CUDADeviceAttr>() || function->isConstexpr();
}

}  // namespace

const FunctionDecl* functionOf(const Decl* declaration)
{
    if (const auto* family = llvm::dyn_cast<FunctionTemplateDecl>(declaration))
        return family->getTemplatedDecl();
    return llvm::dyn_cast<FunctionDecl>(declaration);
}

HostedSource::HostedSource(std::string text, std::string fileName)
    : m_text(std::move(text))
    , m_fileName(std::move(fileName))
    , m_tokens(tokensOf(m_text))
{
}

Result<std::unique_ptr<HostedSource>> HostedSource::parse(const std::string& text, const std::string& fileName)
{
    std::unique_ptr<HostedSource> source(new HostedSource(text, fileName));
    ErrorList errors(fileName);
    auto diagnostics = CompilerInstance::createDiagnostics(new DiagnosticOptions, &errors, false);
    auto invocation = std::make_shared<CompilerInvocation>();
    if (!CompilerInvocation::CreateFromArgs(*invocation, kFrontendArguments, *diagnostics))
        return fail(ErrorCode::Internal, "Clang does not take its arguments");
    invocation->getFrontendOpts().DisableFree = false;
    const llvm::IntrusiveRefCntPtr fileManager(new FileManager({}, hostedFiles(source->m_text)));
    source->m_unit = ASTUnit::LoadFromCompilerInvocation(invocation, std::make_shared<PCHContainerOperations>(),
                                                         diagnostics, fileManager.get());
    // The consumer dies with this call, the tree lives on.
    diagnostics->setClient(new IgnoringDiagConsumer, true);
    if (!source->m_unit)
        return fail(Error{ErrorCode::CompileFailed, "Clang could not parse the file", {fileName, 0, 0}, {}, {}});
    source->collect(source->context().getTranslationUnitDecl(), {});
    source->chooseError(errors.errors());
    return source;
}

void HostedSource::collect(const DeclContext* scope, const std::string& prefix)
{
    for (const auto* declaration : scope->decls()) {
        if (!offset(context().getSourceManager().getExpansionLoc(declaration->getBeginLoc())))
            continue;
        if (const auto* space = llvm::dyn_cast<NamespaceDecl>(declaration))
            collect(space, space->isAnonymousNamespace() ? prefix : prefix + space->getNameAsString() + "::");
        else if (const auto* linkage = llvm::dyn_cast<LinkageSpecDecl>(declaration))
            collect(linkage, prefix);
        else if (const auto* named = llvm::dyn_cast<NamedDecl>(declaration); named != nullptr && !named->isImplicit())
            add(named, prefix);
    }
}

void HostedSource::add(const NamedDecl* declaration, const std::string& prefix)
{
    const auto& sources = context().getSourceManager();
    const auto begin = offset(sources.getExpansionLoc(declaration->getBeginLoc()));
    const auto end = offset(sources.getExpansionRange(declaration->getEndLoc()).getEnd());
    if (!begin || !end || *end < *begin)
        return;
    const auto* function = functionOf(declaration);
    const bool hasBody = function != nullptr && function->doesThisDeclarationHaveABody();
    const TextRange range{pieceBegin(*begin), pieceEnd(*end, hasBody)};
    m_pieces.push_back({declaration, range, {commentBegin(range.begin), range.end}, prefix});
    addFunctions(declaration);
}

void HostedSource::addFunctions(const Decl* declaration)
{
    if (const auto* function = functionOf(declaration); function != nullptr) {
        if (!function->doesThisDeclarationHaveABody())
            return;
        if (function->hasAttr<CUDAGlobalAttr>())
            m_kernels.push_back(function);
        else if (!runsOnDevice(function))
            m_hostFunctions.push_back(function);
    } else if (const auto* record = llvm::dyn_cast<CXXRecordDecl>(declaration)) {
        for (const auto* member : record->decls())
            addFunctions(member);
    } else if (const auto* family = llvm::dyn_cast<ClassTemplateDecl>(declaration)) {
        addFunctions(family->getTemplatedDecl());
    }
}

/// Errors in host functions are expected: most of what they use is not there.
void HostedSource::chooseError(const std::vector<std::pair<std::size_t, Error>>& errors)
{
    for (const auto& [at, error] : errors) {
        const bool inHostFunction = std::any_of(m_pieces.begin(), m_pieces.end(), [&, at = at](const auto& piece) {
            const auto* function = functionOf(piece.declaration);
            return function != nullptr && !runsOnDevice(function) && piece.range.begin <= at && at < piece.range.end;
        });
        if (!inHostFunction) {
            m_firstError = error;
            return;
        }
    }
}

/// Attributes and template heads stand before what Clang calls the beginning.
std::size_t HostedSource::pieceBegin(std::size_t declared) const
{
    auto first = declared;
    for (auto token = m_tokens.rbegin(); token != m_tokens.rend(); ++token) {
        if (token->range.begin >= first || token->kind == SourceToken::Kind::Comment)
            continue;
        const char c = m_text[token->range.begin];
        if (token->kind == SourceToken::Kind::Directive || c == ';' || c == '}' || c == '{')
            break;
        first = token->range.begin;
    }
    return first;
}

/// Behind the body of a function, behind the semicolon of everything else.
std::size_t HostedSource::pieceEnd(std::size_t declared, bool isFunction) const
{
    for (const auto& token : m_tokens) {
        if (token.range.end <= declared)
            continue;
        const char c = m_text[token.range.begin];
        if (isFunction || (token.kind == SourceToken::Kind::Other && c == ';'))
            return token.range.end;
    }
    return m_text.size();
}

/// Comments that stand right above belong to a piece, up to the first empty line.
std::size_t HostedSource::commentBegin(std::size_t begin) const
{
    for (auto token = m_tokens.rbegin(); token != m_tokens.rend(); ++token) {
        if (token->range.begin >= begin)
            continue;
        const auto between = std::string_view(m_text).substr(token->range.end, begin - token->range.end);
        if (token->kind != SourceToken::Kind::Comment || !token->startsLine
            || std::count(between.begin(), between.end(), '\n') > 1)
            break;
        begin = token->range.begin;
    }
    return begin;
}

std::optional<std::size_t> HostedSource::offset(SourceLocation location) const
{
    const auto& sources = context().getSourceManager();
    if (location.isInvalid() || location.isMacroID() || !sources.isInMainFile(location))
        return std::nullopt;
    return sources.getFileOffset(location);
}

SourcePlace HostedSource::place(SourceLocation location) const
{
    const auto& sources = context().getSourceManager();
    const auto at = sources.getExpansionLoc(location);
    return {m_fileName, static_cast<int>(sources.getSpellingLineNumber(at)),
            static_cast<int>(sources.getSpellingColumnNumber(at))};
}

std::string HostedSource::written(const Stmt* statement) const
{
    const auto& sources = context().getSourceManager();
    const auto range = Lexer::makeFileCharRange(CharSourceRange::getTokenRange(statement->getSourceRange()), sources,
                                                context().getLangOpts());
    if (range.isInvalid() || !sources.isInMainFile(range.getBegin()))
        return {};
    return Lexer::getSourceText(range, sources, context().getLangOpts()).str();
}

std::optional<TextRange> HostedSource::macroDefinition(const std::string& name) const
{
    auto& preprocessor = m_unit->getPreprocessor();
    const auto* macro = preprocessor.getMacroInfo(preprocessor.getIdentifierInfo(name));
    const auto defined = macro == nullptr ? std::nullopt : offset(macro->getDefinitionLoc());
    if (!defined)
        return std::nullopt;
    for (const auto& token : m_tokens)
        if (token.kind == SourceToken::Kind::Directive && token.range.begin <= *defined && *defined < token.range.end)
            return token.range;
    return std::nullopt;
}

}  // namespace warploom
