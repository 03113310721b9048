// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/LaunchPair.h"

namespace warploom {

/// A buffer whose element goes from the first kernel's work to the second's in a register.
struct KeptValue {
    std::string buffer;
    std::string name;  ///< of the variable
    std::string type;
    const clang::Stmt* store = nullptr;  ///< of the first kernel: the statement at the top of its body that sets it
    bool isChosen = false;  ///< the statement chooses between several stores
    bool isStored = true;  ///< whether memory gets it too
    bool isGone = false;  ///< whether nobody needs the buffer any more
};

/// The text of two map kernels in one.
class FusedKernel {
public:
    /// Nothing when macros hide part of the kernels, or names cannot be kept apart.
    static std::optional<FusedKernel> make(const MoveContext& context, const LaunchPair& pair);

    /// From the first bracket of the parameters to the end.
    [[nodiscard]] const std::string& text() const { return m_text; }
    /// The launch's arguments.
    [[nodiscard]] std::string arguments() const { return fmt::format("{}", fmt::join(m_arguments, ", ")); }
    [[nodiscard]] const std::vector<KeptValue>& values() const { return m_values; }
    [[nodiscard]] const KeptValue* valueOf(const std::string& buffer) const;
    /// What the second kernel does, as it stands in the new one.
    [[nodiscard]] const std::string& secondPart() const { return m_secondPart; }

private:
    FusedKernel(const MoveContext& context, const LaunchPair& pair)
        : m_context(&context)
        , m_pair(&pair)
    {
    }
    [[nodiscard]] std::optional<KeptValue> keptValue(const std::string& buffer) const;
    [[nodiscard]] bool isOverwritten(const std::string& buffer, bool& isReadOnly) const;
    [[nodiscard]] bool isUnusedElsewhere(const std::string& buffer) const;
    [[nodiscard]] bool isGone(const std::string& argument) const;
    bool replaceFirst(const KeptValue& value);
    bool replaceSecond(const KeptValue& value);
    std::vector<const clang::ParmVarDecl*> takeNames();
    [[nodiscard]] bool isSame(const clang::ParmVarDecl* parameter, const clang::ParmVarDecl* other) const;
    [[nodiscard]] std::string freeName(const clang::ParmVarDecl* parameter) const;
    void addParameter(const MapLaunch& map, const clang::ParmVarDecl* parameter, const MapLaunch& declaredBy,
                      const clang::ParmVarDecl* declaration, const std::string& name);
    bool nameParameters();
    bool nameLocals();
    bool shareDeclarations();
    [[nodiscard]] bool keepsOtherNames() const;
    [[nodiscard]] std::string parameterList() const;
    bool joinExits();
    bool writeText();
    [[nodiscard]] std::optional<TextRange> contentOf(const MapLaunch& map) const;
    [[nodiscard]] std::string parameterText(const MapLaunch& map, const clang::ParmVarDecl* parameter,
                                            const std::string& name) const;
    bool rename(const clang::VarDecl* var, const std::string& name);

    const MoveContext* m_context;
    const LaunchPair* m_pair;
    std::vector<KeptValue> m_values;
    std::set<const clang::Stmt*> m_shared;  ///< declarations of the second that the first has too
    std::set<std::string> m_taken;  ///< names that the first kernel has where the second's work will stand
    std::vector<Replacement> m_first;
    std::vector<Replacement> m_second;
    std::vector<std::string> m_parameters;
    std::vector<std::string> m_arguments;
    std::string m_secondPart;
    std::string m_text;
};

/// The source with one launch in place of two that follow each other; nothing where that cannot be.
std::optional<MoveProposal> fusedLaunches(const MoveContext& context, const LaunchLine& first,
                                          const LaunchLine& second);

}  // namespace warploom
