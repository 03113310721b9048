// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/PtxListing.h"

#include <algorithm>

#include "assembly/InstructionText.h"
#include "assembly/PtxLocations.h"
#include "assembly/SourceNames.h"

namespace warploom {

namespace {

/// The name behind ".entry" in a line, empty if it begins no kernel.
std::string_view entryName(std::string_view line)
{
    constexpr std::string_view kEntry = ".entry";
    const auto at = line.find(kEntry);
    if (at == std::string_view::npos)
        return {};
    const std::string_view name = trimmedText(line.substr(at + kEntry.size()));
    return name.substr(0, name.find_first_of(" \t("));
}

/// Reads a module line by line.
class PtxListingReader {
public:
    PtxListingReader(std::string_view ptx, std::string_view fileName)
        : m_locations(ptx)
        , m_names(fileName)
    {
    }

    void addLine(std::string_view text);
    Listing take();

private:
    void beginFunction(std::string_view code);
    void endBlocks(std::string_view code);
    void endKernel();
    /// Whether an instruction begins in this line of a function.
    bool beginsInstruction(std::string_view code);

    Listing m_listing;
    PtxLocations m_locations;
    SourceNames m_names;
    bool m_isInComment = false;
    bool m_isInKernel = false;
    bool m_isInStatement = false;
    int m_depth = 0;
};

void PtxListingReader::addLine(std::string_view text)
{
    const std::string code = withoutComments(text, m_isInComment);
    if (m_depth == 0)
        beginFunction(code);
    ListingLine line;
    line.text = text;
    const bool isLocation = m_locations.readLocation(code);
    line.isInstruction = !isLocation && m_depth > 0 && beginsInstruction(code);
    if (isLocation || line.isInstruction)
        m_names.place(m_locations.frames(), line);
    m_listing.lines.push_back(std::move(line));
    endBlocks(code);
}

void PtxListingReader::beginFunction(std::string_view code)
{
    const bool isFunction = trimmedText(code).starts_with(".func") || code.find(" .func") != std::string_view::npos;
    const std::string_view name = entryName(code);
    if (!isFunction && name.empty())
        return;
    endKernel();
    m_locations.beginFunction();
    if (!name.empty()) {
        m_listing.kernels.push_back({std::string(name), static_cast<std::uint32_t>(m_listing.lines.size()), 0});
        m_isInKernel = true;
    }
}

void PtxListingReader::endBlocks(std::string_view code)
{
    const int before = m_depth;
    for (const char c : code) {
        if (c == '{')
            ++m_depth;
        else if (c == '}')
            m_depth = std::max(0, m_depth - 1);
    }
    if (m_depth == 0 && (before > 0 || code.find('}') != std::string_view::npos))
        endKernel();
}

void PtxListingReader::endKernel()
{
    if (m_isInKernel) {
        Listing::Kernel& kernel = m_listing.kernels.back();
        kernel.lineCount = static_cast<std::uint32_t>(m_listing.lines.size()) - kernel.firstLine;
    }
    m_isInKernel = false;
    m_isInStatement = false;
}

bool PtxListingReader::beginsInstruction(std::string_view code)
{
    const std::string_view trimmed = trimmedText(code);
    if (trimmed.empty())
        return false;
    const bool isContinued = m_isInStatement;
    const auto instructions = instructionsOf(trimmed);
    // Calls stand on several lines, up to their semicolon.
    const auto last = trimmed.rfind(';');
    if (isContinued || !instructions.empty())
        m_isInStatement = last == std::string_view::npos;
    return !isContinued && !instructions.empty();
}

Listing PtxListingReader::take()
{
    endKernel();  // the text may be cut off
    return std::move(m_listing);
}

}  // namespace

Listing ptxListing(std::string_view ptx, std::string_view fileName)
{
    PtxListingReader reader(ptx, fileName);
    while (!ptx.empty()) {
        const auto end = ptx.find('\n');
        reader.addLine(ptx.substr(0, end));
        ptx = end == std::string_view::npos ? std::string_view() : ptx.substr(end + 1);
    }
    return reader.take();
}

}  // namespace warploom
