// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/AnswerBlocks.h"

#include <algorithm>

#include "agent/answer/AnswerText.h"
#include "base/Trim.h"

namespace warploom {

namespace {

/// \p text with \p indent fewer blanks before each line; as it is where a line has not as many.
std::string outdented(std::string text, std::size_t indent)
{
    std::string result;
    for (const std::string_view line : splitLines(text)) {
        if (!trimmed(line).empty() && indentOf(line).size() < indent)
            return text;
        result.append(line.substr(std::min(indent, line.size()))).append(1, '\n');
    }
    return result;
}

/// A marker of at least five of \p sign, with \p word behind it (or nothing where that is empty).
bool isMarker(std::string_view line, char sign, std::string_view word)
{
    line = trimmed(line);
    const std::size_t length = std::min(line.find_first_not_of(sign), line.size());
    if (length < 5)
        return false;
    const std::string_view rest = trimmed(line.substr(length));
    return word.empty() ? rest.empty() : rest.empty() || lowered(rest.substr(0, word.size())) == word;
}

bool opensEdit(std::string_view line) { return isMarker(line, '<', "search") || isMarker(line, '<', "original"); }
bool dividesEdit(std::string_view line) { return isMarker(line, '=', ""); }
bool closesEdit(std::string_view line) { return isMarker(line, '>', "replace") || isMarker(line, '>', "updated"); }

struct FenceLine {
    char sign = 0;  ///< 0: the line is no fence
    std::size_t length = 0;
    std::string_view info;
    std::size_t indent = 0;
};

FenceLine fenceOf(std::string_view line)
{
    const std::size_t indent = indentOf(line).size();
    const std::string_view text = trimmed(line);
    if (text.empty() || (text.front() != '`' && text.front() != '~'))
        return {};
    const std::size_t length = std::min(text.find_first_not_of(text.front()), text.size());
    const std::string_view info = trimmed(text.substr(length));
    if (length < 3 || info.find('`') != std::string_view::npos)
        return {};
    return {text.front(), length, info, indent};
}

class AnswerSplitter {
public:
    explicit AnswerSplitter(bool isTruncated)
        : m_isTruncated(isTruncated)
    {
    }

    AnswerBlocks run(std::string_view text)
    {
        for (const std::string_view line : splitLines(text)) {
            if (m_part != Part::None)
                editLine(line);
            else if (opensEdit(line))
                openEdit();
            else if (m_isFenced)
                fencedLine(line);
            else
                proseLine(line);
        }
        end();
        return std::move(m_blocks);
    }

private:
    enum class Part { None, Search, Replace };

    void openEdit()
    {
        m_edit = {};
        m_part = Part::Search;
        m_fenceInEdit = std::string::npos;
        m_blocks.prose.emplace_back();
    }

    void editLine(std::string_view line)
    {
        if (m_part == Part::Search && dividesEdit(line))
            m_part = Part::Replace;
        else if (m_part == Part::Replace && closesEdit(line))
            keepEdit();
        else if (opensEdit(line))
            reopenEdit();
        else
            takeLine(line);
    }

    void takeLine(std::string_view line)
    {
        std::string& part = m_part == Part::Search ? m_edit.search : m_edit.replace;
        if (m_part == Part::Replace && m_isFenced && m_fenceInEdit == std::string::npos && isClosingFence(line))
            m_fenceInEdit = part.size();
        part += line;
        part += '\n';
    }

    /// A new edit begins where the end of the last one was expected.
    void reopenEdit()
    {
        if (m_part == Part::Replace)
            mendEdit();
        openEdit();
    }

    void keepEdit()
    {
        m_blocks.edits.push_back(std::move(m_edit));
        m_part = Part::None;
    }

    void mendEdit()
    {
        if (m_fenceInEdit != std::string::npos) {
            m_edit.replace.resize(m_fenceInEdit);
            m_isFenced = false;
        }
        m_blocks.notes.emplace_back("an edit was not closed");
        keepEdit();
    }

    [[nodiscard]] bool isClosingFence(std::string_view line) const
    {
        const FenceLine fence = fenceOf(line);
        return fence.sign == m_fence.sign && fence.length >= m_fence.length && fence.info.empty();
    }

    void fencedLine(std::string_view line)
    {
        const FenceLine fence = fenceOf(line);
        if (isClosingFence(line)) {
            closeFence(true);
        } else if (fence.sign != 0 && !fence.info.empty() && fence.length >= m_fence.length) {
            // No kernel has such a line: the fence before was never closed, or held all of the answer.
            closeFence(false);
            openFence(fence);
        } else {
            m_text += line;
            m_text += '\n';
        }
    }

    void proseLine(std::string_view line)
    {
        const FenceLine fence = fenceOf(line);
        if (fence.sign != 0)
            openFence(fence);
        else
            m_blocks.prose.emplace_back(line);
    }

    void openFence(const FenceLine& fence)
    {
        m_fence = fence;
        m_language = lowered(fence.info);
        m_text.clear();
        m_isFenced = true;
        m_blocks.prose.emplace_back();
    }

    void closeFence(bool isClosed)
    {
        m_isFenced = false;
        if (m_language == "markdown" || m_language == "md"
            || trimmed(m_text).find_first_not_of('\n') == std::string_view::npos)
            proseOfFence();
        else
            m_blocks.fences.push_back({m_language, outdented(m_text, m_fence.indent), isClosed});
    }

    /// A fence around the answer itself is none.
    void proseOfFence()
    {
        for (const std::string_view line : splitLines(m_text))
            m_blocks.prose.emplace_back(line);
    }

    void end()
    {
        if (m_part == Part::Replace && !m_isTruncated && m_fenceInEdit != std::string::npos)
            mendEdit();
        m_blocks.lastEditIsOpen = m_part != Part::None;
        if (m_isFenced && m_part == Part::None)
            closeFence(false);
    }

    const bool m_isTruncated;
    AnswerBlocks m_blocks;
    Part m_part = Part::None;
    SourceEdit m_edit;
    std::size_t m_fenceInEdit =
        std::string::npos;  ///< where in the replacement a line stood that would close the fence
    bool m_isFenced = false;
    FenceLine m_fence;
    std::string m_language;
    std::string m_text;
};

}  // namespace

AnswerBlocks splitAnswer(std::string_view text, bool isTruncated) { return AnswerSplitter(isTruncated).run(text); }

}  // namespace warploom
