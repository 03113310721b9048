// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <unordered_map>

#include "device/emulator/HandlerSupport.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

class Table final : public HandlerSet {
public:
    Table()
    {
        for (const auto part : {integerRows(), carryRows(), bitRows(), logicRows(), floatRows(), roundedRows(),
                                halfRows(), compareRows(), convertRows(), warpRows()})
            m_rows.insert(m_rows.end(), part.begin(), part.end());
        for (const OpcodeRow& row : m_rows)
            m_index.emplace(row.opcode, &row);
    }

    const OpcodeRow* find(std::string_view opcode) const override
    {
        const auto found = m_index.find(opcode);
        return found == m_index.end() ? nullptr : found->second;
    }
    std::span<const OpcodeRow> rows() const override { return m_rows; }
    Handler memory(const MemoryHandlerKey& key) const override { return findMemoryHandler(key); }
    Handler atomic(const AtomicHandlerKey& key) const override { return findAtomicHandler(key); }
    Handler product(const MatrixProduct& wanted) const override { return findProductHandler(wanted); }
    Handler matrixMove(const MatrixMoveKey& key) const override { return findMatrixMover(key); }
    Handler mbarrier(MbarrierStep step) const override { return findMbarrierHandler(step); }
    std::uint32_t nanLanes(NanKind kind, const std::byte* lanes) const override { return findNanLanes(kind, lanes); }

private:
    std::vector<OpcodeRow> m_rows;
    std::unordered_map<std::string_view, const OpcodeRow*> m_index;
};

}  // namespace

const HandlerSet& handlers()
{
    static const Table table;
    return table;
}

}  // namespace warploom::emulator::WARPLOOM_ISA
