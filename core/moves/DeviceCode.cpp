// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/DeviceCode.h"

#include <clang/AST/DeclTemplate.h>

#include "moves/DevicePieces.h"
#include "moves/KernelScope.h"

namespace warploom {

using namespace clang;

namespace {

/// \p text blank, its lines kept.
std::string blanked(std::string_view text)
{
    std::string result(text);
    std::replace_if(result.begin(), result.end(), [](char c) { return c != '\n'; }, ' ');
    return result;
}

/// Whole identifiers only, and none in comments.
void replaceWords(std::string& text, const std::string& word, const std::string& replacement)
{
    std::vector<Replacement> edits;
    for (const auto& token : tokensOf(text))
        if (token.kind == SourceToken::Kind::Word && text.substr(token.range.begin, token.range.size()) == word)
            edits.push_back({token.range, replacement});
    text = rewritten(text, {0, text.size()}, edits);
}

/// A template's piece as the function that its arguments make of it: no head, names of parameters replaced.
std::string writtenOut(const HostedSource& source, std::string text, TextRange range, const FunctionDecl& kernel,
                       const std::vector<std::string>& arguments)
{
    const auto* family = kernel.getDescribedFunctionTemplate();
    if (family == nullptr)
        return text;
    const auto* parameters = family->getTemplateParameters();
    const auto begin = source.offset(parameters->getTemplateLoc());
    const auto end = source.offset(parameters->getRAngleLoc());
    if (!begin || !end || *begin < range.begin || *end >= range.end)
        return text;
    const auto head = text.substr(*begin - range.begin, *end + 1 - *begin);
    text.replace(*begin - range.begin, head.size(), blanked(head));
    for (unsigned i = 0; i < parameters->size() && i < arguments.size(); ++i)
        replaceWords(text, parameters->getParam(i)->getNameAsString(), arguments[i]);
    return text;
}

/// Without what would hide the kernel from whoever launches it.
std::string withoutStorage(std::string text, const std::string& kernelName)
{
    std::vector<Replacement> edits;
    for (const auto& token : tokensOf(text)) {
        const auto word = text.substr(token.range.begin, token.range.size());
        if (token.kind == SourceToken::Kind::Word && word == kernelName)
            break;
        if (token.kind == SourceToken::Kind::Word && (word == "static" || word == "inline"))
            edits.push_back({token.range, std::string(word.size(), ' ')});
    }
    return rewritten(text, {0, text.size()}, edits);
}

/// What such a header declares is missing here: worth a word where something is not declared.
bool hasHeadersOfItsOwn(const HostedSource& source)
{
    for (const auto& token : tokensOf(source.text())) {
        const auto text = std::string_view(source.text()).substr(token.range.begin, token.range.size());
        if (token.kind == SourceToken::Kind::Directive && text.find("include") != std::string_view::npos
            && text.find('"') != std::string_view::npos)
            return true;
    }
    return false;
}

}  // namespace

Result<DeviceCode> DeviceCode::cut(const HostedSource& source, const FunctionDecl& kernel,
                                   const std::vector<std::string>& templateArguments)
{
    DeviceCode code;
    code.write(source, kernel, templateArguments);
    WARPLOOM_CHECK(code.parse(source, kernel));
    return code;
}

void DeviceCode::write(const HostedSource& source, const FunctionDecl& kernel,
                       const std::vector<std::string>& templateArguments)
{
    const auto pieces = devicePieces(source, kernel);
    const auto pieceText = [&](const DevicePiece& piece) {
        return source.text().substr(piece.range.begin, piece.range.size());
    };
    std::string all;
    for (const auto& piece : pieces)
        all += pieceText(piece) + '\n';
    for (const auto& argument : templateArguments)
        all += argument + '\n';
    m_includes = includesFor(wordsOf(all));
    m_addedLines = static_cast<int>(std::count(m_includes.begin(), m_includes.end(), '\n'));
    m_text = m_includes;
    for (const auto& piece : pieces) {
        auto text = pieceText(piece);
        Part part;
        part.original = piece.range;
        part.isKernel = piece.isKernel;
        part.prefix = piece.needsDeviceMark ? "__device__ " : "";
        // Namespaces go, unless somebody spells them.
        const bool isSpelled = !piece.scope.empty() && all.find(piece.scope) != std::string::npos;
        if (isSpelled) {
            part.prefix = fmt::format("namespace {} {{ ", piece.scope.substr(0, piece.scope.size() - 2)) + part.prefix;
            part.suffix = " }";
        }
        if (piece.isKernel) {
            const auto name = kernel.getNameAsString();
            text = withoutStorage(writtenOut(source, std::move(text), piece.range, kernel, templateArguments), name);
            m_launchName = (isSpelled ? piece.scope : "") + name;
        }
        addPart(source, std::move(part), text);
    }
}

/// What stands between two parts is blank, so that lines, and columns too where nothing is put in front, are kept.
void DeviceCode::addPart(const HostedSource& source, Part part, const std::string& text)
{
    const auto before = m_parts.empty() ? 0 : m_parts.back().original.end;
    m_text += blanked(std::string_view(source.text()).substr(before, part.original.begin - before));
    m_text += part.prefix;
    part.range.begin = m_text.size();
    m_text += text;
    part.range.end = m_text.size();
    m_text += part.suffix;
    m_parts.push_back(std::move(part));
}

Result<> DeviceCode::parse(const HostedSource& source, const FunctionDecl& kernel)
{
    auto parsed = ParsedSource::parse(m_text, source.fileName());
    if (!parsed) {
        auto error = parsed.error();
        error.place.line = std::max(0, error.place.line - m_addedLines);
        if (error.expected.empty() && hasHeadersOfItsOwn(source))
            error.expected = "device code that stands in this file: headers of your own are not read";
        return fail(std::move(error));
    }
    m_parsed = std::move(*parsed);
    for (const auto* found : m_parsed->kernels())
        if (found->getNameAsString() == kernel.getNameAsString())
            m_kernel = found;
    if (m_kernel == nullptr)
        return fail(Error{ErrorCode::InvalidInput,
                          fmt::format("kernel '{}' cannot be cut out of the file", kernel.getNameAsString()),
                          source.place(kernel.getLocation()),
                          "a kernel that is written out, not made by a macro",
                          {}});
    const std::function<void(const DeclContext*)> visit = [&](const DeclContext* scope) {
        for (const auto* declaration : scope->decls()) {
            const auto* function = llvm::dyn_cast<FunctionDecl>(declaration);
            if (function != nullptr && function->doesThisDeclarationHaveABody()
                && m_parsed->offset(function->getLocation()))
                m_functions.push_back(function);
            else if (llvm::isa<NamespaceDecl, LinkageSpecDecl>(declaration))
                visit(llvm::cast<DeclContext>(declaration));
        }
    };
    visit(m_parsed->context().getTranslationUnitDecl());
    return {};
}

std::optional<std::string> DeviceCode::text(const std::vector<Replacement>& edits, const std::string& kernelName) const
{
    std::string result = m_includes;
    bool wasDirective = true;
    for (const auto& part : m_parts) {
        SourceEdit edit(m_text);
        edit.remove({0, part.range.begin});
        edit.remove({part.range.end, m_text.size()});
        for (const auto& [range, replacement] : edits)
            if (part.range.contains(range))
                edit.replace(range, replacement);
        auto text = edit.apply();
        if (!text)
            return std::nullopt;
        while (!text->empty() && (text->front() == ' ' || text->front() == '\n'))
            text->erase(0, 1);
        const bool isDirective = text->rfind('#', 0) == 0;
        if (part.isKernel) {
            replaceWords(*text, m_kernel->getNameAsString(), kernelName);
            std::size_t begin = 0;
            for (const auto& token : tokensOf(*text))
                if (token.kind != SourceToken::Kind::Comment) {
                    begin = token.range.begin;
                    break;
                }
            if (text->compare(begin, 6, "extern") != 0 && part.suffix.empty())
                text->insert(begin, "extern \"C\" ");
        }
        result += (isDirective && wasDirective) || result.empty() ? "" : "\n";
        result += part.prefix + *text + part.suffix + "\n";
        wasDirective = isDirective;
    }
    return result;
}

std::vector<TextRange> DeviceCode::ranges() const
{
    std::vector<TextRange> ranges;
    for (const auto& part : m_parts)
        ranges.push_back(part.range);
    return ranges;
}

}  // namespace warploom
