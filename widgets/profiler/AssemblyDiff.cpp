// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyDiff.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

#include "profiler/AssemblyRenaming.h"
#include "variant/SourceText.h"

namespace warploom {

namespace {

using Kind = AssemblyDiffLine::Kind;

/// lineDiff() needs memory by the square of its lines: between two anchors, more than these count as replaced.
constexpr std::size_t kMostLines = 3000;

/// Lines of one kernel that count, with what they are compared by.
struct Side {
    std::vector<int> lines;  ///< indices into the listing
    std::vector<std::string> forms;
};

struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
};

std::string withoutComments(std::string_view text)
{
    std::string line(text.substr(0, text.find("//")));
    for (auto begin = line.find("/*"); begin != std::string::npos; begin = line.find("/*"))
        line.erase(begin,
                   line.find("*/", begin) == std::string::npos ? std::string::npos
                                                               : line.find("*/", begin) + 2 - begin);
    return line;
}

bool isLabelLine(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    return first != std::string_view::npos && isLabel(text.substr(first)) && text.find(':') != std::string_view::npos;
}

Side sideOf(const Listing& listing, const Listing::Kernel& kernel)
{
    Side side;
    const std::size_t end =
        std::min<std::size_t>(std::size_t{kernel.firstLine} + kernel.lineCount, listing.lines.size());
    for (std::size_t i = kernel.firstLine; i < end; ++i) {
        const ListingLine& line = listing.lines[i];
        if (!line.isInstruction && !isLabelLine(line.text))
            continue;
        side.lines.push_back(static_cast<int>(i));
        side.forms.push_back(normalisedInstruction(line.text, kernel.name));
    }
    return side;
}

std::string joined(const std::vector<std::string>& forms, Stretch stretch)
{
    std::string text;
    for (std::size_t i = stretch.begin; i < stretch.end; ++i)
        text += forms[i] + '\n';
    return text;
}

class SideDiff {
public:
    SideDiff(const Side& before, const Side& after, std::vector<AssemblyDiffLine>& result)
        : m_before(before)
        , m_after(after)
        , m_result(result)
    {
    }

    /// Patience: lines that stand once on both sides are anchors, and what lies between two of them is small.
    void run()
    {
        Stretch before{0, m_before.forms.size()};
        Stretch after{0, m_after.forms.size()};
        for (const auto& [first, second] : anchors()) {
            compare({before.begin, first}, {after.begin, second});
            put(Kind::Same, first, second);
            before.begin = first + 1;
            after.begin = second + 1;
        }
        compare(before, after);
    }

private:
    using Anchor = std::pair<std::size_t, std::size_t>;

    /// Unique common lines that stand in the same order on both sides: the longest such chain.
    [[nodiscard]] std::vector<Anchor> anchors() const
    {
        std::unordered_map<std::string_view, std::pair<int, std::size_t>> seen;
        std::unordered_map<std::string_view, int> seenAfter;
        for (std::size_t i = 0; i < m_before.forms.size(); ++i) {
            auto& [count, place] = seen[m_before.forms[i]];
            ++count;
            place = i;
        }
        for (const std::string& form : m_after.forms)
            ++seenAfter[form];
        std::vector<Anchor> unique;
        for (std::size_t i = 0; i < m_after.forms.size(); ++i) {
            const auto found = seen.find(m_after.forms[i]);
            if (found != seen.end() && found->second.first == 1 && seenAfter[m_after.forms[i]] == 1)
                unique.emplace_back(found->second.second, i);
        }
        return longestChain(unique);
    }

    /// Longest subsequence with rising first members; the second ones rise already.
    static std::vector<Anchor> longestChain(const std::vector<Anchor>& anchors)
    {
        std::vector<std::size_t> tails;  // of the best chain of each length
        std::vector<std::size_t> previous(anchors.size(), anchors.size());
        for (std::size_t i = 0; i < anchors.size(); ++i) {
            const auto place =
                std::lower_bound(tails.begin(), tails.end(), anchors[i].first,
                                 [&](std::size_t tail, std::size_t first) { return anchors[tail].first < first; });
            if (place != tails.begin())
                previous[i] = *(place - 1);
            if (place == tails.end())
                tails.push_back(i);
            else
                *place = i;
        }
        std::vector<Anchor> chain;
        for (std::size_t i = tails.empty() ? anchors.size() : tails.back(); i < anchors.size(); i = previous[i])
            chain.push_back(anchors[i]);
        std::reverse(chain.begin(), chain.end());
        return chain;
    }

    void compare(Stretch before, Stretch after)
    {
        while (before.begin < before.end && after.begin < after.end
               && m_before.forms[before.begin] == m_after.forms[after.begin])
            put(Kind::Same, before.begin++, after.begin++);
        std::size_t tail = 0;
        while (before.begin < before.end && after.begin < after.end
               && m_before.forms[before.end - 1] == m_after.forms[after.end - 1]) {
            --before.end;
            --after.end;
            ++tail;
        }
        const std::size_t lines = before.end - before.begin + (after.end - after.begin);
        if (lines > kMostLines)
            replace(before, after);
        else if (lines > 0)
            compareByLines(before, after);
        for (std::size_t i = 0; i < tail; ++i)
            put(Kind::Same, before.end + i, after.end + i);
    }

