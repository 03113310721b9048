// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/CubinFile.h"

#include <algorithm>
#include <cstring>

#include <elf.h>

#include <fmt/format.h>

namespace warploom {

template <typename T>
std::optional<T> valueAt(std::string_view bytes, std::uint64_t offset)
{
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template std::optional<std::uint8_t> valueAt(std::string_view, std::uint64_t);
template std::optional<std::uint16_t> valueAt(std::string_view, std::uint64_t);
template std::optional<std::uint32_t> valueAt(std::string_view, std::uint64_t);
template std::optional<std::uint64_t> valueAt(std::string_view, std::uint64_t);

namespace {

constexpr Elf64_Half kMachineOfCubins = 190;
constexpr std::string_view kCodePrefix = ".text.";

tl::unexpected<Error> damagedCubin(std::string_view what, std::uint64_t offset)
{
    return fail(ErrorCode::InvalidInput, fmt::format("the cubin is damaged: {} at byte {}", what, offset));
}

Result<Elf64_Ehdr> readHeader(std::string_view bytes)
{
    const auto header = valueAt<Elf64_Ehdr>(bytes, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64
        || header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != kMachineOfCubins)
        return fail(Error{ErrorCode::InvalidInput,
                          "not a cubin",
                          {},
                          "a 64-bit ELF file for NVIDIA GPUs",
                          fmt::format("{} bytes of something else", bytes.size())});
    if (header->e_shentsize != sizeof(Elf64_Shdr))
        return damagedCubin("section headers of an unknown size", offsetof(Elf64_Ehdr, e_shentsize));
    return *header;
}

/// The text at \p offset of a string table; nothing where it does not end within the table.
std::optional<std::string_view> textAt(std::string_view table, std::uint64_t offset)
{
    if (offset >= table.size())
        return std::nullopt;
    const auto end = table.find('\0', offset);
    if (end == std::string_view::npos)
        return std::nullopt;
    return table.substr(offset, end - offset);
}

Result<std::string_view> dataOf(std::string_view bytes, const Elf64_Shdr& section)
{
    if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL)
        return std::string_view();
    if (section.sh_offset > bytes.size() || bytes.size() - section.sh_offset < section.sh_size)
        return damagedCubin("a section beyond the end of the file", section.sh_offset);
    return bytes.substr(section.sh_offset, section.sh_size);
}

Result<std::vector<Elf64_Shdr>> readSectionHeaders(std::string_view bytes, const Elf64_Ehdr& header)
{
    std::vector<Elf64_Shdr> headers;
    for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
        // First the table's own place: the sum below must not wrap around.
        const auto section = header.e_shoff <= bytes.size()
            ? valueAt<Elf64_Shdr>(bytes, header.e_shoff + i * sizeof(Elf64_Shdr))
            : std::nullopt;
        if (!section)
            return damagedCubin("a section header beyond the end of the file", header.e_shoff);
        headers.push_back(*section);
    }
    if (header.e_shstrndx >= headers.size())
        return damagedCubin("no table of section names", offsetof(Elf64_Ehdr, e_shstrndx));
    return headers;
}

Result<std::vector<CubinFile::Section>> readSectionList(std::string_view bytes)
{
    WARPLOOM_TRY(const Elf64_Ehdr header, readHeader(bytes));
    WARPLOOM_TRY(const auto headers, readSectionHeaders(bytes, header));
    WARPLOOM_TRY(const std::string_view names, dataOf(bytes, headers[header.e_shstrndx]));
    std::vector<CubinFile::Section> sections;
    sections.reserve(headers.size());
    for (const Elf64_Shdr& each : headers) {
        const auto name = each.sh_type == SHT_NULL ? std::string_view() : textAt(names, each.sh_name);
        if (!name)
            return damagedCubin("a section without a name", each.sh_offset);
        WARPLOOM_TRY(const std::string_view data, dataOf(bytes, each));
        sections.push_back({*name, each.sh_type, each.sh_link, each.sh_info, each.sh_size, data});
    }
    return sections;
}

Result<std::vector<CubinFile::Symbol>> readSymbolList(const std::vector<CubinFile::Section>& sections)
{
    std::vector<CubinFile::Symbol> symbols;
    const auto table = std::find_if(sections.begin(), sections.end(),
                                    [](const CubinFile::Section& each) { return each.type == SHT_SYMTAB; });
    if (table == sections.end())
        return symbols;
    if (table->link >= sections.size())
        return damagedCubin("a symbol table without names", 0);
    const std::string_view names = sections[table->link].data;
    for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table->data.size(); at += sizeof(Elf64_Sym)) {
        const auto symbol = valueAt<Elf64_Sym>(table->data, at);
        const auto name = textAt(names, symbol->st_name);
        if (!name)
            return damagedCubin("a symbol without a name", at);
        symbols.push_back({*name, static_cast<std::uint8_t>(ELF64_ST_TYPE(symbol->st_info)), symbol->st_shndx,
                           symbol->st_value, symbol->st_size});
    }
    return symbols;
}

}  // namespace

Result<CubinFile> CubinFile::read(std::string_view bytes)
{
    CubinFile file;
    WARPLOOM_TRY(file.m_sections, readSectionList(bytes));
    for (std::size_t i = 0; i < file.m_sections.size(); ++i)
        file.m_sectionsByName.try_emplace(file.m_sections[i].name, i);
    WARPLOOM_TRY(file.m_symbols, readSymbolList(file.m_sections));
    return file;
}

const CubinFile::Section* CubinFile::findSection(std::string_view name) const
{
    const auto found = m_sectionsByName.find(name);
    return found == m_sectionsByName.end() ? nullptr : &m_sections[found->second];
}

const CubinFile::Symbol* CubinFile::symbolAt(std::uint64_t index) const
{
    return index < m_symbols.size() ? &m_symbols[index] : nullptr;
}

std::vector<std::string_view> CubinFile::kernels() const
{
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < m_sections.size(); ++i) {
        if (const std::string_view kernel = kernelOfSection(i); !kernel.empty())
            names.push_back(kernel);
    }
    return names;
}

std::string_view CubinFile::kernelOfSection(std::uint64_t section) const
{
    if (section >= m_sections.size() || m_sections[section].type != SHT_PROGBITS
        || !m_sections[section].name.starts_with(kCodePrefix))
        return {};
    return m_sections[section].name.substr(kCodePrefix.size());
}

}  // namespace warploom
