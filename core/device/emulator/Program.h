// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "device/emulator/MatrixUse.h"
#include "device/emulator/PtxModule.h"
#include "protocol/CompileProduct.h"

namespace warploom::emulator {

constexpr std::uint32_t kLanes = 32;
constexpr std::uint32_t kAllLanes = 0xffffffffu;
constexpr std::uint32_t kNoOperand = 0xffffffffu;
constexpr std::size_t kMostOperands = 6;

class Warp;
struct Instruction;

/// Executes one instruction for the lanes of \p mask, which is never 0.
using Handler = void (*)(Warp& warp, const Instruction& instruction, std::uint32_t mask);

/// What Instruction::target says of a memory access: its space in the low byte, and flags.
struct MemoryTarget {
    static constexpr std::uint32_t kWide = 0x100;  ///< the address register has 64 bits
    static constexpr std::uint32_t kVolatile = 0x200;
};

/// What an instruction does to the order of memory accesses: bits of Instruction::ordering.
struct Ordering {
    static constexpr std::uint8_t kMeeting = 1;  ///< lanes of the warp meet
    static constexpr std::uint8_t kFence = 2;  ///< of any scope
    static constexpr std::uint8_t kPublish = 4;  ///< other blocks may see what was written before
    static constexpr std::uint8_t kClock = 32;  ///< reads how many instructions have run
};

/// Results that can become not-a-number though no operand is.
enum class NanKind : std::uint8_t { None, Single, Double, Half, HalfPair, Brain, BrainPair };

/// How the run loop treats an instruction.
enum class Control : std::uint8_t {
    Data,  ///< runs its handler
    Branch,
    BranchIndexed,  ///< through the program's branch tables
    Exit,
    Barrier,  ///< waits; also reduces a predicate over the block
    BarrierArrive,
    Trap,
};

enum class BarrierReduction : std::uint8_t { None, Population, All, Any };

/// One decoded instruction. Operands are byte offsets into the warp's frame: vectors of 32 lanes, or a 32-bit lane
/// mask for predicates.
struct alignas(64) Instruction {
    Handler run = nullptr;
    std::array<std::uint32_t, kMostOperands> operand{kNoOperand, kNoOperand, kNoOperand,
                                                     kNoOperand, kNoOperand, kNoOperand};
    std::int64_t immediate = 0;  ///< address offset, lookup table, …: the handler's own
    std::uint32_t target = 0;  ///< of a branch; a branch table; the reduction of a barrier
    std::uint32_t guard = kNoOperand;
    std::uint32_t syncMask = kNoOperand;  ///< operand that names the lanes which must meet here
    std::uint32_t accessSlot : 31 = 0;  ///< of a memory access: where its latest pattern is kept
    /// An instruction before it, which the same lanes always run, left the pattern of the very same register there.
    std::uint32_t followsBase : 1 = 0;
    Control control = Control::Data;
    bool guardNegated = false;
    bool polls = false;  ///< reads what another thread may be about to write
    bool isAligned = false;  ///< the lanes of a warp must reach it together: a barrier, a product of matrices
    std::uint8_t ordering = 0;
    NanKind nan = NanKind::None;
    std::uint8_t nanSources = 0;  ///< operands 1, 2, … that are of the same kind
    bool overwritesSource = false;  ///< the result stands where a source stood
};

/// What the hardware would run it on; decides costs in the time model.
/// The unit that runs an instruction. Sums of integers go to the unit of logic and comparisons (Integer) or to that of
/// integer products, as the compiler sees fit.
enum class Pipe : std::uint8_t {
    None,
    Integer,
    IntegerSum,
    IntegerProduct,
    Single,
    Double,
    Half,
    Special,
    Memory,
    Control,
    Tensor
};
constexpr std::size_t kPipes = 11;

enum class AccessKind : std::uint8_t { None, Load, Store, Atomic };

/// What the run loop does not need: for messages, counters and the time model.
struct InstructionInfo {
    std::string_view text;
    PtxLocation location;
    Pipe pipe = Pipe::Integer;
    float issueSlots = 1;  ///< machine instructions it becomes, on average
    std::uint16_t latency = 4;  ///< cycles until its result can be used; memory adds its own
    std::uint8_t flops32 = 0;  ///< a thread
    std::uint8_t flops64 = 0;
    std::uint32_t tensorFlops = 0;  ///< a warp, in products of halves that would take as long
    PtxSpace space = PtxSpace::Register;
    AccessKind access = AccessKind::None;
    bool isHidden = false;  ///< traffic that only inlining made: not counted
    bool copiesToShared = false;  ///< cp.async: what it loads from `space` goes there
    std::uint8_t accessBytes = 0;  ///< a lane
    std::uint8_t pieces = 1;  ///< accesses of so many bytes that a lane makes
    std::uint8_t addressOperand = 0;
    Handler watched = nullptr;  ///< OpcodeRow::watched
    std::vector<std::uint32_t> writes;  ///< frame offsets
    std::vector<std::uint32_t> reads;
};

/// A register that holds what the launch, block or lane is; set when a block starts.
enum class SpecialRegister : std::uint8_t {
    TidX,
    TidY,
    TidZ,
    NtidX,
    NtidY,
    NtidZ,
    CtaidX,
    CtaidY,
    CtaidZ,
    NctaidX,
    NctaidY,
    NctaidZ,
    LaneId,
    WarpId,
    NumberOfWarps,
    LaneMaskEq,
    LaneMaskLt,
    LaneMaskLe,
    LaneMaskGt,
    LaneMaskGe,
    DynamicSharedSize,
    TotalSharedSize,
    MultiprocessorId,
    NumberOfMultiprocessors,
    GridId,
    Zero,
    One,
};

struct SpecialPlace {
    SpecialRegister source{};
    std::uint32_t frameOffset = 0;
    std::uint32_t bytes = 4;  ///< a lane: 2, 4 or 8
};

struct ConstantPlace {
    std::uint32_t frameOffset = 0;
    std::uint32_t bytes = 4;  ///< a lane, or 0 for a predicate
    std::uint64_t bits = 0;
};

/// A constant that is the address of a module variable; known once the module has its memory.
struct SymbolUse {
    std::uint32_t constant = 0;  ///< index into Program::constants
    std::string_view symbol;
    std::int64_t addend = 0;
};

/// What a kernel's stores may reach, as far as its addresses tell.
struct StoreTargets {
    std::vector<std::uint32_t> parameters;  ///< that hold pointers it stores through
    bool variables = false;  ///< of the module
    bool anywhere = false;  ///< an address came from nowhere known
};

/// A kernel, ready to run.
struct Program {
    std::string name;
    std::vector<Instruction> code;
    std::vector<InstructionInfo> infos;  ///< one an instruction
    /// By pc: how many instructions from there on run one after the other by the same lanes, whatever those do. 0: that
    /// one has to be looked at.
    std::vector<std::uint32_t> straight;
    /// By pc: the handler that notices not-a-number being made; null where only its result can tell (Instruction::nan).
    std::vector<Handler> watched;
    std::vector<ConstantPlace> constants;
    std::vector<SymbolUse> symbols;
    std::vector<SpecialPlace> specials;
    std::vector<std::vector<std::uint32_t>> branchTables;
    std::vector<MatrixUse> matrices;  ///< Instruction::target of those that move or multiply matrices
    std::map<std::uint32_t, std::string> trapReasons;  ///< by pc, where there is more to say than "trap"
    std::vector<KernelParameter> parameters;
    std::vector<std::uint32_t> parameterOffsets;  ///< into the parameter bank
    std::uint32_t parameterBytes = 0;
    std::uint32_t mostThreads = 0;  ///< a block, from __launch_bounds__; 0: no bound
    std::uint32_t registers = 0;  ///< a thread of the GPU's code; 0: unknown
    std::uint32_t accessSlots = 0;  ///< two for each memory instruction or several whose lanes lie alike
    std::uint32_t frameBytes = 0;  ///< registers of one warp
    std::uint32_t staticShared = 0;
    std::uint32_t dynamicAlignment = 16;
    std::uint32_t localBytes = 0;  ///< a thread
    std::string sourceFile;
    StoreTargets stored;
    std::uint32_t sharedUnitShift = 2;  ///< log2 of the smallest access to shared memory, 4 at most
    std::uint32_t globalUnitShift = 2;  ///< log2 of the smallest access to global memory, 2 at most
};

}  // namespace warploom::emulator