    void replace(Stretch before, Stretch after)
    {
        for (std::size_t i = before.begin; i < before.end; ++i)
            put(Kind::Removed, i, m_after.lines.size());
        for (std::size_t i = after.begin; i < after.end; ++i)
            put(Kind::Added, m_before.lines.size(), i);
    }

    void compareByLines(Stretch before, Stretch after)
    {
        for (const DiffLine& line : lineDiff(joined(m_before.forms, before), joined(m_after.forms, after))) {
            const Kind kind = line.kind == DiffLine::Kind::Same ? Kind::Same
                : line.kind == DiffLine::Kind::Added            ? Kind::Added
                                                                : Kind::Removed;
            put(kind, before.begin + static_cast<std::size_t>(line.oldLine) - 1,
                after.begin + static_cast<std::size_t>(line.newLine) - 1);
        }
    }

    void put(Kind kind, std::size_t before, std::size_t after)
    {
        m_result.push_back({kind, kind == Kind::Added ? -1 : m_before.lines[before],
                            kind == Kind::Removed ? -1 : m_after.lines[after]});
    }

    const Side& m_before;
    const Side& m_after;
    std::vector<AssemblyDiffLine>& m_result;
};

/// Kernels of both listings that belong together; an index past the end where there is none.
std::vector<std::pair<std::size_t, std::size_t>> kernelPairs(const Listing& before, const Listing& after)
{
    std::vector<std::size_t> partners(after.kernels.size(), before.kernels.size());
    std::vector<bool> isTaken(before.kernels.size(), false);
    for (const bool byName : {true, false})
        for (std::size_t i = 0; i < after.kernels.size(); ++i)
            for (std::size_t k = 0; k < before.kernels.size() && partners[i] == before.kernels.size(); ++k) {
                if (isTaken[k] || (byName && before.kernels[k].name != after.kernels[i].name))
                    continue;
                partners[i] = k;
                isTaken[k] = true;
            }
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < after.kernels.size(); ++i)
        pairs.emplace_back(partners[i], i);
    for (std::size_t k = 0; k < before.kernels.size(); ++k)
        if (!isTaken[k])
            pairs.emplace_back(k, after.kernels.size());
    return pairs;
}

Side sideAt(const Listing& listing, std::size_t kernel)
{
    return kernel < listing.kernels.size() ? sideOf(listing, listing.kernels[kernel]) : Side{};
}

}  // namespace

std::string normalisedInstruction(const std::string& text, const std::string& kernel)
{
    std::string result;
    std::map<std::string, int, std::less<>> order;
    const std::string line = withoutComments(text);
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == ' ' || line[at] == '\t') {
            if (!result.empty() && result.back() != ' ')
                result += ' ';
            ++at;
            continue;
        }
        const std::string_view word = wordAt(line, at);
        at += word.size();
        if (isRegister(word) || isLabel(word)) {
            const int number = order.emplace(word, static_cast<int>(order.size()) + 1).first->second;
            // The kind stays: "%rd" is another width than "%r".
            result += isLabel(word) ? "L" : std::string(word.substr(0, word.find_last_not_of("0123456789") + 1));
            result += '#' + std::to_string(number);
        } else if (word == kernel || word.starts_with(kernel + "_param_")) {
            result += "kernel" + std::string(word.substr(kernel.size()));
        } else {
            result += word;
        }
    }
    while (!result.empty() && result.back() == ' ')
        result.pop_back();
    return result;
}

std::vector<AssemblyDiffLine> assemblyDiff(const Listing& before, const Listing& after, bool isSass)
{
    std::vector<AssemblyDiffLine> result;
    for (const auto& [first, second] : kernelPairs(before, after)) {
        const std::size_t start = result.size();
        const Side old = sideAt(before, first);
        const Side now = sideAt(after, second);
        SideDiff(old, now, result).run();
        Renaming renaming;
        for (std::size_t i = start; i < result.size() && !isSass; ++i) {
            AssemblyDiffLine& line = result[i];
            if (line.kind == Kind::Same
                && !renaming.agrees(before.lines[static_cast<std::size_t>(line.before)].text,
                                    after.lines[static_cast<std::size_t>(line.after)].text))
                line.kind = Kind::Rewired;
        }
    }
    return result;
}

std::vector<AssemblyDiffLine> withoutEqualLines(const std::vector<AssemblyDiffLine>& lines, int context)
{
    std::vector<AssemblyDiffLine> kept;
    const auto count = static_cast<int>(lines.size());
    const auto isSame = [&](int i) { return lines[static_cast<std::size_t>(i)].kind == Kind::Same; };
    for (int i = 0; i < count;) {
        int end = i;
        while (end < count && isSame(end))
            ++end;
        const int head = i == 0 ? 0 : context;
        const int tail = end == count ? 0 : context;
        const int run = end - i;
        // A gap of one or two lines would save nothing.
        const bool isLong = run > head + tail + 2;
        for (int k = 0; k < run; ++k) {
            if (!isLong || k < head || k >= run - tail)
                kept.push_back(lines[static_cast<std::size_t>(i + k)]);
            else if (k == head)
                kept.push_back({Kind::Gap, -1, -1, run - head - tail});
        }
        for (i = end; i < count && !isSame(i); ++i)
            kept.push_back(lines[static_cast<std::size_t>(i)]);
    }
    return kept;
}

}  // namespace warploom
