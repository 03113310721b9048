// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Mutator.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

namespace warploom::fuzz {

namespace {

constexpr std::size_t kMostBytes = 16384;
constexpr std::size_t kMostPiece = 64;
/// Where arithmetic and parsers break, if they do.
constexpr std::array<std::string_view, 18> kNumbers{"0",
                                                    "-1",
                                                    "1",
                                                    "255",
                                                    "256",
                                                    "65536",
                                                    "2147483647",
                                                    "2147483648",
                                                    "-2147483648",
                                                    "4294967295",
                                                    "4294967296",
                                                    "9223372036854775807",
                                                    "-9223372036854775808",
                                                    "18446744073709551615",
                                                    "99999999999999999999",
                                                    "1e308",
                                                    "0.5",
                                                    "-0"};

bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

/// The end of the word or the single other character at \p at.
std::size_t endOfToken(const std::string& text, std::size_t at)
{
    std::size_t end = at + 1;
    while (isWordCharacter(text[at]) && end < text.size() && isWordCharacter(text[end]))
        ++end;
    return end;
}

std::size_t startOfToken(const std::string& text, std::size_t at)
{
    while (at > 0 && isWordCharacter(text[at]) && isWordCharacter(text[at - 1]))
        --at;
    return at;
}

}  // namespace

Mutator::Mutator(const std::vector<std::string>& corpus, std::uint64_t seed)
    : m_corpus(corpus)
    , m_random(seed)
{
    std::set<std::string> tokens;
    for (const std::string& text : corpus) {
        for (std::size_t at = 0; at < text.size(); at = endOfToken(text, at))
            tokens.insert(text.substr(at, endOfToken(text, at) - at));
    }
    m_tokens.assign(tokens.begin(), tokens.end());
}

std::string Mutator::next()
{
    std::string text = m_corpus[m_random.below(m_corpus.size())];
    for (std::uint64_t i = 1 + m_random.below(4); i > 0; --i)
        mutate(text);
    if (text.size() > kMostBytes)
        text.resize(kMostBytes);
    return text;
}

void Mutator::mutate(std::string& text)
{
    if (text.empty())
        return insertToken(text);
    constexpr std::array kWays{&Mutator::changeByte,   &Mutator::cut,           &Mutator::repeat, &Mutator::insertToken,
                               &Mutator::replaceToken, &Mutator::replaceNumber, &Mutator::splice};
    (this->*kWays[m_random.below(kWays.size())])(text);
}

std::string Mutator::pieceOf(const std::string& text)
{
    const std::size_t begin = placeIn(text);
    return text.substr(begin, m_random.below(kMostPiece));
}

void Mutator::changeByte(std::string& text)
{
    char& byte = text[m_random.below(text.size())];
    byte = m_random.chance(0.5) ? static_cast<char>(byte ^ (1 << m_random.below(8)))
                                : static_cast<char>(m_random.below(256));
}

void Mutator::cut(std::string& text)
{
    const std::size_t begin = m_random.below(text.size());
    text.erase(begin, m_random.chance(0.1) ? std::string::npos : 1 + m_random.below(kMostPiece));
}

void Mutator::repeat(std::string& text)
{
    const std::string piece = pieceOf(text);
    const std::size_t at = placeIn(text);
    for (std::uint64_t i = m_random.chance(0.1) ? 200 : 1 + m_random.below(3); i > 0; --i)
        text.insert(at, piece);
}

void Mutator::insertToken(std::string& text)
{
    if (!m_tokens.empty())
        text.insert(placeIn(text), m_tokens[m_random.below(m_tokens.size())]);
}

void Mutator::replaceToken(std::string& text)
{
    const std::size_t begin = startOfToken(text, m_random.below(text.size()));
    text.replace(begin, endOfToken(text, begin) - begin, m_tokens[m_random.below(m_tokens.size())]);
}

void Mutator::replaceNumber(std::string& text)
{
    const std::size_t at = text.find_first_of("0123456789", m_random.below(text.size()));
    if (at == std::string::npos)
        return;
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
    text.replace(at, end - at, kNumbers[m_random.below(kNumbers.size())]);
}

void Mutator::splice(std::string& text)
{
    text.insert(placeIn(text), pieceOf(m_corpus[m_random.below(m_corpus.size())]));
}

}  // namespace warploom::fuzz
