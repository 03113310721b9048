// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/RowEdges.h"

namespace warploom {

/// A loop with vectors for rows that are aligned, for rows that start anywhere, or for both.
struct WideLoop {
    std::optional<StridedLoop> aligned;
    std::optional<StridedLoop> anywhere;

    [[nodiscard]] const StridedLoop& first() const { return aligned ? *aligned : *anywhere; }
};

/// Vectors for rows that start anywhere where none are aligned, or those that are timed are not; nothing where there
/// are no vectors at all.
std::optional<WideLoop> wideLoop(const MoveContext& context, const KernelScope& kernel, const clang::Stmt* statement);

/// Whether nothing of what says where the rows of \p loop start, anywhere, is ever set anew.
bool startsSettled(const KernelScope& kernel, const StridedLoop& loop);

/// Text that takes the place of loops of one kernel.
class WideLoopWriter {
public:
    /// Both must outlive it, as must every loop.
    WideLoopWriter(const MoveContext& context, const KernelScope& kernel)
        : m_context(context)
        , m_kernel(kernel)
    {
    }

    /// Without the first line's indentation and the last one's end.
    std::string text(const WideLoop& loop);

private:
    [[nodiscard]] std::string alignedText(const StridedLoop& loop, const std::string& indentation) const;
    [[nodiscard]] std::string choice(const StridedLoop& loop, const std::string& indentation,
                                     const std::string& otherwise) const;
    [[nodiscard]] std::string head(const StridedLoop& loop, const std::string& before) const;
    static std::string anywhereText(const StridedLoop& loop, const RowEdges& edges);
    [[nodiscard]] std::string ownText(const StridedLoop& loop) const;
    std::string sharedText(const StridedLoop& loop);
    [[nodiscard]] const RowEdges* sameRows(const StridedLoop& loop) const;
    [[nodiscard]] bool isBoundSettled(const StridedLoop& loop) const;

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    std::set<std::string> m_taken;
    std::vector<std::pair<const StridedLoop*, RowEdges>> m_known;
};

/// The vector from \p var on where there is a whole one left, and places come again in whole vectors; else one element
/// after the other.
std::string vectorOrTail(const MoveContext& context, const VectorPlan& plan, const std::string& var,
                         const std::string& type, const std::string& bound, const std::string& indentation);

/// The type of a loop's variable as code has it.
std::string typeOf(const KernelScope& kernel, const clang::VarDecl* var);

}  // namespace warploom
