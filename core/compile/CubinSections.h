// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// One section of a cubin, which is an ELF64 file.
struct CubinSection {
    std::string name;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;  ///< of its bytes in the file
};

/// The sections of \p cubin; empty when it is not an ELF64 file or is cut off.
std::vector<CubinSection> cubinSections(std::string_view cubin);

/// Bytes of constant memory that \p kernel (lowered name) uses: its own banks, arguments included, and the module's
/// __constant__ variables.
std::uint32_t constantBytesOf(const std::vector<CubinSection>& sections, std::string_view kernel);

/// Options that ptxas had when it wrote \p cubin, as it noted them there: "-arch sm_90 -dlcm cg". Empty for cubins of
/// compilers that leave no note.
std::string assemblerOptions(std::string_view cubin);

}  // namespace warploom
