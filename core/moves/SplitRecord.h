// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/InstanceNames.h"

namespace warploom {

/// A local variable of a structure that is only ever used member by member, or copied: a variable a member says the
/// same, and shows what is summed, kept and read.
class SplitRecord {
public:
    /// Nothing where the structure's address may be asked for, where it has bases, unions or bit fields, or is set to
    /// what shows no members.
    static std::optional<SplitRecord> make(const KernelScope& kernel, const clang::DeclStmt& declaration);

    /// The whole source.
    [[nodiscard]] std::optional<std::string> text() const { return m_edit.apply(); }

private:
    struct Member {
        const clang::FieldDecl* field = nullptr;
        std::string name;  ///< of the variable that takes its place
    };
    /// What a structure is set to, a text a member; empty: to nothing. Lines come before.
    struct Values {
        std::vector<std::string> texts;
        std::vector<std::string> before;
        std::vector<std::string> after;
        bool hasBody = false;  ///< a constructor goes on to change members
    };

    SplitRecord(const KernelScope& kernel, const clang::DeclStmt& declaration, const clang::VarDecl& var);

    bool readMembers();
    bool readDeclaration();
    bool readUses();
    bool readUse(const clang::DeclRefExpr* reference);
    bool readWhole(const clang::Expr* whole);
    bool readAssignment(const clang::CXXOperatorCallExpr& assignment);
    [[nodiscard]] std::optional<Values> valuesOf(const clang::Expr* value);
    [[nodiscard]] std::optional<Values> listed(const clang::InitListExpr& list) const;
    [[nodiscard]] std::optional<Values> copied(const clang::Expr* from) const;
    [[nodiscard]] std::optional<Values> called(const clang::CallExpr& call) const;
    [[nodiscard]] std::optional<Values> constructed(const clang::CXXConstructExpr& construction);
    [[nodiscard]] std::optional<Values> initialised(const clang::CXXConstructExpr& construction);
    bool addParameters(const clang::CXXConstructExpr& construction, const clang::CXXConstructorDecl& constructor,
                       Values& values, std::vector<Replacement>& names);
    bool addBody(const clang::CXXConstructorDecl& constructor, const InstanceNames& instance, Values& values,
                 std::vector<Replacement> names);
    [[nodiscard]] std::optional<std::string> defaultOf(const clang::FieldDecl& field) const;
    [[nodiscard]] std::string nothingOf(const clang::FieldDecl& field) const;
    [[nodiscard]] std::string nameOf(const clang::ValueDecl& field) const;
    /// Without what only wraps it: conversions to its own type, copies of what is made on the spot.
    static const clang::Expr* unwrappedValue(const clang::Expr* value);
    [[nodiscard]] std::optional<std::string> valueText(const clang::Expr* value) const;
    [[nodiscard]] std::string writtenAs(TextRange range, const std::vector<Replacement>& names) const;
    [[nodiscard]] std::string rebuilt() const;
    [[nodiscard]] bool isVector() const;
    [[nodiscard]] std::string freshName(const std::string& wanted);

    const KernelScope* m_kernel;
    const ParsedSource* m_source;
    const clang::DeclStmt* m_declaration;
    const clang::VarDecl* m_var;
    const clang::CXXRecordDecl* m_record = nullptr;
    std::vector<Member> m_members;
    std::set<std::string> m_taken;
    SourceEdit m_edit;
};

}  // namespace warploom
