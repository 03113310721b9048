// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/StridedLoop.h"

namespace warploom {

/// Code for a loop over rows that may start anywhere: vectors hold some elements from the first boundary on, and what
/// stands before and after those is left to single ones. All text ends its lines and is not indented.
class RowEdges {
public:
    /// \p loop must outlive it; its plan is for RowStart::Anywhere.
    RowEdges(const KernelScope& kernel, const StridedLoop& loop);

    /// What is declared before the loop is called so that no two loops of one block have the same.
    void nameApart(std::set<std::string>& taken);
    /// How many elements stand before the first boundary.
    [[nodiscard]] const std::string& head() const { return m_head; }
    /// How many elements vectors hold.
    [[nodiscard]] const std::string& whole() const { return m_whole; }
    /// Calls both as they are called where they are declared.
    void nameAs(const std::string& head, const std::string& whole);

    /// Of both, with a comment.
    [[nodiscard]] std::string declarations() const;
    /// Of the loop over vectors: starts, ends and steps are in whole vectors. \p kept: how many elements at the start
    /// it leaves out, if any.
    [[nodiscard]] std::string vectorHead(const std::string& kept = {}) const;
    /// Loops over the elements that no vector holds: what stands before the vectors, empty where all can follow, and
    /// what stands after them.
    [[nodiscard]] std::string before() const;
    [[nodiscard]] std::string after() const;

    /// Whether it matters in which order a thread comes by its elements: of equals it may keep the first. Other threads
    /// have the last elements then.
    [[nodiscard]] bool isOrdered() const;

private:
    [[nodiscard]] std::string singles(const std::string& start, const std::string& end) const;
    [[nodiscard]] std::string headLine() const;
    [[nodiscard]] std::string wholeLine() const;
    [[nodiscard]] std::string scaled(const TextRange& range) const;

    const KernelScope& m_kernel;
    const StridedLoop& m_loop;
    std::string m_var;
    std::string m_type;
    std::string m_bound;  ///< as an operand
    std::string m_head;
    std::string m_whole;
    std::string m_edge;
};

}  // namespace warploom
