// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/RegisterAllocator.h"

#include <algorithm>
#include <array>

namespace warploom::emulator {

namespace {

using BitSet = std::vector<std::uint64_t>;

bool contains(const BitSet& set, std::uint32_t i) { return ((set[i / 64] >> (i % 64)) & 1) != 0; }
void insert(BitSet& set, std::uint32_t i) { set[i / 64] |= std::uint64_t{1} << (i % 64); }

struct Block {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::vector<std::uint32_t> successors;
    BitSet uses;  ///< read before any full write
    BitSet defines;
    BitSet liveIn;
    BitSet liveOut;
};

/// From the first to the last instruction at which a register holds something.
struct Interval {
    std::uint32_t begin = 0xffffffffu;
    std::uint32_t end = 0;
    std::uint32_t number = 0;

    void extend(std::uint32_t at)
    {
        begin = std::min(begin, at);
        end = std::max(end, at);
    }
};

/// Words of one kind of set over all blocks; bounds the memory that hostile text can make us take.
constexpr std::size_t kMostWords = 4'000'000;

class Liveness {
public:
    Liveness(const Program& program, std::size_t registers)
        : m_program(program)
        , m_words((registers + 63) / 64)
        , m_intervals(registers)
    {
        findBlocks();
        if (m_blocks.size() * m_words <= kMostWords) {
            for (Block& block : m_blocks)
                allot(block);
            for (Block& block : m_blocks)
                summarise(block);
            solve();
        } else {  // too large to analyse: everything lives for ever
            for (Interval& interval : m_intervals)
                interval = {0, static_cast<std::uint32_t>(program.code.size()), 0};
        }
        for (const Block& block : m_blocks)
            addIntervals(block);
        for (std::uint32_t i = 0; i < registers; ++i)
            m_intervals[i].number = i;
    }

    [[nodiscard]] const std::vector<Interval>& intervals() const { return m_intervals; }

private:
    [[nodiscard]] std::vector<std::uint32_t> targetsOf(std::uint32_t pc) const
    {
        const Instruction& instruction = m_program.code[pc];
        if (instruction.control == Control::Branch)
            return {instruction.target};
        if (instruction.control == Control::BranchIndexed)
            return m_program.branchTables[instruction.target];
        return {};
    }

    [[nodiscard]] bool fallsThrough(std::uint32_t pc) const
    {
        const Instruction& instruction = m_program.code[pc];
        const bool leaves = instruction.control == Control::Branch || instruction.control == Control::BranchIndexed
            || instruction.control == Control::Exit;
        return !leaves || instruction.guard != kNoOperand;
    }

    void findBlocks()
    {
        const auto size = static_cast<std::uint32_t>(m_program.code.size());
        std::vector<bool> leads(size + 1, false);
        leads[0] = true;
        for (std::uint32_t pc = 0; pc < size; ++pc) {
            for (const std::uint32_t target : targetsOf(pc))
                leads[target] = true;
            if (m_program.code[pc].control != Control::Data)
                leads[pc + 1] = true;
        }
        std::vector<std::uint32_t> blockAt(size + 1, 0);
        for (std::uint32_t pc = 0; pc < size; ++pc) {
            if (leads[pc])
                m_blocks.push_back({pc, pc, {}, {}, {}, {}, {}});
            blockAt[pc] = static_cast<std::uint32_t>(m_blocks.size() - 1);
            m_blocks.back().end = pc + 1;
        }
        for (Block& block : m_blocks) {
            for (const std::uint32_t target : targetsOf(block.end - 1))
                block.successors.push_back(blockAt[target]);
            if (block.end < size && fallsThrough(block.end - 1))
                block.successors.push_back(blockAt[block.end]);
        }
    }

    void allot(Block& block) const
    {
        for (BitSet* set : {&block.uses, &block.defines, &block.liveIn, &block.liveOut})
            set->resize(m_words);
    }

    void summarise(Block& block) const
    {
        for (std::uint32_t pc = block.begin; pc < block.end; ++pc) {
            const InstructionInfo& info = m_program.infos[pc];
            for (const std::uint32_t number : info.reads)
                if (!contains(block.defines, number))
                    insert(block.uses, number);
            // A guarded write leaves the old value in some lanes.
            for (const std::uint32_t number : info.writes) {
                if (m_program.code[pc].guard == kNoOperand)
                    insert(block.defines, number);
                else if (!contains(block.defines, number))
                    insert(block.uses, number);
            }
        }
    }

