// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ClangHeaders.h"
#include "moves/IndexForm.h"
#include "moves/ParsedSource.h"

namespace warploom {

/// A pointer as the array it starts from and an offset in that array's innermost elements.
struct PointerForm {
    const clang::VarDecl* base = nullptr;  ///< a parameter, a __shared__ array or a local array
    IndexForm offset;
};

/// One read or write of memory. Where base is null or the index unknown, the analysis does not know what is touched.
struct Access {
    const clang::Expr* expression = nullptr;  ///< the subscript, the dereference, or the pointer given to a call
    const clang::VarDecl* base = nullptr;
    std::optional<IndexForm> index;
    bool reads = false;
    bool writes = false;
    bool atomic = false;
    const clang::CallExpr* call = nullptr;  ///< the atomic or load intrinsic that touches it
};

/// for (T var = start; var < bound; var += step), var changed by the increment only.
struct CountedLoop {
    const clang::ForStmt* statement = nullptr;
    const clang::VarDecl* var = nullptr;
    const clang::Expr* start = nullptr;
    const clang::Expr* bound = nullptr;  ///< excluded
    const clang::Expr* step = nullptr;  ///< null: one
};

/// What the moves want to know about one kernel: who changes which variable, what indices mean, what memory is touched.
class KernelScope {
public:
    KernelScope(const ParsedSource& source, const clang::FunctionDecl& kernel);

    [[nodiscard]] const ParsedSource& source() const { return m_source; }
    [[nodiscard]] const clang::FunctionDecl& kernel() const { return m_kernel; }
    [[nodiscard]] std::string name() const { return m_kernel.getNameAsString(); }
    [[nodiscard]] std::vector<const LaunchLine*> launches() const { return m_source.directives().launchesOf(name()); }
    [[nodiscard]] const clang::Stmt* parent(const clang::Stmt* statement) const;
    /// Top-level statements of the body.
    [[nodiscard]] std::vector<const clang::Stmt*> statements() const;

    /// Whether anything but its initialiser sets \p var (or could, through its address).
    [[nodiscard]] bool isModified(const clang::VarDecl* var) const { return m_modified.count(var) > 0; }
    /// By how many elements a pointer parameter is moved, once, by `p += amount;` before anything uses it, all threads
    /// of a block alike; null for any other parameter. Its accesses count from where it points then, plus
    /// advanceSymbol().
    [[nodiscard]] const clang::Expr* advanceOf(const clang::VarDecl* pointer) const;
    [[nodiscard]] static std::string advanceSymbol(const clang::VarDecl* pointer);
    /// Whether \p statement is the one that advanceOf() tells of.
    [[nodiscard]] bool isAdvance(const clang::Stmt* statement) const;
    [[nodiscard]] bool isModifiedWithin(const clang::VarDecl* var, const clang::Stmt* statement) const;
    [[nodiscard]] std::vector<const clang::DeclRefExpr*> references(const clang::VarDecl* var,
                                                                    const clang::Stmt* within) const;

    [[nodiscard]] std::string symbolOf(const clang::VarDecl* var) const;
    /// Variables that are set once stand for their initialisers; nothing for what is no integer polynomial.
    [[nodiscard]] std::optional<IndexForm> form(const clang::Expr* expression) const;
    [[nodiscard]] std::optional<PointerForm> pointer(const clang::Expr* expression) const;
    /// Every access to arrays and through pointers within \p statement, in source order.
    [[nodiscard]] std::vector<Access> accesses(const clang::Stmt* statement) const;

    [[nodiscard]] std::optional<CountedLoop> countedLoop(const clang::Stmt* statement) const;
    /// Whether blocks or warps meet (barrier, shuffle, vote) within.
    [[nodiscard]] bool synchronises(const clang::Stmt* statement) const;
    [[nodiscard]] bool containsReturn(const clang::Stmt* statement) const;
    /// Whether a launch passes one buffer twice and the kernel writes through one of the two.
    [[nodiscard]] bool hasAliases() const;
    /// The text that the launch passes for \p parameter; empty when the directive does not fit the kernel.
    [[nodiscard]] std::string argumentOf(const LaunchLine& launch, const clang::Expr* parameter) const;
    /// Replacements that rename every reference to \p var within \p statement; nothing when a macro hides one.
    [[nodiscard]] std::optional<std::vector<Replacement>> renaming(const clang::VarDecl* var, const clang::Stmt* within,
                                                                   const std::string& text) const;

private:
    void index(const clang::Stmt* statement);
    void noteChange(const clang::Expr* target);
    [[nodiscard]] std::optional<IndexForm> formOfBinary(const clang::BinaryOperator* binary) const;
    [[nodiscard]] std::optional<IndexForm> uncheckedForm(const clang::BinaryOperator* binary) const;
    [[nodiscard]] std::optional<IndexForm> formOfReference(const clang::DeclRefExpr* reference) const;
    [[nodiscard]] std::optional<IndexForm> formOfCall(const clang::CallExpr* call) const;
    [[nodiscard]] std::optional<PointerForm> elementOf(const clang::ArraySubscriptExpr* subscript) const;
    [[nodiscard]] Access accessOf(const clang::Expr* lvalue) const;
    /// Whether the use of \p lvalue reads and whether it writes.
    [[nodiscard]] std::pair<bool, bool> useOf(const clang::Expr* lvalue) const;
    void addCallAccesses(const clang::CallExpr* call, std::vector<Access>& found) const;

    const ParsedSource& m_source;
    const clang::FunctionDecl& m_kernel;
    std::map<const clang::Stmt*, const clang::Stmt*> m_parents;
    std::map<const clang::VarDecl*, std::vector<const clang::Stmt*>> m_modified;
    // What variables stand for, worked out once; being worked out, they stand for themselves.
    mutable std::map<const clang::VarDecl*, IndexForm> m_forms;
    mutable std::map<const clang::VarDecl*, std::optional<PointerForm>> m_pointers;
    /// What the function that is looked into is called with, and what calls it.
    mutable std::map<const clang::VarDecl*, IndexForm> m_given;
    mutable std::vector<const clang::FunctionDecl*> m_calls;
};

/// Visits \p statement and everything below it, parents first; a visitor that returns false keeps what is below out.
void walk(const clang::Stmt* statement, const std::function<bool(const clang::Stmt*)>& visit);
/// Name of what is declared; empty for operators, constructors and conversions.
llvm::StringRef identifierOf(const clang::NamedDecl* declaration);
/// Name of the function called; empty for calls through pointers and operators.
std::string calleeName(const clang::CallExpr* call);
/// Whether \p reference is threadIdx, blockIdx, blockDim or gridDim.
bool isThreadBuiltin(const clang::DeclRefExpr* reference);
/// Whether a function that is called within \p statement, or from there on, uses one of these; with \p allowsLayers
/// blockIdx.z and gridDim.z do not count.
bool callsUseBuiltins(const clang::Stmt* statement, bool allowsLayers = false);
/// The variable that \p expression plainly is, through parentheses and conversions; else null.
const clang::VarDecl* plainVariable(const clang::Expr* expression);
bool isSharedArray(const clang::VarDecl* var);
/// Whether the kernel's own body declares shared memory: each copy of the body would have arrays of its own.
bool declaresShared(const KernelScope& kernel);
/// Innermost element of an array or pointer type.
clang::QualType innermostElement(clang::QualType type);

}  // namespace warploom
