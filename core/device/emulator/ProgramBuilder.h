// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/Result.h"
#include "device/emulator/ConversionCode.h"
#include "device/emulator/OpcodeTable.h"
#include "device/emulator/Program.h"
#include "device/emulator/PtxModule.h"
#include "device/emulator/RegisterAllocator.h"

namespace warploom::emulator {

/// Turns one .entry of a module into a Program: calls are inlined, operands become registers and constants, every
/// opcode finds its handler. NotEmulated names the instruction and its source line; InvalidInput means that the text
/// contradicts itself. The module must outlive the program.
class ProgramBuilder {
public:
    ProgramBuilder(const PtxModule& module, const HandlerSet& handlers);

    Result<Program> build(const PtxFunction& entry);

private:
    /// A function being decoded: the entry, or a call inlined into it.
    struct Frame {
        const PtxFunction* function = nullptr;
        std::map<std::pair<const PtxRegisters*, std::uint64_t>, std::uint32_t> registers;
        std::map<std::string_view, std::vector<const PtxRegisters*>> declarations;
        std::map<const PtxVariable*, std::uint32_t> places;  ///< offsets of .local, .param and .shared variables
        std::vector<std::uint32_t> codeAt;  ///< by index into the body; one more for the end
        std::vector<std::pair<std::uint32_t, std::uint32_t>> branches;  ///< code index, body index it goes to
        std::vector<std::uint32_t> returns;  ///< code indices of branches to the end
        std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>> tables;  ///< branch table, body indices
    };

    using Parts = std::vector<std::string_view>;

    struct PendingResize {
        std::uint32_t to = 0;
        std::uint32_t from = 0;
        bool isSigned = false;
    };

    /// One instruction while it is decoded.
    struct Current {
        const PtxInstruction* instruction = nullptr;
        Parts parts;  ///< of the opcode
        std::uint32_t guard = kNoOperand;
        std::vector<PendingResize> resizes;  ///< of results into registers of another width
    };

    // functions and labels (ProgramBuilder.cpp)
    Result<> decodeFunction(Frame& frame);
    Result<> placeVariables(Frame& frame);
    Result<> layOutParameters(const PtxFunction& entry);
    Result<> resolveBranches(Frame& frame);
    Result<> decodeInstruction(Frame& frame, const PtxInstruction& instruction);
    Result<> decodeGuard(Frame& frame);
    [[nodiscard]] tl::unexpected<Error> notEmulated(std::string_view why = {}) const;
    [[nodiscard]] tl::unexpected<Error> malformed(std::string_view why) const;
    void finishRuns();
    void assignAccessSlots();
    void finishCosts();
    void finishChecks();

    // operands (ProgramBuilderOperands.cpp)
    [[nodiscard]] const PtxRegisters* findRegister(const Frame& frame, std::string_view name,
                                                   std::uint64_t& index) const;
    [[nodiscard]] const PtxVariable* findVariable(const Frame& frame, std::string_view name) const;
    std::optional<std::uint32_t> registerOf(Frame& frame, std::string_view name);
    std::optional<std::uint32_t> specialOf(std::string_view name);
    std::uint32_t constantOf(std::uint64_t bits, std::uint32_t bytes);
    std::uint32_t addressOf(Frame& frame, const PtxVariable& variable, std::int64_t offset, std::uint32_t bytes);
    std::uint32_t temporary(std::uint32_t bytes);
    Result<std::uint32_t> source(Frame& frame, const PtxOperand& operand, std::uint32_t bytes, bool isSigned = false);
    Result<std::uint32_t> predicateSource(Frame& frame, const PtxOperand& operand);
    Result<std::uint32_t> destination(Frame& frame, const PtxOperand& operand, std::uint32_t bytes,
                                      bool isSigned = false);
    Result<> resize(std::uint32_t to, std::uint32_t from, bool isSigned);
    Result<> finishWrites();

