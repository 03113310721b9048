// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GridPosition.h"

namespace warploom {

GridPosition::GridPosition(int dimension, bool inThreads)
    : m_inThreads(inThreads)
    , m_block(blockSymbol(dimension))
    , m_thread(threadSymbol(dimension))
    , m_blockSize(IndexForm::symbol(blockSizeSymbol(dimension)))
{
}

IndexForm GridPosition::form() const
{
    const auto block = IndexForm::symbol(m_block);
    return m_inThreads ? block * m_blockSize + IndexForm::symbol(m_thread) : block;
}

bool GridPosition::isIn(const IndexForm& form) const
{
    return form.dependsOn(m_block) || (m_inThreads && form.dependsOn(m_thread));
}

std::optional<IndexForm> GridPosition::factorIn(const IndexForm& form) const
{
    auto block = form.coefficient(m_block);
    if (!block || !m_inThreads)
        return block;
    auto thread = form.coefficient(m_thread);
    return thread && *block == *thread * m_blockSize ? thread : std::nullopt;
}

IndexForm GridPosition::without(const IndexForm& form) const
{
    return m_inThreads ? form.without(m_block).without(m_thread) : form.without(m_block);
}

bool GridPosition::isMultiple(const IndexForm& form) const
{
    const auto factor = factorIn(form);
    return factor && !factor->isZero() && !isIn(*factor) && without(form).isZero();
}

}  // namespace warploom
