// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace warploom {

/// Lines of code, indented by the blocks that are open; what is too wide goes on in the next line.
class CodeLines {
public:
    void add(const std::string& line);
    /// Without text: only further in, or out.
    void open(const std::string& line);
    void close(const std::string& line = "}");
    /// Somebody else's lines.
    void insert(std::string_view code);
    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    std::string m_text;
    std::size_t m_depth = 0;
};

}  // namespace warploom
