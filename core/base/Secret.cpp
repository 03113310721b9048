// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Secret.h"

#include <cstring>
#include <vector>

namespace warploom {

struct Secret::Text {
    explicit Text(std::string_view text)
        : characters(text.begin(), text.end())
    {
    }
    ~Text() { ::explicit_bzero(characters.data(), characters.size()); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;

    // A vector, for a short string moves by copying and leaves its old place as it was.
    std::vector<char> characters;
};

Secret::Secret(std::string&& text)
{
    if (!text.empty())
        m_text = std::make_shared<const Text>(text);
    wipe(text);
}

std::string_view Secret::reveal() const
{
    return m_text ? std::string_view(m_text->characters.data(), m_text->characters.size()) : std::string_view();
}

void wipe(std::string& text)
{
    ::explicit_bzero(text.data(), text.size());
    text.clear();
}

}  // namespace warploom
