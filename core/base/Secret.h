// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace warploom {

/// A key of a model server. It cannot be printed, formatted or turned into json; whoever needs the text says reveal().
/// Copies share one piece of memory, which is overwritten when the last of them goes.
class Secret {
public:
    Secret() = default;
    /// Overwrites \p text, so that no second copy stays behind.
    explicit Secret(std::string&& text);

    [[nodiscard]] bool isEmpty() const { return !m_text; }
    /// The text itself, for the header that needs it. Valid while a copy of this lives.
    [[nodiscard]] std::string_view reveal() const;

    friend bool operator==(const Secret& one, const Secret& other) { return one.reveal() == other.reveal(); }
    friend std::ostream& operator<<(std::ostream& stream, const Secret& secret) = delete;
    friend void to_json(nlohmann::json& json, const Secret& secret) = delete;

private:
    struct Text;

    std::shared_ptr<const Text> m_text;
};

/// Overwrites the characters, in a way that the compiler does not leave out, and empties the text.
void wipe(std::string& text);

}  // namespace warploom
