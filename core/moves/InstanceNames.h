// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// What a function of a structure, or an instance of a template, calls by the words of its own: members of its object,
/// parameters of the template, the structure's own types and constants. Elsewhere they need other words.
class InstanceNames {
public:
    /// What a member of the object is called elsewhere; empty where there is no way to say it.
    using MemberText = std::function<std::string(const clang::ValueDecl&)>;

    /// \p object: what the object itself is called elsewhere; empty where there is none. Nothing where a template was
    /// given what has no words, or numbers that a tunable may change.
    static std::optional<InstanceNames> make(const ParsedSource& source, const clang::FunctionDecl& function,
                                             MemberText member, std::string object);

    /// Replacements for \p part of the function; nothing where something in it cannot be said elsewhere.
    [[nodiscard]] std::optional<std::vector<Replacement>> within(const clang::Stmt* part) const;

private:
    explicit InstanceNames(const ParsedSource& source)
        : m_source(&source)
    {
    }
    bool addTemplates(const clang::FunctionDecl& function);
    bool addArguments(const clang::TemplateParameterList& parameters, const clang::TemplateArgumentList& arguments);
    bool addMembersOf(const clang::CXXRecordDecl& record);
    bool addObject(const clang::Stmt* part, std::vector<Replacement>& found) const;
    [[nodiscard]] bool isHint(std::string_view directive) const;
    bool addWords(const clang::Stmt* part, std::vector<Replacement>& found) const;

    const ParsedSource* m_source;
    MemberText m_member;
    std::string m_object;
    std::map<std::string, std::string> m_words;  ///< parameters of templates
    std::map<std::string, std::string> m_classes;  ///< names of instances within themselves
    std::map<std::string, std::string> m_nested;  ///< types and constants of structures
};

/// \p type name
std::string declaredAs(const ParsedSource& source, clang::QualType type, const std::string& name);
/// Whether code, not only launches, depends on a tunable: what the tree says of numbers is then of one of its values.
bool codeUsesTunables(const ParsedSource& source);
/// The structure that \p type is, where the file itself defines it and it has a name; else null.
const clang::CXXRecordDecl* ownRecord(const ParsedSource& source, clang::QualType type);
/// The structure that \p type is, where it is one of CUDA's own for two to four numbers: float2, int4, …; else null.
const clang::CXXRecordDecl* vectorRecord(const ParsedSource& source, clang::QualType type);

}  // namespace warploom
