// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Instructions by which a warp as a whole moves and multiplies matrices.
#include <algorithm>

#include "device/emulator/MatrixTable.h"
#include "device/emulator/ProgramBuilder.h"

namespace warploom::emulator {

namespace {

bool hasPart(const std::vector<std::string_view>& parts, std::string_view wanted)
{
    return std::find(parts.begin(), parts.end(), wanted) != parts.end();
}

bool isOrder(std::string_view part) { return part == "row" || part == "col"; }

const std::vector<PtxOperand>& elementsOf(const PtxOperand& operand, std::vector<PtxOperand>& single)
{
    if (operand.kind == PtxOperand::Kind::Vector)
        return operand.elements;
    single = {operand};
    return single;
}

/// Time on tensor cores, as a multiple of what halves take.
double slownessOf(PtxType factors)
{
    switch (factors) {
    case PtxType::Tf32:
        return 2;
    case PtxType::F64:
        return 15;
    default:
        return ptxBits(factors) == 8 ? 0.5 : 1;
    }
}

/// What stands behind the shape of a product: four types, or those of D and C with halves between.
bool readTypes(const std::vector<std::string_view>& parts, std::size_t first, MatrixUse& use)
{
    std::vector<PtxType> types;
    for (std::size_t i = first; i < parts.size(); ++i) {
        const auto type = ptxTypeFromName(parts[i]);
        if (type)
            types.push_back(*type);
        else if (parts[i] == "satfinite")
            use.saturates = true;
        else if (parts[i] != "row" && parts[i] != "col" && parts[i] != "rn")
            return false;
    }
    if (types.size() == 2)
        types = {types[0], PtxType::F16, PtxType::F16, types[1]};
    if (types.size() != 4)
        return false;
    use.d = types[0];
    use.a = types[1];
    use.b = types[2];
    use.c = types[3];
    return true;
}

}  // namespace

/// Lanes that have not arrived yet are waited for, and all 32 have to come. This orders no accesses to memory.
void ProgramBuilder::needWholeWarp(Instruction& instruction)
{
    instruction.syncMask = constantOf(kAllLanes, 4);
    instruction.isAligned = true;
}

Result<> ProgramBuilder::decodeMatrix(Frame& frame)
{
    const auto& parts = m_current.parts;
    if (!hasPart(parts, "sync") || !hasPart(parts, "aligned"))
        return notEmulated();
    if (parts.front() == "ldmatrix" || parts.front() == "stmatrix")
        return decodeMatrixRows(frame);
    if (parts.front() == "movmatrix")
        return decodeMatrixTranspose(frame);
    if (parts.front() == "mma" || parts[1] == "mma")
        return decodeProduct(frame);
    return decodeFragment(frame);
}

/// ldmatrix and stmatrix.sync.aligned.m8n8.xN[.trans][.shared].b16
Result<> ProgramBuilder::decodeMatrixRows(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    const bool isStore = parts.front() == "stmatrix";
    MatrixMoveKey key;
    key.operation = isStore ? MatrixMoveKey::Operation::StoreRows : MatrixMoveKey::Operation::LoadRows;
    key.isTransposed = hasPart(parts, "trans");
    key.count = hasPart(parts, "x1") ? 1 : hasPart(parts, "x2") ? 2 : hasPart(parts, "x4") ? 4 : 0;
    WARPLOOM_TRY(const PtxSpace space, spaceOfParts());
    const std::size_t known = 6u + (key.isTransposed ? 1 : 0) + (space == PtxSpace::Generic ? 0 : 1);
    if (!hasPart(parts, "m8n8") || parts.back() != "b16" || key.count == 0 || parts.size() != known
        || operands.size() != 2 || (space != PtxSpace::Shared && space != PtxSpace::Generic))
        return notEmulated();
    Instruction instruction;
    instruction.run = m_handlers.matrixMove(key);
    InstructionInfo info;
    info.pipe = Pipe::Memory;
    info.access = isStore ? AccessKind::Store : AccessKind::Load;
    info.accessBytes = 16;
    info.addressOperand = static_cast<std::uint8_t>(isStore ? 0 : key.count);
    WARPLOOM_CHECK(decodeAddress(frame, operands[isStore ? 0 : 1], space, info.addressOperand, instruction, info));
    std::vector<PtxOperand> single;
    const auto& values = elementsOf(operands[isStore ? 1 : 0], single);
    if (values.size() != key.count)
        return malformed("the vector has another length than the opcode says");
    for (std::size_t k = 0; k < values.size(); ++k) {
        std::uint32_t& place = instruction.operand[isStore ? k + 1 : k];
        if (isStore) {
            WARPLOOM_TRY(place, source(frame, values[k], 4));
        } else {
            WARPLOOM_TRY(place, destination(frame, values[k], 4));
        }
        (isStore ? info.reads : info.writes).push_back(place);
    }
    needWholeWarp(instruction);
    append(instruction, std::move(info));
    return {};
}

/// movmatrix.sync.aligned.m8n8.trans.b16
Result<> ProgramBuilder::decodeMatrixTranspose(Frame& frame)
{
    const auto& operands = m_current.instruction->operands;
    if (m_current.instruction->opcode != "movmatrix.sync.aligned.m8n8.trans.b16" || operands.size() != 2)
        return notEmulated();
    Instruction instruction;
    instruction.run = m_handlers.matrixMove({MatrixMoveKey::Operation::Transpose, 1, true});
    InstructionInfo info;
    info.pipe = Pipe::Memory;
    WARPLOOM_TRY(instruction.operand[1], source(frame, operands[1], 4));
    WARPLOOM_TRY(instruction.operand[0], destination(frame, operands[0], 4));
    info.reads.push_back(instruction.operand[1]);
    info.writes.push_back(instruction.operand[0]);
    needWholeWarp(instruction);
    append(instruction, std::move(info));
    return {};
}

/// Adds the registers of one operand to \p use: the first \p kept of them, of \p written that have to stand there.
Result<> ProgramBuilder::addFragment(Frame& frame, const PtxOperand& operand, const FragmentSize& size, bool isResult,
                                     MatrixUse& use, InstructionInfo& info)
{
    std::vector<PtxOperand> single;
    const auto& elements = elementsOf(operand, single);
    if (elements.size() != size.written)
        return malformed("a fragment has another number of registers than the opcode says");
    for (std::size_t i = 0; i < size.kept; ++i) {
        std::uint32_t number = 0;
        if (isResult) {
            WARPLOOM_TRY(number, destination(frame, elements[i], size.bytes));
        } else {
            WARPLOOM_TRY(number, source(frame, elements[i], size.bytes));
        }
        use.registers.push_back(number);
        (isResult ? info.writes : info.reads).push_back(number);
    }
    return {};
}

/// mma.sync.aligned.SHAPE.row.col… and wmma.mma.sync.aligned.row.col.SHAPE…
Result<> ProgramBuilder::decodeProduct(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    const bool isWmma = parts.front() == "wmma";
    const std::size_t shapeAt = isWmma ? 6 : 3;
    MatrixUse use;
    if (parts.size() <= shapeAt || operands.size() != 4 || !readShape(parts[shapeAt], use.shape)
        || !readTypes(parts, shapeAt + 1, use))
        return notEmulated();
    // Fragments of wmma do not depend on the order in memory; mma knows one order only.
    const bool isOrderKnown =
        isWmma ? isOrder(parts[4]) && isOrder(parts[5]) : parts.size() > 5 && parts[4] == "row" && parts[5] == "col";
    const MatrixProduct* row = findMatrixProduct({isWmma, use.shape, use.d, use.a, use.b, use.c});
    if (row == nullptr || !isOrderKnown || (use.saturates && use.a != PtxType::S8 && use.a != PtxType::U8))
        return notEmulated();
    InstructionInfo info;
    info.pipe = Pipe::Tensor;
    info.tensorFlops = static_cast<std::uint32_t>(2 * use.shape.m * use.shape.n * use.shape.k * slownessOf(use.a));
    const std::uint32_t bytes = use.a == PtxType::F64 ? 8 : 4;
    const auto sizeOf = [&](MatrixRole role, PtxType type) {
        const std::uint32_t kept = FragmentLayout{use.shape, fragmentEach(role, type)}.registers(role);
        return FragmentSize{role == MatrixRole::C ? kept : row->writtenRegisters(role), kept, bytes};
    };
    WARPLOOM_CHECK(addFragment(frame, operands[0], sizeOf(MatrixRole::C, use.d), true, use, info));
    WARPLOOM_CHECK(addFragment(frame, operands[1], sizeOf(MatrixRole::A, use.a), false, use, info));
    WARPLOOM_CHECK(addFragment(frame, operands[2], sizeOf(MatrixRole::B, use.b), false, use, info));
    WARPLOOM_CHECK(addFragment(frame, operands[3], sizeOf(MatrixRole::C, use.c), false, use, info));
    Instruction instruction;
    instruction.run = m_handlers.product(*row);
    instruction.target = static_cast<std::uint32_t>(m_program.matrices.size()) << kMatrixShift;
    needWholeWarp(instruction);
    m_program.matrices.push_back(std::move(use));
    append(instruction, std::move(info));
    return {};
}

/// wmma.load.ROLE.sync.aligned.ORDER.SHAPE[.space].TYPE and wmma.store.d…
Result<> ProgramBuilder::decodeFragment(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    const bool isStore = parts[1] == "store";
    const auto type = ptxTypeFromName(parts.back());
    MatrixUse use;
    if (parts.size() < 8 || !type || operands.size() < 2 || operands.size() > 3 || !readShape(parts[6], use.shape))
        return notEmulated();
    use.a = *type;
    use.role = parts[2] == "a" ? MatrixRole::A : parts[2] == "b" ? MatrixRole::B : MatrixRole::C;
    use.isColumnMajor = parts[5] == "col";
    const MatrixProduct* row = findWmma(use.shape, use.role, use.a);
    if (row == nullptr || !isOrder(parts[5]) || (!isStore && parts[1] != "load"))
        return notEmulated();
    WARPLOOM_TRY(const PtxSpace space, spaceOfParts());
    const FragmentLayout layout{use.shape, fragmentEach(use.role, use.a)};
    const std::uint32_t bytes = use.a == PtxType::F64 ? 8 : 4;
    const std::uint32_t count =
        use.role == MatrixRole::C ? layout.registers(use.role) : row->writtenRegisters(use.role);
    const bool isJoined = (use.role != MatrixRole::B) != use.isColumnMajor;
    InstructionInfo info;
    info.pipe = Pipe::Memory;
    info.access = isStore ? AccessKind::Store : AccessKind::Load;
    info.accessBytes = static_cast<std::uint8_t>(ptxBits(use.a) / 8 * (isJoined ? layout.each : 1));
    info.pieces = static_cast<std::uint8_t>(layout.registers(use.role) * (isJoined ? 1 : layout.each));
    info.issueSlots = info.pieces;
    Instruction instruction;
    const auto operation = isStore ? MatrixMoveKey::Operation::StoreFragment : MatrixMoveKey::Operation::LoadFragment;
    instruction.run = m_handlers.matrixMove({operation, bytes, false});
    WARPLOOM_CHECK(decodeAddress(frame, operands[isStore ? 0 : 1], space, 0, instruction, info));
    const std::uint32_t rowLength = use.role == MatrixRole::A ? use.shape.k : use.shape.n;
    const std::uint32_t columnLength = use.role == MatrixRole::B ? use.shape.k : use.shape.m;
    instruction.operand[1] = constantOf(use.isColumnMajor ? columnLength : rowLength, 4);
    if (operands.size() == 3) {
        WARPLOOM_TRY(instruction.operand[1], source(frame, operands[2], 4));
    }
    info.reads.push_back(instruction.operand[1]);
    WARPLOOM_CHECK(addFragment(frame, operands[isStore ? 1 : 0], {count, count, bytes}, !isStore, use, info));
    instruction.target |= static_cast<std::uint32_t>(m_program.matrices.size()) << kMatrixShift;
    needWholeWarp(instruction);
    m_program.matrices.push_back(std::move(use));
    append(instruction, std::move(info));
    return {};
}

}  // namespace warploom::emulator
