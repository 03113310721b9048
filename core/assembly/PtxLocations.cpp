// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/PtxLocations.h"

#include <charconv>

#include "assembly/InstructionText.h"

namespace warploom {

namespace {

constexpr std::size_t kMostInlined = 64;

std::vector<std::string_view> wordsOf(std::string_view text)
{
    constexpr std::string_view kSeparators = " \t\r\n,";
    std::vector<std::string_view> words;
    for (auto at = text.find_first_not_of(kSeparators); at != std::string_view::npos;
         at = text.find_first_not_of(kSeparators)) {
        text.remove_prefix(at);
        const auto end = text.find_first_of(kSeparators);
        words.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    }
    return words;
}

int numberOf(const std::vector<std::string_view>& words, std::size_t index)
{
    int number = 0;
    if (index < words.size())
        std::from_chars(words[index].data(), words[index].data() + words[index].size(), number);
    return number;
}

}  // namespace

PtxLocations::PtxLocations(std::string_view ptx)
{
    constexpr std::string_view kFile = ".file";
    for (auto at = ptx.find(kFile); at != std::string_view::npos; at = ptx.find(kFile, at + 1)) {
        const std::string_view line = ptx.substr(at, ptx.find('\n', at) - at);
        const auto begin = line.find('"');
        const auto end = line.rfind('"');
        if (begin != std::string_view::npos && end > begin)
            m_files[numberOf(wordsOf(line), 1)] = line.substr(begin + 1, end - begin - 1);
    }
}

bool PtxLocations::readLocation(std::string_view line)
{
    line = trimmedText(line);
    if (!line.starts_with(".loc") || line.starts_with(".local"))
        return false;
    const auto words = wordsOf(line);
    m_place = {numberOf(words, 1), numberOf(words, 2), numberOf(words, 3)};
    m_callers.erase(m_place);
    for (std::size_t i = 4; i < words.size(); ++i) {
        if (words[i] == "inlined_at")
            m_callers[m_place] = {numberOf(words, i + 1), numberOf(words, i + 2), numberOf(words, i + 3)};
    }
    return true;
}

void PtxLocations::beginFunction()
{
    m_callers.clear();
    m_place = {};
}

std::vector<SourceFrame> PtxLocations::frames() const
{
    std::vector<SourceFrame> frames;
    Place place = m_place;
    while (std::get<0>(place) != 0 && frames.size() < kMostInlined) {
        frames.push_back({fileName(std::get<0>(place)), std::get<1>(place)});
        const auto caller = m_callers.find(place);
        if (caller == m_callers.end())
            break;
        place = caller->second;
    }
    return frames;
}

std::string_view PtxLocations::fileName(int index) const
{
    const auto found = m_files.find(index);
    return found == m_files.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace warploom
