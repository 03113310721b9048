// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"

namespace warploom {

/// A variable that a cubin places in device memory and that code could change.
struct CubinVariable {
    std::string name;  ///< as in the symbol table: lowered
    std::string section;  ///< ".nv.global", ".nv.global.init" or ".nv.constant3"
    std::uint64_t offset = 0;  ///< within the section
    Bytes size;
    bool zeroFilled = false;  ///< its load image is all zero
};

/// The variables of a cubin, static ones inside functions included. `__constant__` memory counts as writable: its
/// generic address can be stored through.
class CubinSymbols {
public:
    /// Reads an ELF64 file for NVIDIA GPUs; InvalidInput (with the byte offset concerned) for anything malformed.
    static Result<CubinSymbols> read(std::string_view cubin);

    [[nodiscard]] const std::vector<CubinVariable>& variables() const { return m_variables; }
    /// Bytes of variable sections that no symbol covers, padding aside: state that could not be reset.
    [[nodiscard]] Bytes uncovered() const { return m_uncovered; }

private:
    std::vector<CubinVariable> m_variables;
    Bytes m_uncovered;
};

}  // namespace warploom
