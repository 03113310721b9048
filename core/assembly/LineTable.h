// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assembly/CubinFile.h"
#include "assembly/LineProgram.h"
#include "base/Result.h"

namespace warploom {

/// A place in a source file.
struct SourceFrame {
    std::string_view file;  ///< as the compiler was told, with its folder; empty: unknown
    int line = 0;  ///< from 1; 0: none

    friend bool operator==(const SourceFrame&, const SourceFrame&) = default;
};

/// Which lines a cubin's instructions were made of, kernel by kernel. Cubins compiled without -lineinfo have none.
class LineTable {
public:
    /// InvalidInput or Unsupported for tables that cannot be read; none at all is no failure.
    static Result<LineTable> read(const CubinFile& cubin);

    /// The source line of the instruction at \p address (bytes into the kernel), then the lines of the calls that were
    /// inlined, outwards. As nvdisasm -gi prints it, but for a change of callers alone, which that leaves out. Empty
    /// where nothing is known. Its views live as long as the table.
    [[nodiscard]] std::vector<SourceFrame> framesAt(std::string_view kernel, std::uint32_t address) const;
    /// The line of the PTX text that the instruction was made of, from 1; 0: unknown.
    [[nodiscard]] int ptxLineAt(std::string_view kernel, std::uint32_t address) const;
    [[nodiscard]] bool isEmpty() const { return m_source.byKernel.empty(); }

private:
    /// A line program with its sequences by the kernel they belong to.
    struct Section {
        struct Placed {
            std::uint32_t start = 0;  ///< bytes into the kernel
            std::size_t sequence = 0;
        };
        LineProgram program;
        std::map<std::string, std::vector<Placed>, std::less<>> byKernel;
    };

    static Result<Section> readSection(const CubinFile& cubin, std::string_view name);
    /// The last row at or before the address, with the rows it belongs to; null where there is none.
    static const LineRow* rowAt(const Section& section, std::string_view kernel, std::uint32_t address,
                                const std::vector<LineRow>*& rows);

    Section m_source;
    Section m_ptx;
};

/// The PTX text that a cubin carries (.loc, comments and indentation are blanked): its lines are those of ptxLineAt().
/// Empty if it carries none.
std::string embeddedPtx(const CubinFile& cubin);

}  // namespace warploom