    void solve()
    {
        for (bool changed = true; changed;) {
            changed = false;
            for (auto block = m_blocks.rbegin(); block != m_blocks.rend(); ++block) {
                for (std::size_t word = 0; word < m_words; ++word) {
                    std::uint64_t out = 0;
                    for (const std::uint32_t successor : block->successors)
                        out |= m_blocks[successor].liveIn[word];
                    const std::uint64_t in = block->uses[word] | (out & ~block->defines[word]);
                    changed = changed || in != block->liveIn[word];
                    block->liveOut[word] = out;
                    block->liveIn[word] = in;
                }
            }
        }
    }

    void extendAll(const BitSet& live, std::uint32_t at)
    {
        for (std::size_t word = 0; word < live.size(); ++word)
            for (std::uint64_t bits = live[word]; bits != 0; bits &= bits - 1)
                m_intervals[word * 64 + static_cast<std::size_t>(__builtin_ctzll(bits))].extend(at);
    }

    void addIntervals(const Block& block)
    {
        extendAll(block.liveIn, block.begin);
        extendAll(block.liveOut, block.end - 1);
        for (std::uint32_t pc = block.begin; pc < block.end; ++pc) {
            for (const std::uint32_t number : m_program.infos[pc].reads)
                m_intervals[number].extend(pc);
            for (const std::uint32_t number : m_program.infos[pc].writes)
                m_intervals[number].extend(pc);
        }
    }

    const Program& m_program;
    std::size_t m_words;
    std::vector<Block> m_blocks;
    std::vector<Interval> m_intervals;
};

constexpr std::array<std::uint32_t, 4> kClassBytes{8, 4, 2, 0};

std::uint32_t frameSize(std::uint32_t laneBytes) { return laneBytes == 0 ? 4 : laneBytes * kLanes; }

/// Linear scan over the intervals of one width.
class Pool {
public:
    Pool(std::uint32_t laneBytes, std::uint32_t& frameBytes)
        : m_laneBytes(laneBytes)
        , m_frameBytes(frameBytes)
    {
    }

    std::uint32_t fresh()
    {
        const std::uint32_t offset = m_frameBytes;
        m_frameBytes += frameSize(m_laneBytes);
        return offset;
    }

    /// Intervals must come in the order of their begins.
    std::uint32_t place(const Interval& interval)
    {
        // A result never shares a place with a source of the same instruction, so handlers need not fear aliases.
        std::erase_if(m_active, [&](const auto& entry) {
            if (entry.first >= interval.begin)
                return false;
            m_free.push_back(entry.second);
            return true;
        });
        std::uint32_t offset = 0;
        if (m_free.empty()) {
            offset = fresh();
        } else {
            offset = m_free.back();
            m_free.pop_back();
        }
        m_active.emplace_back(interval.end, offset);
        return offset;
    }

private:
    std::uint32_t m_laneBytes;
    std::uint32_t& m_frameBytes;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> m_active;  ///< end, offset
    std::vector<std::uint32_t> m_free;
};

void renumber(Program& program, const std::vector<std::uint32_t>& offsets)
{
    const auto replace = [&](std::uint32_t& operand) {
        if (operand != kNoOperand)
            operand = offsets[operand];
    };
    for (Instruction& instruction : program.code) {
        std::for_each(instruction.operand.begin(), instruction.operand.end(), replace);
        replace(instruction.guard);
        replace(instruction.syncMask);
    }
    for (MatrixUse& use : program.matrices)
        std::for_each(use.registers.begin(), use.registers.end(), replace);
    for (InstructionInfo& info : program.infos) {
        std::for_each(info.reads.begin(), info.reads.end(), replace);
        std::for_each(info.writes.begin(), info.writes.end(), replace);
    }
    for (ConstantPlace& constant : program.constants)
        replace(constant.frameOffset);
    for (SpecialPlace& special : program.specials)
        replace(special.frameOffset);
}

}  // namespace

std::vector<std::uint32_t> allocateRegisters(Program& program, const std::vector<VirtualRegister>& registers)
{
    std::vector<std::uint32_t> offsets(registers.size(), 0);
    const Liveness liveness(program, registers.size());
    std::vector<Interval> ordered = liveness.intervals();
    std::sort(ordered.begin(), ordered.end(), [](const Interval& a, const Interval& b) {
        return std::pair(a.begin, a.number) < std::pair(b.begin, b.number);
    });
    program.frameBytes = 0;
    // Widest first keeps every vector aligned to a cache line.
    for (const std::uint32_t bytes : kClassBytes) {
        program.frameBytes = (program.frameBytes + 63) / 64 * 64;
        Pool pool(bytes, program.frameBytes);
        for (const Interval& interval : ordered) {
            const VirtualRegister& wanted = registers[interval.number];
            if (wanted.bytes == bytes)
                offsets[interval.number] = wanted.isPinned ? pool.fresh() : pool.place(interval);
        }
    }
    program.frameBytes = (program.frameBytes + 63) / 64 * 64;
    renumber(program, offsets);
    return offsets;
}

}  // namespace warploom::emulator
