// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/LineUnit.h"

#include <algorithm>

#include <fmt/format.h>

namespace warploom {

namespace {

enum StandardOpcode : std::uint8_t {
    kCopy = 1,
    kAdvancePc,
    kAdvanceLine,
    kSetFile,
    kSetColumn,
    kNegateStatement,
    kSetBasicBlock,
    kConstAddPc,
    kFixedAdvancePc,
};

// The last two are NVIDIA's: a call that was inlined (row of the call, name of the function), and a function's name.
enum ExtendedOpcode : std::uint8_t { kEndSequence = 1, kSetAddress, kDefineFile, kInlinedCall = 0x90 };

/// Files of all units together; a name is copied for each.
constexpr std::size_t kMostFiles = 4096;

}  // namespace

LineUnit::LineUnit(std::string_view bytes, std::uint64_t sectionOffset, LineProgram& program)
    : m_reader(bytes)
    , m_sectionOffset(sectionOffset)
    , m_program(program)
    , m_firstFile(program.files.size())
{
}

tl::unexpected<Error> LineUnit::damaged(std::string_view what) const
{
    return fail(ErrorCode::InvalidInput,
                fmt::format("the line table is damaged: {} at byte {}", what, m_sectionOffset + m_reader.position()));
}

Result<> LineUnit::read()
{
    WARPLOOM_CHECK(readHeader());
    readFiles();
    if (m_reader.hasFailed() || m_reader.position() > m_headerEnd)
        return damaged("a list of files without an end");
    m_reader.skip(m_headerEnd - m_reader.position());
    return readOpcodes();
}

Result<> LineUnit::readHeader()
{
    const auto version = m_reader.number<std::uint16_t>();
    if (version < 2 || version > 4)
        return fail(ErrorCode::Unsupported, fmt::format("a line table of version {}", version));
    const std::uint64_t length = m_reader.number<std::uint32_t>();
    m_headerEnd = m_reader.position() + length;
    m_minimumLength = m_reader.number<std::uint8_t>();
    if (version >= 4)
        m_reader.skip(1);  // operations an instruction
    m_reader.skip(1);  // whether rows begin as statements
    m_lineBase = static_cast<std::int8_t>(m_reader.number<std::uint8_t>());
    m_lineRange = m_reader.number<std::uint8_t>();
    m_opcodeBase = m_reader.number<std::uint8_t>();
    if (m_lineRange == 0 || m_opcodeBase == 0)
        return damaged("a header of zeros");
    for (int opcode = 1; opcode < m_opcodeBase; ++opcode)
        m_operandCounts.push_back(m_reader.number<std::uint8_t>());
    return {};
}

void LineUnit::readFiles()
{
    m_folders.emplace_back();
    while (!m_reader.hasFailed() && m_folders.size() < kMostFiles) {
        const std::string_view folder = m_reader.text();
        if (folder.empty())
            break;
        m_folders.emplace_back(folder);
    }
    while (!m_reader.hasFailed()) {
        const std::string_view name = m_reader.text();
        if (name.empty())
            break;
        const std::uint64_t folder = m_reader.unsignedLeb();
        m_reader.unsignedLeb();  // time
        m_reader.unsignedLeb();  // size
        addFile(name, folder);
    }
}

void LineUnit::addFile(std::string_view name, std::uint64_t folder)
{
    if (m_program.files.size() >= kMostFiles)
        return;
    if (folder == 0 || folder >= m_folders.size() || name.starts_with('/'))
        m_program.files.emplace_back(name);
    else
        m_program.files.push_back(fmt::format("{}/{}", m_folders[folder], name));
}

Result<> LineUnit::readOpcodes()
{
    while (!m_reader.isAtEnd()) {
        const auto opcode = m_reader.number<std::uint8_t>();
        if (opcode >= m_opcodeBase)
            WARPLOOM_CHECK(specialOpcode(opcode));
        else if (opcode == 0)
            WARPLOOM_CHECK(extendedOpcode());
        else
            WARPLOOM_CHECK(standardOpcode(opcode));
        if (m_reader.hasFailed())
            return damaged("an opcode that is cut off");
    }
    endSequence();
    return {};
}

Result<> LineUnit::specialOpcode(std::uint8_t opcode)
{
    const int adjusted = opcode - m_opcodeBase;
    advance(static_cast<std::uint64_t>(adjusted / m_lineRange));
    m_registers.line += m_lineBase + adjusted % m_lineRange;
    return addRow();
}

Result<> LineUnit::standardOpcode(std::uint8_t opcode)
{
    switch (opcode) {
    case kCopy:
        return addRow();
    case kAdvancePc:
        advance(m_reader.unsignedLeb());
        break;
    case kAdvanceLine:
        // Unsigned, so that sums of any size are defined.
        m_registers.line = static_cast<std::int64_t>(static_cast<std::uint64_t>(m_registers.line)
                                                     + static_cast<std::uint64_t>(m_reader.signedLeb()));
        break;
    case kSetFile:
        m_registers.file = m_reader.unsignedLeb();
        break;
    case kConstAddPc:
        advance(static_cast<std::uint64_t>((255 - m_opcodeBase) / m_lineRange));
        break;
    case kFixedAdvancePc:
        m_registers.address += m_reader.number<std::uint16_t>();
        break;
    default:
        for (int operand = 0; operand < m_operandCounts[opcode - 1]; ++operand)
            m_reader.unsignedLeb();
    }
    return {};
}

Result<> LineUnit::extendedOpcode()
{
    const std::uint64_t length = m_reader.unsignedLeb();
    if (length == 0)
        return damaged("an opcode of no length");
    const std::uint64_t begin = m_reader.position();
    const auto opcode = m_reader.number<std::uint8_t>();
    if (opcode == kEndSequence)
        endSequence();
    else if (opcode == kSetAddress)
        WARPLOOM_CHECK(setAddress(length - 1));
    else if (opcode == kInlinedCall)
        m_registers.context = m_reader.unsignedLeb();
    // Others say nothing of lines; their length tells where the next begins.
    const std::uint64_t used = m_reader.position() - begin;
    if (used > length)
        return damaged("an opcode longer than it says");
    m_reader.skip(length - used);
    return {};
}

Result<> LineUnit::setAddress(std::uint64_t length)
{
    if (length != sizeof(std::uint64_t))
        return damaged("an address of another size");
    const std::uint64_t place = m_sectionOffset + m_reader.position();
    const auto address = m_reader.number<std::uint64_t>();
    if (m_sequence.rows.empty()) {
        m_sequence.addressOffset = place;
        m_sequence.start = address;
        m_registers.address = 0;
    } else {
        m_registers.address = address - m_sequence.start;
    }
    return {};
}

Result<> LineUnit::addRow()
{
    auto& rows = m_sequence.rows;
    if (m_registers.address > UINT32_MAX || (!rows.empty() && m_registers.address < rows.back().address))
        return damaged("addresses that go back");
    LineRow row;
    row.address = static_cast<std::uint32_t>(m_registers.address);
    const std::size_t files = m_program.files.size() - m_firstFile;
    row.file =
        m_registers.file >= 1 && m_registers.file <= files ? static_cast<int>(m_firstFile + m_registers.file - 1) : -1;
    row.line = m_registers.line > 0 && m_registers.line <= INT32_MAX ? static_cast<int>(m_registers.line) : 0;
    // Only earlier rows: chains of calls end.
    if (m_registers.context >= 1 && m_registers.context <= rows.size())
        row.caller = static_cast<int>(m_registers.context - 1);
    rows.push_back(row);
    return {};
}

void LineUnit::endSequence()
{
    if (!m_sequence.rows.empty()) {
        m_sequence.end = static_cast<std::uint32_t>(std::min<std::uint64_t>(m_registers.address, UINT32_MAX));
        m_program.sequences.push_back(std::move(m_sequence));
    }
    m_sequence = {};
    m_registers = {};
}

}  // namespace warploom
