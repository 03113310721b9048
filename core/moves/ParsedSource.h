// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "moves/ClangHeaders.h"
#include "moves/DirectiveEditor.h"
#include "moves/SourceEdit.h"

namespace warploom {

/// One source with its syntax tree, parsed as CUDA device code without the CUDA SDK and without touching any file.
/// Ranges are offsets into text(), and exist only for code that is written out there, not made by macros.
class ParsedSource {
public:
    /// CompileFailed with the first error's place when it does not parse.
    static Result<std::unique_ptr<ParsedSource>> parse(const std::string& text, const std::string& fileName);

    [[nodiscard]] std::string_view text() const { return m_text; }
    [[nodiscard]] const DirectiveEditor& directives() const { return m_directives; }
    [[nodiscard]] clang::ASTContext& context() const { return m_unit->getASTContext(); }
    /// Kernels with a body, in order; templates stand for their instances.
    [[nodiscard]] const std::vector<const clang::FunctionDecl*>& kernels() const { return m_kernels; }

    [[nodiscard]] std::optional<TextRange> range(clang::CharSourceRange range) const;
    [[nodiscard]] std::optional<TextRange> range(clang::SourceRange range) const;
    [[nodiscard]] std::optional<TextRange> range(const clang::Stmt* statement) const;
    /// With the semicolon that ends it.
    [[nodiscard]] std::optional<TextRange> statementRange(const clang::Stmt* statement) const;
    [[nodiscard]] std::optional<std::size_t> offset(clang::SourceLocation location) const;
    [[nodiscard]] std::string text(TextRange range) const
    {
        return std::string(text().substr(range.begin, range.size()));
    }
    /// Empty when it is not written out.
    [[nodiscard]] std::string text(const clang::Stmt* statement) const;
    [[nodiscard]] int lineOf(std::size_t offset) const;

private:
    explicit ParsedSource(const std::string& text);

    std::string m_text;
    DirectiveEditor m_directives;
    std::unique_ptr<clang::ASTUnit> m_unit;
    std::vector<const clang::FunctionDecl*> m_kernels;
};

}  // namespace warploom
