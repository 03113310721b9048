// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/Move.h"

namespace warploom {

/// A place of an array that depends on the number of an iteration, and on nothing that threads of a block differ in.
struct BroadcastElement {
    const clang::VarDecl* base = nullptr;
    IndexForm index;
    const clang::Expr* load = nullptr;  ///< the first of them
    std::vector<const clang::Expr*> loads;
};

/// What an access loads: the place itself, or what a function that loads from it gives.
const clang::Expr* loadOf(const Access& access);

/// A loop in which all threads of a block load the same elements, iteration by iteration.
struct BroadcastLoop {
    CountedLoop counted;
    std::vector<BroadcastElement> elements;
};

/// One thread an item, which goes through such loops and stores what it has found when it is through.
struct BroadcastKernel {
    GuardedKernel guarded;
    const clang::VarDecl* item = nullptr;  ///< the thread's index
    std::string items;  ///< how many there are, as the kernel says it
    std::vector<const clang::Stmt*> statements;  ///< in order, without index and guard
    std::set<const clang::DeclStmt*> uniforms;  ///< those of them whose values all threads of a block have alike
    std::set<const clang::VarDecl*> written;  ///< arrays
};

/// Says of expressions whether all threads of a block find the same value.
class BroadcastReader {
public:
    BroadcastReader(const MoveContext& context, const KernelScope& kernel)
        : m_context(context)
        , m_kernel(kernel)
    {
    }

    /// Nothing where the kernel has another form.
    std::optional<BroadcastKernel> read();

    /// The loop that \p statement is, through hints for the compiler, from one uniform number to another by ones.
    [[nodiscard]] std::optional<CountedLoop> uniformLoop(const clang::Stmt* statement) const;
    /// With what all threads load alike and every iteration loads, or could; nothing where that is nothing.
    [[nodiscard]] std::optional<BroadcastLoop> loop(const clang::Stmt* statement) const;
    /// Whether \p expression has one value for all threads of a block, at one value of each of \p counters.
    [[nodiscard]] bool isUniform(const clang::Expr* expression,
                                 const std::set<const clang::VarDecl*>& counters = {}) const;

private:
    bool readStatements();
    [[nodiscard]] bool isUniformDeclaration(const clang::DeclStmt* statement) const;
    [[nodiscard]] bool isUniformName(const clang::DeclRefExpr* reference,
                                     const std::set<const clang::VarDecl*>& counters) const;
    bool readAccesses();
    [[nodiscard]] bool isCopied(const Access& access, const clang::VarDecl* counter) const;
    [[nodiscard]] bool exists(const BroadcastElement& element, const CountedLoop& counted) const;
    [[nodiscard]] bool isOwnElement(const BroadcastElement& element, const CountedLoop& counted) const;
    [[nodiscard]] bool isWithinBuffer(const BroadcastElement& element, const CountedLoop& counted) const;

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    BroadcastKernel m_found;
};

/// Whether \p node is evaluated whenever \p whole is: no condition or inner loop stands before it.
bool isAlwaysEvaluated(const KernelScope& kernel, const clang::Stmt* node, const clang::Stmt* whole);
/// Whether objects of \p type are copied byte by byte and need nothing done when they begin to exist.
bool isPlainData(clang::QualType type);

}  // namespace warploom
