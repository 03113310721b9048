// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/IndexForm.h"

namespace warploom {

/// Where a thread stands along one dimension of the grid: its block, or itself in all of the grid.
class GridPosition {
public:
    GridPosition(int dimension, bool inThreads);

    [[nodiscard]] IndexForm form() const;
    [[nodiscard]] bool isIn(const IndexForm& form) const;
    /// What the position is multiplied by in \p form; nothing where it is used in another way.
    [[nodiscard]] std::optional<IndexForm> factorIn(const IndexForm& form) const;
    [[nodiscard]] IndexForm without(const IndexForm& form) const;
    /// Whether \p form is the position multiplied by what does not know it.
    [[nodiscard]] bool isMultiple(const IndexForm& form) const;

private:
    bool m_inThreads;
    std::string m_block;
    std::string m_thread;
    IndexForm m_blockSize;
};

}  // namespace warploom
