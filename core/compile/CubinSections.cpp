// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/CubinSections.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>

#include <elf.h>

namespace warploom {

namespace {

/// The structure at \p offset, unless it would reach past the end.
template <typename T>
std::optional<T> readAt(std::string_view bytes, std::uint64_t offset)
{
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

std::string nameAt(std::string_view bytes, std::uint64_t offset)
{
    if (offset >= bytes.size())
        return {};
    const std::string_view rest = bytes.substr(offset);
    return std::string(rest.substr(0, rest.find('\0')));
}

}  // namespace

std::vector<CubinSection> cubinSections(std::string_view cubin)
{
    const auto header = readAt<Elf64_Ehdr>(cubin, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64)
        return {};
    const auto sectionAt = [&](std::uint64_t index) {
        return readAt<Elf64_Shdr>(cubin, header->e_shoff + index * sizeof(Elf64_Shdr));
    };
    const auto names = sectionAt(header->e_shstrndx);
    if (!names || header->e_shentsize != sizeof(Elf64_Shdr))
        return {};
    std::vector<CubinSection> sections;
    for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
        const auto section = sectionAt(i);
        if (!section)
            return {};
        sections.push_back({nameAt(cubin, names->sh_offset + section->sh_name), section->sh_size, section->sh_offset});
    }
    return sections;
}

std::uint32_t constantBytesOf(const std::vector<CubinSection>& sections, std::string_view kernel)
{
    constexpr std::string_view kPrefix = ".nv.constant";
    std::uint64_t total = 0;
    for (const CubinSection& section : sections) {
        std::string_view name = section.name;
        if (!name.starts_with(kPrefix))
            continue;
        name.remove_prefix(kPrefix.size());
        while (!name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) != 0)
            name.remove_prefix(1);
        const bool isOwn = name.starts_with('.') && name.substr(1) == kernel;
        if (isOwn || name.empty())
            total += section.size;
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(total, UINT32_MAX));
}

std::string assemblerOptions(std::string_view cubin)
{
    for (const CubinSection& section : cubinSections(cubin)) {
        if (section.name != ".note.nv.tkinfo" || section.offset > cubin.size())
            continue;
        // Texts that end with zeros: who wrote it, with what, in which version, and last how.
        std::string_view note = cubin.substr(section.offset, section.size);
        note = note.substr(0, note.find_last_not_of('\0') + 1);
        const auto before = note.rfind('\0');
        return std::string(before == std::string_view::npos ? std::string_view() : note.substr(before + 1));
    }
    return {};
}

}  // namespace warploom
