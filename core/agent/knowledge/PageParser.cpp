// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/knowledge/PageParser.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "analysis/Finding.h"
#include "base/Trim.h"

namespace warploom {

namespace {

constexpr std::string_view kFence = "---";
constexpr std::size_t kLongestQuote = 60;  // of what stood in a file, in an error

using PageList = std::vector<std::string> KnowledgePage::*;

constexpr std::array<std::pair<std::string_view, PageList>, 6> kPageLists{{
    {"architectures", &KnowledgePage::architectures},
    {"idioms", &KnowledgePage::idioms},
    {"bottlenecks", &KnowledgePage::bottlenecks},
    {"moves", &KnowledgePage::moves},
    {"tags", &KnowledgePage::tags},
    {"sources", &KnowledgePage::sources},
}};

/// Bytes of the character that begins at \p text; 0: no UTF-8. Control characters other than tabs and line ends are
/// none either.
std::size_t characterLength(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
    const std::size_t length = first >= 0xc2 && first < 0xe0 ? 2
        : first >= 0xe0 && first < 0xf0                      ? 3
        : first >= 0xf0 && first < 0xf5                      ? 4
                                                             : 0;
    if (length == 0 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    const bool isOverlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool isSurrogate = first == 0xed && byte(1) >= 0xa0;
    const bool isBeyond = first == 0xf4 && byte(1) >= 0x90;
    return isOverlong || isSurrogate || isBeyond ? 0 : length;
}

bool isArchitecture(std::string_view text)
{
    if (!text.starts_with("sm_"))
        return false;
    text.remove_prefix(3);
    if (text.ends_with('+') || text.ends_with('a') || text.ends_with('f'))
        text.remove_suffix(1);
    return text.size() >= 2 && text.size() <= 3
        && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string namesOfLists()
{
    std::string names = "title";
    for (const auto& list : kPageLists)
        names.append(", ").append(list.first);
    return names;
}

/// Reads one file, line by line.
class PageReader {
public:
    PageReader(std::string_view text, std::string file)
        : m_rest(text)
        , m_file(std::move(file))
    {
    }

    Result<> read(KnowledgePage& page)
    {
        WARPLOOM_CHECK(checkCharacters());
        WARPLOOM_CHECK(readFrontMatter(page));
        page.text = std::string(m_rest.substr(std::min(m_rest.size(), m_rest.find_first_not_of("\r\n"))));
        page.text.erase(page.text.find_last_not_of(" \t\r\n") + 1);
        if (page.text.empty())
            return wrong("the page has no text", "Markdown after the second ---", "");
        return {};
    }

private:
    [[nodiscard]] tl::unexpected<Error> wrong(std::string message, std::string expected, std::string_view found) const
    {
        std::string quoted(found.substr(0, kLongestQuote));
        // Not in the middle of a character.
        while (!quoted.empty() && found.size() > quoted.size()
               && (static_cast<unsigned char>(found[quoted.size()]) & 0xc0) == 0x80)
            quoted.pop_back();
        return fail(Error{ErrorCode::InvalidInput,
                          std::move(message),
                          {m_file, m_line, 0},
                          std::move(expected),
                          quoted.empty() ? "nothing" : quoted});
    }

    Result<> checkCharacters()
    {
        int line = 1;
        for (std::string_view rest = m_rest; !rest.empty();) {
            const std::size_t length = characterLength(rest);
            if (length == 0) {
                m_line = line;
                return wrong("the page is no text", "UTF-8 without control characters",
                             fmt::format("byte 0x{:02x}", static_cast<unsigned char>(rest.front())));
            }
            line += rest.front() == '\n' ? 1 : 0;
            rest.remove_prefix(length);
        }
        return {};
    }

    /// Nothing at the end of the file.
    std::optional<std::string_view> nextLine()
    {
        if (m_rest.empty())
            return std::nullopt;
        const std::size_t end = std::min(m_rest.size(), m_rest.find('\n'));
        const std::string_view line = m_rest.substr(0, end);
        m_rest.remove_prefix(std::min(m_rest.size(), end + 1));
        ++m_line;
        return trimmed(line);
    }

    Result<> readFrontMatter(KnowledgePage& page)
    {
        if (constexpr std::string_view kMark = "\xef\xbb\xbf"; m_rest.starts_with(kMark))
            m_rest.remove_prefix(kMark.size());
        const auto first = nextLine();
        if (first != kFence)
            return wrong("the page does not begin with its front matter", "---", first.value_or(""));
        for (;;) {
            const auto line = nextLine();
            if (!line)
                return wrong("the front matter does not end", "---", "the end of the file");
            if (*line == kFence)
                break;
            if (!line->empty())
                WARPLOOM_CHECK(readEntry(page, *line));
        }
        if (page.title.empty())
            return wrong("the page has no title", "title: what the page is about", kFence);
        return {};
    }

    Result<> readEntry(KnowledgePage& page, std::string_view line)
    {
        const auto colon = line.find(':');
        const std::string_view key = trimmed(line.substr(0, colon));
        if (colon == std::string_view::npos)
            return wrong("no entry of the front matter", "key: value", line);
        const std::string_view value = trimmed(line.substr(colon + 1));
        const auto list =
            std::find_if(kPageLists.begin(), kPageLists.end(), [&](const auto& known) { return known.first == key; });
        if (key != "title" && list == kPageLists.end())
            return wrong("unknown key", namesOfLists(), key);
        if (!m_seen.emplace(key).second)
            return wrong("the key stands there twice", "each key once", key);
        if (key == "title") {
            page.title = std::string(unquoted(value));
            return page.title.empty() ? Result<>(wrong("the title is empty", "title: what the page is about", value))
                                      : Result<>();
        }
        WARPLOOM_TRY(page.*(list->second), readList(value));
        return checkList(key, page.*(list->second));
    }

    static std::string_view unquoted(std::string_view text)
    {
        if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
            return text.substr(1, text.size() - 2);
        return text;
    }

    Result<std::vector<std::string>> readList(std::string_view value) const
    {
        if (!value.starts_with('['))
            return value.empty() ? Result<std::vector<std::string>>(wrong("a list is missing", "[a, b]", value))
                                 : std::vector<std::string>{std::string(unquoted(value))};
        if (!value.ends_with(']'))
            return wrong("the list does not end on its line", "]", value);
        std::string_view rest = trimmed(value.substr(1, value.size() - 2));
        std::vector<std::string> items;
        while (!rest.empty()) {
            WARPLOOM_TRY(const std::size_t end, endOfItem(rest));
            const std::string_view item = unquoted(trimmed(rest.substr(0, end)));
            if (item.empty())
                return wrong("an item of the list is empty", "a word, or text in quotes", value);
            items.emplace_back(item);
            const bool isLast = end >= rest.size();
            rest = isLast ? std::string_view() : trimmed(rest.substr(end + 1));
            if (!isLast && rest.empty())
                return wrong("an item of the list is empty", "a word, or text in quotes", value);
        }
        return items;
    }

    /// Where the comma behind the first item is, else the end; commas in quotes are text.
    Result<std::size_t> endOfItem(std::string_view rest) const
    {
        std::size_t at = 0;
        if (rest.starts_with('"')) {
            at = rest.find('"', 1);
            if (at == std::string_view::npos)
                return wrong("a quote is not closed", "\"", rest);
            const std::size_t next = rest.find_first_not_of(" \t", at + 1);
            if (next != std::string_view::npos && rest[next] != ',')
                return wrong("text after a quote", ", or ]", rest.substr(next));
        }
        return std::min(rest.size(), rest.find(',', at));
    }

    Result<> checkList(std::string_view key, const std::vector<std::string>& items) const
    {
        for (const std::string& item : items) {
            if (key == "architectures" && !isArchitecture(item))
                return wrong("no architecture", "sm_90, or sm_80+ for it and all after it", item);
            if (key == "bottlenecks" && !bottleneckFromName(item)) {
                std::string names;
                for (const Bottleneck one : allBottlenecks())
                    names.append(names.empty() ? "" : ", ").append(bottleneckName(one));
                return wrong("no bottleneck", names, item);
            }
            if ((key == "idioms" || key == "moves" || key == "tags") && !isPageId(item))
                return wrong("no tag", "small letters, digits and hyphens", item);
        }
        return {};
    }

    std::string_view m_rest;
    const std::string m_file;
    int m_line = 0;
    std::set<std::string, std::less<>> m_seen;
};

}  // namespace

bool isPageId(std::string_view text)
{
    constexpr std::size_t kLongest = 100;
    return !text.empty() && text.size() <= kLongest && text.front() != '-'
        && std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Result<KnowledgePage> parsePage(const std::string& id, std::string_view text, const std::string& file)
{
    KnowledgePage page;
    page.id = id;
    page.file = file;
    WARPLOOM_CHECK(PageReader(text, file).read(page));
    return page;
}

}  // namespace warploom
