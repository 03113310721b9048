// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ArrayAxes.h"
#include "moves/CodeTemplate.h"

namespace warploom {

/// A kernel that puts each element of an array of several directions elsewhere, such that what lies side by side in
/// what it loads does not where it stores; perhaps it computes something on the way.
class Permutation {
public:
    static std::optional<Permutation> make(const MoveContext& context, const KernelScope& kernel);

    /// Changes the kernel so that tiles of the two fastest directions turn in shared memory; false where macros hide a
    /// part of it.
    bool editInto(SourceEdit& edit) const;
    /// Of the element that goes through the tiles.
    [[nodiscard]] std::int64_t elementBytes() const { return m_elementBytes; }
    [[nodiscard]] std::string name() const { return m_kernel->name(); }

private:
    Permutation(const MoveContext& context, const KernelScope& kernel)
        : m_context(&context)
        , m_kernel(&kernel)
    {
    }
    bool readBody();
    bool readAccesses();
    bool readLocals();
    [[nodiscard]] std::optional<IndexForm> formOf(const clang::VarDecl* var) const;
    bool chooseAxes();
    [[nodiscard]] bool isWorthIt() const;
    [[nodiscard]] std::string coordinateType() const;
    [[nodiscard]] CodeValues codeValues() const;
    [[nodiscard]] std::string countOf(const ArrayAxis& axis) const;
    [[nodiscard]] std::string placeOf(const Access& access, const IndexForm& form) const;
    [[nodiscard]] std::string outerText(const CodeValues& values) const;
    [[nodiscard]] std::optional<std::string> storeText(const CodeValues& values) const;
    void editLaunch(SourceEdit& edit, const CodeValues& values) const;

    const MoveContext* m_context;
    const KernelScope* m_kernel;
    GuardedKernel m_guarded;
    std::optional<ArrayAxes> m_axes;
    const clang::Stmt* m_statement = nullptr;
    const clang::Expr* m_value = nullptr;  ///< what is stored
    Access m_store;
    Access m_load;
    TextRange m_loadRange;  ///< of the load, its intrinsic included
    std::vector<IndexForm> m_forms;  ///< canonical: of the load, of the store
    std::vector<const clang::VarDecl*> m_locals;  ///< that the value needs, in order
    std::size_t m_read = 0;  ///< axis along which loads are neighbours
    std::size_t m_written = 0;  ///< the same of stores
    std::int64_t m_elementBytes = 4;
};

/// Whether \p part is evaluated whenever \p whole is.
bool isUnconditional(const KernelScope& kernel, const clang::Stmt* whole, const clang::Stmt* part);

}  // namespace warploom
