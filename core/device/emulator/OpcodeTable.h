// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

#include "device/emulator/Program.h"

namespace warploom::emulator {

/// How one typed opcode is decoded, executed and costed.
struct OpcodeRow {
    std::string_view opcode;  ///< in normal form: "add.f32"
    /// Operands in PTX order, those written before '=': H, W and L are lanes of 16, 32 and 64 bits, P a predicate.
    std::string_view signature;
    Handler run = nullptr;
    Pipe pipe = Pipe::Integer;
    float issueSlots = 1;  ///< machine instructions it becomes, on average
    std::uint8_t flops32 = 0;
    std::uint8_t flops64 = 0;
    /// The same, and adds to BlockState::nanLanes where lanes made not-a-number of numbers. Null: there is none.
    Handler watched = nullptr;
};

/// Memory instructions are made of direction, element width and count; space and address width stand in
/// Instruction::target.
struct MemoryHandlerKey {
    AccessKind access = AccessKind::Load;  ///< Atomic: an asynchronous copy to shared memory
    std::uint32_t bits = 32;  ///< of one element: 8 to 64, 128 for copies
    std::uint32_t count = 1;  ///< elements: 1, 2 or 4
    bool ordered = false;  ///< volatile, relaxed, acquire or release
};

/// Atomic and reduction instructions.
struct AtomicHandlerKey {
    std::string_view operation;  ///< "add", "cas", "exch", …
    PtxType type = PtxType::U32;
    bool returnsOld = true;  ///< atom rather than red
    std::uint32_t count = 1;  ///< elements, each updated on its own; their registers stand in a MatrixUse if more
};

/// Matrices between memory and registers, or within registers.
struct MatrixMoveKey {
    enum class Operation : std::uint8_t { LoadRows, StoreRows, Transpose, LoadFragment, StoreFragment };

    Operation operation = Operation::LoadRows;
    std::uint32_t count = 1;  ///< matrices of 8 × 8; for fragments the bytes of a register
    bool isTransposed = false;
};

struct MatrixProduct;

/// What an instruction does to a barrier in shared memory.
enum class MbarrierStep : std::uint8_t { Initialise, Arrive, Drop, TestState, TestParity };

/// Handlers for one instruction set of the host.
class HandlerSet {
public:
    virtual ~HandlerSet() = default;

    [[nodiscard]] virtual const OpcodeRow* find(std::string_view opcode) const = 0;
    /// Every row, for tests that must not miss one.
    [[nodiscard]] virtual std::span<const OpcodeRow> rows() const = 0;
    /// Null when there is no such access.
    [[nodiscard]] virtual Handler memory(const MemoryHandlerKey& key) const = 0;
    [[nodiscard]] virtual Handler atomic(const AtomicHandlerKey& key) const = 0;
    /// Null when there is no such product.
    [[nodiscard]] virtual Handler product(const MatrixProduct& wanted) const = 0;
    [[nodiscard]] virtual Handler matrixMove(const MatrixMoveKey& key) const = 0;
    [[nodiscard]] virtual Handler mbarrier(MbarrierStep step) const = 0;
    /// Which of the 32 lanes of a vector are not a number; for a pair, either half.
    [[nodiscard]] virtual std::uint32_t nanLanes(NanKind kind, const std::byte* lanes) const = 0;
};

/// A set, and the instruction set of the host that it was compiled for: "baseline", "avx2", "avx512".
struct HostHandlers {
    std::string_view isa;
    const HandlerSet* handlers = nullptr;
};

/// Those that this machine can run, the fastest last. All of them give the same bits.
std::span<const HostHandlers> runnableHandlers();
/// The fastest of them, or, for tests, the one that WARPLOOM_EMULATOR_ISA names.
const HandlerSet& hostHandlers();

}  // namespace warploom::emulator
