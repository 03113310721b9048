// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "moves/ClangHeaders.h"
#include "moves/SourceTokens.h"

namespace warploom {

/// One declaration that stands outside functions, with everything that belongs to it.
struct TopLevelPiece {
    const clang::NamedDecl* declaration = nullptr;
    TextRange range;  ///< attributes, template head and semicolon included
    TextRange withComment;  ///< and the comment right above
    std::string scope;  ///< "a::b::" of the named namespaces around it
};

/// A whole CUDA file, host code included, parsed as far as it can be followed: headers are empty, unknown names are
/// left out. Says what stands where and what the host code does; whether the device code is right is for others.
class HostedSource {
public:
    /// \p fileName is for places in errors only. Fails when Clang itself gives up.
    static Result<std::unique_ptr<HostedSource>> parse(const std::string& text, const std::string& fileName);

    [[nodiscard]] const std::string& text() const { return m_text; }
    [[nodiscard]] const std::string& fileName() const { return m_fileName; }
    [[nodiscard]] clang::ASTContext& context() const { return m_unit->getASTContext(); }
    /// In the order of the file; extern "C" blocks and namespaces are opened.
    [[nodiscard]] const std::vector<TopLevelPiece>& pieces() const { return m_pieces; }
    /// Kernels with a body; a template stands for its instances.
    [[nodiscard]] const std::vector<const clang::FunctionDecl*>& kernels() const { return m_kernels; }
    /// Bodies of all functions that run on the host.
    [[nodiscard]] const std::vector<const clang::FunctionDecl*>& hostFunctions() const { return m_hostFunctions; }
    /// The first error outside host functions: why a kernel may be missing.
    [[nodiscard]] const std::optional<Error>& firstError() const { return m_firstError; }

    [[nodiscard]] std::optional<std::size_t> offset(clang::SourceLocation location) const;
    [[nodiscard]] SourcePlace place(clang::SourceLocation location) const;
    /// As written, macros not expanded; empty for what a macro has made.
    [[nodiscard]] std::string written(const clang::Stmt* statement) const;
    /// The whole line of the definition of macro \p name that is in force at the end; nothing when there is none here.
    [[nodiscard]] std::optional<TextRange> macroDefinition(const std::string& name) const;

private:
    HostedSource(std::string text, std::string fileName);
    void collect(const clang::DeclContext* scope, const std::string& prefix);
    void add(const clang::NamedDecl* declaration, const std::string& prefix);
    void addFunctions(const clang::Decl* declaration);
    void chooseError(const std::vector<std::pair<std::size_t, Error>>& errors);
    [[nodiscard]] std::size_t pieceBegin(std::size_t declared) const;
    [[nodiscard]] std::size_t pieceEnd(std::size_t declared, bool isFunction) const;
    [[nodiscard]] std::size_t commentBegin(std::size_t begin) const;

    std::string m_text;
    std::string m_fileName;
    std::vector<SourceToken> m_tokens;
    std::unique_ptr<clang::ASTUnit> m_unit;
    std::vector<TopLevelPiece> m_pieces;
    std::vector<const clang::FunctionDecl*> m_kernels;
    std::vector<const clang::FunctionDecl*> m_hostFunctions;
    std::optional<Error> m_firstError;
};

/// The function that a declaration, or the template it is, declares; null for all others.
const clang::FunctionDecl* functionOf(const clang::Decl* declaration);

}  // namespace warploom
