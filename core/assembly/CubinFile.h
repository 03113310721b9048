// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// A bounds-checked view of a cubin, which is an ELF64 file. It refers to the bytes it was read from: they must outlive
/// it. Whatever the bytes are, nothing is read outside of them.
class CubinFile {
public:
    struct Section {
        std::string_view name;
        std::uint32_t type = 0;  ///< SHT_…
        std::uint32_t link = 0;
        std::uint32_t info = 0;
        std::uint64_t size = 0;  ///< bytes; of sections without content too (.nv.shared)
        std::string_view data;  ///< empty for a section without content
    };

    struct Symbol {
        std::string_view name;
        std::uint8_t type = 0;  ///< STT_…
        std::uint16_t section = 0;  ///< index of its section
        std::uint64_t value = 0;  ///< offset into its section
        std::uint64_t size = 0;  ///< bytes
    };

    /// InvalidInput for anything that is no cubin, is cut off or contradicts itself.
    static Result<CubinFile> read(std::string_view bytes);

    [[nodiscard]] const std::vector<Section>& sections() const { return m_sections; }
    [[nodiscard]] const std::vector<Symbol>& symbols() const { return m_symbols; }
    /// The first section of this name, or null.
    [[nodiscard]] const Section* findSection(std::string_view name) const;
    /// The symbol of this index, or null.
    [[nodiscard]] const Symbol* symbolAt(std::uint64_t index) const;
    /// Names of the kernels: what stands behind ".text.", in the file's order.
    [[nodiscard]] std::vector<std::string_view> kernels() const;
    /// The kernel whose code section is \p section (index), empty for another section.
    [[nodiscard]] std::string_view kernelOfSection(std::uint64_t section) const;

private:
    std::vector<Section> m_sections;
    std::unordered_map<std::string_view, std::size_t> m_sectionsByName;
    std::vector<Symbol> m_symbols;
};

/// A copy of the value at \p offset of \p bytes, or nothing where they end before it does.
template <typename T>
std::optional<T> valueAt(std::string_view bytes, std::uint64_t offset);

extern template std::optional<std::uint8_t> valueAt(std::string_view, std::uint64_t);
extern template std::optional<std::uint16_t> valueAt(std::string_view, std::uint64_t);
extern template std::optional<std::uint32_t> valueAt(std::string_view, std::uint64_t);
extern template std::optional<std::uint64_t> valueAt(std::string_view, std::uint64_t);

}  // namespace warploom
