// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/Secret.h"

namespace warploom {

/// Takes secrets out of what is stored or logged: the text itself, escaped as in JSON (also twice: JSON within JSON)
/// and in an address, and base64 at any place of a longer encoded text. Once filled it may be read from any thread. It
/// wants whole texts: half a secret at the end of a piece is not recognised.
class Redactor {
public:
    /// What stands in a secret's place.
    static constexpr std::string_view kMark = "[redacted]";
    /// Shorter ones are passed over: "none" and "x", which people give to servers that want no key, are words of every
    /// source.
    static constexpr std::size_t kShortest = 8;

    /// Nothing happens for a secret that is known already or too short.
    void add(const Secret& secret);
    /// Every secret of the other one too.
    void add(const Redactor& other);
    [[nodiscard]] bool isEmpty() const { return m_forms.empty(); }
    /// The text with every form of every secret replaced.
    [[nodiscard]] std::string redact(std::string_view text) const;
    /// Whether redact() would change the text.
    [[nodiscard]] bool finds(std::string_view text) const;

private:
    void addForm(std::string form);
    /// Length of the form that begins at the place; 0: none does.
    [[nodiscard]] std::size_t formAt(std::string_view text, std::size_t place) const;

    std::vector<Secret> m_forms;  ///< longest first
    std::array<bool, 256> m_begins{};  ///< whether a form begins with the character
};

}  // namespace warploom
