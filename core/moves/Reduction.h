// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

enum class ReductionOperation { Sum, Product, Max, Min };

/// A variable that a loop folds values into and that nothing else in the loop reads or sets.
struct Reduction {
    const clang::VarDecl* var = nullptr;
    ReductionOperation operation = ReductionOperation::Sum;
    std::string function;  ///< what combines two values: "fmaxf"; empty for sums and products
};

/// Reduction of \p var in \p loop; nothing when it is changed in another way or used otherwise.
std::optional<Reduction> reductionOf(const KernelScope& kernel, const clang::VarDecl* var, const clang::Stmt* loop);

/// Text of the combination of two values.
std::string combination(const Reduction& reduction, const std::string& a, const std::string& b);
/// "Sum", "Max", …, for names.
const char* wordOf(ReductionOperation operation);

/// Who joins in a reduction over threads; Lanes: a power of two of neighbours within a warp; Column: those of a block
/// whose numbers are multiples of some warps apart, for all of which alike some may have left.
enum class ReductionLevel { Warp, Block, Lanes, Column };

/// Device functions that finish reductions over a warp or block, as text to put before a kernel. Functions that the
/// source already has are used again.
class ReductionFunctions {
public:
    /// \p lanes: the tunable that says how many are a group at ReductionLevel::Lanes, and how many columns a block has.
    explicit ReductionFunctions(const ParsedSource& source, std::string lanes = {})
        : m_source(source)
        , m_lanes(std::move(lanes))
    {
    }

    /// Name of the function that combines \p reduction's values and gives every thread the result; empty for types
    /// that shuffles do not take. Blocks must be multiples of 32 threads.
    std::string use(const Reduction& reduction, ReductionLevel level)
    {
        return use(reduction, reduction.var->getType(), level);
    }
    /// The same for a plain sum of values of \p type.
    std::string useSum(clang::QualType type, ReductionLevel level) { return use({}, type, level); }
    /// The same for values of \p type, whatever the variable of \p reduction.
    std::string use(const Reduction& reduction, clang::QualType type, ReductionLevel level);
    /// A function of somebody else's, put before the kernel too.
    void add(const std::string& text) { m_text += m_text.find(text) == std::string::npos ? text : ""; }
    [[nodiscard]] const std::string& text() const { return m_text; }
    /// Whether \p function of \p source is one of those that moves have put there.
    [[nodiscard]] static bool isOwn(const ParsedSource& source, const clang::FunctionDecl& function);

private:
    const ParsedSource& m_source;
    std::string m_lanes;
    std::string m_text;
};

}  // namespace warploom
