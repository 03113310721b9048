// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/Move.h"

namespace warploom {

/// One direction of the grid that a kernel's elements stand in.
struct GridAxis {
    std::string symbol;  ///< of the coordinate, in canonical forms
    std::string name;  ///< of the coordinate, in code
    std::string type;
    const clang::VarDecl* var = nullptr;  ///< that holds the coordinate; null where an expression does
    std::string boundText;  ///< what the coordinate stays below
    IndexForm bound;  ///< the same, canonical
    IndexForm extent;  ///< the same, over the task's sizes
    bool isFree = false;  ///< whether code can be given another coordinate than the launch's
};

/// Parameters that say how long small loops are, with their values.
using KnownValues = std::map<const clang::ParmVarDecl*, std::int64_t>;

/// What those parameters are where the task is timed: each set of values once.
std::vector<KnownValues> timedValuesOf(const MoveContext& context, const KernelScope& kernel);

/// A kernel of one thread an element of a grid: columns, rows and perhaps planes. It may be launched several times,
/// with other arrays each time. The threads form such a grid as well, or stand in one line and find their place by /
/// and %.
class GridKernel {
public:
    /// Parameters have those values that they have at all timed sizes, or \p known.
    static std::optional<GridKernel> make(const MoveContext& context, const KernelScope& kernel,
                                          const std::optional<KnownValues>& known = std::nullopt);

    [[nodiscard]] const KernelScope& kernel() const { return *m_kernel; }
    [[nodiscard]] const GuardedKernel& guarded() const { return m_guarded; }
    /// Columns, rows, planes; without the last where there is one plane.
    [[nodiscard]] const std::vector<GridAxis>& axes() const { return m_axes; }
    [[nodiscard]] bool isLinear() const { return m_isLinear; }
    /// Parameters that have a value, for the code that is made of it alone.
    [[nodiscard]] const KnownValues& known() const { return m_known; }
    /// Whether the end of \p axis is an int.
    [[nodiscard]] bool isIntBound(const GridAxis& axis) const;

    /// \p form over the axes' symbols, known parameters put in; nothing when threads take part otherwise.
    [[nodiscard]] std::optional<IndexForm> canonical(const IndexForm& form) const;
    [[nodiscard]] std::optional<IndexForm> canonical(const clang::Expr* expression) const;
    /// \p form over the task's sizes; nothing when other things take part.
    [[nodiscard]] std::optional<IndexForm> onHost(const IndexForm& form) const;
    /// An expression of launches and shapes over the task's sizes.
    [[nodiscard]] std::optional<IndexForm> hostForm(const std::string& text) const;
    /// Elements of \p buffer over the task's sizes.
    [[nodiscard]] std::optional<IndexForm> elementsOf(const BufferFact& buffer) const;
    /// \p form as an expression of 64 bits.
    [[nodiscard]] std::string text(const IndexForm& form) const;
    /// The coordinate that \p expression is, worked out by / or %; null: none.
    [[nodiscard]] const GridAxis* divided(const clang::Expr* expression) const;

private:
    GridKernel(const MoveContext& context, const KernelScope& kernel, GuardedKernel guarded);
    void setKnown(KnownValues known);
    bool readAxes();
    bool readLayers();
    bool readLine();
    [[nodiscard]] bool readDivisions(const IndexForm& number);
    [[nodiscard]] std::string symbolText(const std::string& symbol) const;

    const MoveContext* m_context;
    const KernelScope* m_kernel;
    GuardedKernel m_guarded;
    std::vector<GridAxis> m_axes;
    KnownValues m_known;
    std::map<std::string, IndexForm> m_replaced;  ///< symbols by canonical forms
    std::vector<std::pair<std::string, IndexForm>> m_threads;  ///< thread symbols with what to add for each
    bool m_isLinear = false;
};

/// \p form as multiples of \p stride, a single term, and the rest.
std::pair<IndexForm, IndexForm> multiplesOf(const IndexForm& form, const IndexForm& stride);
/// \p form as an expression of 64 bits, symbols as \p nameOf has them.
std::string wideText(const IndexForm& form, const std::function<std::string(const std::string&)>& nameOf);
/// Name of \p type as code has it.
std::string typeText(const KernelScope& kernel, clang::QualType type);

}  // namespace warploom
