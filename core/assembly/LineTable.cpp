// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/LineTable.h"

#include <algorithm>
#include <utility>

#include <elf.h>

#include <fmt/format.h>

namespace warploom {

namespace {

/// Deeper than any compiler inlines.
constexpr std::size_t kMostFrames = 64;

struct PlacedCode {
    std::string_view kernel;
    std::uint64_t offset = 0;  ///< bytes into the kernel
};

/// What the relocations of a line section say: offset in the section → code it names.
std::map<std::uint64_t, PlacedCode> relocationsOf(const CubinFile& cubin, std::string_view section)
{
    std::map<std::uint64_t, PlacedCode> places;
    for (const char* form : {".rela", ".rel"}) {
        const CubinFile::Section* table = cubin.findSection(fmt::format("{}{}", form, section));
        if (table == nullptr)
            continue;
        const bool hasAddend = table->type == SHT_RELA;
        const std::uint64_t step = hasAddend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
        for (std::uint64_t at = 0; at + step <= table->data.size(); at += step) {
            const auto offset = valueAt<std::uint64_t>(table->data, at);
            const auto info = valueAt<std::uint64_t>(table->data, at + 8);
            const std::uint64_t addend = hasAddend ? valueAt<std::uint64_t>(table->data, at + 16).value_or(0) : 0;
            const CubinFile::Symbol* symbol = cubin.symbolAt(ELF64_R_SYM(*info));
            if (symbol == nullptr)
                continue;
            if (const std::string_view kernel = cubin.kernelOfSection(symbol->section); !kernel.empty())
                places[*offset] = {kernel, symbol->value + addend};
        }
    }
    return places;
}

}  // namespace

Result<LineTable::Section> LineTable::readSection(const CubinFile& cubin, std::string_view name)
{
    Section section;
    const CubinFile::Section* lines = cubin.findSection(name);
    if (lines == nullptr)
        return section;
    WARPLOOM_TRY(section.program, readLineProgram(lines->data));
    const auto places = relocationsOf(cubin, name);
    for (std::size_t i = 0; i < section.program.sequences.size(); ++i) {
        const LineSequence& sequence = section.program.sequences[i];
        const auto place = sequence.addressOffset ? places.find(*sequence.addressOffset) : places.end();
        if (place == places.end())
            continue;
        const std::uint64_t start = place->second.offset + sequence.start;
        if (start <= UINT32_MAX)
            section.byKernel[std::string(place->second.kernel)].push_back({static_cast<std::uint32_t>(start), i});
    }
    for (auto& [kernel, placed] : section.byKernel)
        std::sort(placed.begin(), placed.end(), [](const auto& left, const auto& right) {
            return std::pair(left.start, left.sequence) < std::pair(right.start, right.sequence);
        });
    return section;
}

Result<LineTable> LineTable::read(const CubinFile& cubin)
{
    LineTable table;
    WARPLOOM_TRY(table.m_source, readSection(cubin, ".debug_line"));
    WARPLOOM_TRY(table.m_ptx, readSection(cubin, ".nv_debug_line_sass"));
    return table;
}

const LineRow* LineTable::rowAt(const Section& section, std::string_view kernel, std::uint32_t address,
                                const std::vector<LineRow>*& rows)
{
    const auto found = section.byKernel.find(kernel);
    if (found == section.byKernel.end())
        return nullptr;
    const auto& placed = found->second;
    const auto next = std::upper_bound(placed.begin(), placed.end(), address,
                                       [](std::uint32_t value, const auto& each) { return value < each.start; });
    if (next == placed.begin())
        return nullptr;
    const std::uint32_t offset = address - std::prev(next)->start;
    const LineSequence& sequence = section.program.sequences[std::prev(next)->sequence];
    rows = &sequence.rows;
    const auto row = std::upper_bound(rows->begin(), rows->end(), offset,
                                      [](std::uint32_t value, const LineRow& each) { return value < each.address; });
    return row == rows->begin() || offset >= sequence.end ? nullptr : &*std::prev(row);
}

std::vector<SourceFrame> LineTable::framesAt(std::string_view kernel, std::uint32_t address) const
{
    std::vector<SourceFrame> frames;
    const std::vector<LineRow>* rows = nullptr;
    const LineRow* row = rowAt(m_source, kernel, address, rows);
    while (row != nullptr && frames.size() < kMostFrames) {
        SourceFrame frame;
        if (row->file >= 0)
            frame.file = m_source.program.files[static_cast<std::size_t>(row->file)];
        frame.line = row->line;
        frames.push_back(frame);
        row = row->caller >= 0 ? &(*rows)[static_cast<std::size_t>(row->caller)] : nullptr;
    }
    return frames;
}

int LineTable::ptxLineAt(std::string_view kernel, std::uint32_t address) const
{
    const std::vector<LineRow>* rows = nullptr;
    const LineRow* row = rowAt(m_ptx, kernel, address, rows);
    return row == nullptr ? 0 : row->line;
}

std::string embeddedPtx(const CubinFile& cubin)
{
    const CubinFile::Section* section = cubin.findSection(".nv_debug_ptx_txt");
    if (section == nullptr)
        return {};
    std::string text(section->data);
    std::replace(text.begin(), text.end(), '\0', '\n');
    return text;
}

}  // namespace warploom
