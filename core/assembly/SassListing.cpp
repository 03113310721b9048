// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/SassListing.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "assembly/InstructionText.h"
#include "assembly/SourceNames.h"

namespace warploom {

namespace {

struct SassLine {
    std::uint32_t address = 0;
    std::string_view text;  ///< predicate and instruction
};

/// Reads "        /*01e0*/                   @!P0 BRA `(.L_x_4) ;".
std::optional<SassLine> instructionLine(std::string_view line)
{
    line = trimmedText(line);
    const auto end = line.find("*/");
    if (!line.starts_with("/*") || end == std::string_view::npos)
        return std::nullopt;
    SassLine found;
    const std::string_view digits = line.substr(2, end - 2);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), found.address, 16);
    found.text = trimmedText(line.substr(end + 2));
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || found.text.empty())
        return std::nullopt;
    return found;
}

/// The kernel of ".section .text.KERNEL,"ax",@progbits"; empty for another section, nothing for another
/// line.
std::optional<std::string_view> sectionKernel(std::string_view line)
{
    constexpr std::string_view kSection = ".section\t";  // not .sectionflags
    constexpr std::string_view kCode = ".text.";
    line = trimmedText(line);
    // The symbols at the end have a headline only.
    if (line.starts_with("//-") && line.find(kCode) == std::string_view::npos)
        return std::string_view();
    if (!line.starts_with(kSection))
        return std::nullopt;
    const std::string_view name = trimmedText(line.substr(kSection.size()));
    if (!name.starts_with(kCode))
        return std::string_view();
    return name.substr(kCode.size(), name.find(',') - kCode.size());
}

/// Opcodes below each other, predicates in front; annotations of the compiler two blanks behind.
std::string aligned(std::string_view text)
{
    std::string_view predicate;
    if (text.starts_with('@')) {
        predicate = text.substr(0, text.find(' '));
        text = trimmedText(text.substr(predicate.size()));
    }
    std::string_view annotation;
    if (const auto note = text.find("(*\""); note != std::string_view::npos) {
        annotation = text.substr(note);
        text = trimmedText(text.substr(0, note));
    }
    return fmt::format("{:>7} {}{}{}", predicate, text, annotation.empty() ? "" : "  ", annotation);
}

bool isLabel(std::string_view line)
{
    line = trimmedText(line);
    return line.ends_with(':') && !line.starts_with(".text.") && line.find_first_of(" \t\"") == std::string_view::npos;
}

/// Reads nvdisasm's text line by line.
class SassListingReader {
public:
    SassListingReader(const LineTable& lines, std::string_view fileName)
        : m_lines(lines)
        , m_names(fileName)
    {
    }

    void addLine(std::string_view line);
    Listing take();

private:
    void addInstruction(const SassLine& instruction);

    const LineTable& m_lines;
    SourceNames m_names;
    Listing m_listing;
    bool m_isInKernel = false;
};

void SassListingReader::addLine(std::string_view line)
{
    if (const auto kernel = sectionKernel(line)) {
        m_isInKernel = !kernel->empty();
        if (m_isInKernel)
            m_listing.kernels.push_back({std::string(*kernel), static_cast<std::uint32_t>(m_listing.lines.size()), 0});
    } else if (!m_isInKernel) {
        return;
    } else if (const auto instruction = instructionLine(line)) {
        addInstruction(*instruction);
    } else if (isLabel(line)) {
        ListingLine label;
        label.text = trimmedText(line);
        m_listing.lines.push_back(std::move(label));
        ++m_listing.kernels.back().lineCount;
    }
}

void SassListingReader::addInstruction(const SassLine& instruction)
{
    Listing::Kernel& kernel = m_listing.kernels.back();
    ListingLine line;
    line.text = aligned(instruction.text);
    line.address = instruction.address;
    line.isInstruction = true;
    m_names.place(m_lines.framesAt(kernel.name, instruction.address), line);
    line.ptx = m_lines.ptxLineAt(kernel.name, instruction.address);
    m_listing.lines.push_back(std::move(line));
    ++kernel.lineCount;
}

Listing SassListingReader::take() { return std::move(m_listing); }

}  // namespace

Listing sassListing(std::string_view text, const LineTable& lines, std::string_view fileName)
{
    SassListingReader reader(lines, fileName);
    while (!text.empty()) {
        const auto end = text.find('\n');
        reader.addLine(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return reader.take();
}

}  // namespace warploom
