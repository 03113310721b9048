// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CubinSymbols.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>

#include <elf.h>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr Elf64_Half kMachineCuda = 190;
constexpr std::array<std::string_view, 3> kVariableSections{".nv.global", ".nv.global.init", ".nv.constant3"};
/// The widest alignment a variable can ask for: gaps below it are padding.
constexpr std::uint64_t kWidestPadding = 255;

tl::unexpected<Error> malformed(std::string_view what, std::uint64_t offset)
{
    return fail(
        Error{ErrorCode::InvalidInput, fmt::format("the cubin is damaged: {} at byte {}", what, offset), {}, {}, {}});
}

/// A copy of the structure at \p offset, or nothing where the file is too short for it.
template <typename T>
std::optional<T> structureAt(std::string_view file, std::uint64_t offset)
{
    if (offset > file.size() || file.size() - offset < sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
}

std::optional<std::string_view> contentOf(std::string_view file, const Elf64_Shdr& section)
{
    if (section.sh_type == SHT_NOBITS)
        return std::string_view();
    if (section.sh_offset > file.size() || file.size() - section.sh_offset < section.sh_size)
        return std::nullopt;
    return file.substr(section.sh_offset, section.sh_size);
}

std::optional<std::string_view> stringAt(std::string_view table, std::uint64_t offset)
{
    if (offset >= table.size())
        return std::nullopt;
    const std::size_t end = table.find('\0', offset);
    if (end == std::string_view::npos)
        return std::nullopt;
    return table.substr(offset, end - offset);
}

struct SectionTable {
    std::vector<Elf64_Shdr> headers;
    std::vector<std::string_view> names;
};

Result<SectionTable> readSections(std::string_view file)
{
    const auto header = structureAt<Elf64_Ehdr>(file, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64
        || header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != kMachineCuda)
        return fail(Error{ErrorCode::InvalidInput,
                          "not a cubin",
                          {},
                          "a 64-bit ELF file for NVIDIA GPUs",
                          fmt::format("{} bytes of something else", file.size())});
    if (header->e_shentsize != sizeof(Elf64_Shdr))
        return malformed("section headers of an unknown size", offsetof(Elf64_Ehdr, e_shentsize));
    SectionTable table;
    for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
        const std::uint64_t offset = header->e_shoff + i * sizeof(Elf64_Shdr);
        const auto section = header->e_shoff <= file.size() ? structureAt<Elf64_Shdr>(file, offset) : std::nullopt;
        if (!section)
            return malformed("a section header beyond the end of the file", offset);
        table.headers.push_back(*section);
    }
    if (header->e_shstrndx >= table.headers.size())
        return malformed("a bad index of the section name table", offsetof(Elf64_Ehdr, e_shstrndx));
    const auto names = contentOf(file, table.headers[header->e_shstrndx]);
    if (!names)
        return malformed("a section name table beyond the end of the file",
                         table.headers[header->e_shstrndx].sh_offset);
    for (const Elf64_Shdr& section : table.headers) {
        const auto name = section.sh_type == SHT_NULL ? std::string_view() : stringAt(*names, section.sh_name);
        if (!name)
            return malformed("a section name without end", section.sh_name);
        table.names.push_back(*name);
    }
    return table;
}

bool holdsVariables(std::string_view section)
{
    return std::find(kVariableSections.begin(), kVariableSections.end(), section) != kVariableSections.end();
}

Result<> addVariables(std::string_view file, const SectionTable& sections, std::size_t symbolTable,
                      std::vector<CubinVariable>& variables)
{
    const Elf64_Shdr& header = sections.headers[symbolTable];
    if (header.sh_link >= sections.headers.size())
        return malformed("a symbol table without names", header.sh_offset);
    const auto names = contentOf(file, sections.headers[header.sh_link]);
    const auto content = contentOf(file, header);
    if (!names || !content)
        return malformed("a symbol table beyond the end of the file", header.sh_offset);
    for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= content->size(); at += sizeof(Elf64_Sym)) {
        const auto symbol = structureAt<Elf64_Sym>(*content, at);
        if (!symbol || ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT || symbol->st_shndx >= sections.headers.size()
            || !holdsVariables(sections.names[symbol->st_shndx]))
            continue;
        const Elf64_Shdr& home = sections.headers[symbol->st_shndx];
        if (symbol->st_value > home.sh_size || home.sh_size - symbol->st_value < symbol->st_size)
            return malformed("a variable outside of its section", header.sh_offset + at);
        const auto name = stringAt(*names, symbol->st_name);
        if (!name || name->empty())
            return malformed("a variable without a name", header.sh_offset + at);
        variables.push_back({std::string(*name),
                             std::string(sections.names[symbol->st_shndx]),
                             symbol->st_value,
                             {symbol->st_size},
                             home.sh_type == SHT_NOBITS});
    }
    return {};
}

std::uint64_t uncoveredBytes(const SectionTable& sections, const std::vector<CubinVariable>& variables)
{
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < sections.headers.size(); ++i) {
        if (!holdsVariables(sections.names[i]))
            continue;
        std::map<std::uint64_t, std::uint64_t> ends;
        for (const CubinVariable& variable : variables) {
            if (variable.section == sections.names[i])
                ends[variable.offset] = std::max(ends[variable.offset], variable.offset + variable.size.value);
        }
        ends[sections.headers[i].sh_size] = sections.headers[i].sh_size;
        std::uint64_t covered = 0;
        for (const auto& [begin, end] : ends) {
            if (begin > covered + kWidestPadding)
                total += begin - covered;
            covered = std::max(covered, end);
        }
    }
    return total;
}

}  // namespace

Result<CubinSymbols> CubinSymbols::read(std::string_view cubin)
{
    WARPLOOM_TRY(const SectionTable sections, readSections(cubin));
    CubinSymbols symbols;
    for (std::size_t i = 0; i < sections.headers.size(); ++i) {
        if (sections.headers[i].sh_type == SHT_SYMTAB)
            WARPLOOM_CHECK(addVariables(cubin, sections, i, symbols.m_variables));
    }
    symbols.m_uncovered = {uncoveredBytes(sections, symbols.m_variables)};
    return symbols;
}

}  // namespace warploom