    // opcodes (ProgramBuilderOpcodes.cpp)
    Result<> decodeOpcode(Frame& frame);
    Result<> decodeRow(Frame& frame, std::string_view opcode);
    Result<> decodeWithRow(Frame& frame, const OpcodeRow& row, const std::vector<const PtxOperand*>& operands);
    Result<> decodeMove(Frame& frame);
    Result<> decodePack(Frame& frame, std::uint32_t bytes);
    Result<> decodeUnpack(Frame& frame, std::uint32_t bytes);
    Result<> decodeCompare(Frame& frame);
    Result<> decodeSet(Frame& frame);
    Result<std::uint32_t> compareInto(Frame& frame, std::size_t firstSource, std::uint32_t& second);
    Result<> decodeConvert(Frame& frame);
    Result<> decodeConvertEighths(Frame& frame, ConversionCode code);
    Result<> decodeWindow(Frame& frame);
    Result<> decodeWarp(Frame& frame);

    // memory (ProgramBuilderMemory.cpp)
    Result<> decodeLoadStore(Frame& frame);
    Result<> decodeAtomic(Frame& frame);
    Result<> decodeVectorAtomic(Frame& frame, AtomicHandlerKey key);
    Result<> decodeCopyAsync(Frame& frame);
    Result<PtxSpace> spaceOfParts() const;
    Result<> decodeAddress(Frame& frame, const PtxOperand& operand, PtxSpace space, std::size_t slot,
                           Instruction& instruction, InstructionInfo& info);

    /// Registers of a fragment: as PTX has it, those that matter, and their width.
    struct FragmentSize {
        std::uint32_t written = 0;
        std::uint32_t kept = 0;
        std::uint32_t bytes = 4;
    };

    // matrices (ProgramBuilderMatrix.cpp)
    Result<> decodeMatrix(Frame& frame);
    Result<> decodeMatrixRows(Frame& frame);
    Result<> decodeMatrixTranspose(Frame& frame);
    Result<> decodeProduct(Frame& frame);
    Result<> decodeFragment(Frame& frame);
    Result<> addFragment(Frame& frame, const PtxOperand& operand, const FragmentSize& size, bool isResult,
                         MatrixUse& use, InstructionInfo& info);
    void needWholeWarp(Instruction& instruction);

    // barriers in shared memory (ProgramBuilderMbarrier.cpp)
    Result<> decodeMbarrier(Frame& frame);
    Result<> emitMbarrier(Frame& frame, MbarrierStep step, const PtxOperand& address,
                          std::array<std::uint32_t, 2> others);
    Result<> decodeCopyArrive(Frame& frame);

    // control (ProgramBuilderControl.cpp)
    Result<> decodeBranch(Frame& frame);
    Result<> decodeBranchIndexed(Frame& frame);
    Result<> decodeCall(Frame& frame);
    Result<> inlineCall(Frame& frame, const PtxFunction& callee, const std::vector<PtxOperand>& arguments,
                        const std::vector<PtxOperand>& results);
    Result<> decodeReturn(Frame& frame);
    Result<> decodeBarrier(Frame& frame);
    Result<> decodeTrap(std::string_view why);

    /// Appends an instruction with the current guard; writes and reads are register numbers.
    std::uint32_t append(const Instruction& appended, InstructionInfo info);
    /// Appends one of the rows with operands that are registers already.
    std::uint32_t emitRow(const OpcodeRow& row, const std::vector<std::uint32_t>& operands, std::int64_t immediate = 0);
    Result<std::uint32_t> emitNamed(std::string_view opcode, const std::vector<std::uint32_t>& operands,
                                    std::int64_t immediate = 0);

    const PtxModule& m_module;
    const HandlerSet& m_handlers;
    Program m_program;
    std::vector<VirtualRegister> m_registers;
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint32_t> m_constants;  ///< bits and bytes to register
    std::map<std::pair<SpecialRegister, std::uint32_t>, std::uint32_t> m_specials;
    std::map<const PtxVariable*, std::uint32_t> m_moduleShared;
    std::vector<const PtxFunction*> m_callStack;
    std::size_t m_calls = 0;
    std::uint32_t m_carry = kNoOperand;
    Current m_current;
};

/// Largest program that calls may be inlined into.
constexpr std::size_t kMostInstructions = 500'000;
/// Calls that may be inlined: bounds what chains of empty functions can cost.
constexpr std::size_t kMostCalls = 20'000;

}  // namespace warploom::emulator
