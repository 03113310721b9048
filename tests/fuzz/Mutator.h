// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/Random.h"

namespace warploom::fuzz {

/// Makes inputs that resemble those of a corpus: bytes changed, pieces cut, doubled, moved, and taken over from other
/// inputs, words and numbers replaced. The same seed gives the same inputs on every machine.
class Mutator {
public:
    Mutator(const std::vector<std::string>& corpus, std::uint64_t seed);

    std::string next();

private:
    void mutate(std::string& text);
    void changeByte(std::string& text);
    void cut(std::string& text);
    void repeat(std::string& text);
    void insertToken(std::string& text);
    void replaceToken(std::string& text);
    void replaceNumber(std::string& text);
    void splice(std::string& text);
    std::string pieceOf(const std::string& text);
    std::size_t placeIn(const std::string& text) { return m_random.below(text.size() + 1); }

    const std::vector<std::string>& m_corpus;
    std::vector<std::string> m_tokens;
    RandomStream m_random;
};

}  // namespace warploom::fuzz
