// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assembly/ByteReader.h"
#include "assembly/LineProgram.h"
#include "base/Result.h"

namespace warploom {

/// One unit of a line program: a header with its files, and the opcodes that make rows.
class LineUnit {
public:
    /// \p bytes: what follows the unit's length; they stand at \p sectionOffset of the section.
    LineUnit(std::string_view bytes, std::uint64_t sectionOffset, LineProgram& program);

    /// Adds the unit's files and sequences to the program.
    Result<> read();

private:
    /// The registers of the machine that the opcodes drive.
    struct Registers {
        std::uint64_t address = 0;
        std::uint64_t file = 1;
        std::int64_t line = 1;
        std::uint64_t context = 0;  ///< row of the call that was inlined, from 1; 0: none
    };

    Result<> readHeader();
    void readFiles();
    void addFile(std::string_view name, std::uint64_t folder);
    Result<> readOpcodes();
    Result<> standardOpcode(std::uint8_t opcode);
    Result<> specialOpcode(std::uint8_t opcode);
    Result<> extendedOpcode();
    Result<> setAddress(std::uint64_t length);
    Result<> addRow();
    void advance(std::uint64_t operations) { m_registers.address += operations * m_minimumLength; }
    void endSequence();
    [[nodiscard]] tl::unexpected<Error> damaged(std::string_view what) const;

    ByteReader m_reader;
    std::uint64_t m_sectionOffset;
    LineProgram& m_program;
    std::size_t m_firstFile;
    std::vector<std::string> m_folders;
    std::vector<std::uint8_t> m_operandCounts;  ///< of the standard opcodes, from 1 on
    std::uint64_t m_headerEnd = 0;
    std::uint8_t m_minimumLength = 1;
    std::int8_t m_lineBase = 0;
    std::uint8_t m_lineRange = 1;
    std::uint8_t m_opcodeBase = 1;
    Registers m_registers;
    LineSequence m_sequence;
};

}  // namespace warploom
